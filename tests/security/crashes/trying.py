"""Trying an operation where it may be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import traceback

from escai_nb.errors import EscaiError, WriteFailedError

DONE, REFUSED, WRONG, KILLED = 0, 3, 9, -signal.SIGKILL
"""Exit codes of a try."""


def attempt(place, operation, faulty):
    """Do it on a faulty disk; return how that ended."""
    try:
        with faulty.watching():
            operation.run(place)
    except WriteFailedError:
        return REFUSED
    except (EscaiError, OSError, sqlite3.Error):
        traceback.print_exc()
        return WRONG
    return DONE


def attempt_in_fork(place, operation, faulty):
    """Do it in a process that may be killed; return how that ended."""
    child = os.fork()
    if not child:
        try:
            os._exit(attempt(place, operation, faulty))
        finally:
            os._exit(WRONG)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
