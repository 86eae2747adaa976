"""A history that is looked after: verified, and kept small."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3

import pytest


@pytest.fixture
def database(workspace):
    """The history of a workspace with two versions, one of them tagged."""
    workspace("config", "set", "api.port", "9001", "-m", "other port")
    workspace("config", "tag", "HEAD", "v1")
    return workspace.config / ".escai" / "history.db"


def edit(database, statement):
    """Change the file behind the program's back."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


def newest(escai):
    """Id of the newest version."""
    return escai("config", "history", "--format", "json").data[0]["id"]


@pytest.mark.usefixtures("database")
def test_verify_finds_nothing_in_what_is_as_it_was(workspace):
    """Nothing is wrong, nothing is written, and the exit code says so."""
    before = workspace.tree()

    assert (
        "2 versions, 2 with content: all as it was written"
        in workspace("config", "history", "verify").out
    )
    assert workspace("config", "history", "verify", "--format", "json").data["verified"]
    assert before == workspace.tree()


def test_numbers_and_text_as_keys_are_kept_and_travel(workspace, database):
    """A file with both, edited by hand, is adopted; its version can be read, verified, exported."""
    file = workspace.file("development")
    odd = "  routes: {1: a, x: b, null: c}\n"
    text = file.read_text().replace("custom_settings: {}\n", "")
    file.write_text(f"{text}custom_settings:\n{odd}")
    workspace("config", "set", "api.port", "9002")

    assert "all as it was written" in workspace("config", "history", "verify").out
    assert "custom_settings.routes.x" in workspace("config", "diff", "v1", "HEAD").out
    workspace("config", "history", "export", "history.bundle")
    database.unlink()
    assert "4 new versions" in workspace("config", "history", "import", "history.bundle").out


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET message = 'harmless' WHERE message = 'other port'",
        "UPDATE versions SET changes = 7 WHERE message = 'other port'",
        "UPDATE tags SET name = 'v2'",
        (
            "UPDATE contents SET body = x'789c' WHERE digest ="
            " (SELECT digest FROM versions WHERE message = 'other port')"
        ),
    ],
)
def test_verify_names_the_version_that_was_edited(workspace, database, statement):
    """Exit 1, and the id."""
    version = newest(workspace)
    edit(database, statement)

    assert version[:12] in workspace("config", "history", "verify", code=1).out
    data = workspace("config", "history", "verify", "--format", "json", code=1).data
    assert {version} == {flaw["version"] for flaw in data["flaws"]}


def test_verify_looks_at_seals_where_the_key_is(workspace, database):
    """What was rewritten with every checksum in place still lacks the seal; no key is a note."""
    version = newest(workspace)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.create_function("recomputed", 2, recomputed)
        connection.execute(
            "UPDATE versions SET value_digest = ?, checksum = recomputed(id, ?) WHERE id = ?",
            ("0" * 64, str(database), version),
        )
    assert "values are not those" in workspace("config", "history", "verify", code=1).out

    shutil.rmtree(workspace.folder.parent / "home")
    assert "not looked at" in workspace("config", "history", "verify").out


def recomputed(version, database):
    """The checksum that a forger would write."""
    from escai_nb.history.checksum import row_checksum

    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        row = connection.execute("SELECT * FROM versions WHERE id = ?", (version,)).fetchone()
        tags = connection.execute("SELECT name FROM tags WHERE version = ?", (version,))
        forged = dict(row) | {"value_digest": "0" * 64}
        return row_checksum(forged, [tag["name"] for tag in tags])


@pytest.mark.usefixtures("database")
def test_options_before_the_command_count(workspace):
    """The workspace named before `verify` is the one that is verified; others' options are not."""
    elsewhere = workspace.folder / "elsewhere"

    said = workspace("config", "history", "-d", elsewhere, "verify").out
    assert "0 versions" in said
    assert "no option of verify" in workspace("config", "history", "-n", 3, "verify", code=2).err


def kept(escai):
    """Whether each version still has its content, newest first."""
    listed = escai("config", "history", "--format", "json").data
    return [version["kept"] for version in listed]


