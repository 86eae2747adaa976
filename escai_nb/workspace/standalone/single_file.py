"""Single files, beside any workspace, that carry their own wrapped key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.encryption.providers.file import FileProvider, generate
from escai_nb.errors import TargetExistsError, UsageError
from escai_nb.looking import is_there
from escai_nb.safefile import PRIVATE, create_exclusive, write_atomic
from escai_nb.secret import Secret, conceal, reveal
from escai_nb.sources.document import read, refuse_shared
from escai_nb.sources.edit import apply, edits_between
from escai_nb.workspace.access.unlocking import require_apart
from escai_nb.workspace.layout import READABLE
from escai_nb.workspace.loading.reading import BLOCK, json_like, secret_paths
from escai_nb.workspace.standalone.standalone import open_file_data, seal_file_data

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.sources.document import Document
    from escai_nb.spec import ConfigSpec
    from escai_nb.workspace.loading.reading import Reading


@dataclass(frozen=True, slots=True)
class FileReceipt:
    """
    What was done to a file.

    Attributes:
        written: The file that holds the result.

        leaves: Key paths of the leaves that were sealed, or opened.
    """

    written: Path
    leaves: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"written": str(self.written), "leaves": list(self.leaves)}


def encrypt_file(
    path: Path,
    key_file: Path,
    spec: ConfigSpec,
    *,
    generate_key: bool = False,
    out: Path | None = None,
) -> FileReceipt:
    """
    Seal the secrets in *path*, in place or as *out*, under the key in *key_file*.

    With *generate_key* that key is made first, after it is clear that the file
    can be sealed. Comments stay.

    Raises:
        UsageError: If *path* is sealed already.
        TargetExistsError: If *out* is there, or a key is to be made where one is.
        KeyUnsafeError: If the key lies beside the file, or others can read it.
    """
    document = read(path, source=str(path))
    if BLOCK in document.data:
        message = f"{path} is sealed already"
        raise UsageError(message, where=str(path), hint="escai config decrypt opens it")
    require_apart(key_file, path)
    _require_free(out)
    own = conceal(json_like(document.data), spec.catalog.is_sensitive)
    secrets = secret_paths(own)
    refuse_shared(document, secrets)
    provider = generate(key_file) if generate_key else FileProvider(key_file)
    sealed = seal_file_data(reveal(own), secrets=secrets, provider=provider)
    _write(Secret(apply(document, edits_between(document.data, sealed))), path, out, mode=READABLE)
    return FileReceipt(out or path, tuple(map(keypath.render, secrets)))


def decrypt_file(path: Path, key_file: Path, *, out: Path | None = None) -> FileReceipt:
    """
    Open the secrets in *path*, in place or as *out*; the result is its owner's alone.

    Raises:
        SealError: If it is not as it was sealed, or carries no key of its own.
        KeyUnavailableError: If *key_file* is missing or holds another key.
        TargetExistsError: If *out* is there.
        WriteFailedError: If the disk refuses; the file is then as it was.
    """
    document = read(path, source=str(path))
    _require_free(out)
    text, leaves = _opened(document, key_file)
    _write(text, path, out, mode=PRIVATE, keep_mode=False)
    return FileReceipt(out or path, leaves)


def opened_text(path: Path, key_file: Path) -> Secret[str]:
    """Return the text of *path* with its secrets opened; see `decrypt_file`."""
    return _opened(read(path, source=str(path)), key_file)[0]


def opened_environment(reading: Reading) -> Secret[str]:
    """
    Return the text of an environment's own file with its secrets opened.

    Raises:
        EscaiError: If it may not be used as it is.
    """
    reading.require_usable()
    document = reading.files.document
    if document is None:
        return Secret("")
    # dates are read as text, and stay as they are written
    return Secret(apply(document, edits_between(json_like(document.data), reveal(reading.own))))


def write_opened(text: Secret[str], out: Path) -> None:
    """
    Write *text* to the new file *out*, its owner's alone.

    Raises:
        TargetExistsError: If *out* is there.
    """
    _require_free(out)
    _write(text, out, out, mode=PRIVATE)


def _opened(document: Document, key_file: Path) -> tuple[Secret[str], tuple[str, ...]]:
    opened = open_file_data(document.data, FileProvider(key_file))
    text = Secret(apply(document, edits_between(document.data, opened.data)))
    return text, tuple(map(keypath.render, opened.tokens))


def _require_free(out: Path | None) -> None:
    if out is not None and is_there(out):
        message = f"{out} is there already"
        raise TargetExistsError(message, where=str(out), hint="name another file, or remove it")


def _write(
    text: Secret[str], path: Path, out: Path | None, *, mode: int, keep_mode: bool = True
) -> None:
    """Replace *path*, or make *out*, which nobody else may have made meanwhile."""
    if out is None:
        write_atomic(path, text.open().encode(), mode=mode, keep_mode=keep_mode)
        return
    try:
        create_exclusive(out, text.open().encode(), mode=mode)
    except FileExistsError:
        _require_free(out)
