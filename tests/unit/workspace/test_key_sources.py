"""Master keys from files, descriptors and passphrases, and an older keyring put back."""

from __future__ import annotations

import base64
import os
import shutil
from dataclasses import replace

import pytest

from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.errors import KeyUnavailableError, KeyUnsafeError, SealError, ValueRefusedError
from escai_nb.history.marks import read_marks
from escai_nb.secret import Secret
from escai_nb.workspace.access.key_sources import (
    IDLE,
    TRIES,
    Prompt,
    given_providers,
    passphrase_in,
    require_strong,
)
from escai_nb.workspace.access.unlocking import key_place, make_keyring, unlock
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.keys.key_rotation import rotate_keys

WORDS = "correct horse battery staple"


@pytest.fixture
def locked(workspace):
    """A workspace whose production keyring opens with a passphrase alone."""
    provider = PassphraseProvider(Secret(WORDS), rounds=100_000)
    made = make_keyring(workspace, "production", seals="file", provider=provider)
    return workspace, made.primary.kid


def with_variables(workspace, **variables):
    """The workspace as a process sees it that has these variables."""
    return replace(workspace, environ={**workspace.environ, **variables})


def written(path, text=WORDS + "\n"):
    """A private file."""
    path.write_text(text)
    path.chmod(0o600)
    return path


def descriptor(text):
    """A descriptor from which *text* can be read once."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return reading


def test_a_passphrase_file_unlocks(locked, tmp_path):
    """The line end after the passphrase is not part of it."""
    workspace, kid = locked
    named = with_variables(workspace, ESCAI_PASSPHRASE_FILE=str(written(tmp_path / "words")))

    assert kid == unlock(named, "production").primary.kid


def test_a_passphrase_file_is_checked_as_a_key_file_is(locked, tmp_path):
    """One that others may change is refused, as one that root mounted is not."""
    workspace, _ = locked
    path = written(tmp_path / "words")
    path.chmod(0o646)

    with pytest.raises(KeyUnsafeError):
        unlock(with_variables(workspace, ESCAI_PASSPHRASE_FILE=str(path)), "production")
    path.chmod(0o440)
    assert unlock(with_variables(workspace, ESCAI_PASSPHRASE_FILE=str(path)), "production")


def test_a_descriptor_is_read_once_and_closed(locked):
    """What it held is known for the rest of the process, and no child inherits it."""
    workspace, kid = locked
    number = descriptor(WORDS)
    named = with_variables(workspace, ESCAI_PASSPHRASE_FD=str(number))

    assert [kid, kid] == [unlock(named, "production").primary.kid for _ in range(2)]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_master_key_comes_through_a_descriptor(workspace):
    """It opens what the key file opens."""
    initialise(workspace, "development")
    place = key_place(workspace, "development").path
    number = descriptor(place.read_text())
    place.unlink()

    assert unlock(with_variables(workspace, ESCAI_MASTER_KEY_FD=str(number)), "development")


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_no_passphrase(text, tmp_path):
    """Nothing is not taken for an empty passphrase."""
    with pytest.raises(KeyUnavailableError):
        passphrase_in(written(tmp_path / "words", text))


@pytest.mark.parametrize(
    ("named", "said"), [("99999", "descriptor 99999"), ("one", "no file"), ("9" * 30, "no file")]
)
def test_a_descriptor_that_is_none_is_refused(named, said):
    """It is told by its number; what is none is not repeated."""
    with pytest.raises(KeyUnavailableError, match=said):
        given_providers({"ESCAI_PASSPHRASE_FD": named})


@pytest.mark.parametrize(
    "variable",
    [
        "ESCAI_PASSPHRASE_FILE",
        "ESCAI_PASSPHRASE_FD",
        "ESCAI_OTHER_KEY_FILES",
        "ESCAI_MASTER_KEY_FD",
    ],
)
@pytest.mark.parametrize("secret", [WORDS, WORDS * 40, f"{WORDS}/and more"])
def test_a_secret_in_place_of_the_name_of_its_file_is_not_shown(variable, secret):
    """The variable is named, and not what it says."""
    with pytest.raises(KeyUnavailableError) as caught:
        given_providers({variable: secret})
    said = f"{caught.value} {caught.value.where} {caught.value.hint}"
    assert WORDS not in said
    assert caught.value.hint


def test_a_wrong_passphrase_is_refused(locked, tmp_path):
    """The answer is that of a wrong key."""
    workspace, _ = locked
    path = written(tmp_path / "words", "another one altogether")

    with pytest.raises(KeyUnavailableError) as caught:
        unlock(with_variables(workspace, ESCAI_PASSPHRASE_FILE=str(path)), "production")
    assert "key-wrong" == caught.value.code


def test_without_a_passphrase_the_key_is_missing(locked):
    """Nobody is asked where there is no terminal."""
    workspace, _ = locked

    with pytest.raises(KeyUnavailableError) as caught:
        unlock(workspace, "production")
    assert "key-missing" == caught.value.code


class Person:
    """Answers a prompt, and counts."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _):
        self.asked += 1
        return self.answers.pop(0)


