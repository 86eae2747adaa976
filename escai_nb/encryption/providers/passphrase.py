"""A master key made from a passphrase, with the salt and rounds beside each wrapped key."""

from __future__ import annotations

import base64
from typing import Any

from escai_nb.encryption.derivation import (
    KDF,
    ROUNDS,
    DataKey,
    DerivedKey,
    derive_key_from_password,
)
from escai_nb.encryption.providers.provider import MasterProvider, Wrap
from escai_nb.encryption.refusal import refusal
from escai_nb.secret import Secret
from escai_nb.shape import fits

MOST = 4
"""Derivations that one provider makes, so that no file with many salts hangs its reader."""
_SHAPE = {"kdf": KDF, "rounds": 0, "salt": "([0-9a-f]{2})+"}


class PassphraseProvider(MasterProvider):
    """Wraps with the key that follows from a passphrase; each salt is derived once."""

    name = "passphrase"

    def __init__(self, passphrase: Secret[str], rounds: int = ROUNDS) -> None:
        self._passphrase = passphrase
        self._rounds = rounds
        self._made: list[DerivedKey] = []

    def describe(self) -> str:
        """Say that it is a passphrase."""
        return "the passphrase"

    def master(self, wrap: Wrap | None) -> Secret[bytes]:
        """Return the key for the salt of *wrap*; new ones take the salt that was last asked for."""
        asked: dict[str, Any] = dict(wrap.get("parameters", {})) if wrap else {}
        if wrap and not fits(asked, _SHAPE):
            raise refusal("wrap-broken", "a key is wrapped for a passphrase in an unknown way")
        for made in reversed(self._made):
            if not wrap or asked == made.parameters:
                self._made.remove(made)
                self._made.append(made)
                return Secret(base64.urlsafe_b64decode(made.key))
        if len(self._made) == MOST:
            raise refusal("wrap-broken", f"one passphrase with more than {MOST} salts")
        salt = bytes.fromhex(asked["salt"]) if wrap else None
        rounds = asked.get("rounds", self._rounds)
        self._made.append(derive_key_from_password(self._passphrase.open(), salt, rounds))
        return self.master(wrap)

    def wrap(self, key: DataKey, *, context: bytes) -> list[Wrap]:
        """Return *key* wrapped, with the parameters of the derivation."""
        (wrap,) = super().wrap(key, context=context)
        return [{**wrap, "parameters": self._made[-1].parameters}]
