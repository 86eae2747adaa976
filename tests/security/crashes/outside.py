"""
Operations that strace ends, or lets fail, at the n-th system call of one kind.

Run as ``strace ... python -m crashes.outside``, it reads lines of an operation, a
folder, a system call and a number; does the operation in a fork of itself, after so
many idle calls; and answers with the fork's exit code. strace counts the calls of
each process and each kind by itself, and meddles with the `LAST` one, so that one strace
serves for every n. It sees the calls of SQLite too.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from crashes import disk
from crashes.operations import OPERATIONS, Place
from crashes.trying import attempt_in_fork

LAST = 300
"""More calls of one kind than any operation makes."""
NULL = os.open(os.devnull, os.O_WRONLY)
NOWHERE = Path("/nothing/here")
IDLE = {
    "write": lambda: os.write(NULL, b""),
    "pwrite64": lambda: os.pwrite(NULL, b"", 0),
    "ftruncate": lambda: os.ftruncate(NULL, 0),
    "fsync": lambda: os.fsync(NULL),
    "fdatasync": lambda: os.fdatasync(NULL),
    "link": lambda: os.link(NOWHERE, "/nothing/there"),
    "rename": lambda: NOWHERE.rename("/nothing/there"),
    "unlink": NOWHERE.unlink,
}
"""Calls that do nothing, by the name that strace has for their kind."""


class Traced:
    """Tries operations in forks of a process in which strace meddles with system calls."""

    def __init__(self, fault):
        injects = [f"--inject={calls}:{fault.format(LAST)}" for calls in IDLE]
        strace = ("strace", "-f", "-qq", "-o", os.devnull, *injects)
        self._process = subprocess.Popen(
            [*strace, sys.executable, "-m", "crashes.outside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def attempt(self, name, place, calls, at):
        """Do the operation *name*, its call *at* of one kind faulty; return how that ended."""
        self._process.stdin.write(f"{name} {place.base} {calls} {LAST - at}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Waiting(disk.Disk):
    """Lets idle calls go before, and then all as it is."""

    def __init__(self, calls, count):
        super().__init__()
        self._idle, self._count = IDLE[calls], count

    @contextlib.contextmanager
    def watching(self):
        for _ in range(self._count):
            with contextlib.suppress(OSError):
                self._idle()
        yield self


def main():
    """Answer until there is nothing more to do."""
    for line in sys.stdin:
        name, folder, calls, count = line.split()
        waiting = Waiting(calls, int(count))
        ended = attempt_in_fork(Place(Path(folder)), OPERATIONS[name], waiting)
        print(ended, flush=True)


if __name__ == "__main__":
    main()
