"""Files that are whole or not there: atomic durable writes, and who may touch them."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb.errors import (
    EscaiError,
    FileUnavailableError,
    KeyUnsafeError,
    WriteFailedError,
)
from escai_nb.looking import not_read, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO


PRIVATE = 0o600
"""Mode of new state and of clear secrets: owner alone."""
PRIVATE_FOLDER = 0o700


_MOST = 1 << 16
"""Bytes that nearly every file has less of; room for as many is made before reading."""


def read_bytes(path: Path, *, limit: int) -> bytes:
    """
    Return the content of *path*, at most *limit* bytes.

    Raises:
        FileUnavailableError: If it is missing, unreadable, not a file, or
            longer than *limit* (code ``file-too-large``).
    """
    try:
        handle = opened(path)  # half of what a file object costs
        try:
            content = os.read(handle, _MOST)
            while len(content) <= limit and (more := os.read(handle, _MOST)):
                content += more
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        raise not_read(path, error) from None
    if len(content) > limit:
        message = f"{path} is larger than {limit} bytes"
        raise FileUnavailableError(
            message,
            code="file-too-large",
            where=str(path),
            hint="a configuration of this size is refused; split it or move data out of it",
        )
    return content


def storable(text: str) -> str:
    """
    Return *text* as a file in UTF-8 can hold it.

    Halves of characters, such as the bytes of a terminal that speaks Latin-1, are escapes then.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def _is_name(path: Path) -> bool:
    """Tell whether a file can be called so: with a NUL, or with half a character, none is."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def _require_name(path: Path) -> None:
    if not _is_name(path):
        raise _not_written(path, OSError(errno.EINVAL, "it is no name of a file"))


def write_atomic(
    path: Path, content: bytes, *, mode: int = PRIVATE, keep_mode: bool = True
) -> None:
    """
    Make *path* hold *content*, durably; a reader sees the old or the new.

    Links are followed to the file they mean. An existing file keeps its group
    and, unless *keep_mode* is off, its mode; a new one gets *mode*, from its
    first moment.

    Raises:
        WriteFailedError: If the disk refuses; *path* is then as it was.
    """
    writing = replaced(path, content, mode=mode, keep_mode=keep_mode)
    del content  # a traceback that shows locals shows nothing of it
    with writing:
        pass


@contextlib.contextmanager
def replaced(
    path: Path,
    content: bytes,
    *,
    mode: int = PRIVATE,
    keep_mode: bool = True,
    last_look: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """
    Make *path* hold *content* as `write_atomic` does, for good unless the block fails.

    If it does, *path* is as it was. An interrupt is no failure: it leaves the
    old or the new, as a kill does, for the next writer to go on from.
    *last_look* is called just before the new file takes its place, and may refuse.

    Raises:
        WriteFailedError: If the disk refuses; *path* is then as it was.
    """
    _require_name(path)
    target = Path(os.path.realpath(path))
    fresh, old = _beside(target), _beside(target)
    try:
        try:
            make_folder(target.parent)
            kept = target.stat() if target.exists() else None
            if kept is not None and not stat.S_ISREG(kept.st_mode):  # a device would be gone
                raise OSError(errno.EINVAL, "what is there is no file")  # noqa: TRY301
            with _made(fresh) as file:
                if kept is not None:
                    _take_over(file.fileno(), kept, mode=None if keep_mode else mode)
                elif mode != PRIVATE:
                    os.fchmod(file.fileno(), mode)
                file.write(content)
            content = b""  # a traceback that shows locals shows nothing of it
            last_look()
            if kept is not None:
                _keep(target, old, kept)
            fresh.rename(target)
        except OSError as error:
            content = b""
            raise _not_written(path, error) from None
        try:
            _synced(path, target.parent)
            yield
        except (EscaiError, OSError):
            _put_back(target, old, is_new=kept is None)
            raise
    finally:
        for left in (fresh, old):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


@contextlib.contextmanager
def _made(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """Make a new file, to be written in the block; it is on the disk after it."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _take_over(handle: int, kept: os.stat_result, *, mode: int | None = None) -> None:
    """Give the new file the group of the one that it replaces, and its mode, or *mode*."""
    if (os.fstat(handle).st_uid, os.fstat(handle).st_gid) != (kept.st_uid, kept.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, kept.st_uid if os.geteuid() == 0 else -1, kept.st_gid)
    os.fchmod(handle, stat.S_IMODE(kept.st_mode) if mode is None else mode)


