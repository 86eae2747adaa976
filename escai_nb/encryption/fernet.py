"""Fernet, the cipher of format 1, under 32 bytes; loaded where something is sealed or opened."""

from __future__ import annotations

import base64
from contextlib import suppress

from escai_nb.secret import Secret


def encrypt(key: bytes, plain: bytes, *, time: int = 0) -> str:
    """Return the token of *plain*, which tells *time*, in seconds of Unix, to everybody."""
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(key)).encrypt_at_time(plain, time).decode()


def decrypt(key: bytes, token: str) -> Secret[bytes] | None:
    """Return what is in *token*, or None if it was not made under *key*."""
    from cryptography.fernet import Fernet, InvalidToken

    with suppress(InvalidToken, ValueError):  # the latter for text that is not ASCII
        return Secret(Fernet(base64.urlsafe_b64encode(key)).decrypt(token))
    return None
