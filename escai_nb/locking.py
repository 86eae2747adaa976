"""One writer at a time: the lock that all writers of a workspace take."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from escai_nb.errors import LockedError, WriteFailedError
from escai_nb.safefile import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import FileLock

LOCK_PATIENCE = 30.0
"""Seconds that a writer waits for others."""
LOCK_GLANCE = 0.004
"""Seconds between two looks at a lock, for the one whose turn is next; a save takes longer."""


@contextlib.contextmanager
def exclusive(path: Path, *, patience: float = LOCK_PATIENCE, holder: str = "") -> Iterator[bool]:
    """
    Hold the lock file *path* for the time of the block, across threads and processes.

    A block inside a block of the same thread does not wait for itself; the
    outermost one yields true. *holder* is what others are told who wait in vain.

    Raises:
        LockedError: If another writer keeps it for longer than *patience* seconds.
        WriteFailedError: If the lock file cannot be made.
    """
    from filelock import FileLock, Timeout  # readers need no lock

    # one object for each file, so that a block inside a block knows of the outer one
    lock = FileLock(os.path.realpath(path), is_singleton=True)
    is_outermost = not lock.is_locked
    said = path.with_name(f"{path.name}.holder")
    try:
        make_folder(path.parent)
        if is_outermost:
            _acquire_in_turn(lock, path, patience)
        else:
            lock.acquire()
    except Timeout:
        message = f"another writer holds {path}{_holder(said)}"
        raise LockedError(message, hint="wait for it to end, then repeat") from None
    except OSError as error:
        message = f"{path} cannot be locked: {error.strerror}"
        raise WriteFailedError(
            message, where=str(path), hint="check the folder's permissions"
        ) from None
    try:
        if is_outermost:
            _tell(said, holder)
        yield is_outermost
    finally:
        if is_outermost:
            _tell(said, "")
        lock.release()


def _acquire_in_turn(lock: FileLock, path: Path, patience: float) -> None:
    """
    Acquire *lock* after whoever waits for it already, and before the one who lets go of it.

    Nobody is told that a lock is free; everybody looks now and then. So one of those
    who wait holds a second lock, without which nobody may look, and looks often.
    """
    from filelock import FileLock

    ends = time.monotonic() + patience
    with FileLock(path.with_name(f"turn.{path.name}")).acquire(timeout=patience):
        left = max(0.0, ends - time.monotonic())
        lock.acquire(timeout=left, poll_interval=LOCK_GLANCE)


def _tell(said: Path, holder: str) -> None:
    """Leave word of who holds a lock; only for people, so it may fail."""
    with contextlib.suppress(OSError):
        if holder:
            said.write_text(holder, encoding="utf-8")
        else:
            said.unlink(missing_ok=True)


def _holder(said: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return f": {said.read_text(encoding='utf-8')}"
    return ""
