"""One sealed leaf: a Fernet token under a key that only its place in the document has."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from escai_nb.encryption.fernet import decrypt, encrypt
from escai_nb.encryption.framing import UNREADABLE, frame, padded, unpadded
from escai_nb.encryption.refusal import refusal
from escai_nb.keypath import render
from escai_nb.secret import Secret

if TYPE_CHECKING:
    from escai_nb.encryption.derivation import DataKey
    from escai_nb.errors import UnavailableError
    from escai_nb.keypath import Path

MARK = "escai:"
SUITE = "fernet"
PREFIX = f"{MARK}1:{SUITE}:"
_LOOKS = re.compile(MARK + r"[0-9]+:")
_HEAD = b"\x80" + bytes(8)
"""Version of Fernet, and the time of sealing: never told."""
_SHORTEST = 9 + 16 + 16 + 32
"""Bytes of a token: head, IV, one block, signature."""


def is_token(value: object) -> bool:
    """Tell whether *value* is a sealed leaf, of this or a newer format."""
    text = value.open() if type(value) is Secret else value
    return isinstance(text, str) and text.startswith(MARK) and bool(_LOOKS.match(text))


class LeafCipher:
    """Seals and opens the leaves of one document."""

    def __init__(self, key: DataKey, document: str) -> None:
        self._key = key.derived("leaf", document=document)

    def seal(self, path: Path, value: object) -> str:
        """Return the token of *value* at *path*, or raise `ValueRefusedError`."""
        return PREFIX + encrypt(self._subkey(path), padded(value))

    def open(self, path: Path, token: str) -> Secret[object]:
        """Return the value of *token* at *path*, or raise the error that stands against it."""
        if not token.startswith(PREFIX):
            raise _untold(path, "newer-format", "is of another format or suite")
        body = token[len(PREFIX) :]
        if not _is_whole(body):
            raise _untold(path, "token-broken", "is damaged")
        plain = decrypt(self._subkey(path), body)
        if plain is None:
            raise _untold(path, "token-moved", "was not sealed there")
        value = Secret(unpadded(plain.open()))
        if value.open() is UNREADABLE:
            raise _untold(path, "token-broken", "holds no value")
        return value

    def _subkey(self, path: Path) -> bytes:
        import hmac  # OpenSSL is large; to tell a token from a text takes none of it

        return hmac.digest(self._key, frame(list(path)), "sha256")


def _untold(path: Path, code: str, why: str) -> UnavailableError:
    return refusal(code, f"the token at {render(path)} {why}", path=render(path))


def _is_whole(body: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(body)
    except ValueError:
        return False
    is_canonical = base64.urlsafe_b64encode(raw).decode() == body
    is_long_enough = len(raw) >= _SHORTEST and len(raw) % 16 == _SHORTEST % 16
    return is_canonical and is_long_enough and raw.startswith(_HEAD)
