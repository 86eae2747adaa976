"""Keys on the command line: recipients, backups, an end, a check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from escai_nb.cli.main import main

WORDS = "four words are enough"


def key_file(escai, environment="development"):
    """Where the master key of an environment lies."""
    (row,) = escai("config", "keys", "list", "-e", environment, "--format", "json").data[:1]
    return Path(row["key_file"])


@pytest.fixture
def words(workspace):
    """A private file with a passphrase."""
    path = workspace.folder.parent / "words"
    path.write_text(WORDS + "\n")
    path.chmod(0o600)
    return path


def test_init_asks_for_a_backup(escai):
    """It says where the key is, and the command that backs it up."""
    said = escai("config", "init", "-e", "development").err
    assert "escai config keys export -e development -o FILE" in said


def test_a_backup_and_the_way_back(workspace, words):
    """What export wrote, restore puts back; nothing shows the key."""
    place, backup = key_file(workspace), workspace.folder.parent / "safe.json"
    content = place.read_text()
    args = ("--passphrase-file", words)
    said = workspace("config", "keys", "export", "-o", backup, *args)
    place.unlink()
    workspace("config", "get", "database.postgres_password", "--reveal", "--yes", code=3)
    back = workspace("config", "keys", "restore", backup, *args, "--format", "json")

    assert content == place.read_text()
    assert str(place) == back.data["file"]
    assert content.strip() not in said.out + said.err + back.out + backup.read_text()


def test_a_passphrase_is_never_asked_for_without_a_person(workspace):
    """A script is told the options."""
    said = workspace("config", "keys", "export", "-o", "x.json", code=2)
    assert "--passphrase-file" in said.err


def test_a_short_passphrase_is_refused(workspace, words):
    """A new one is at least twelve characters long."""
    words.write_text("short\n")
    workspace("config", "keys", "export", "-o", "x.json", "--passphrase-file", words, code=2)
    assert not Path("x.json").exists()


def test_a_colleague_joins_and_leaves(workspace):
    """A key file of theirs opens the environment, until it is removed."""
    key = workspace.folder.parent / "bo.key"
    added = workspace(
        "config", "keys", "add-recipient", "--generate-key", key, "--format", "json"
    ).data
    rows = workspace("config", "keys", "list", "-e", "development", "--format", "json").data
    assert f"file {added['recipient']}" in rows[0]["recipients"]

    refused = workspace("config", "keys", "rotate", "-e", "development", code=3)
    assert "--also" in refused.err
    workspace("config", "keys", "rotate", "-e", "development", "--also", key)
    said = workspace("config", "keys", "remove-recipient", added["recipient"][:8])
    assert "rotate -e development --compromised" in said.err
    told = workspace("config", "keys", "rotate", "-e", "development", "--compromised").out
    assert "database.postgres_password" in told


def test_one_new_recipient_at_a_time(workspace, words):
    """Which master key is meant has to be plain."""
    for options in (
        (),
        ("--passphrase", "--key-file", "x"),
        ("--key-file", "a", "--generate-key", "b"),
        ("--passphrase-file", words, "--passphrase-fd", "3"),
    ):
        workspace("config", "keys", "add-recipient", *options, code=2)
    workspace("config", "keys", "add-recipient", "--key-file", "missing.key", code=3)


def test_a_key_file_is_replaced(workspace):
    """The old one is kept under another name; documents stay as they are."""
    before, place = workspace.file().read_bytes(), key_file(workspace)
    content = place.read_bytes()
    said = workspace("config", "keys", "rewrap", "--format", "json")

    assert before == workspace.file().read_bytes()
    assert content == Path(said.data["kept_key"]).read_bytes() != place.read_bytes()
    workspace("config", "get", "api.port")


def test_a_key_that_history_needs_is_not_destroyed(workspace):
    """Unless its versions may lose their secrets; then they stay listed."""
    workspace("config", "keys", "rotate", "-e", "development")
    old = workspace("config", "keys", "list", "-e", "development", "--format", "json").data[1]
    refused = workspace("config", "keys", "destroy", old["kid"], "--yes", code=1)
    assert "--shred-history" in refused.err
    trial = workspace("config", "keys", "destroy", old["kid"], "--shred-history", "--dry-run")
    assert "would be destroyed" in trial.out
    workspace("config", "keys", "destroy", old["kid"], "--shred-history", code=2)
    workspace("config", "keys", "destroy", old["kid"], "--shred-history", "--yes")

    assert 2 == len(workspace("config", "history", "--format", "json").data)
    assert "lost with a destroyed key" in workspace("config", "keys", "verify").out
    workspace("config", "diff", "HEAD~1", "HEAD")
    lost = workspace("config", "rollback", "HEAD~1", "--include-secrets", "--yes", code=3)
    assert "lost with their key" in lost.err
    workspace("config", "rollback", "HEAD~1", "--yes")


def test_verify_says_what_does_not_open(workspace):
    """0 where all is well, 1 for what is broken, 3 for a key that is not here."""
    assert "3 keys and documents open" in workspace("config", "keys", "verify").out
    file = workspace.file()
    text = file.read_text()
    file.write_text(text.replace("postgres_password: escai", "postgres_password: esca"))
    assert "config.development.yaml" in workspace("config", "keys", "verify", code=1).out
    file.write_text(text)
    key_file(workspace).unlink()
    found = workspace("config", "keys", "verify", "--format", "json", code=3).data
    assert {"key-missing"} == {each["code"] for each in found[0]["failed"]}


def test_several_environments_are_rotated_at_once(workspace):
    """Each has a new key."""
    workspace("config", "init", "-e", "staging")
    found = workspace("config", "keys", "rotate", "--all", "--format", "json").data
    assert ["development", "staging"] == [each["environment"] for each in found]
    workspace("config", "keys", "rotate", "--all", "-e", "staging", code=2)


def test_a_descriptor_gives_the_passphrase(workspace, words):
    """As a service manager or a password store hands it over, without a file."""
    workspace("config", "keys", "rewrap", "--passphrase-file", words)
    workspace("config", "get", "api.port", code=3)
    reading, writing = os.pipe()
    os.write(writing, WORDS.encode())
    os.close(writing)
    run = subprocess.run(
        [sys.executable, "-m", "escai_nb", "config", "get", "api.port", "--format", "json"],
        env={**os.environ, "ESCAI_PASSPHRASE_FD": str(reading)},
        pass_fds=[reading],
        capture_output=True,
        text=True,
        check=True,
    )
    os.close(reading)
    assert isinstance(json.loads(run.stdout), int)


def test_the_program_is_there():
    """A group of commands, each of which is loaded when it is called."""
    assert "keys" in main.get_command(None, "config").table
