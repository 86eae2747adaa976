"""The earlier system's class for encryption: round trips, rotation, and no lost key."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from escai_nb import ConfigEncryption, ConfigVersioning
from escai_nb.errors import (
    EscaiError,
    KeyUnavailableError,
    SealError,
    TargetExistsError,
    UsageError,
)
from escai_nb.secret import Secret

DATA = {
    "api": {"port": 8000},
    "database": {"postgres_password": "Pq4-ruz-88", "redis_password": None},
    "custom_settings": {"hooks": [{"token": 12}, {"token": True}, {"token": 1.5}]},
}
TYPED = "Nearly-the-key-5f3a"
HELD = Secret(TYPED)
LEGACY = Path(__file__).parents[2] / "data" / "legacy"


def test_values_are_plain_fernet_tokens():
    """Other readers of Fernet open what this one makes, and the other way round."""
    key = ConfigEncryption.generate_master_key()
    encryption = ConfigEncryption(key)

    assert Fernet(key).decrypt(encryption.encrypt_value("käse")) == "käse".encode()
    assert encryption.decrypt_value(Fernet(key).encrypt(b"abc").decode()) == "abc"
    assert encryption.verify_encryption()


def test_a_mapping_comes_back_with_every_type():
    """Secrets of all scalar types are sealed and come back as they were."""
    encryption = ConfigEncryption()
    sealed = encryption.encrypt_config(DATA)

    assert "Pq4-ruz-88" not in str(sealed)
    assert repr(DATA) == repr(encryption.decrypt_config(sealed))
    with pytest.raises(KeyUnavailableError):
        ConfigEncryption().decrypt_config(sealed)
    sealed["api"]["port"] = 8001
    with pytest.raises(SealError):
        encryption.decrypt_config(sealed)


def test_a_key_from_a_password_comes_back_with_its_salt():
    """The derived key is taken by the constructor, and is made again from the same salt."""
    derived = ConfigEncryption.derive_key_from_password("correct horse")
    again = ConfigEncryption.derive_key_from_password("correct horse", derived.salt)

    token = ConfigEncryption(derived).encrypt_value("x")
    assert ConfigEncryption(again).decrypt_value(token) == "x"
    assert derived.parameters["rounds"] == 600_000


def test_rotation_re_encrypts_the_files_and_keeps_the_key(tmp_path):
    """After a rotation the files open with the key file alone, and not with the old key."""
    key_file, file = tmp_path / "master.key", tmp_path / "config.yaml"
    old = ConfigEncryption()
    old.save_master_key(key_file)
    encryption = ConfigEncryption(key_file=key_file)
    encryption.save_encrypted_config(DATA, file)
    encryption.rotate_encryption_key(paths=[file])

    assert DATA == ConfigEncryption(key_file=key_file).load_encrypted_config(file)
    assert key_file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyUnavailableError):
        old.load_encrypted_config(file)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.yaml", "master.key"]


def test_no_key_is_thrown_away(tmp_path):
    """A rotation whose key nobody would keep is refused, and a key file is never overwritten."""
    encryption, file = ConfigEncryption(), tmp_path / "config.yaml"
    encryption.save_encrypted_config(DATA, file)
    before = file.read_bytes()

    with pytest.raises(UsageError):
        encryption.rotate_encryption_key(paths=[file])
    assert file.read_bytes() == before
    encryption.save_master_key(tmp_path / "key")
    with pytest.raises(TargetExistsError):
        encryption.save_master_key(tmp_path / "key")


def test_files_of_the_earlier_system_open():
    """Its sealed leaves open with both spellings of its master key."""
    text = (LEGACY / "master_key").read_text()

    loaded = ConfigEncryption(text).load_encrypted_config(LEGACY / "config.staging.yaml")

    assert loaded["database"]["postgres_password"] == "legacy-Pg-pass-4711"


def test_nothing_is_shown():
    """The object shows no key."""
    key = ConfigEncryption.generate_master_key()

    assert key not in repr(ConfigEncryption(key))


@pytest.mark.parametrize("key", ["x" + TYPED, TYPED.encode(), b"\xff" + TYPED.encode()])
def test_a_mistyped_master_key_is_in_no_traceback(key):
    """A key with one letter too many is nearly the key; no local variable keeps it."""
    with pytest.raises(KeyUnavailableError) as caught:
        ConfigEncryption(master_key=key)
    del key

    assert TYPED not in repr(what_is_shown(caught))


@pytest.mark.parametrize(
    "call",
    [
        lambda _: ConfigEncryption().derive_key_from_password(HELD.open(), b"short"),
        lambda _: ConfigEncryption().encrypt_value([HELD.open()]),
        lambda _: ConfigEncryption().encrypt_config({"password": [HELD.open(), object()]}),
        lambda path: ConfigEncryption().save_encrypted_config(
            {"password": HELD.open()}, path / "a.txt"
        ),
        lambda path: ConfigVersioning(path).save_version({"password": [HELD.open(), object()]}),
        lambda path: ConfigVersioning(path).save_version({"password": HELD.open()}, tags=["HEAD"]),
    ],
)
def test_what_callers_hand_over_is_in_no_traceback(call, tmp_path, monkeypatch):
    """A refused call leaves the clear secret in no frame of its error."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "keys"))
    with pytest.raises(EscaiError) as caught:
        call(tmp_path / "versions")

    assert TYPED not in repr(what_is_shown(caught))


def what_is_shown(caught):
    """All that a traceback with local variables tells, but for those of this file."""
    frames = [frame for frame, _ in traceback.walk_tb(caught.tb)]
    ours = [frame.f_locals for frame in frames if frame.f_code.co_filename != __file__]
    assert ours
    return [str(caught.value), repr(caught.value.__context__), ours]


def test_a_derived_key_is_taken_apart_as_the_earlier_one():
    """Key, salt and parameters; an empty passphrase derives none."""
    key, salt, parameters = ConfigEncryption.derive_key_from_password("quiet otter")
    assert (len(key), len(salt), parameters["salt"]) == (44, 16, salt.hex())
    again = ConfigEncryption.derive_key_from_password("quiet otter", salt)
    assert again.key == key
    with pytest.raises(UsageError, match="empty"):
        ConfigEncryption.derive_key_from_password("")


def test_what_is_no_token_and_no_mapping_is_refused():
    """With an error of ours, which says what is wanted."""
    with pytest.raises(UsageError, match="token"):
        ConfigEncryption().decrypt_value(None)
    with pytest.raises(UsageError, match="mapping"):
        ConfigEncryption().decrypt_config([1])
    with pytest.raises(UsageError, match="mapping"):
        ConfigEncryption().encrypt_config(None)
