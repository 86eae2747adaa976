"""Stretches of text to replace, and the way to replace several at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """Put *text* in place of what stands from *start* to *end*."""

    start: int
    end: int
    text: str = field(default="", repr=False)


class Batch:
    """
    Splices of one text that do not disturb each other.

    Those that only put something in at one place come in the order in which
    they were added, and only from one owner, who knows that this is right.
    """

    __slots__ = ("_owners", "_splices", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._splices: list[Splice] = []
        self._owners: list[object] = []

    def __bool__(self) -> bool:
        return bool(self._splices)

    def admits(self, splices: Iterable[Splice], owner: object) -> bool:
        """Tell whether *splices* of *owner* can be added."""
        return not any(self._meets(splice, owner) for splice in splices)

    def _meets(self, new: Splice, owner: object) -> bool:
        first, behind = bisect_left(self._starts, new.start), bisect_right(self._starts, new.start)
        if first and self._splices[first - 1].end > new.start:
            return True
        if behind < len(self._starts) and self._starts[behind] < new.end:
            return True
        beside = zip(self._splices[first:behind], self._owners[first:behind], strict=True)
        return any(
            new.end > new.start or old.end > old.start or its != owner for old, its in beside
        )

    def holds(self, start: int, end: int) -> bool:
        """Tell whether anything happens from *start* to *end*, or right beside."""
        behind = bisect_right(self._starts, end)
        return behind > 0 and self._splices[behind - 1].end >= start

    def add(self, splices: Iterable[Splice], owner: object) -> None:
        """Take in *splices*, which were admitted."""
        for splice in splices:
            at = bisect_right(self._starts, splice.start)
            self._starts.insert(at, splice.start)
            self._splices.insert(at, splice)
            self._owners.insert(at, owner)

    def made(self, text: str) -> str:
        """Return *text* with all splices made."""
        parts: list[str] = []
        at = 0
        for splice in self._splices:
            parts += (text[at : splice.start], splice.text)
            at = splice.end
        return "".join([*parts, text[at:]])
