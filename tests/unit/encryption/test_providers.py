"""Master keys: in files, and out of passphrases."""

from __future__ import annotations

import stat

import pytest

from escai_nb.encryption.derivation import (
    BOUNDS,
    ROUNDS,
    DataKey,
    DerivedKey,
    derive_key_from_password,
)
from escai_nb.encryption.providers.file import FileProvider, decode_master_key, generate
from escai_nb.encryption.providers.passphrase import MOST, PassphraseProvider
from escai_nb.errors import (
    KeyUnavailableError,
    KeyUnsafeError,
    SealError,
    TargetExistsError,
)
from escai_nb.secret import Secret

KEY = DataKey(bytes(range(32)))
WORDS = Secret("ein sehr langer Satz")


def test_a_key_file_is_private_from_the_start(tmp_path):
    """One line of 44 characters, for its owner alone, in a folder of its owner."""
    path = tmp_path / "share" / "escai" / "a.key"
    provider = generate(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert 45 == len(path.read_bytes())
    assert decode_master_key(path.read_bytes()) == provider.master()


def test_a_key_is_never_overwritten(tmp_path):
    """A second key at the same place is refused, and the first stays."""
    generate(tmp_path / "a.key")
    before = (tmp_path / "a.key").read_bytes()
    with pytest.raises(TargetExistsError):
        generate(tmp_path / "a.key")
    assert before == (tmp_path / "a.key").read_bytes()


@pytest.mark.parametrize(
    "text", ["", "x" * 44, "A" * 43, "A" * 43 + "=\nA", "ä" * 44, "B" * 43 + "="]
)
def test_what_is_no_key_is_said_to_be_none(tmp_path, text):
    """A file of anything else is a wrong key, and its text is not told."""
    path = tmp_path / "a.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyUnavailableError) as caught:
        FileProvider(path).master()
    assert "key-wrong" == caught.value.code
    assert not text or text not in str(caught.value)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    """The checks of private files apply."""
    provider = generate(tmp_path / "a.key")
    provider.path.chmod(0o644)
    with pytest.raises(KeyUnsafeError):
        FileProvider(provider.path).master()


def test_a_wrap_opens_in_its_context_alone(tmp_path):
    """A wrapped key put elsewhere is broken, not wrong."""
    provider = generate(tmp_path / "a.key")
    wraps = provider.wrap(KEY, context=b"here")
    assert KEY == provider.unwrap(wraps, context=b"here")
    for context, wrapped in ((b"there", wraps[0]["wrapped"]), (b"here", "ü"), (b"here", "")):
        with pytest.raises(SealError) as caught:
            provider.unwrap([{**wraps[0], "wrapped": wrapped}], context=context)
        assert "wrap-broken" == caught.value.code


def test_a_passphrase_opens_what_it_wrapped():
    """Another object with the same words opens it; other words do not."""
    wraps = PassphraseProvider(WORDS, rounds=BOUNDS[0]).wrap(KEY, context=b"")
    assert KEY == PassphraseProvider(WORDS).unwrap(wraps, context=b"")
    with pytest.raises(KeyUnavailableError) as caught:
        PassphraseProvider(Secret("other words")).unwrap(wraps, context=b"")
    assert "key-wrong" == caught.value.code


def test_what_is_opened_is_wrapped_with_the_same_salt():
    """A keyring that is unlocked and changed keeps its recipient."""
    wraps = PassphraseProvider(WORDS, rounds=BOUNDS[0]).wrap(KEY, context=b"")
    provider = PassphraseProvider(WORDS)
    provider.unwrap(wraps, context=b"")
    (again,) = provider.wrap(KEY, context=b"other")
    assert wraps[0]["recipient"] == again["recipient"]
    assert wraps[0]["parameters"] == again["parameters"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"rounds": 10**15},
        {"rounds": 1},
        {"salt": "00"},
        {"salt": "00" * 65},
        {"salt": "xy" * 16},
        {"kdf": "md5"},
        {"extra": 1},
    ],
)
def test_a_hostile_file_derives_nothing(parameters):
    """Rounds and salts outside of the bounds are refused before any work."""
    (wrap,) = PassphraseProvider(WORDS, rounds=BOUNDS[0]).wrap(KEY, context=b"")
    asked = {**wrap, "parameters": {**wrap["parameters"], **parameters}}
    with pytest.raises(SealError) as caught:
        PassphraseProvider(WORDS).unwrap([asked], context=b"")
    assert "wrap-broken" == caught.value.code
    assert WORDS.open() not in str(caught.value)


def test_many_salts_do_not_hang_a_reader():
    """After a few derivations a provider stops."""
    (wrap,) = PassphraseProvider(WORDS, rounds=BOUNDS[0]).wrap(KEY, context=b"")
    salts = [f"{number:032x}" for number in range(MOST + 1)]
    many = [{**wrap, "parameters": {**wrap["parameters"], "salt": salt}} for salt in salts]
    with pytest.raises(SealError, match="more than 4 salts"):
        PassphraseProvider(WORDS).unwrap(many, context=b"")


def test_a_derived_key_is_made_again_from_its_salt():
    """The documented rounds are used, spellings of one text agree, and nothing is shown."""
    made = derive_key_from_password("caf\u00e9", rounds=BOUNDS[0])
    again = derive_key_from_password("cafe\u0301", made.salt, made.rounds)
    assert (made.key, made.parameters) == (again.key, again.parameters)
    assert made.key not in repr(made)
    assert isinstance(made, DerivedKey)
    assert 600_000 == ROUNDS
    with pytest.raises(SealError):
        derive_key_from_password("x", rounds=ROUNDS * 1000)
