"""News of changes, told in their order by nobody who holds a lock."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Outbox:
    """
    What is to be told, first in, first out.

    Who is told may do anything, also save or wait for another thread. So it is
    told once the teller's locks are free, by one thread at a time: whoever finds
    another at it leaves the news to that one, which holds none, and waits for nobody.
    """

    def __init__(self) -> None:
        self._due: deque[Callable[[], object]] = deque()
        self._telling = threading.Lock()
        self._here = threading.local()

    def put(self, news: Callable[[], object]) -> None:
        """Have *news* called at the end of the outermost `sent_after` of this thread."""
        self._due.append(news)

    @contextmanager
    def sent_after(self) -> Iterator[None]:
        """Tell what was put in the block, and take every lock of it inside of this."""
        depth = getattr(self._here, "depth", 0)
        self._here.depth = depth + 1
        try:
            yield
        finally:
            self._here.depth = depth
            if not depth:
                self._send()

    def _send(self) -> None:
        while self._due and self._telling.acquire(blocking=False):
            try:
                while self._due:
                    self._due.popleft()()
            finally:
                self._telling.release()
