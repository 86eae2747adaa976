"""The end of a key, and a check of everything that should open."""

from __future__ import annotations

import pytest

from escai_nb.errors import RefusedError, UsageError
from escai_nb.workspace.access.unlocking import key_place, unlock
from escai_nb.workspace.keys.key_life import destroy_key, verify_keys
from escai_nb.workspace.keys.key_rotation import rotate_keys

SECRET = "database.postgres_password"


@pytest.fixture
def rotated(open_manager):
    """A manager of an environment with history under two keys, and the old key's name."""
    manager = open_manager("production")
    manager.set_config_value("api.workers", 5)
    manager.save_config()
    old = unlock(manager.workspace, "production").primary.kid
    rotate_keys(manager.workspace, "production")
    return manager, old


def test_a_key_that_history_needs_is_kept(rotated):
    """Destroying it says how many versions would be lost, and does nothing."""
    manager, old = rotated
    before = manager.workspace.keyring_file("production").read_bytes()
    with pytest.raises(RefusedError) as caught:
        destroy_key(manager.workspace, "production", old[:5])

    assert "key-needed" == caught.value.code
    assert before == manager.workspace.keyring_file("production").read_bytes()


def test_shredded_versions_stay_listed(rotated):
    """Their secrets open for nobody; the present file and newer versions do."""
    manager, old = rotated
    count = len(manager.history())
    receipt = destroy_key(manager.workspace, "production", old, shred_history=True)
    manager.reload()

    assert 2 == len(receipt.shredded)
    assert count == len(manager.history())
    assert manager.get_config_value(SECRET)
    check = verify_keys(manager.workspace, "production")
    assert ((), 3) == (check.failed, len(check.lost))
    assert old not in unlock(manager.workspace, "production").keys


def test_a_dry_run_destroys_nothing(rotated):
    """It tells what would be lost."""
    manager, old = rotated
    receipt = destroy_key(manager.workspace, "production", old, shred_history=True, dry_run=True)

    assert 2 == len(receipt.shredded)
    assert old in unlock(manager.workspace, "production").keys


@pytest.mark.parametrize("named", ["", "xyz"])
def test_a_key_that_is_none_is_not_destroyed(named, rotated):
    """The name has to begin exactly one."""
    with pytest.raises(UsageError):
        destroy_key(rotated[0].workspace, "production", named)


def test_the_primary_key_is_not_destroyed(rotated):
    """Only a retired key is out of use."""
    manager, _ = rotated
    primary = unlock(manager.workspace, "production").primary.kid
    with pytest.raises(RefusedError):
        destroy_key(manager.workspace, "production", primary, shred_history=True)


def test_all_is_well(rotated):
    """Two keys, the file and each version open."""
    manager, _ = rotated
    check = verify_keys(manager.workspace, "production")

    assert ((), ()) == (check.failed, check.lost)
    assert 1 + 2 + len(manager.history()) == check.opened


def test_a_broken_file_is_named(rotated):
    """What does not open is told with the word for why."""
    manager, _ = rotated
    file = manager.workspace.file("production")
    file.write_text(file.read_text().replace("escai:1:fernet:gAAAAAAAAAAA", "escai:1:fernet:g"))
    check = verify_keys(manager.workspace, "production")

    assert ["config.production.yaml"] == [each.what for each in check.failed]


def test_without_the_key_nothing_opens(rotated):
    """Each thing is named."""
    manager, _ = rotated
    key_place(manager.workspace, "production").path.unlink()
    check = verify_keys(manager.workspace, "production")

    assert 0 == check.opened
    assert {"key-missing"} == {each.code for each in check.failed}
    assert 1 + len(manager.history()) == len(check.failed)
