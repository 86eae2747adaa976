"""Any edited byte of a history is found, and the version is named."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from escai_nb.history.inspection import Flaw, inspect_history
from escai_nb.history.marks import set_marks
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind

MONDAY = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
VECTORS = Path(__file__).parents[2] / "vectors" / "history"


def fill(path, count=6):
    """Write a history with everything in it: streams, tags, a dropped and a pending version."""
    with contextlib.closing(SQLiteStore(path)) as store:
        made = []
        for number in range(count):
            for environment in ("development", "production"):
                draft = Draft(
                    environment,
                    VersionKind.SAVE,
                    "ada",
                    MONDAY + dt.timedelta(hours=number),
                    f"save {number}",
                    revision=number + 1,
                    value_digest="ab" * 32,
                    seal="cd" * 32,
                    source=made[0].id if made else None,
                    changes=number,
                )
                content = {"environment": environment, "n": number, "text": "x" * 40}
                made.append(store.confirm(store.begin(draft, content).id))
        store.tag(made[2].id, "v1")
        store.tag(made[2].id, "good")
        store.drop_content(made[4].id)
        store.begin(Draft("testing", VersionKind.INIT, "ada", MONDAY), {"n": 0})
    set_marks(path, {"a": "b"})
    return made


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A history that nobody edits, and its versions."""
    path = tmp_path_factory.mktemp("history") / "history.db"
    return path, fill(path)


@pytest.fixture
def copy(written, tmp_path):
    """A copy of it, to be edited."""
    return Path(shutil.copy(written[0], tmp_path / "history.db"))


def edit(path, statement, *values):
    """Change the file behind the program's back."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).rowcount


def test_what_is_as_it_was_written_has_no_flaw(written):
    """Dropped and pending versions are none, and looking writes nothing."""
    before = written[0].read_bytes()
    found = inspect_history(written[0])

    assert (13, 12, ()) == (found.versions, found.contents, found.flaws)
    assert found.is_whole
    assert before == written[0].read_bytes()


def test_a_history_of_an_earlier_format_has_none_either():
    """It says that its rows have no checksums yet."""
    found = inspect_history(VECTORS / "format_1.db")

    assert found.is_whole
    assert "format 1" in found.notes[0]


def test_no_history_is_no_flaw(tmp_path):
    """Nothing is there to be wrong."""
    assert inspect_history(tmp_path / "history.db").is_whole


CELLS = [
    (table, column)
    for table, columns in {
        "versions": "number id parent environment kind digest revision author time message"
        " source value_digest seal changes state kept checksum",
        "contents": "digest size body checksum",
        "tags": "environment name version",
        "heads": "environment version",
    }.items()
    for column in columns.split()
]
NEW = {
    "number": 900,
    "kind": "rollback",
    "state": "pending",
    "kept": 0,
    "revision": 99,
    "changes": 99,
    "size": 1,
    "body": b"x\x9c\x03\x00\x00\x00\x00\x01",
    "checksum": b"0" * 32,
    "time": "2026-11-02T09:00:00.000001+00:00",
}


@pytest.mark.parametrize(("table", "column"), CELLS)
def test_every_edited_cell_is_found(copy, written, table, column):
    """Whatever is stored, its change is told, with the version that it belongs to."""
    version = written[1][2]
    where = {
        "versions": f"id = '{version.id}'",
        "contents": f"digest = '{version.digest}'",
        "tags": "name = 'v1'",
        "heads": "environment = 'development'",
    }[table]
    new = NEW.get(column, written[1][0].id if column == "version" else "other")
    assert 1 == edit(copy, f"UPDATE {table} SET {column} = ? WHERE {where}", new)  # noqa: S608

    flaws = inspect_history(copy).flaws
    if table == "heads":
        assert {flaw.environment for flaw in flaws} >= {"development"}
    elif column == "id":
        assert "other" in {flaw.version for flaw in flaws}
    else:
        assert version.id in {flaw.version for flaw in flaws}


@pytest.mark.parametrize("table", ["versions", "contents", "tags", "heads"])
def test_every_missing_row_is_found(copy, written, table):
    """So is a row that is gone."""
    key = {"versions": "id", "contents": "digest", "tags": "version", "heads": "version"}[table]
    version = written[1][-1 if table == "heads" else 2]
    gone = version.digest if table == "contents" else version.id
    assert edit(copy, f"DELETE FROM {table} WHERE {key} = ?", gone)  # noqa: S608

    flaws = inspect_history(copy).flaws
    assert gone[:12] in str(flaws) or version.id in {flaw.version for flaw in flaws}


def dump(path):
    """All that the file means."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        tables = ("versions", "contents", "tags", "heads")
        return [connection.execute(f"SELECT * FROM {t}").fetchall() for t in tables]  # noqa: S608


def test_a_flipped_byte_is_found_or_means_nothing(copy, written):
    """Wherever a byte of the file is changed, it is told, unless nothing that is stored differs."""
    whole, meaning = written[0].read_bytes(), dump(written[0])
    chance = random.Random(7)  # noqa: S311  # the same bytes each time
    for _ in range(150):
        place = chance.randrange(100, len(whole))
        broken = bytearray(whole)
        broken[place] ^= 1 << chance.randrange(8)
        copy.write_bytes(broken)
        if inspect_history(copy).is_whole:
            assert meaning == dump(copy), place


def test_the_readable_rest_of_a_damaged_file_is_looked_at(tmp_path):
    """A page that is gone takes its rows along, and no others."""
    path = tmp_path / "history.db"
    fill(path, count=60)
    whole = bytearray(path.read_bytes())
    page = whole.index(b"save 30") // 4096
    whole[page * 4096 : (page + 1) * 4096] = bytes(4096)
    path.write_bytes(whole)

    found = inspect_history(path)
    assert 60 < found.versions < 120
    assert "damaged" in str(found.flaws[0])


def test_a_flaw_reads_as_a_sentence():
    """It begins with the version, where there is one."""
    assert "version abcdefabcdef of production: gone" == str(
        Flaw("abcdefabcdefabcdef", "production", "gone")
    )
