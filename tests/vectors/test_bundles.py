"""Bundles of histories: each vector is taken in, or refused with its word."""

from pathlib import Path

import make
import make_bundles
import pytest
import yaml

from escai_nb.errors import EscaiError
from escai_nb.history.store import SQLiteStore
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.past.bundling import import_history

FILES = sorted(make_bundles.FOLDER.glob("*.yaml"))
PAGE = Path(__file__).parents[2] / "notebooks" / "guides" / "history_format.md"


def taken_in(text, folder):
    """Import a bundle where its key is, and return the word, and the workspace."""
    key = folder / "keys" / "escai" / "keys" / make.WORKSPACE / "production.key"
    key.parent.mkdir(parents=True)
    key.write_text(make.MASTER)
    key.chmod(0o600)
    file = folder / "history.bundle"
    file.write_text(text)
    workspace = Workspace.at(folder / "new", environ={"XDG_DATA_HOME": str(folder / "keys")})
    try:
        import_history(workspace, file)
    except EscaiError as error:
        return error.code, workspace
    return "opened", workspace


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_reader_says_what_is_expected(file, tmp_path):
    """A bundle comes in with all its versions, or leaves nothing behind."""
    vector = yaml.safe_load(file.read_text())
    word, workspace = taken_in(vector["bundle"], tmp_path)

    assert vector["expect"] == word
    if word == "opened":
        said = [line.count('"checksum"') for line in vector["bundle"].splitlines()]
        assert sum(said) == len(SQLiteStore(workspace.history_file).versions())
    else:
        assert not workspace.root.exists()


def test_the_vectors_are_those_that_the_script_writes():
    """Nobody edits a vector by hand, and the script draws nothing at random."""
    assert make_bundles.texts() == {file.stem: file.read_text() for file in FILES}


def test_every_word_has_a_vector_and_stands_on_the_page():
    """A reader can be written from the page."""
    words = {yaml.safe_load(file.read_text())["expect"] for file in FILES}
    page = PAGE.read_text()

    assert [] == [word for word in words if f"`{word}`" not in page]
