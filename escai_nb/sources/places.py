"""Where keys and values stand in a text, worked out only when somebody asks."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.keypath import Path

LINE_BREAK = re.compile(r"\r\n|\n|\r")
"""What ends a line in editors; for YAML it is not all that does."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a text; line and column are 1-based, in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def line_starts(text: str) -> list[int]:
    """Return the index at which each line of *text* begins, in order."""
    return [0, *(found.end() for found in LINE_BREAK.finditer(text))]


def mark_at(text: str, at: int) -> Mark:
    """Return line and column of an index."""
    return locating(text)(at)


def locating(text: str) -> Callable[[int], Mark]:
    """Return what tells line and column of an index of *text*, quickly also for many."""
    starts: list[int] = []

    def locate(at: int) -> Mark:
        nonlocal starts
        starts = starts or line_starts(text)  # put there whole, as several threads may ask
        line = bisect_right(starts, at)
        return Mark(line, at - starts[line - 1] + 1)

    return locate


class Shared:
    """
    The place of a value that stands in more than one place.

    That is one with an anchor, an alias of it, or an entry merged in by ``<<``.
    """

    __slots__ = ("at", "place")

    def __init__(self, at: Any, place: Place) -> None:  # noqa: ANN401  # a raw mark
        self.at = at
        self.place = place


Place: TypeAlias = Any
"""
What a reader notes of one value while it passes.

A raw mark (the reader's own) for a scalar; for a list ``[mark, item…]``; for a
mapping ``[mark, mark of key, value, mark of key, value…]`` in the mapping's
order; any of these may be `Shared`. Lists of marks cost the reader next to
nothing, which paths of keys would not.
"""


def mark_of_place(place: Place) -> Any:  # noqa: ANN401  # a raw mark
    """Return the raw mark at which the value of *place* begins."""
    if place.__class__ is Shared:
        return place.at
    return place[0] if place.__class__ is list else place


def bare(place: Place) -> Place:
    """Return *place* as it was noted at the value itself."""
    while place.__class__ is Shared:
        place = place.place
    return place


def _holds_shared(place: Place) -> bool:
    """Look for a shared place, which most documents have not, without working out any mark."""
    if place.__class__ is list:
        return any(map(_holds_shared, place))
    return place.__class__ is Shared


class Places:
    """The marks of all keys and values of one document, by path."""

    __slots__ = ("_data", "_keys", "_locate", "_root", "_shared", "_values")

    def __init__(
        self,
        data: Any,  # noqa: ANN401  # any tree
        root: Place,
        locate: Callable[[Any], Mark],
    ) -> None:
        self._data = data
        self._root = root
        self._locate = locate
        self._values: dict[Path, Mark] | None = None
        self._keys: dict[Path, Mark] = {}
        self._shared: dict[Path, Mark] = {}

    @property
    def values(self) -> dict[Path, Mark]:
        """Marks of all values, the root's under ``()``."""
        return self._worked_out()

    @property
    def keys(self) -> dict[Path, Mark]:
        """Marks of the keys of all mapping entries."""
        self._worked_out()
        return self._keys

    @property
    def shared(self) -> dict[Path, Mark]:
        """Marks of the topmost values that stand in more than one place."""
        if _holds_shared(self._root):
            self._worked_out()
        return self._shared

    def _worked_out(self) -> dict[Path, Mark]:
        if self._values is None:
            values: dict[Path, Mark] = {}
            for path, key, place in self._walk((), self._data, self._root):
                values[path] = self._locate(mark_of_place(place))
                if key is not None:
                    self._keys[path] = self._locate(key)
                if place.__class__ is Shared:
                    self._shared[path] = values[path]
            self._values = values
        return self._values

    def _walk(
        self,
        path: Path,
        data: Any,  # noqa: ANN401
        place: Place,
        key: Any = None,  # noqa: ANN401
    ) -> Iterator[tuple[Path, Any, Place]]:
        yield path, key, place
        noted = bare(place)
        if isinstance(data, dict):
            below = zip(data.items(), noted[1::2], noted[2::2], strict=True)
            for (name, value), at, inner in below:
                yield from self._walk((*path, name), value, inner, at)
        elif isinstance(data, list):
            for index, (value, inner) in enumerate(zip(data, noted[1:], strict=True)):
                yield from self._walk((*path, index), value, inner)
