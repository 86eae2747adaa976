"""A key that is lost, and comes back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.errors import (
    DocumentError,
    KeyUnavailableError,
    KeyUnsafeError,
    SealError,
    TargetExistsError,
    UsageError,
)
from escai_nb.escai.spec import ESCAI
from escai_nb.secret import Secret
from escai_nb.workspace.access.unlocking import key_place, unlock
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.keys.key_backup import export_key, restore_key
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.keys.recipients import rewrap
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.standalone.standalone import seal_file_data

WORDS = Secret("a passphrase for the safe")
BACKUP = "safe/production.json"


def at(base):
    """The workspace below *base*, whose keys lie beside it."""
    return Workspace.at(base / "config", ESCAI, environ={"XDG_DATA_HOME": str(base / "keys")})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of a workspace and the backup of its production key, which nobody works on."""
    base = tmp_path_factory.mktemp("made")
    initialise(at(base), "production")
    export_key(at(base), "production", base / BACKUP, WORDS)
    return base


@pytest.fixture
def exported(made, tmp_path):
    """A workspace, and the backup of its production key."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return at(tmp_path), tmp_path / BACKUP


def test_a_lost_key_comes_back(exported):
    """The file is as it was, for its owner alone, also after a rotation."""
    workspace, backup = exported
    place = key_place(workspace, "production").path
    content = place.read_bytes()
    rotate_keys(workspace, "production")
    place.unlink()
    receipt = restore_key(workspace, backup, WORDS)

    assert (content, 0o600) == (place.read_bytes(), place.stat().st_mode & 0o777)
    assert (place, False) == (receipt.file, receipt.keyring)
    assert unlock(workspace, "production")


def test_a_lost_keyring_comes_back_too(exported):
    """Where git has none, the backup has one."""
    workspace, backup = exported
    keyring = workspace.keyring_file("production")
    content = keyring.read_bytes()
    keyring.unlink()

    assert restore_key(workspace, backup, WORDS).keyring
    assert content == keyring.read_bytes()


def test_an_older_keyring_does_not_come_back(exported):
    """The workspace remembers that there was a newer one."""
    workspace, backup = exported
    rotate_keys(workspace, "production")
    workspace.keyring_file("production").unlink()
    with pytest.raises(SealError) as caught:
        restore_key(workspace, backup, WORDS)
    assert "keyring-rolled-back" == caught.value.code


def test_the_backup_shows_no_key(exported):
    """It is its owner's alone, and sealed under 600,000 rounds."""
    workspace, backup = exported
    key = key_place(workspace, "production").path.read_text().strip()
    said = json.loads(backup.read_text())

    assert key not in backup.read_text()
    assert 0o600 == backup.stat().st_mode & 0o777
    assert 600_000 == said["_escai"]["wraps"][0]["parameters"]["rounds"]


def test_restoring_twice_is_as_good_as_once(exported):
    """A key that is there already is not touched, and another is not overwritten."""
    workspace, backup = exported
    assert restore_key(workspace, backup, WORDS).file == restore_key(workspace, backup, WORDS).file
    place = key_place(workspace, "production").path
    place.rename(place.with_suffix(".kept"))
    place.write_bytes(b"A" * 43 + b"=\n")
    place.chmod(0o600)
    with pytest.raises(TargetExistsError):
        restore_key(workspace, backup, WORDS)


def test_another_passphrase_opens_nothing(exported):
    """The answer is that of a wrong key."""
    workspace, backup = exported
    with pytest.raises(KeyUnavailableError):
        restore_key(workspace, backup, Secret("not the one at all"))


def test_a_key_that_was_replaced_is_told_so(exported):
    """It opens nothing any more, and is not put in the way of the present one."""
    workspace, backup = exported
    rewrap(workspace, "production")
    with pytest.raises(KeyUnavailableError):
        restore_key(workspace, backup, WORDS)


def test_a_backup_belongs_to_one_workspace(exported, tmp_path):
    """Another workspace refuses it."""
    workspace, backup = exported
    other = Workspace.at(tmp_path / "other", workspace.spec, environ=workspace.environ)
    initialise(other, "production")
    with pytest.raises(UsageError):
        restore_key(other, backup, WORDS)


@pytest.mark.parametrize("facts", [{"a": 1}, {"backup": 1, "keyring": {}}])
def test_another_sealed_file_is_no_backup(facts, exported, tmp_path):
    """What opens need not be a backup."""
    workspace, _ = exported
    path = tmp_path / "other.json"
    sealed = seal_file_data(facts, secrets=[], provider=PassphraseProvider(WORDS, rounds=100_000))
    path.write_text(json.dumps(sealed))
    with pytest.raises(DocumentError):
        restore_key(workspace, path, WORDS)


@pytest.mark.parametrize("change", ["environment", "recipient"])
def test_a_changed_backup_is_refused(change, exported):
    """Its seal covers everything in it."""
    workspace, backup = exported
    backup.write_text(backup.read_text().replace(f'"{change}": "', f'"{change}": "x', 1))
    with pytest.raises(SealError):
        restore_key(workspace, backup, WORDS)


def test_a_backup_is_not_written_over_or_beside_what_it_opens(exported):
    """It lies outside of the workspace, and never takes another file's place."""
    workspace, backup = exported
    with pytest.raises(TargetExistsError):
        export_key(workspace, "production", backup, WORDS)
    with pytest.raises(KeyUnsafeError):
        export_key(workspace, "production", workspace.root / "backup.json", WORDS)


def test_a_passphrase_is_its_own_backup(exported, tmp_path):
    """Without a key file there is nothing to export."""
    workspace, _ = exported
    words = tmp_path / "words"
    words.write_text(WORDS.open())
    words.chmod(0o600)
    rewrap(workspace, "production", PassphraseProvider(WORDS, rounds=100_000))
    environ = {**workspace.environ, "ESCAI_PASSPHRASE_FILE": str(words)}
    with pytest.raises(UsageError):
        export_key(replace(workspace, environ=environ), "production", tmp_path / "no", WORDS)