class Clock:
    """Seconds that pass when told so."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def wrapped():
    """A data key, wrapped for the passphrase."""
    key = DataKey.generate()
    return key, PassphraseProvider(Secret(WORDS), rounds=100_000).wrap(key, context=b"here")


def test_a_person_is_asked_once(wrapped):
    """A passphrase that was typed in holds for the process."""
    key, wraps = wrapped
    person = Person(WORDS)

    for _ in range(2):
        prompt = Prompt("once", ask=person, clock=Clock())
        assert key == prompt.unwrap(wraps, context=b"here")
    assert 1 == person.asked


def test_an_idle_passphrase_is_asked_for_again(wrapped):
    """Use keeps it; time without use drops it."""
    key, wraps = wrapped
    person, clock = Person(WORDS, WORDS), Clock()
    prompt = Prompt("idle", ask=person, clock=clock)

    for passing in (0.0, IDLE - 1, IDLE - 1):
        clock.now += passing
        assert key == prompt.unwrap(wraps, context=b"here")
    assert 1 == person.asked
    clock.now += IDLE + 1
    assert [] == prompt.wrap(key, context=b"here")
    prompt.unwrap(wraps, context=b"here")
    assert 2 == person.asked


def test_a_person_may_mistype(wrapped):
    """Asking ends after some tries, or with an empty answer."""
    key, wraps = wrapped
    right = Prompt("mistyped", ask=Person("wrong", WORDS))
    assert key == right.unwrap(wraps, context=b"here")

    given_up, stubborn = Person("wrong", ""), Person(*["wrong"] * TRIES)
    for person in (given_up, stubborn):
        with pytest.raises(KeyUnavailableError):
            Prompt("refused", ask=person).unwrap(wraps, context=b"here")
    assert (2, TRIES) == (given_up.asked, stubborn.asked)


def test_nobody_is_asked_for_what_no_passphrase_opens():
    """A keyring of key files asks for files."""
    person = Person()
    wraps = [{"provider": "file", "recipient": "0" * 16, "wrapped": "x"}]

    with pytest.raises(KeyUnavailableError):
        Prompt("file", ask=person).unwrap(wraps, context=b"here")
    assert 0 == person.asked


@pytest.mark.parametrize("words", ["", "short", "a" * 30])
def test_a_new_passphrase_is_not_a_weak_one(words):
    """What can be tried through is refused when it is chosen, without being repeated."""
    with pytest.raises(ValueRefusedError):
        require_strong(Secret(words))


def test_an_older_keyring_put_back_is_refused(workspace):
    """The workspace remembers the highest generation that it has worked with."""
    initialise(workspace, "production")
    file = workspace.keyring_file("production")
    older = file.read_bytes()
    rotate_keys(workspace, "production")
    newer = unlock(workspace, "production").generation
    assert str(newer) == read_marks(workspace.history_file)["keyring.production"]

    file.write_bytes(older)
    with pytest.raises(SealError) as caught:
        unlock(workspace, "production")
    assert "keyring-rolled-back" == caught.value.code


def test_a_key_at_hand_that_is_no_recipient_stays_outside(workspace, tmp_path):
    """Rotation serves those that the keyring serves, and nobody who happens to be there."""
    initialise(workspace, "production")
    text = base64.urlsafe_b64encode(os.urandom(32)).decode()
    number = descriptor(text)
    named = with_variables(workspace, ESCAI_MASTER_KEY_FD=str(number))
    before = {w["recipient"] for w in unlock(named, "production").primary_entry.wraps}
    rotate_keys(named, "production")

    assert before == {w["recipient"] for w in unlock(named, "production").primary_entry.wraps}
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(KeyUnavailableError):
        unlock(named, "production")
