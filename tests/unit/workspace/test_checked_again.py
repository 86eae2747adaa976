"""Every load looks again: what was in order a moment ago is not taken to be so still."""

from __future__ import annotations

import os

import pytest

from escai_nb.errors import EscaiError
from escai_nb.workspace.access.unlocking import key_place
from escai_nb.workspace.layout import Workspace


def _edited(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def _older_keyring(workspace):
    _edited(workspace.keyring_file("production"), '"generation": 1', '"generation": 2')


def _lost_seal(workspace):
    path = workspace.file("production")
    path.write_text(path.read_text().partition("\n_escai:")[0] + "\n")


TAMPERED = {
    "a plain value": (
        lambda w: _edited(w.file("production"), "port: 8000", "port: 8001"),
        "edited",
    ),
    "a token": (lambda w: _edited(w.file("production"), ":fernet:gAAAAAA", ":fernet:gAAAAAB"), ""),
    "no seal": (_lost_seal, "seal-missing"),
    "the keyring": (_older_keyring, "keyring-broken"),
    "the policy": (
        lambda w: _edited(w.policy_file, "production: strict", "production: secrets"),
        "",
    ),
    "no policy": (lambda w: w.policy_file.unlink(), ""),
    "no key": (lambda w: key_place(w, "production").path.unlink(), "key"),
    "an open key": (lambda w: key_place(w, "production").path.chmod(0o644), "key-unsafe"),
    "an open folder": (lambda w: key_place(w, "production").path.parent.chmod(0o777), "key-unsafe"),
    "a checkout": (
        lambda w: (key_place(w, "production").path.parent / ".git").mkdir(),
        "key-unsafe",
    ),
    "the history": (lambda w: w.history_file.write_bytes(b"no database"), "history"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_between_two_loads_is_refused(open_manager, what):
    """By the manager that has loaded it, and by a new one."""
    manager = open_manager("production")
    manager.load_config()
    tamper, code = TAMPERED[what]
    tamper(manager.workspace)
    for one in (manager, open_manager("production")):
        with pytest.raises(EscaiError) as refused:
            one.load_config()
        assert code in refused.value.code


def test_a_key_taken_along_by_a_link_is_refused(open_manager):
    """The key's place is where it really lies, also when a link came in between two loads."""
    manager = open_manager("production")
    manager.load_config()
    path = key_place(manager.workspace, "production").path
    inside = manager.workspace.root / "taken.key"
    path.rename(inside)
    path.symlink_to(inside)
    with pytest.raises(EscaiError, match="inside the workspace"):
        manager.load_config()


def test_who_has_no_name_is_told_by_number(tmp_path, monkeypatch):
    """A container may run as any number, and still reads its configuration."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54_321)
    assert "uid 54321" == Workspace.at(tmp_path, environ={}).author
    monkeypatch.setenv("USER", "ada")
    assert "ada" == Workspace.at(tmp_path, environ={}).author
