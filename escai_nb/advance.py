"""How far long work has come: told to whoever waits for it, who may end it between two steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Advance = Callable[[str, int, int], None]
"""Told what was done last, how much is done, and of how much; what it raises ends the work."""


@dataclass
class Steps:
    """
    The steps of work that are told one by one.

    Attributes:
        advance: Who is told, if anybody.

        of: How many steps there are; the last of them is not told, as it is the end.

        done: How many were told.
    """

    advance: Advance | None = None
    of: int = 0
    done: int = 0

    def __call__(self, what: str) -> None:
        """Tell that *what* is done."""
        self.done += 1
        if self.advance is not None:
            self.advance(what, self.done, self.of)
