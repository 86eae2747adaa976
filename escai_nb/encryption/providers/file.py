"""A master key of 32 random bytes, written as 44 characters: in a file, or in memory."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from escai_nb import safefile
from escai_nb.encryption.derivation import KEY_LENGTH
from escai_nb.encryption.providers.provider import MasterProvider, Wrap
from escai_nb.encryption.refusal import refusal
from escai_nb.errors import FileUnavailableError, TargetExistsError
from escai_nb.secret import Secret


class FileProvider(MasterProvider):
    """
    Wraps with the key in a file, read at first use after `safefile` checked who could touch it.

    Attributes:
        path: The key file.

        strict: False for a mount that an orchestrator made.
    """

    name = "file"

    def __init__(self, path: Path, *, strict: bool = True) -> None:
        self.path = Path(path)
        self.strict = strict
        self._master: Secret[bytes] | None = None

    def describe(self) -> str:
        """Name the file."""
        return f"key file {self.path}"

    def master(self, wrap: Wrap | None = None) -> Secret[bytes]:  # noqa: ARG002  # one fits all
        """
        Return the key in the file.

        Raises:
            KeyUnavailableError: If there is no file (code ``key-missing``) or no
                key in it (``key-wrong``).
            KeyUnsafeError: If others can read or replace it.
        """
        code, message = "key-wrong", f"{self.path} holds no master key, one line of 44 characters"
        try:
            if self._master is None:
                self._master = decode_master_key(
                    safefile.read_private(self.path, strict=self.strict)
                )
        except FileUnavailableError as error:
            if error.code != "file-missing":
                raise
            code, message = "key-missing", f"there is no key file {self.path}"
        if self._master is None:
            raise refusal(code, message, where=str(self.path))
        return self._master


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


def decode_master_key(text: bytes) -> Secret[bytes] | None:
    """Return the 32 bytes that *text* spells, or None if it is no master key."""
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except ValueError:
        return None
    is_canonical = base64.urlsafe_b64encode(key) == text.strip()
    return Secret(key) if is_canonical and len(key) == KEY_LENGTH else None


def generate(path: Path) -> FileProvider:
    """
    Make a new key file, closed to all others from its first moment.

    Raises:
        TargetExistsError: If *path* is there; a key is never replaced.
    """
    safefile.make_folder(path.parent, mode=safefile.PRIVATE_FOLDER)
    try:
        safefile.create_exclusive(path, base64.urlsafe_b64encode(os.urandom(KEY_LENGTH)) + b"\n")
    except FileExistsError:
        message = f"the key file {path} is there already"
        raise TargetExistsError(message, hint="a key is never overwritten") from None
    return FileProvider(path)
