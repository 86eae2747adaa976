"""Work outside of the toolkit stays comfortable: clones, merges, hand edits."""

from __future__ import annotations

import shutil

import pytest

from escai_nb.errors import InvalidConfigurationError, SealError
from escai_nb.history.version import VersionKind
from escai_nb.validation.finding import Severity
from escai_nb.workspace.loading.reading import Standing


def test_a_fresh_clone_opens_and_adopts_at_its_first_save(open_manager, workspace):
    """Committed files and the key are enough; the history begins with what is there."""
    open_manager("production")
    (workspace.state / "history.db").unlink()
    manager = open_manager("production")

    assert manager.load_config().api.port == 8000
    assert manager.reading.standing is Standing.UNRECORDED
    manager.set_config_value("api.port", 9001)
    manager.save_config()
    assert [v.kind for v in manager.history()] == [VersionKind.SAVE, VersionKind.ADOPTED]


def test_a_pulled_newer_file_loads(open_manager, workspace, tmp_path):
    """A file with a higher revision from elsewhere is taken, and recorded at the next save."""
    open_manager("production")
    state = tmp_path / "before"
    shutil.copytree(workspace.state, state)
    manager = open_manager("production")
    manager.set_config_value("api.port", 9001)
    manager.save_config()
    shutil.rmtree(workspace.state)
    shutil.copytree(state, workspace.state)
    here = open_manager("production")

    assert here.load_config().api.port == 9001
    assert here.reading.standing is Standing.AHEAD


def test_conflict_markers_inside_the_block_are_mended(open_manager, workspace):
    """A merge that git left in the seal alone is taken over by accept."""
    open_manager("production")
    file = workspace.file("production")
    text = file.read_text()
    revision = next(line for line in text.splitlines(keepends=True) if "revision:" in line)
    other = revision.replace("1", "2")
    text = text.replace(revision, f"<<<<<<< ours\n{revision}=======\n{other}>>>>>>> theirs\n")
    file.write_text(text.replace("port: 8000", "port: 8765"))
    manager = open_manager("production")

    done = manager.accept(message="merged")
    assert [c.path for c in done.diff] == ["api.port"]
    assert open_manager("production").load_config().api.port == 8765
    assert "<<<<" not in file.read_text()


def test_a_removed_secret_is_shown_and_taken(open_manager, workspace):
    """Dropping a sealed line by hand is refused at load and taken by accept."""
    open_manager()
    file = workspace.file("development")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "neo4j_password" not in line))

    with pytest.raises(SealError) as caught:
        open_manager().load_config()
    assert caught.value.code == "edited-by-hand"
    done = open_manager().accept()
    assert [(c.path, c.kind.value) for c in done.diff] == [("database.neo4j_password", "removed")]


def test_accept_judges_what_it_takes(open_manager, workspace):
    """A hand edit that breaks the model is not taken; the file stays as it is."""
    open_manager("production")
    file = workspace.file("production")
    file.write_text(file.read_text().replace("port: 8000", "port: 99999"))
    before = file.read_bytes()

    with pytest.raises(InvalidConfigurationError, match=r"api\.port"):
        open_manager("production").accept()

    assert file.read_bytes() == before


