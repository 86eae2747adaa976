"""Where master keys come from: files, descriptors, passphrases that are given or asked for."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb import safefile
from escai_nb.encryption.providers.file import FileProvider, HeldProvider
from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.errors import EscaiError, KeyUnavailableError, ValueRefusedError
from escai_nb.masking import may_be_secret
from escai_nb.secret import Guarded, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from escai_nb.encryption.derivation import DataKey
    from escai_nb.encryption.keyring import Keyring
    from escai_nb.encryption.providers.provider import KeyProvider, Wrap

KEY_FD_VARIABLE = "ESCAI_MASTER_KEY_FD"
OTHER_KEYS_VARIABLE = "ESCAI_OTHER_KEY_FILES"
PASSPHRASE_FD_VARIABLE = "ESCAI_PASSPHRASE_FD"  # noqa: S105  # a name
PASSPHRASE_FILE_VARIABLE = "ESCAI_PASSPHRASE_FILE"  # noqa: S105
SHORTEST = 12
"""Characters of a new passphrase; who knows the file can try as many as time allows."""
_NUMBER = re.compile("[0-9]{1,9}")
IDLE = 15 * 60.0
"""Seconds after which a passphrase that was typed in, and not used since, is asked for again."""
TRIES = 3
"""Times that a person is asked before giving up."""


class AtHand(Guarded):
    """
    A `KeyProvider` over several: those that a reader has, or those that a writer serves.

    What wraps, wraps for each of them; what unwraps is the first that can.

    Args:
        missing: What is raised where there is none.

        ring: The keyring as it lies there, so that a passphrase wraps with the
            salt that it has in it.
    """

    def __init__(
        self,
        providers: Sequence[KeyProvider],
        *,
        missing: EscaiError,
        ring: Callable[[], Keyring | None] = lambda: None,
    ) -> None:
        self.providers = tuple(providers)
        self._missing = missing
        self._ring = ring

    def wrap(self, key: DataKey, *, context: bytes) -> list[Wrap]:
        """Return *key* wrapped by each; a person is asked where the keyring knows a passphrase."""
        return [wrap for each in self.met() for wrap in each.wrap(key, context=context)]

    def met(self, *, asking: bool = True) -> Iterator[KeyProvider]:
        """Walk the providers, each after it has looked for its own wrap in the keyring."""
        ring = self._ring()
        for each in self.providers:
            if ring is not None and (asking or not isinstance(each, Prompt)):
                entry = ring.primary_entry
                with suppress(EscaiError):
                    each.unwrap(entry.wraps, context=ring.context(entry.state))
            yield each

    def unwrap(self, wraps: Sequence[Wrap], *, context: bytes) -> DataKey:
        """Return the data key as the first provider opens it; what it raises if none does."""
        refused: EscaiError = self._missing
        for each in self.providers:
            try:
                return each.unwrap(wraps, context=context)
            except KeyUnavailableError as error:
                if refused is self._missing and error.code != "key-missing":
                    refused = error
        raise refused.with_traceback(None)

    def describe(self) -> str:
        """Name them all."""
        return " or ".join(each.describe() for each in self.providers) or "no key"


@dataclass(slots=True)
class _Typed:
    """A passphrase that a person typed in, and when it was last of use."""

    provider: PassphraseProvider
    used: float


class Prompt(Guarded):
    """
    A `KeyProvider` that asks a person on a terminal, once for each *name* and process.

    Attributes:
        idle: Seconds without use after which it asks again.
    """

    _typed: dict[str, _Typed] = {}  # noqa: RUF012  # shared on purpose: one unlocking a process
    _lock = threading.RLock()

    def __init__(
        self,
        name: str,
        *,
        ask: Callable[[str], str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle: float = IDLE,
    ) -> None:
        self.name = name
        self.idle = idle
        self._ask = ask
        self._clock = clock

    def describe(self) -> str:
        """Say that it is a passphrase."""
        return "the passphrase"

    def wrap(self, key: DataKey, *, context: bytes) -> list[Wrap]:
        """Return *key* wrapped with the passphrase that was last of use, if there is one."""
        with self._lock:
            typed = self._fresh()
            return typed.provider.wrap(key, context=context) if typed else []

    def unwrap(self, wraps: Sequence[Wrap], *, context: bytes) -> DataKey:
        """Return the data key in one of *wraps*; ask where the passphrase is not known yet."""
        for_words = [wrap for wrap in wraps if wrap["provider"] == PassphraseProvider.name]
        if not for_words or not (self._ask or _is_attended()):
            message = "nobody can be asked for a passphrase"
            raise KeyUnavailableError(message, code="key-missing")
        with self._lock:
            if typed := self._fresh():
                return typed.provider.unwrap(for_words, context=context)
            return self._asked(for_words, context)

    def _asked(self, wraps: Sequence[Wrap], context: bytes) -> DataKey:
        from getpass import getpass

        ask = self._ask or getpass
        refused = KeyUnavailableError("no passphrase was given", code="key-missing")
        given = Secret("")
        for _ in range(TRIES):
            with suppress(EOFError):
                given = Secret(ask(f"Passphrase of {self.name}: "))
            if not given.open():
                break
            provider = PassphraseProvider(given)
            try:
                key = provider.unwrap(wraps, context=context)
            except KeyUnavailableError as error:
                refused = error
                continue
            self._typed[self.name] = _Typed(provider, self._clock())
            return key
        raise refused.with_traceback(None)

    def _fresh(self) -> _Typed | None:
        typed = self._typed.get(self.name)
        if typed is not None and self._clock() - typed.used > self.idle:
            del self._typed[self.name]
            return None
        if typed is not None:
            typed.used = self._clock()
        return typed


def _is_attended() -> bool:
    """Tell whether a person can be asked: on a terminal, and by no thread in the background."""
    return sys.stdin.isatty() and threading.current_thread() is threading.main_thread()


_lock = threading.Lock()
_held: dict[tuple[str, str], Secret[str]] = {}
"""Variable and number of a descriptor → what was read from it, once in this process."""
_derived: dict[bytes, PassphraseProvider] = {}
"""Digest of a passphrase → its provider, whose keys are worth keeping."""


def given_providers(environ: Mapping[str, str]) -> list[KeyProvider]:
    """
    Return the providers that *environ* names, besides the key file: descriptors and files.

    Raises:
        KeyUnavailableError: If a descriptor or file holds no key or passphrase.
        KeyUnsafeError: If others can read or replace a file.
    """
    found: list[KeyProvider] = []
    if number := environ.get(KEY_FD_VARIABLE):
        found.append(HeldProvider(_read_once(KEY_FD_VARIABLE, number)))
    others = filter(None, environ.get(OTHER_KEYS_VARIABLE, "").split(os.pathsep))
    files = [_file_that(OTHER_KEYS_VARIABLE, named) for named in others]
    found += [FileProvider(path, strict=False) for path in files]
    return [*found, *map(_provider_of, given_passphrases(environ))]


def given_passphrases(environ: Mapping[str, str]) -> list[Secret[str]]:
    """Return the passphrases that *environ* names; raises as `given_providers` does."""
    found = []
    if number := environ.get(PASSPHRASE_FD_VARIABLE):
        found.append(_read_once(PASSPHRASE_FD_VARIABLE, number))
    if named := environ.get(PASSPHRASE_FILE_VARIABLE):
        found.append(passphrase_in(_file_that(PASSPHRASE_FILE_VARIABLE, named)))
    return found


def _file_that(variable: str, named: str) -> Path:
    if os.path.exists(named) or not may_be_secret(named):  # noqa: PTH110  # which raises nothing
        return Path(named)
    message = f"{variable} names no file here"
    hint = "give it the path of a file; what it says is not shown, as it may be the secret itself"
    raise KeyUnavailableError(message, where=variable, hint=hint)


def _read_once(variable: str, number: str) -> Secret[str]:
    with _lock:
        if (variable, number) not in _held:
            _held[variable, number] = passphrase_at(number)
        return _held[variable, number]


def _provider_of(words: Secret[str]) -> PassphraseProvider:
    with _lock:
        name = hashlib.sha256(words.open().encode()).digest()
        return _derived.setdefault(name, PassphraseProvider(words))


def passphrase_in(path: Path, *, strict: bool = False) -> Secret[str]:
    """
    Return the passphrase in the file *path*, without the line end after it.

    Raises:
        KeyUnavailableError: If it is empty or no text.
        KeyUnsafeError: If others can read or replace it.
        FileUnavailableError: If it is missing or unreadable.
    """
    return _words(safefile.read_private(path, strict=strict), str(path))


def passphrase_at(number: str) -> Secret[str]:
    """
    Return what the descriptor *number* holds; it is closed then, so that no child inherits it.

    Raises:
        KeyUnavailableError: If it is none, or holds nothing.
    """
    if not _NUMBER.fullmatch(number):  # it may be the secret itself
        return _words(b"", "what is no file descriptor")
    content = b""
    with suppress(OSError), os.fdopen(int(number), "rb") as file:
        content = file.read(1 << 12)
    return _words(content, f"file descriptor {number}")


def _words(content: bytes, where: str) -> Secret[str]:
    text = Secret("")
    with suppress(UnicodeDecodeError):
        text = Secret(content.decode().removesuffix("\n").removesuffix("\r"))
    content = b""  # a traceback that shows locals shows nothing of it
    if not text.open():
        message = f"{where} holds no key or passphrase"
        raise KeyUnavailableError(message, where=where, hint="one line of text, not empty")
    return text


def require_strong(passphrase: Secret[str]) -> Secret[str]:
    """
    Return *passphrase* if a new key may follow from it.

    Raises:
        ValueRefusedError: If it is shorter than `SHORTEST`, or one character over and over.
    """
    if len(passphrase.open()) < SHORTEST or len(set(passphrase.open())) == 1:
        message = f"a passphrase has at least {SHORTEST} characters"
        raise ValueRefusedError(message, hint="several words that nobody else would put together")
    return passphrase
