"""Stdout, which carries the result of a call and nothing else."""

from __future__ import annotations

import codecs
import contextlib
import sys
from contextvars import ContextVar
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESULT: ContextVar[TextIO | None] = ContextVar("result", default=None)
"""Stdout of the call, which is aside while code by others may print."""


@contextlib.contextmanager
def prints_aside() -> Iterator[None]:
    """
    Send to stderr what is printed inside the block, and leave stdout to what is said here.

    A model, a rule or a check by others may print what it likes.
    """
    stream = result()
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        # a poor locale is no reason to say nothing; what it has no sign for is spelled out
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        encoding = "utf-8" if is_ascii else stream.encoding
        stream.reconfigure(encoding=encoding, errors="backslashreplace")
    before = _RESULT.set(stream)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _RESULT.reset(before)


def result() -> TextIO:
    """Return the stream that results go to."""
    return _RESULT.get() or sys.stdout
