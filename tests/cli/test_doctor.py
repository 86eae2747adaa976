"""The doctor: every verdict on a real workspace, with its remedy."""

from __future__ import annotations

import contextlib
import os
import sqlite3

import filelock
import pytest


def checks(escai, *, code=0):
    """What the doctor found, by area and subject."""
    found = escai("config", "doctor", "--format", "json", code=code).data
    assert found["well"] is (code == 0)
    return {(check["area"], check["subject"]): check for check in found["checks"]}


def bad(escai):
    """The one thing that is bad."""
    (found,) = (check for check in checks(escai, code=1).values() if check["health"] == "bad")
    assert found["remedy"]
    return found


def test_a_fresh_workspace_is_well(workspace):
    """Everything is looked at, and nothing is written."""
    before = workspace.tree()
    found = checks(workspace)

    areas = {area for area, _ in found}
    assert {"versions", "extras", "workspace", "permissions", "keys", "files", "lock"} < areas
    assert "database" in areas
    assert {"good", "notice"} >= {check["health"] for check in found.values()}
    assert before == workspace.tree()
    assert "0 bad" in workspace("config", "doctor", "-q").out
    assert "SQLite" not in workspace("config", "doctor", "-q").out
    assert "SQLite" in workspace("config", "doctor").out


def test_no_workspace_is_told(escai):
    """With the command that makes one."""
    assert "escai config init" in checks(escai)["workspace", "config"]["remedy"]
    assert not escai.config.exists()


def test_a_history_that_others_can_read_is_bad(workspace):
    """The remedy is the command."""
    (workspace.config / ".escai" / "history.db").chmod(0o644)

    found = bad(workspace)
    assert ("permissions", "history.db") == (found["area"], found["subject"])
    assert found["remedy"].startswith("chmod 600 ")


def test_clear_secrets_that_others_can_read_are_bad(escai):
    """A sealed file may be read by all, a clear one may not."""
    escai("config", "init", "--clear")
    escai.file().chmod(0o644)

    assert "config.development.yaml" == bad(escai)["subject"]


def test_a_lost_key_is_bad(workspace, tmp_path):
    """It says which, and where it is looked for."""
    (key,) = (tmp_path / "home").glob("**/development.key")
    key.unlink()

    found = checks(workspace, code=1)
    assert "bad" == found["keys", "development"]["health"]
    assert str(key) in found["keys", "development"]["remedy"]


def test_a_key_inside_the_workspace_is_bad(workspace, tmp_path):
    """Whoever gets the one gets the other."""
    (key,) = (tmp_path / "home").glob("**/development.key")
    (workspace.config / "spare").write_bytes(key.read_bytes())

    assert "spare" == bad(workspace)["subject"]


def test_a_file_that_was_tampered_with_is_bad(workspace):
    """As loading would refuse it."""
    file = workspace.file()
    file.write_text(file.read_text().replace("postgres_password: ", "redis_password_: "))

    found = checks(workspace, code=1)
    assert "bad" == found["files", "development"]["health"]


def test_a_damaged_history_is_bad(workspace):
    """The first flaw is told, and the way out."""
    with (
        contextlib.closing(
            sqlite3.connect(workspace.config / ".escai" / "history.db")
        ) as connection,
        connection,
    ):
        connection.execute("UPDATE versions SET message = 'forged'")

    found = checks(workspace, code=1)["database", "history.db"]
    assert "bad" == found["health"]
    assert "history rescue" in found["remedy"]


def test_a_changed_audit_log_is_bad(workspace):
    """One line of it is enough."""
    log = workspace.config / ".escai" / "audit.jsonl"
    log.write_text(log.read_text().replace("ada", "eve", 1))

    assert "audit log" == bad(workspace)["subject"]


def test_a_held_lock_is_told(workspace):
    """At once, without waiting for it."""
    held = filelock.FileLock(os.path.realpath(workspace.config / ".escai" / "lock"))
    with held:
        held_by = checks(workspace)["lock", "lock"]
    assert "notice" == held_by["health"]
    assert "wait" in held_by["remedy"]


def test_a_newer_workspace_is_told(workspace):
    """Nothing behind it is guessed at."""
    policy = workspace.config / ".escai" / "policy.yaml"
    policy.write_text(policy.read_text().replace("format: 1", "format: 99"))

    assert "99" in bad(workspace)["found"]


@pytest.mark.parametrize("words", [("-q",), ("--color", "always")])
def test_it_is_drawn_as_other_tables_are(workspace, words):
    """Options that all commands have hold here too."""
    (workspace.config / ".escai" / "history.db").chmod(0o644)

    assert "chmod 600" in workspace("config", "doctor", *words, code=1).out.replace("\n", " ")