def _keep(target: Path, old: Path, kept: os.stat_result) -> None:
    """Give the old file a second name, which is the way back; a copy where that is refused."""
    try:
        os.link(target, old)
    except OSError:  # it belongs to somebody else, or the disk knows no links
        with _made(old) as copy:
            _take_over(copy.fileno(), kept)
            copy.write(target.read_bytes())


def _synced(path: Path, folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        raise _not_written(path, error) from None


def _put_back(target: Path, old: Path, *, is_new: bool) -> None:
    """Undo a rename as far as the disk lets it."""
    with contextlib.suppress(OSError):
        if is_new:
            target.unlink()
        else:
            old.rename(target)
        sync_folder(target.parent)


def _not_written(path: Path, error: OSError) -> WriteFailedError:
    message = f"{path} was not written: {error.strerror}"
    room = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    hint = "free some disk space and repeat" if room else "check the disk and the folder's rights"
    return WriteFailedError(message, where=str(path), hint=hint)


def create_exclusive(path: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """
    Make a new file *path*, durably; never replaces one.

    What an earlier attempt left beside it, when it was killed, is gone afterwards.

    Raises:
        FileExistsError: If *path* is there.
        WriteFailedError: If the disk refuses; nothing is left.
    """
    with creating(path, mode=mode) as file:
        try:
            file.write(content)
        finally:
            content = b""  # a traceback that shows locals shows nothing of it


@contextlib.contextmanager
def creating(path: Path, *, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """
    Make a new file *path* out of what the block writes; see `create_exclusive`.

    If the block fails, there is none.
    """
    _require_name(path)
    beside = _beside(path)
    try:
        make_folder(path.parent)
        try:
            with _made(beside, mode) as file:
                yield file
            _link_new(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        raise
    except OSError as error:
        raise _not_written(path, error) from None


def _link_new(beside: Path, path: Path) -> None:
    """Give the finished file its name, unless that is taken; then no other attempt can win."""
    try:
        os.link(beside, path)
        try:
            sync_folder(path.parent)
        except OSError:
            path.unlink()
            raise
    except FileNotFoundError:
        if path.exists():  # who came first has cleaned up
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        raise
    finally:
        if path.exists():
            remove_leftovers(path.parent, lambda name: name == path.name)


def _beside(target: Path) -> Path:
    """Name a file to write beside *target*, as `remove_leftovers` knows it."""
    return target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")


_LEFTOVER = re.compile(r"\.(?P<target>.+)\.[0-9a-f]{12}\.tmp", re.DOTALL)


def remove_leftovers(folder: Path, is_ours: Callable[[str], bool]) -> None:
    """
    Remove what writers that were killed left in *folder*, beside the files that are ours.

    The caller makes sure that nobody is writing these files now.
    """
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208  # half the cost, at each write
            left = _LEFTOVER.fullmatch(name)
            if left and is_ours(left["target"]):
                with contextlib.suppress(OSError):
                    (folder / name).unlink()


def make_folder(path: Path, *, mode: int = 0o755) -> None:
    """
    Make *path* and its parents where they are missing, durably.

    Raises:
        WriteFailedError: If the disk refuses, or a file is in the way.
    """
    if path.is_dir():
        return
    make_folder(path.parent, mode=mode)
    try:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=mode)
            sync_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from None


def take_place(fresh: Path, target: Path, *, kept_as: Path) -> None:
    """
    Give *fresh* the name *target*, durably; what had it keeps the name *kept_as*.

    Raises:
        WriteFailedError: If the disk refuses; *target* is then the old or the new.
    """
    try:
        with contextlib.suppress(FileExistsError):
            os.link(target, kept_as)
        fresh.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise _not_written(target, error) from None


def remove_durably(path: Path) -> None:
    """
    Make *path* be gone, also after a power cut.

    Raises:
        WriteFailedError: If the disk refuses.
    """
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        message = f"{path} was not removed: {error.strerror}"
        raise WriteFailedError(message, where=str(path), hint="check the disk") from None


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
    real = Path(os.path.realpath(path)) if _is_name(path) else path
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
