"""ConfigEncryption: values, mappings and files sealed under one master key at hand."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.derivation import KEY_LENGTH, DerivedKey, derive_key_from_password
from escai_nb.encryption.providers.file import FileProvider, HeldProvider
from escai_nb.errors import TargetExistsError, UsageError
from escai_nb.looking import is_there
from escai_nb.safefile import PRIVATE, create_exclusive, write_atomic
from escai_nb.schema.sensitivity import name_is_secret
from escai_nb.secret import Guarded, Secret, untraced
from escai_nb.sources.document import format_of, read
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.writing import render
from escai_nb.spec import load_spec
from escai_nb.workspace.given import taken_section
from escai_nb.workspace.loading.plain_tokens import (
    decrypt_text,
    encrypt_text,
    open_legacy,
    plain_key,
)
from escai_nb.workspace.loading.reading import BLOCK, secret_paths
from escai_nb.workspace.standalone.standalone import open_file_data, seal_file_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escai_nb.spec import ConfigSpec


class ConfigEncryption(Guarded):
    """
    Seals values, mappings and single files under one master key.

    Args:
        master_key: 44 characters, or the 60 of the earlier system, or what
            `derive_key_from_password` returned.

        key_file: File that holds the master key; read and checked at once.
            With neither a new key is made, which `save_master_key` keeps.

        spec: Tells which leaves are secret; that of ESCAI by default.

    Raises:
        KeyUnavailableError: If *master_key* is none, or *key_file* holds none.
        KeyUnsafeError: If others can read or replace *key_file*.
    """

    def __init__(
        self,
        master_key: str | bytes | DerivedKey | None = None,
        key_file: str | Path | None = None,
        *,
        spec: ConfigSpec | None = None,
    ) -> None:
        given = Secret(master_key)
        del master_key  # a traceback that shows locals shows nothing of it
        self._spec = spec or load_spec()
        self._key_file = Path(key_file) if key_file is not None else None
        self._key = _key_of(given, self._key_file)

    @staticmethod
    def generate_master_key() -> str:
        """Return a new key as any reader of Fernet takes it: 44 characters."""
        return base64.urlsafe_b64encode(os.urandom(KEY_LENGTH)).decode()

    @staticmethod
    @untraced
    def derive_key_from_password(password: str, salt: bytes | None = None) -> DerivedKey:
        """
        Return the key that follows from *password* and *salt*, which is new if none.

        The result carries key, salt and parameters; the constructor takes it.

        Raises:
            UsageError: If *password* is empty.
            SealError: If *salt* is shorter than 16 or longer than 64 bytes.
        """
        if not password:
            message = "an empty passphrase keeps nobody out"
            raise UsageError(message, hint="give the words that you will know again")
        return derive_key_from_password(password, salt)

    @staticmethod
    def is_sensitive_field(name: str) -> bool:
        """Tell whether a field called *name* is taken for a secret."""
        return name_is_secret(name)

    @untraced
    def encrypt_value(self, value: str) -> str:
        """
        Return *value* as a Fernet token that any reader of Fernet opens.

        Raises:
            UsageError: If it is no text.
        """
        if not isinstance(value, str):
            message = f"a {type(value).__name__} is no text"
            raise UsageError(message, hint="encrypt_config seals values of all types")
        return encrypt_text(value, self._key)

    def decrypt_value(self, token: str) -> str:
        """
        Return the text in a Fernet token.

        Raises:
            UsageError: If it is no text.
            SealError: If it does not open with this key.
        """
        if not isinstance(token, str):
            message = f"a {type(token).__name__} is no token"
            raise UsageError(message, hint="give what encrypt_value returned")
        return decrypt_text(token, self._key)

    @untraced
    def encrypt_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return *config* with its secrets sealed, and a seal over the whole.

        Raises:
            ValueRefusedError: If it holds what cannot be sealed.
        """
        own = taken_section(config, self._spec.catalog.is_sensitive)
        return seal_file_data(own, secrets=secret_paths(own), provider=HeldProvider(self._key))

    def decrypt_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return a sealed mapping with its secrets opened, all scalar types as they were.

        Sealed leaves of the earlier system are opened too.

        Raises:
            SealError: If it is not as it was sealed.
            KeyUnavailableError: If it was sealed under another key.
        """
        if not isinstance(config, Mapping):
            message = f"a {type(config).__name__} is no sealed mapping"
            raise UsageError(message, hint="give what encrypt_config returned")
        if BLOCK in config:
            return open_file_data(config, HeldProvider(self._key)).data
        opened: dict[str, Any] = open_legacy(config, self._key)
        return opened

    @untraced
    def save_encrypted_config(self, config: Mapping[str, Any], path: str | Path) -> None:
        """
        Write *config* sealed to *path*; a present file keeps its comments.

        Raises:
            WriteFailedError: If the disk refuses; the file is then as it was.
        """
        self._save(self.encrypt_config(config), Path(path))

    def load_encrypted_config(self, path: str | Path) -> dict[str, Any]:
        """
        Return what the sealed file at *path* says, secrets opened.

        Raises:
            FileUnavailableError: If it is missing, or may not be read.
            EscaiError: As `decrypt_config` does.
        """
        return self.decrypt_config(read(Path(path)).data)

    def _save(self, sealed: Mapping[str, Any], path: Path) -> None:
        if is_there(path):
            document = read(path)
            text = apply(document, edits_between(document.data, sealed))
        else:
            text = render(sealed, format_of(path))
        write_atomic(path, text.encode(), mode=PRIVATE)

    def save_master_key(self, path: str | Path) -> None:
        """
        Write the key to the new file *path*, for its owner alone.

        Raises:
            TargetExistsError: If *path* is there; a key is never overwritten.
        """
        _create_key_file(Path(path), self._key)

    def rotate_encryption_key(
        self, new_key: str | None = None, *, paths: Iterable[str | Path] = ()
    ) -> str:
        """
        Seal the files at *paths* under another key, then keep that; return it.

        All are opened before any is written. With a key file, the new key lies
        durably beside it, as ``<name>.new``, until every file is written.

        Raises:
            UsageError: If files are given, and neither *new_key* nor a key file:
                the new key would be lost with this process.
            EscaiError: If a file does not open; none is written then.
        """
        files = [Path(path) for path in paths]
        if files and new_key is None and self._key_file is None:
            message = "the new key would be known to this process alone"
            raise UsageError(message, hint="give new_key, or open this with key_file")
        after = ConfigEncryption(new_key or self.generate_master_key(), spec=self._spec)
        opened = [Secret(self.load_encrypted_config(path)) for path in files]
        beside = self._key_file.with_name(f"{self._key_file.name}.new") if self._key_file else None
        if beside is not None:
            _create_key_file(beside, after._key)
        for path, values in zip(files, opened, strict=True):
            after.save_encrypted_config(values.open(), path)
        if self._key_file is not None and beside is not None:
            write_atomic(self._key_file, f"{after._key.open()}\n".encode())
            beside.unlink()
        self._key = after._key
        return self._key.open()

    def verify_encryption(self) -> bool:
        """Tell that what this key seals, it opens again."""
        sample = base64.b64encode(os.urandom(KEY_LENGTH)).decode()
        return self.decrypt_value(self.encrypt_value(sample)) == sample


def _key_of(given: Secret[str | bytes | DerivedKey | None], key_file: Path | None) -> Secret[str]:
    if given.open() is not None:
        return _given_key(given)
    if key_file is not None:
        master = FileProvider(key_file).master()
        return Secret(base64.urlsafe_b64encode(master.open()).decode())
    return Secret(ConfigEncryption.generate_master_key())


def _given_key(given: Secret[Any]) -> Secret[str]:
    if isinstance(given.open(), DerivedKey):
        return plain_key(given.open().key)
    if isinstance(given.open(), bytes):
        # what is no text is no key either, and is refused as such
        return plain_key(given.open().decode("ascii", "replace"))
    return plain_key(given.open())


def _create_key_file(path: Path, key: Secret[str]) -> None:
    try:
        create_exclusive(path, f"{key.open()}\n".encode())
    except FileExistsError:
        message = f"{path} is there already"
        raise TargetExistsError(
            message, where=str(path), hint="a key is never overwritten; name another file"
        ) from None
