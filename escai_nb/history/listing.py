"""Versions as a query found them: each is made when it is looked at, columns are given whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from escai_nb.history.database import damaged
from escai_nb.history.rows import FACTS, KINDS, version_of_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from escai_nb.history.version import Version


class Listing(Sequence["Version"]):
    """
    Versions in the order in which a query found them.

    Args:
        facts: For each of `FACTS` its value of every version.

        tags: Names by the id of their version, in order.

        path: File that they come from, for errors.
    """

    __slots__ = ("_facts", "_path", "_tags")

    def __init__(
        self, facts: Sequence[Sequence[Any]], tags: Mapping[str, tuple[str, ...]], path: Path
    ) -> None:
        self._facts, self._tags, self._path = facts, tags, path

    def _made(self, facts: tuple[Any, ...]) -> Version:
        return version_of_facts(facts, self._tags.get(facts[0], ()), self._path)

    def __len__(self) -> int:
        return len(self._facts[0])

    def __iter__(self) -> Iterator[Version]:
        return map(self._made, zip(*self._facts, strict=True))

    @overload
    def __getitem__(self, at: int) -> Version: ...
    @overload
    def __getitem__(self, at: slice) -> Listing: ...
    def __getitem__(self, at: int | slice) -> Version | Listing:
        if isinstance(at, slice):
            return Listing([fact[at] for fact in self._facts], self._tags, self._path)
        return self._made(tuple([fact[at] for fact in self._facts]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Listing | tuple | list):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def column(self, name: str) -> list[Any]:
        """
        Return one fact of every version, without making the versions.

        Raises:
            HistoryDamagedError: If a time or a kind cannot be read.
        """
        if name == "tags":
            return [self._tags.get(version, ()) for version in self._facts[FACTS.index("id")]]
        values = list(self._facts[FACTS.index(name)])
        try:
            if name == "time":
                return list(map(dt.datetime.fromisoformat, values))
            return [KINDS[value] for value in values] if name == "kind" else values
        except (KeyError, TypeError, ValueError):
            raise damaged(self._path, "holds a row that cannot be read") from None
