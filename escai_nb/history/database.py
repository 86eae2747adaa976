"""The SQLite file of a history: made whole, opened with care, errors in our words."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from typing import TYPE_CHECKING, TypeVar

from escai_nb.errors import (
    FileUnavailableError,
    HistoryDamagedError,
    LockedError,
    NewerFormatError,
    UnavailableError,
    WriteFailedError,
)
from escai_nb.history.mount import require_local
from escai_nb.history.tables import APPLICATION, FORMAT, SCHEMA
from escai_nb.locking import LOCK_PATIENCE
from escai_nb.safefile import PRIVATE, create_exclusive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")


def create(path: Path) -> None:
    """
    Make an empty history at *path*, unless there is a file already.

    The file appears whole, so that a crash leaves either none or a good one.

    Raises:
        WriteFailedError: If the disk refuses; nothing is left.
        UnavailableError: If it would lie on a network file system.
    """
    require_local(path)
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        for statement in SCHEMA:
            memory.execute(statement)
        memory.execute(f"PRAGMA user_version = {FORMAT}")
        memory.execute(f"PRAGMA application_id = {APPLICATION}")
        image = memory.serialize()
    # another writer may have been faster
    with contextlib.suppress(FileExistsError):
        create_exclusive(path, image, mode=PRIVATE)


def connect(path: Path) -> sqlite3.Connection:
    """
    Open *path* for writing; every commit is on the disk when it returns.

    A history of an earlier format is brought to the present one first.

    Raises:
        HistoryDamagedError: If it is not a history, or broken.
        NewerFormatError: If a later release made it.
        UnavailableError: If it cannot be opened, see `failures`.
    """
    require_local(path)
    with failures(path, writing=True):
        connection = _opened(path, "mode=rw")
        try:
            found = _check_format(connection, path)
            if found < FORMAT:
                from escai_nb.history.migration import migrate  # once in the life of a file

                with transaction(connection):
                    migrate(connection, path, found)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """Hold *path* open, so that others in the block close it without emptying its log each time."""
    if not exists(path):
        yield
        return
    with contextlib.closing(connect(path)):
        yield


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all of the block, or nothing; other writers wait from the first moment on."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """
    Return what *work* finds in *path*, without leaving a trace in its folder.

    A file without a write-ahead log is read as immutable, because SQLite would
    otherwise leave an empty log behind, or fail in a folder that it may not
    write. If a writer came meanwhile, the reading is repeated through the log.

    Raises:
        HistoryDamagedError: If it is not a history, or broken.
        NewerFormatError: If a later release made it.
        UnavailableError: If it cannot be read, see `failures`.
    """
    before = _stamp(path)
    if not _has_log(path):
        outcome: T | None = None
        trouble: sqlite3.Error | UnavailableError | None = None
        try:
            outcome = _read_once(path, work, "mode=ro&immutable=1")
        except (sqlite3.Error, UnavailableError) as error:
            trouble = error
        if not _has_log(path) and _stamp(path) == before:
            with failures(path):
                if trouble is not None:
                    raise trouble
            return outcome  # type: ignore[return-value]  # no trouble, hence a T
    with failures(path):
        try:
            return _read_once(path, work, "mode=ro")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(("SQLITE_IOERR_SHM", "SQLITE_CANTOPEN")):
                raise
        # no room on the disk for the index of the log, which one alone keeps in memory
        return _read_once(path, work, "mode=rw", alone=True)


def _read_once(
    path: Path, work: Callable[[sqlite3.Connection], T], mode: str, *, alone: bool = False
) -> T:
    with contextlib.closing(_opened(path, mode)) as connection:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        _check_format(connection, path)
        connection.execute("BEGIN")  # all that work reads is of one moment
        return work(connection)


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=LOCK_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    return connection


def _check_format(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of the tables, if it is one that can be read here."""
    found: int
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION or found < 1:
        raise damaged(path, "is not a history")
    if found > FORMAT:
        message = f"history {path} has format {found}, this program reads up to {FORMAT}"
        raise NewerFormatError(message, where=str(path), hint="install a newer escai-nb")
    return found


def exists(path: Path) -> bool:
    """
    Tell whether there is a history at *path*.

    Raises:
        HistoryDamagedError: If only its write-ahead log is there.
        FileUnavailableError: If the folder may not be looked at, or it is no file.
    """
    try:
        if path.exists():
            _require_file(path)
            return True
        if _has_log(path) and not path.exists():  # nobody has made it meanwhile
            raise damaged(path, "is missing, its log is there")
    except OSError as error:
        message = f"history {path} cannot be looked for: {error.strerror}"
        raise FileUnavailableError(
            message, where=str(path), hint="check the folder's permissions"
        ) from None
    return False


def _require_file(path: Path) -> None:
    """Raise an `OSError` if *path* is a pipe, a folder or a device, none of which ever ends."""
    if not path.is_file():
        raise OSError(errno.EINVAL, "it is no file", str(path))


def _has_log(path: Path) -> bool:
    """Tell whether commits may wait in a write-ahead log beside *path*."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def has_remains(path: Path) -> bool:
    """Tell whether SQLite has left a file beside *path*, as it does when it is killed."""
    return any(path.with_name(f"{path.name}{end}").exists() for end in ("-wal", "-shm"))


def identity(path: Path) -> tuple[int, int]:
    """Tell which file *path* is, so that a replaced one is noticed; zeros if none is there."""
    try:
        info = path.stat()
    except OSError:
        return (0, 0)
    return (info.st_dev, info.st_ino)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        info = path.stat()
    except OSError:
        return ()
    return (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)


def damaged(path: Path, what: str) -> HistoryDamagedError:
    """Make the error for a history that is not as it was written."""
    message = f"history {path} {what}"
    return HistoryDamagedError(
        message,
        where=str(path),
        hint="escai config history rescue keeps what can be read; or put back a good copy, or "
        "move the file away: the configuration itself is not touched, and the next save starts "
        "a new history",
    )


@contextlib.contextmanager
def failures(path: Path, *, writing: bool = False) -> Iterator[None]:
    """Say what SQLite reports about *path* in our words; its own text adds nothing."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path, writing=writing) from None


def _translated(error: sqlite3.Error, path: Path, *, writing: bool) -> UnavailableError:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        message = f"another program holds {path}"
        return LockedError(message, where=str(path), hint="wait for it to end, then repeat")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT", "SQLITE_ERROR")):
        return damaged(path, "is damaged")
    if writing:
        message = f"history {path} was not written: {name or 'SQLite failed'}"
        full = name.startswith(("SQLITE_FULL", "SQLITE_IOERR"))
        return WriteFailedError(
            message,
            where=str(path),
            hint="free some disk space and repeat" if full else "check the folder's permissions",
        )
    message = f"history {path} cannot be read: {name or 'SQLite failed'}"
    return FileUnavailableError(message, where=str(path), hint="check the file's permissions")
