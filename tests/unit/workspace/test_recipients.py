"""Several people who open one environment, and what each of them opens."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from escai_nb.encryption.providers.file import FileProvider, generate
from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.errors import KeyUnavailableError, RefusedError, TargetExistsError, UsageError
from escai_nb.secret import Secret
from escai_nb.workspace.access.auditing import audit_log
from escai_nb.workspace.access.unlocking import key_place, store_keyring, unlock
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.keys.recipients import add_recipient, names_here, remove_recipient, rewrap
from escai_nb.workspace.manager import ConfigManager

SECRET = "database.postgres_password"


@pytest.fixture
def shared(workspace):
    """A workspace with two environments."""
    for environment in ("development", "production"):
        initialise(workspace, environment)
    return workspace


@pytest.fixture
def colleague(shared, tmp_path):
    """Somebody who works on a copy of the workspace, with a home of their own."""
    return replace(shared, environ={"XDG_DATA_HOME": str(tmp_path / "bo")}, author="bo")


def by_words(text):
    """Somebody who knows a passphrase; with as few rounds as a file may ask for."""
    return PassphraseProvider(Secret(text), rounds=100_000)


def given(workspace, environment, key):
    """Put the key file *key* where *workspace* looks for it."""
    place = key_place(workspace, environment).path
    place.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    shutil.copy(key, place)


def value(workspace, environment):
    """What somebody reads."""
    manager = ConfigManager(
        workspace.root,
        environment,
        enable_hot_reload=False,
        spec=workspace.spec,
        environ=workspace.environ,
    )
    return manager.get_config_value(SECRET)


def test_each_reads_what_it_is_a_recipient_of(shared, colleague, tmp_path):
    """Who lacks production's key reads nothing of production."""
    before = shared.file("development").read_bytes()
    key = generate(tmp_path / "handed" / "bo.key")
    add_recipient(shared, "development", key)
    given(colleague, "development", key.path)

    assert value(shared, "development") == value(colleague, "development")
    assert before == shared.file("development").read_bytes()
    for missing in (False, True):
        if missing:  # the key of another environment is no key of this one
            given(colleague, "production", key.path)
        with pytest.raises(KeyUnavailableError):
            value(colleague, "production")


def test_a_colleague_opens_history_too(shared, colleague, tmp_path):
    """Versions under a key that is retired by now open for whoever joined later."""
    rotate_keys(shared, "production")
    key = generate(tmp_path / "handed" / "bo.key")
    add_recipient(shared, "production", key)
    given(colleague, "production", key.path)

    assert unlock(shared, "production").keys == unlock(colleague, "production").keys


def test_a_passphrase_can_be_a_recipient(shared, colleague, tmp_path):
    """It opens without any key file."""
    add_recipient(shared, "production", by_words("four words are enough"))
    words = tmp_path / "words"
    words.write_text("four words are enough\n")
    words.chmod(0o600)
    environ = {**colleague.environ, "ESCAI_PASSPHRASE_FILE": str(words)}

    assert value(shared, "production") == value(replace(colleague, environ=environ), "production")


def test_a_recipient_is_not_added_twice(shared):
    """It would be removed once and still open everything."""
    own = FileProvider(key_place(shared, "production").path)
    with pytest.raises(TargetExistsError):
        add_recipient(shared, "production", own)


def test_a_colleague_leaves(shared, colleague, tmp_path):
    """Once removed and rotated, neither the new files nor the old keyring open for them."""
    key = generate(tmp_path / "handed" / "bo.key")
    receipt = add_recipient(shared, "production", key)
    given(colleague, "production", key.path)
    known = unlock(colleague, "production").keys
    with pytest.raises(KeyUnavailableError, match="opens this keyring too"):
        rotate_keys(shared, "production")
    remove_recipient(shared, "production", receipt.recipient[:6])
    with pytest.raises(KeyUnavailableError):
        value(colleague, "production")
    rotate_keys(shared, "production")

    assert unlock(shared, "production").primary.kid not in known
    assert value(shared, "production")


