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
"""Seconds that a writer waits for another; when the next one has the lock, they begin anew."""
QUEUE_GLANCE = 0.05
"""Seconds between two looks of all others who wait."""
LOCK_LOOKS = 20
"""How often it looks meanwhile who has the lock, a count."""
LOCK_GLANCE = 0.004
"""Seconds between two looks at a lock, for the one whose turn is next; a save takes longer."""


@contextlib.contextmanager
def exclusive(path: Path, *, patience: float = LOCK_PATIENCE, holder: str = "") -> Iterator[bool]:
    """
    Hold the lock file *path* for the time of the block, across threads and processes.

    A block inside a block of the same thread does not wait for itself; the
    outermost one yields true. *holder* is what others are told who wait in vain.

    Raises:
        LockedError: If one other writer keeps it for longer than *patience* seconds.
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
            _acquire_in_turn(lock, path, patience, said)
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


def _acquire_in_turn(lock: FileLock, path: Path, patience: float, said: Path) -> None:
    """
    Acquire *lock* after whoever waits for it already, and before the one who lets go of it.

    Nobody is told that a lock is free; everybody looks now and then. So one of those
    who wait holds a second lock, without which nobody may look, and looks often.
    """
    from filelock import FileLock

    turn = FileLock(path.with_name(f"turn.{path.name}"))
    _wait(turn, patience, said, glance=QUEUE_GLANCE)
    try:
        _wait(lock, patience, said, glance=LOCK_GLANCE)
    finally:
        turn.release()


def _wait(lock: FileLock, patience: float, said: Path, *, glance: float) -> None:
    """Acquire *lock*, however many others have it before, if none of them keeps it for long."""
    from filelock import Timeout

    holder, since = _holder(said), time.monotonic()
    while True:
        try:
            lock.acquire(timeout=patience / LOCK_LOOKS, poll_interval=glance)
        except Timeout:
            now = _holder(said)
            if now == holder and time.monotonic() - since >= patience:
                raise
            if now != holder:
                holder, since = now, time.monotonic()
        else:
            return


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
