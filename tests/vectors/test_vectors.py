"""Two readers, ours and one written from the page alone, say the same of every vector."""

import re
from contextlib import closing
from pathlib import Path

import independent_reader
import make
import pytest
import yaml

from escai_nb.encryption.block import Scope, read_block
from escai_nb.encryption.framing import frame
from escai_nb.encryption.keyring import load
from escai_nb.encryption.providers.file import FileProvider
from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.encryption.refusal import HINTS
from escai_nb.encryption.seal import open_document
from escai_nb.errors import EscaiError, KeyUnavailableError, SealError
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.secret import Secret, reveal
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.standalone.standalone import open_file_data

FILES = sorted(make.FOLDER.glob("*.yaml"))


def said_by_escai(vector, folder):
    """Return the word of our reader, and the values as bytes."""
    given = vector["given"]
    key_file = folder / "master.key"
    if given["master"]:
        key_file.write_text(given["master"])
        key_file.chmod(0o600)
    if "files" in given:
        return said_in_a_workspace(vector, folder / "config", key_file)
    words = given.get("passphrase")
    provider = PassphraseProvider(Secret(words)) if words else FileProvider(key_file, strict=False)
    text = vector["document"]
    data = yaml.safe_load(text)
    try:
        block = read_block(data)
        if block and block.wraps:
            opened = open_file_data(data, provider)
        else:
            ring = load(
                vector["keyring"].encode(),
                provider,
                workspace=given["workspace"],
                environment=given["environment"],
                at_least=given.get("at_least", 0),
            )
            keys = ring.archive if given.get("history") else ring
            least = Scope(given.get("policy", "secrets"))
            opened = open_document(data, keys, least=least)
    except EscaiError as error:
        return error.code, b""
    return "opened", frame(opened.data)


def said_in_a_workspace(vector, root, key_file):
    """Return the word of our reader for a document among its files and its history."""
    given = vector["given"]
    environ = {"ESCAI_MASTER_KEY_FILE": str(key_file)}
    workspace = Workspace.at(root, environ=environ)
    environment = given["environment"]
    workspace.state.mkdir(parents=True)
    workspace.policy_file.write_text(given["files"]["policy"])
    workspace.keyring_file(environment).write_text(vector["keyring"])
    workspace.file(environment).write_text(vector["document"])
    if "shared" in given["files"]:
        workspace.shared_file.write_text(given["files"]["shared"])
    if "head" in given:
        facts = {"author": "ada", "time": make.dt.datetime.now(make.dt.UTC)}
        draft = Draft(environment, VersionKind.SAVE, **facts, **given["head"])
        with closing(SQLiteStore(workspace.history_file)) as store:
            store.confirm(store.begin(draft, {}).id)
    try:
        reading = read_environment(workspace, environment)
        reading.require_usable()
    except EscaiError as error:
        return error.code, b""
    return "opened", frame(reveal(reading.own))


def said_by_the_other(vector):
    """Return the word of the independent reader, and the values as bytes."""
    try:
        values = independent_reader.read(vector["document"], vector["keyring"], **vector["given"])
    except ValueError as refused:
        return str(refused), b""
    return "opened", independent_reader.frame(values)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_both_readers_say_what_is_expected(file, tmp_path):
    """A vector opens to its values in both readers, or both refuse it with its word."""
    vector = yaml.safe_load(file.read_text())
    values = independent_reader.frame(vector["values"]) if "values" in vector else b""
    expected = (vector["expect"], values)
    assert expected == said_by_the_other(vector)
    assert expected == said_by_escai(vector, tmp_path)


def test_the_vectors_are_those_that_the_script_writes():
    """Nobody edits a vector by hand, and the script draws nothing at random."""
    written = {file.stem: file.read_text() for file in FILES}
    assert make.vectors() == written


def test_the_page_shows_the_example_that_the_script_writes():
    """The example on the page is computed."""
    assert make.page_with_example() == make.PAGE.read_text()


def test_every_word_has_a_vector_and_stands_on_the_page():
    """No refusal that our errors know of is without a vector."""
    words = {yaml.safe_load(file.read_text())["expect"] for file in FILES}
    known = re.findall("``([a-z-]+)``", f"{SealError.__doc__}{KeyUnavailableError.__doc__}")
    assert {*HINTS, *known, "policy-broken", "opened"} == words
    page = make.PAGE.read_text()
    assert [] == [word for word in words if f"`{word}`" not in page]


def test_the_independent_reader_imports_nothing_of_the_package():
    """What is written from the page alone cannot borrow an error of ours."""
    source = Path(independent_reader.__file__).read_text()
    assert "escai_nb" not in source.split('"""', 2)[2]
