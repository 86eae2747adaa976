"""The keys of an environment: their life, their file, and who opens it."""

from __future__ import annotations

import datetime as dt
import json
import pickle

import pytest

from escai_nb.encryption.block import Scope
from escai_nb.encryption.keyring import KeyState, create, load, peek
from escai_nb.encryption.providers.file import FileProvider, generate
from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.encryption.seal import open_document, seal_document
from escai_nb.errors import KeyUnavailableError, NewerFormatError, RefusedError, SealError
from escai_nb.secret import Secret

NOW = dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)
PLACE = {"workspace": "ab" * 16, "environment": "production"}


@pytest.fixture
def provider(tmp_path):
    """A master key in a folder that nobody else can write to."""
    return generate(tmp_path / "keys" / "production.key")


@pytest.fixture
def ring(provider):
    """A keyring of one key."""
    return create(*PLACE.values(), provider, seals="file", now=NOW)


def sealed(ring):
    """A document under the primary key."""
    secrets = [("a",)]
    facts = {"key": ring.primary, "scope": Scope.STRICT, "revision": 1}
    return seal_document({"a": "x"}, secrets=secrets, keyring=ring.generation, **facts)


def test_a_keyring_comes_back_from_its_file(ring, provider):
    """File and memory say the same, and the key opens."""
    again = load(ring.to_bytes(), provider, **PLACE)
    assert ring.to_data() == again.to_data() == peek(ring.to_bytes()).to_data()
    assert {"a": "x"} == open_document(sealed(ring), again).data
    assert ("2026-11-23T02:00:00Z", KeyState.PRIMARY) == (
        again.entries[0].created,
        again.entries[0].state,
    )


def test_no_key_is_in_the_file_or_in_what_is_shown(ring):
    """The file holds wrapped keys only; the unlocked keyring shows nothing and is not pickled."""
    key = ring.primary.open()
    assert key.hex() not in ring.to_bytes().decode()
    assert "<UnlockedKeyring hidden>" == repr(ring)
    with pytest.raises(TypeError):
        pickle.dumps(ring)


def test_a_key_lives_from_new_to_destroyed(ring, provider):
    """Each step is a new keyring of a higher generation, which its file gives back."""
    old = ring.primary.kid
    document = sealed(ring)
    added = ring.with_new_key(provider, NOW)
    new = added.entries[-1].kid
    promoted = added.with_promoted(new, provider)
    retired = promoted.with_retired(old)
    destroyed = retired.with_destroyed(old)
    states = [
        [entry.state.value for entry in load(step.to_bytes(), provider, **PLACE).entries]
        for step in (ring, added, promoted, retired, destroyed)
    ]
    assert [
        ["primary"],
        ["primary", "decrypt-only"],
        ["decrypt-only", "primary"],
        ["retired", "primary"],
        ["destroyed", "primary"],
    ] == states
    assert [1, 2, 3, 4, 5] == [
        step.generation for step in (ring, added, promoted, retired, destroyed)
    ]
    assert {"a": "x"} == open_document(document, promoted).data
    assert "key-retired" == _code(lambda: open_document(document, retired))
    assert {"a": "x"} == open_document(document, retired.archive).data
    assert "key-unknown" == _code(lambda: open_document(document, destroyed.archive))
    assert ["a"] == list(open_document(sealed(promoted), destroyed).data)


def test_a_step_out_of_order_is_refused(ring, provider):
    """The primary key is not retired, and only a retired one is destroyed."""
    old = ring.primary.kid
    added = ring.with_new_key(provider, NOW)
    for step in (
        lambda: ring.with_retired(old),
        lambda: ring.with_destroyed(old),
        lambda: ring.with_promoted(old, provider),
        lambda: added.with_destroyed(added.entries[-1].kid),
        lambda: ring.with_retired("0" * 16),
    ):
        with pytest.raises(RefusedError):
            step()