def test_a_secret_typed_into_the_file_is_sealed_by_accept(open_manager, workspace):
    """A clear secret that a hand edit brings is sealed, and never shown."""
    open_manager()
    file = workspace.file("development")
    file.write_text(
        file.read_text().replace("mongodb_password: null", "mongodb_password: Zk3-typed-by-hand-9")
    )
    manager = open_manager()
    assert (
        manager.load_config().database.mongodb_password.get_secret_value() == "Zk3-typed-by-hand-9"
    )
    done = manager.accept()

    assert "typed-by-hand" not in file.read_text() + str(done.to_data())
    assert open_manager().get_config_value("database.mongodb_password") == "Zk3-typed-by-hand-9"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("production: strict", "production: secrets", "policy-loosened"),
        ("testing: secrets", "testing: strict", "policy-edited"),
    ],
)
def test_an_edited_policy_waits_for_accept(old, new, code, open_manager, workspace):
    """A strict environment vouches for the policy; loosening it is told as such, and where."""
    open_manager("production")
    file = workspace.policy_file
    before = file.read_text()
    file.write_text(before.replace(old, new))

    with pytest.raises(SealError, match="the policy was edited") as caught:
        open_manager("production").load_config()
    assert (caught.value.code, caught.value.where) == (code, str(file))
    found = {each.code: each for each in open_manager("production").report().findings}
    assert found["ESC902"].severity is Severity.ERROR
    assert found["ESC902"].origin.source == "policy.yaml"

    open_manager("production").accept()
    open_manager("production").load_config()


def test_a_loosened_policy_lets_no_looser_document_in(open_manager, workspace):
    """One that was sealed under it is refused once the policy is strict again."""
    open_manager("production")
    file = workspace.policy_file
    strict = file.read_text()
    file.write_text(strict.replace("production: strict", "production: secrets"))
    open_manager("production").accept()
    file.write_text(strict)

    with pytest.raises(SealError) as caught:
        open_manager("production").load_config()
    assert caught.value.code == "scope-loosened"


@pytest.mark.parametrize("environment", ["development", "production"])
def test_clear_text_in_place_of_a_secret_is_refused_with_its_place(
    environment, open_manager, workspace
):
    """Loading and validation name the path and the line; accepting it seals it."""
    open_manager(environment)
    file = workspace.file(environment)
    lines = [
        "  neo4j_password: typed-in-clear-Zq8" if "neo4j_password:" in line else line
        for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(lines) + "\n")
    line = lines.index("  neo4j_password: typed-in-clear-Zq8") + 1

    with pytest.raises(SealError, match=r"database\.neo4j_password in clear") as caught:
        open_manager(environment).load_config()
    assert caught.value.path == "database.neo4j_password"
    assert caught.value.where == f"{file}:{line}:19"
    found = {each.code: each for each in open_manager(environment).report().findings}["ESC904"]
    assert (found.path, found.origin.line) == ("database.neo4j_password", line)
    assert found.severity is Severity.ERROR
    assert "typed-in-clear" not in str(found) + str(caught.value)

    open_manager(environment).accept()
    assert "typed-in-clear" not in file.read_text()


def _without_block(text):
    return text[: text.index("_escai:")]


def test_a_removed_block_takes_no_secret_with_it(open_manager, workspace):
    """The last version says whose tokens they are; accepting keeps every one of them."""
    secret = open_manager("production").get_config_value("security.jwt_secret_key")
    file = workspace.file("production")
    text = file.read_text()
    file.write_text(_without_block(text).replace("port: 8000", "port: 8765"))

    done = open_manager("production").accept()
    assert [c.path for c in done.diff] == ["api.port"]
    assert open_manager("production").get_config_value("security.jwt_secret_key") == secret
    tokens = [line for line in text.splitlines() if "escai:1:" in line]
    assert [line for line in file.read_text().splitlines() if "escai:1:" in line] == tokens


def test_a_removed_block_that_no_version_knows_is_refused(open_manager, workspace):
    """Where nothing says whose the tokens are, none of them is dropped."""
    open_manager("production")
    workspace.history_file.unlink()
    file = workspace.file("production")
    file.write_text(_without_block(file.read_text()))
    before = file.read_bytes()

    with pytest.raises(SealError) as caught:
        open_manager("production").accept()
    assert caught.value.code == "seal-missing"
    assert file.read_bytes() == before


def test_an_accepted_version_counts_what_changed(open_manager, workspace):
    """The number of changes in the history is that of the difference shown."""
    open_manager("production")
    file = workspace.file("production")
    file.write_text(file.read_text().replace("port: 8000", "port: 8765"))

    assert open_manager("production").accept().version.changes == 1
