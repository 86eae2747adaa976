"""A master key that a caller already holds in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.encryption.providers.file import FileProvider, decode_master_key
from escai_nb.encryption.providers.provider import MasterProvider, Wrap
from escai_nb.encryption.refusal import refusal

if TYPE_CHECKING:
    from escai_nb.secret import Secret


class HeldProvider(MasterProvider):
    """Wraps with *key*, 44 characters; a file that holds the same key opens the same wraps."""

    name = FileProvider.name

    def __init__(self, key: Secret[str]) -> None:
        master = decode_master_key(key.open().encode())
        if master is None:
            raise refusal("key-wrong", "this is no master key of 44 characters")
        self._master = master

    def master(self, wrap: Wrap | None) -> Secret[bytes]:  # noqa: ARG002  # one fits all
        """Return the key."""
        return self._master

    def describe(self) -> str:
        """Say that it is in memory."""
        return "the key at hand"
