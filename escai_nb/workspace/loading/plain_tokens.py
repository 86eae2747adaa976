"""Single values under a plain Fernet key, and the sealed leaves of the earlier system."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.fernet import decrypt, encrypt
from escai_nb.encryption.providers.file import decode_master_key
from escai_nb.encryption.refusal import refusal
from escai_nb.keypath import render
from escai_nb.secret import Secret

if TYPE_CHECKING:
    from escai_nb.keypath import Path

EARLIER_SPELLING = 60
"""Characters of a master key that was encoded twice."""


def plain_key(text: str) -> Secret[str]:
    """Return a master key's 44 characters, also from its 60, or raise `KeyUnavailableError`."""
    key = Secret(text.strip().encode())
    if len(key.open()) == EARLIER_SPELLING:
        with suppress(ValueError):
            key = Secret(base64.urlsafe_b64decode(key.open()))
    if decode_master_key(key.open()) is None:
        text = ""  # a traceback that shows locals shows nothing of it
        raise refusal("key-wrong", "this is no master key, neither of 44 characters nor of 60")
    return Secret(key.open().decode())


def encrypt_text(text: str, key: Secret[str]) -> str:
    """Return *text* as a plain Fernet token, for any reader of Fernet."""
    return encrypt(base64.urlsafe_b64decode(key.open()), text.encode(), time=int(time.time()))


def decrypt_text(token: str, key: Secret[str], *, at: Path = ()) -> str:
    """Return the text in a plain Fernet token; `SealError` (``token-broken``) if it is not one."""
    plain = decrypt(base64.urlsafe_b64decode(key.open()), token)
    with suppress(UnicodeDecodeError):
        if plain is not None:
            return plain.open().decode()
    what = f"the value at {render(at)}" if at else "the value"
    raise refusal("token-broken", f"{what} does not open with this key", path=render(at))


def is_legacy(node: object) -> bool:
    """Tell whether *node* is a sealed leaf as the earlier system wrote it."""
    return isinstance(node, Mapping) and bool(node.get("_encrypted")) and "_value" in node


def open_legacy(node: Any, key: Secret[str], at: Path = ()) -> Any:  # noqa: ANN401  # any tree
    """Return a copy of *node* with the earlier system's sealed leaves opened; they held text."""
    if is_legacy(node):
        token = ""
        with suppress(ValueError, TypeError):
            token = base64.urlsafe_b64decode(node["_value"]).decode()
        return decrypt_text(token, key, at=at)
    if isinstance(node, Mapping):
        return {step: open_legacy(node[step], key, (*at, step)) for step in node}
    if isinstance(node, list):
        return [open_legacy(item, key, (*at, index)) for index, item in enumerate(node)]
    return node