def test_an_older_keyring_is_refused(ring, provider):
    """By what the reader remembers, and by what the document asks for."""
    newer = ring.with_seals("history")
    remembered = {**PLACE, "at_least": newer.generation}
    assert "keyring-rolled-back" == _code(lambda: load(ring.to_bytes(), provider, **remembered))
    assert "keyring-rolled-back" == _code(lambda: open_document(sealed(newer), ring))


def test_another_master_key_opens_nothing(ring, tmp_path):
    """The error names the key file, and says that it is the wrong one."""
    other = generate(tmp_path / "other" / "x.key")
    with pytest.raises(KeyUnavailableError, match=r"x\.key opens nothing here") as caught:
        load(ring.to_bytes(), other, **PLACE)
    assert "key-wrong" == caught.value.code


def test_a_keyring_of_another_place_is_refused(ring, provider):
    """Even where one master key serves several environments."""
    for name, other in (("environment", "staging"), ("workspace", "cd" * 16)):
        place = {**PLACE, name: other}
        assert "keyring-broken" == _code(lambda at=place: load(ring.to_bytes(), provider, **at))


def test_a_newer_keyring_is_told_from_a_broken_one(ring, provider):
    """Format 2 asks for a newer package."""
    data = json.loads(ring.to_bytes()) | {"format": 2}
    with pytest.raises(NewerFormatError):
        load(json.dumps(data).encode(), provider, **PLACE)


def test_no_recipient_is_lost_by_a_rotation(ring, provider):
    """A keyring that two master keys open is not changed by one so that the other is shut out."""
    context = ring.context(KeyState.PRIMARY)
    friend = PassphraseProvider(Secret("a friend's words"), rounds=100_000)
    (shared,) = (
        type(entry)(
            entry.kid,
            entry.generation,
            entry.state,
            entry.created,
            (*entry.wraps, *friend.wrap(ring.primary, context=context)),
        )
        for entry in ring.entries
    )
    both = type(ring)(*PLACE.values(), 2, "file", (shared,), keys=ring.keys)
    assert both.primary == load(both.to_bytes(), friend, **PLACE).primary
    assert both.primary == load(both.to_bytes(), provider, **PLACE).primary
    assert "key-missing" == _code(lambda: both.with_new_key(provider, NOW))


def test_a_missing_key_file_is_not_a_wrong_one(ring, tmp_path):
    """The hint is then to restore it."""
    absent = FileProvider(tmp_path / "absent.key")
    assert "key-missing" == _code(lambda: load(ring.to_bytes(), absent, **PLACE))


def _code(action):
    """Return the code of the error that *action* ends with."""
    with pytest.raises((KeyUnavailableError, SealError)) as caught:
        action()
    assert caught.value.hint
    return caught.value.code


@pytest.fixture
def colleague(tmp_path):
    """Another master key."""
    return generate(tmp_path / "keys" / "colleague.key")


def test_a_recipient_opens_what_is_there(ring, provider, colleague):
    """Both master keys open every key, the retired one too; no key changes by it."""
    ring = ring.with_new_key(provider, NOW)
    ring = ring.with_promoted(ring.entries[-1].kid, provider).with_retired(ring.entries[0].kid)
    shared = ring.with_recipient(colleague)

    for who in (provider, colleague):
        again = load(shared.to_bytes(), who, **PLACE)
        assert ring.keys == again.keys
        assert ring.generation + 1 == again.generation
    assert shared.entries == shared.with_recipient(colleague).entries


def test_a_recipient_that_is_removed_opens_nothing(ring, provider, colleague):
    """The others open what they did, and a document stays as it is."""
    document = sealed(ring)
    (theirs,) = colleague.wrap(ring.primary, context=b"")
    left = ring.with_recipient(colleague).without_recipient(theirs["recipient"])

    assert {"a": "x"} == open_document(document, load(left.to_bytes(), provider, **PLACE)).data
    with pytest.raises(KeyUnavailableError):
        load(left.to_bytes(), colleague, **PLACE)


def test_the_last_recipient_stays(ring):
    """A keyring that nobody opens is refused."""
    (only,) = ring.primary_entry.recipients
    with pytest.raises(RefusedError):
        ring.without_recipient(only)
