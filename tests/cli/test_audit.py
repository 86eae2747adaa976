"""What the audit log says of a day's work, and that it says it first."""

from __future__ import annotations

import pytest

from escai_nb.errors import UnavailableError
from escai_nb.workspace.manager import ConfigManager

SECRET = "database.postgres_password"


def lines(escai, **filters):
    """The log, oldest first, but for the making of the keyring."""
    found = escai("config", "audit", "list", "-n", 99, "--format", "json").data[::-1]
    kept = [line for line in found if line["what"] != "keyring-made"]
    return [line for line in kept if all(line[name] == value for name, value in filters.items())]


def log_file(escai):
    """Where the log lies."""
    return escai.config / ".escai" / "audit.jsonl"


REVEALS = {
    "get": ("get", SECRET, "--reveal", "--yes"),
    "show": ("show", "-k", "database", "--reveal", "--yes"),
    "table": ("show", "-k", "database", "--reveal", "--yes", "--format", "table"),
    "decrypt": ("decrypt", "--reveal", "--yes"),
    "output": ("decrypt", "-o", "opened.yaml"),
}


@pytest.mark.parametrize("how", REVEALS)
def test_every_reveal_is_recorded(how, workspace):
    """Who saw which paths, under which key; no value."""
    value = workspace("config", *REVEALS["get"]).out.strip()
    workspace("config", *REVEALS[how])
    line = lines(workspace)[-1]

    assert ("reveal", "ada", "development") == tuple(
        line[name] for name in ("what", "who", "environment")
    )
    assert SECRET in line["paths"]
    assert line["kid"] in workspace.file().read_text()
    assert value not in log_file(workspace).read_text()


def test_masked_and_plain_values_are_no_reveal(workspace):
    """Looking at what is not secret leaves no line."""
    workspace("config", "get", "api.port", "--reveal", "--yes")
    workspace("config", "show")

    assert [] == lines(workspace)


@pytest.mark.parametrize("how", REVEALS)
def test_nothing_is_revealed_where_it_cannot_be_recorded(how, workspace):
    """The line comes first."""
    value = workspace("config", *REVEALS["get"]).out.strip()
    log_file(workspace).unlink()
    log_file(workspace).mkdir()
    said = workspace("config", *REVEALS[how], code=3)

    assert value not in said.out + said.err
    assert not (workspace.folder / "opened.yaml").exists()


def test_an_export_of_secrets_is_recorded(workspace):
    """Also from Python."""
    manager = ConfigManager(workspace.config, "development", enable_hot_reload=False)
    manager.export_config("masked.yaml")
    manager.export_config("clear.yaml", include_sensitive=True)

    assert ["export to clear.yaml"] == [line["note"] for line in lines(workspace)]
    log_file(workspace).unlink()
    log_file(workspace).mkdir()
    with pytest.raises(UnavailableError):
        manager.export_config("again.yaml", include_sensitive=True)


def test_the_life_of_keys_is_recorded(workspace):
    """Rotation with its reason, recipients, and the acceptance of hand edits."""
    workspace("config", "init", "-e", "production")
    workspace("config", "keys", "rotate", "-e", "production", "--compromised")
    file = workspace.file("production")
    file.write_text(file.read_text().replace("workers: ", "workers: 1"))
    workspace("config", "accept", "-e", "production")

    found = lines(workspace, environment="production")
    rotation, retired, accepted = found
    assert ("rotation", "compromised") == (rotation["what"], rotation["note"])
    assert SECRET in rotation["paths"]
    assert ("key-retired", rotation["kid"]) == (retired["what"], retired["note"])
    assert rotation["generation"] < retired["generation"]
    assert ("accept", "edited-by-hand") == (accepted["what"], accepted["note"])
    assert ["api.workers"] == accepted["paths"]


def test_a_broken_seal_is_recorded_once(workspace):
    """Whoever asks again and again makes no more lines; another failure does."""
    workspace("config", "init", "-e", "production")
    file = workspace.file("production")
    text = file.read_text()
    file.write_text(text.replace("workers: ", "workers: 1"))
    for _ in range(3):
        workspace("config", "get", "api.port", "-e", "production", code=3)
    file.write_text(text.replace("_escai:", "escai:"))
    workspace("config", "get", "api.port", "-e", "production", code=3)

    assert [("seal-failed", "edited-by-hand"), ("seal-failed", "seal-missing")] == [
        (line["what"], line["note"]) for line in lines(workspace)
    ]


def test_an_older_keyring_put_back_is_recorded(workspace):
    """Also where a key operation meets it, and not a reader."""
    ring = workspace.config / ".escai" / "keyring.development.json"
    old = ring.read_bytes()
    workspace("config", "keys", "rotate", "-e", "development")
    ring.write_bytes(old)
    workspace("config", "keys", "export", "-e", "development", "-o", "key.backup", code=3)

    assert ("seal-failed", "keyring-rolled-back") == tuple(
        lines(workspace)[-1][name] for name in ("what", "note")
    )


def test_a_log_that_was_touched_is_told(workspace):
    """0 while it is whole, 1 and the place afterwards."""
    for path in (SECRET, "security.jwt_secret_key"):
        workspace("config", "get", path, "--reveal", "--yes")
    assert "is whole" in workspace("config", "audit", "verify").out
    log = log_file(workspace)
    text = log.read_bytes().splitlines(keepends=True)

    log.write_bytes(b"".join(text[:-1]))
    assert "the end is missing: 1 after" in workspace("config", "audit", "verify", code=1).out
    log.write_bytes(b"".join(text[1:]))
    found = workspace("config", "audit", "verify", "--format", "json", code=1).data
    assert 1 == len(found["troubles"])


def test_the_log_is_read_by_people(workspace):
    """One line each, newest first; at most so many."""
    workspace("config", "show", "--reveal", "--yes")
    workspace("config", "get", SECRET, "--reveal", "--yes")
    said = workspace("config", "audit", "list", "-n", 2).out.splitlines()

    assert [f"get  {SECRET}", "and"] == [said[0][-len(f"get  {SECRET}") :], said[1].split()[-3]]
    assert "nothing was recorded yet" in workspace("config", "audit", "list", "-e", "staging").out