def test_cleanup_forgets_what_is_not_to_be_kept(workspace):
    """Rows stay, tagged contents stay, a dry run writes nothing, and the rest is whole."""
    for port in range(9001, 9007):
        workspace("config", "set", "api.port", str(port))
    workspace("config", "tag", "HEAD~5", "v1")
    before = workspace.tree()
    said = workspace("config", "history", "cleanup", "--keep", 3, "--dry-run").out
    assert "3 contents to drop" in said
    assert before == workspace.tree()

    assert 2 == workspace("config", "history", "cleanup", "--keep", 3, code=2).code
    workspace("config", "history", "cleanup", "--keep", 3, "--yes")
    assert [True, True, True, False, False, True, False] == kept(workspace)
    workspace("config", "history", "verify")
    assert "was dropped" in workspace("config", "diff", "HEAD~4", code=2).err
    assert "nothing to drop" in workspace("config", "history", "cleanup", "--keep", 3).out


def test_cleanup_by_size_and_age(workspace):
    """The oldest go until the rest fits; what is young enough stays."""
    for port in range(9001, 9007):
        workspace("config", "set", "api.port", str(port))
    workspace("config", "history", "cleanup", "--keep-days", 1, "--yes")
    assert [True] * 7 == kept(workspace)
    workspace("config", "history", "cleanup", "--max-size", 0, "--yes")
    assert [True, True, False, False, False, False, False] == kept(workspace)


def test_cleanup_asks_what_to_keep(workspace):
    """Without a word on it, nothing is decided."""
    assert "--keep" in workspace("config", "history", "cleanup", "--yes", code=2).err


def damage(database):
    """Overwrite a page in the middle of the contents, as a failing disk does."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'versions_of_content'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    whole = bytearray(database.read_bytes())
    whole[(page - 1) * size : page * size] = b"\x07" * size
    database.write_bytes(bytes(whole))


def test_a_damaged_history_is_rescued(workspace, database):
    """All that can be read is there again, tags and all; the damaged file is kept as it is."""
    before = workspace("config", "history", "--format", "json").data
    damage(database)
    damaged = database.read_bytes()
    assert "rescue" in workspace("config", "set", "api.port", "9002", code=3).err
    assert "nobody is here" in workspace("config", "history", "rescue", code=2).err
    assert damaged == database.read_bytes()

    said = workspace("config", "history", "rescue", "--yes").out
    assert "2 versions saved, 2 with content" in said
    (kept,) = database.parent.glob("history.db.damaged-*")
    assert damaged == kept.read_bytes()
    assert before == workspace("config", "history", "--format", "json").data
    assert "all as it was written" in workspace("config", "history", "verify").out
    workspace("config", "set", "api.port", "9002")


def test_a_version_that_cannot_be_saved_leaves_a_gap_that_is_told(workspace, database):
    """Its row is left out; those behind it say that something is missing."""
    workspace("config", "set", "api.port", "9002")
    ids = [row["id"] for row in workspace("config", "history", "--format", "json").data]
    edit(database, "UPDATE versions SET message = 'forged' WHERE message = 'other port'")

    made = workspace("config", "history", "rescue", "--yes", "--format", "json").data
    assert (2, [ids[0]]) == (made["versions"], made["gaps"])
    assert "missing in 1 place" in workspace("config", "history", "verify").out
    assert ids[0] == newest(workspace)
    workspace("config", "set", "api.port", "9003")


@pytest.mark.usefixtures("database")
def test_what_is_whole_is_not_rescued(workspace):
    """Nothing is written."""
    before = workspace.tree()

    assert "nothing is wrong" in workspace("config", "history", "rescue").out
    assert before == workspace.tree()


def test_a_history_of_which_nothing_is_left_is_not_replaced(workspace, database):
    """An empty history is never put in its place silently."""
    database.write_bytes(b"\x07" * 40_000)

    refused = workspace("config", "history", "rescue", "--yes", code=3)
    assert "put back a good copy" in refused.err
    assert b"\x07" * 40_000 == database.read_bytes()
    assert [] == list(database.parent.glob("history.db.*"))


def test_a_cleanup_gives_the_room_back(workspace, database):
    """The file is smaller afterwards."""
    for port in range(9002, 9020):
        workspace("config", "set", "api.port", port)
    before = database.stat().st_size

    workspace("config", "history", "cleanup", "--keep", "2", "--yes")
    assert before > database.stat().st_size
    assert "all as it was written" in workspace("config", "history", "verify").out