def test_rotation_serves_every_recipient_that_is_at_hand(shared, colleague, tmp_path):
    """A colleague's key file and a passphrase go on opening what is sealed anew."""
    key = generate(tmp_path / "handed" / "bo.key")
    words = tmp_path / "words"
    words.write_text("four words are enough")
    words.chmod(0o600)
    given(colleague, "production", key.path)
    for other in (key, by_words(words.read_text()), by_words("another one")):
        add_recipient(shared, "production", other)
    names = {"ESCAI_OTHER_KEY_FILES": str(key.path), "ESCAI_PASSPHRASE_FILE": str(words)}
    all_here = replace(shared, environ={**shared.environ, **names})
    with pytest.raises(KeyUnavailableError, match="opens this keyring too"):
        rotate_keys(all_here, "production")
    third = next(
        wrap["recipient"]
        for wrap in unlock(shared, "production").primary_entry.wraps
        if wrap["provider"] == "passphrase" and wrap["recipient"] != known_by(all_here)
    )
    remove_recipient(shared, "production", third)
    before = unlock(shared, "production").primary_entry.recipients
    rotate_keys(all_here, "production")

    assert before == unlock(shared, "production").primary_entry.recipients
    assert value(shared, "production") == value(colleague, "production")


def known_by(workspace):
    """The one passphrase recipient whose words are here."""
    keyring = unlock(workspace, "production")
    wraps = keyring.primary_entry.wraps
    (name,) = names_here(workspace, keyring) & {
        wrap["recipient"] for wrap in wraps if wrap["provider"] == "passphrase"
    }
    return name


@pytest.mark.parametrize("named", ["", "zz"])
def test_a_recipient_that_is_none_is_not_removed(named, shared):
    """The name has to begin exactly one."""
    with pytest.raises(UsageError):
        remove_recipient(shared, "production", named)


def test_nobody_locks_themselves_out(shared, tmp_path):
    """The last one stays, and so does the key at hand."""
    keyring = unlock(shared, "production")
    (own,) = keyring.primary_entry.recipients
    with pytest.raises(RefusedError):
        remove_recipient(shared, "production", own)
    add_recipient(shared, "production", generate(tmp_path / "handed" / "bo.key"))
    with pytest.raises(RefusedError, match="at hand"):
        remove_recipient(shared, "production", own)


def test_a_key_file_is_replaced_without_touching_a_document(shared):
    """The new one opens everything, the old one the keyrings of older commits."""
    before, known = shared.file("production").read_bytes(), value(shared, "production")
    place = key_place(shared, "production").path
    old = place.read_bytes()
    receipt = rewrap(shared, "production")

    assert (before, known) == (shared.file("production").read_bytes(), value(shared, "production"))
    assert old != place.read_bytes()
    assert old == receipt.kept_key.read_bytes()
    assert {receipt.recipient} == unlock(shared, "production").primary_entry.recipients
    assert 0o600 == place.stat().st_mode & 0o777


def test_a_passphrase_takes_the_place_of_a_key_file(shared, tmp_path):
    """Afterwards the key file opens nothing."""
    words = tmp_path / "words"
    words.write_text("four words are enough")
    words.chmod(0o600)
    known = value(shared, "production")
    rewrap(shared, "production", by_words("four words are enough"))

    with pytest.raises(KeyUnavailableError):
        value(shared, "production")
    environ = {**shared.environ, "ESCAI_PASSPHRASE_FILE": str(words)}
    assert known == value(replace(shared, environ=environ), "production")


def test_a_mounted_key_is_not_ours_to_replace(shared):
    """The variable's file is changed by whoever mounts it."""
    place = key_place(shared, "production").path
    mounted = replace(shared, environ={"ESCAI_MASTER_KEY_FILE": str(place)})
    with pytest.raises(UsageError):
        rewrap(mounted, "production")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_an_interrupted_replacement_is_completed(steps, shared):
    """After each step everything opens, and repeating leaves one recipient with its file."""
    place = key_place(shared, "production").path
    keyring = unlock(shared, "production")
    (old,) = keyring.primary_entry.recipients
    fresh = generate(place.with_suffix(".next"))
    if steps >= 2:
        store_keyring(shared, keyring.with_recipient(fresh))
    if steps >= 3:
        os.link(place, place.with_name(f"production.{old}.key"))
        fresh.path.replace(place)
    assert value(shared, "production")
    receipt = rewrap(shared, "production")

    assert {receipt.recipient} == unlock(shared, "production").primary_entry.recipients
    assert not fresh.path.exists()
    assert old == receipt.instead_of


def test_every_change_is_audited(shared, tmp_path):
    """Who did it, to which key, at which generation."""
    receipt = add_recipient(shared, "production", generate(tmp_path / "handed" / "bo.key"))
    remove_recipient(shared, "production", receipt.recipient)
    rewrap(shared, "production")
    lines = list(audit_log(shared).lines())

    assert ["recipient-added", "recipient-removed", "rewrap"] == [
        line.what for line in lines if line.what != "keyring-made"
    ]
    assert {("ada", "production")} == {(line.who, line.environment) for line in lines[2:]}
    assert () == audit_log(shared).verify().troubles
