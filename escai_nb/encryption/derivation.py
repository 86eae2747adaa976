"""Keys and what follows from them: names, keys for one purpose, keys from a passphrase."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol

from escai_nb.encryption.refusal import refusal
from escai_nb.secret import Guarded, Secret

KEY_LENGTH = 32
"""Bytes of a data key and of a master key."""
KDF = "pbkdf2-hmac-sha256"
ROUNDS = 600_000  # OWASP Password Storage Cheat Sheet, 2026
BOUNDS = range(100_000, 10_000_001)
"""Rounds that a stored file may ask for: none cheap, none that hangs its reader."""
SALT_LENGTHS = range(16, 65)
"""Bytes; the first is that of a new salt."""


@dataclass(frozen=True, slots=True, repr=False)
class DerivedKey(Guarded):
    """A Fernet key, 44 characters, and what makes it again: ``key, salt, parameters = …``."""

    key: str
    salt: bytes
    rounds: int

    @property
    def parameters(self) -> dict[str, int | str]:
        """What a file keeps beside a key that is wrapped with this one."""
        return {"kdf": KDF, "rounds": self.rounds, "salt": self.salt.hex()}

    def __iter__(self) -> Any:  # noqa: ANN401  # key, salt, parameters
        return iter((self.key, self.salt, self.parameters))


def derive_key_from_password(
    password: str, salt: bytes | None = None, rounds: int = ROUNDS
) -> DerivedKey:
    """Make the key of *password* and *salt*, new if none; `SealError` outside the bounds."""
    salt = os.urandom(SALT_LENGTHS[0]) if salt is None else salt
    if rounds not in BOUNDS or len(salt) not in SALT_LENGTHS:
        password = ""  # a traceback that shows locals shows nothing of it
        raise refusal("wrap-broken", f"{rounds} rounds with {len(salt)} bytes of salt make no key")
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    key = hashlib.pbkdf2_hmac("sha256", text, salt, rounds, KEY_LENGTH)
    return DerivedKey(base64.urlsafe_b64encode(key).decode(), salt, rounds)


def name_of(key: Secret[bytes], *, kind: str) -> str:
    """Name *key* without giving it away: 16 hexadecimal digits."""
    return hashlib.sha256(f"escai-{kind}".encode() + key.open()).hexdigest()[:16]


def hkdf(key: Secret[bytes], info: bytes, *, salt: bytes = b"") -> bytes:
    """Make the key for the purpose *info* out of *key*."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=salt, info=info).derive(key.open())


class DataKey(Secret[bytes]):
    """A data key, its name `kid`, and keys for each purpose made out of it."""

    __slots__ = ("kid",)

    generation = 0  # as a `KeySource`, that of no keyring

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.kid = name_of(self, kind="kid")

    @classmethod
    def generate(cls) -> DataKey:
        """Make a new random key."""
        return cls(os.urandom(KEY_LENGTH))

    def derived(self, purpose: str, *, document: str = "") -> bytes:
        """Make the key for *purpose*, for one document or for all."""
        return hkdf(self, f"escai/1/{purpose}".encode(), salt=bytes.fromhex(document))

    def mac(self, message: bytes, *, purpose: str, document: str = "") -> str:
        """Authenticate *message* for *purpose*: 64 hexadecimal digits."""
        return hmac.digest(self.derived(purpose, document=document), message, "sha256").hex()

    def find(self, kid: str) -> DataKey:
        """Return this key if *kid* is its name; as a `KeySource` it knows no other."""
        if kid != self.kid:
            raise refusal("key-unknown", f"the document asks for the key {kid}")
        return self

    def __repr__(self) -> str:
        return f"<DataKey {self.kid} hidden>"


class KeySource(Protocol):
    """Where the key of a document is found."""

    @property
    def generation(self) -> int:
        """Of the keyring behind it; 0 if there is none."""

    def find(self, kid: str) -> DataKey:
        """Return the key of that name, or raise `KeyUnavailableError`."""
