"""A disk on which the n-th call fails, or is the last one of its process."""

from __future__ import annotations

import errno
import io
import os
import signal
import sqlite3
from contextlib import contextmanager
from functools import partial

CALLS = ("fsync", "rename", "replace", "link", "unlink", "remove", "mkdir", "fchmod", "fchown")
"""Of `os`; opening for writing and writing itself are added to them, and SQL that writes."""
WRITING_SQL = (
    "BEGIN IMMEDIATE",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "COMMIT",
    "PRAGMA JOURNAL_MODE",
)
FREEING = ("unlink", "remove", "rename", "replace", "fchmod", "fchown")
"""What a full disk still does."""
UNSEEN = ("fsync", "SQL BEGIN", "SQL INSERT", "SQL UPDATE", "SQL DELETE")
"""After these, the disk looks as before: a process that ends at the next call ends as at this."""


class Disk:
    """Counts the calls that change the disk, each before it is made."""

    now = None
    """The one that is told at present."""

    def __init__(self, at=0):
        self.at = at
        self.calls = []

    @contextmanager
    def watching(self):
        """Be told of all calls in the block."""
        before, Disk.now = Disk.now, self
        try:
            yield self
        finally:
            Disk.now = before

    def call(self, name):
        """Count a call, which is then made unless this raises."""
        self.calls.append(name)
        if len(self.calls) == self.at:
            self.fault(name)

    def fault(self, name):
        """What happens at the n-th call."""


class Killing(Disk):
    """The n-th call is not made any more."""

    @classmethod
    def is_told_apart(cls, before, _):
        """Tell whether the disk looks different at this call from how it did at the one before."""
        return before not in UNSEEN

    def fault(self, _):
        os.kill(os.getpid(), signal.SIGKILL)


class KillingAtRenames(Killing):
    """For what takes long: the calls by which one state takes the place of another."""

    @classmethod
    def is_told_apart(cls, _, name):
        """Tell whether it is such a call."""
        return name == "rename"


class Failing(Disk):
    """The n-th call fails with an I/O error; those after it work again."""

    error, word = errno.EIO, "SQLITE_IOERR_FSYNC"

    @classmethod
    def is_told_apart(cls, *_):
        """Every call can fail in a way of its own."""
        return True

    def fault(self, name):
        if name.startswith("SQL"):
            failed = sqlite3.OperationalError("disk I/O error")
            failed.sqlite_errorname = self.word
            raise failed
        raise OSError(self.error, os.strerror(self.error))


class Full(Failing):
    """From the n-th call on, the disk takes nothing more."""

    error, word = errno.ENOSPC, "SQLITE_FULL"

    @classmethod
    def is_told_apart(cls, _, name):
        """Tell whether it is at this call that the disk is found full."""
        return name not in FREEING

    def call(self, name):
        super().call(name)
        if len(self.calls) > self.at and name not in FREEING:
            self.fault(name)


def watch():
    """
    Take the place of all that this process writes by, for good.

    Nothing waits for the platters: a killed process loses nothing that it has
    handed to the kernel.
    """
    for name in CALLS:
        setattr(os, name, _told(name, getattr(os, name)))
    io.open = _opened(io.open)
    os.open = _created(os.open)
    sqlite3.connect = partial(sqlite3.connect, factory=Connection)


def tell(name):
    if Disk.now is not None:
        Disk.now.call(name)


def _told(name, real):
    def call(*args, **named):
        tell(name)
        return real(*args, **named) if name != "fsync" else None

    return call


def _created(real):
    def opened(path, flags, *more, **named):
        if flags & os.O_CREAT:
            tell("create")
        return real(path, flags, *more, **named)

    return opened


def _opened(real):
    def opened(file, mode="r", *more, **named):
        if not set(mode) & set("wax+"):
            return real(file, mode, *more, **named)
        if not isinstance(file, int):
            tell("create")
        return File(real(file, mode, *more, **named))

    return opened


class File:
    """A file that stops halfway through a write."""

    def __init__(self, file):
        self._file = file

    def write(self, data):
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        tell("write")
        self._file.write(data[half:])
        self._file.flush()
        return len(data)

    def truncate(self, size):
        tell("truncate")
        return self._file.truncate(size)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()


class Connection(sqlite3.Connection):
    """A connection that tells of each statement that writes to a disk."""

    def __init__(self, name, *args, **named):
        super().__init__(name, *args, **named)
        self._is_on_disk = name != ":memory:"

    def execute(self, statement, *more):
        if self._is_on_disk and statement.upper().startswith(WRITING_SQL):
            tell(f"SQL {statement.split()[0]}")
        return super().execute(statement.replace("ous = FULL", "ous = OFF"), *more)
