"""Files that are whole or not there: atomic durable writes, owners, locks."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb.errors import FileUnavailableError, KeyUnsafeError, LockedError, WriteFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE = 0o600
"""Mode of new state and of clear secrets: owner alone."""
PRIVATE_FOLDER = 0o700
LOCK_PATIENCE = 30.0
"""Seconds that a writer waits for another one."""


def read_bytes(path: Path, *, limit: int) -> bytes:
    """
    Return the content of *path*, at most *limit* bytes.

    Raises:
        FileUnavailableError: If it is missing, unreadable, not a file, or
            longer than *limit* (code ``file-too-large``).
    """
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        code = "file-missing" if isinstance(error, FileNotFoundError) else "file-unreadable"
        message = f"{path} cannot be read: {error.strerror}"
        raise FileUnavailableError(
            message, code=code, where=str(path), hint="check the path and its permissions"
        ) from None
    if len(content) > limit:
        message = f"{path} is larger than {limit} bytes"
        raise FileUnavailableError(
            message,
            code="file-too-large",
            where=str(path),
            hint="a configuration of this size is refused; split it or move data out of it",
        )
    return content


def write_atomic(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """
    Make *path* hold *content*, durably; a reader sees the old or the new.

    Links are followed to the file they mean. An existing file keeps its mode
    and group; a new one gets *mode*, from its first moment.

    Raises:
        WriteFailedError: If the disk refuses; *path* is then as it was.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        make_folder(target.parent)
        kept = target.stat() if target.exists() else None
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE)
        try:
            with os.fdopen(handle, "wb") as file:
                if kept is not None:
                    _take_over(file.fileno(), kept)
                elif mode != PRIVATE:
                    os.fchmod(file.fileno(), mode)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
    except OSError as error:
        content = b""  # a traceback that shows locals shows nothing of it
        message = f"{path} was not written: {error.strerror}"
        room = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise WriteFailedError(
            message,
            where=str(path),
            hint="free some disk space and repeat" if room else "check the folder's permissions",
        ) from None


def _take_over(handle: int, kept: os.stat_result) -> None:
    """Give the new file the group and mode of the one that it replaces."""
    if (os.fstat(handle).st_uid, os.fstat(handle).st_gid) != (kept.st_uid, kept.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, kept.st_uid if os.geteuid() == 0 else -1, kept.st_gid)
    os.fchmod(handle, stat.S_IMODE(kept.st_mode))


def create_exclusive(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """
    Make a new file *path*, durably; never replaces one.

    Raises:
        FileExistsError: If *path* is there.
        WriteFailedError: If the disk refuses; nothing is left.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        make_folder(path.parent)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        content = b""
        message = f"{path} was not written: {error.strerror}"
        raise WriteFailedError(
            message, where=str(path), hint="check disk and permissions"
        ) from None


def make_folder(path: Path, *, mode: int = 0o755) -> None:
    """Make *path* and its parents where they are missing, durably."""
    if path.is_dir():
        return
    make_folder(path.parent, mode=mode)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=mode)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames inside *path* survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_private(path: Path, *, limit: int = 4096, strict: bool = True) -> bytes:
    """
    Return the content of a key file, after checking who could touch it.

    With *strict* (the home store) the file must be the reader's own and closed
    to others, and no folder above it may be writable by others. Otherwise (a
    mount that an orchestrator made) owner root and group-readable are allowed.

    Raises:
        FileUnavailableError: If it is missing or unreadable.
        KeyUnsafeError: If others can read or replace it.
    """
    real = Path(os.path.realpath(path))
    content = read_bytes(real, limit=limit)
    info = real.stat()
    me = os.geteuid()
    open_to = stat.S_IMODE(info.st_mode) & (0o077 if strict else 0o022)
    if open_to or info.st_uid not in ({me} if strict else {me, 0}):
        message = (
            f"key file {path} can be read or changed by others (mode {info.st_mode & 0o777:o})"
        )
        raise KeyUnsafeError(message, where=str(path), hint=f"chmod 600 {path} and own it yourself")
    for folder in real.parents:
        above = folder.stat()
        sticky = above.st_mode & stat.S_ISVTX
        if above.st_uid not in {me, 0} or (above.st_mode & 0o022 and not sticky):
            message = f"folder {folder} above the key file can be changed by others"
            raise KeyUnsafeError(message, where=str(path), hint=f"chmod go-w {folder}")
    return content


@contextlib.contextmanager
def exclusive(path: Path, *, patience: float = LOCK_PATIENCE) -> Iterator[None]:
    """
    Hold the lock file *path* for the time of the block, across threads and processes.

    A block inside a block of the same thread does not wait for itself.

    Raises:
        LockedError: If another writer keeps it for longer than *patience* seconds.
        WriteFailedError: If the lock file cannot be made.
    """
    from filelock import FileLock, Timeout  # readers need no lock

    # one object for each file, so that a block inside a block knows of the outer one
    lock = FileLock(os.path.realpath(path), is_singleton=True)
    try:
        make_folder(path.parent)
        lock.acquire(timeout=patience)
    except Timeout:
        message = f"another writer holds {path}"
        raise LockedError(message, hint="wait for it to end, then repeat") from None
    except OSError as error:
        message = f"{path} cannot be locked: {error.strerror}"
        raise WriteFailedError(
            message, where=str(path), hint="check the folder's permissions"
        ) from None
    try:
        yield
    finally:
        lock.release()
