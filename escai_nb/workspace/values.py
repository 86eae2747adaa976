"""The values in effect, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.secret import reveal

if TYPE_CHECKING:
    from escai_nb.origin import Origin
    from escai_nb.workspace.working_copy import WorkingCopy


@dataclass(frozen=True, slots=True)
class Value:
    """One leaf in effect; its value is masked where it is secret, unless asked otherwise."""

    path: str
    value: object
    origin: Origin


@dataclass(frozen=True, slots=True)
class Values(Showable):
    """
    The leaves in effect at and below one place.

    Attributes:
        at: Key path of the place; empty for all.
    """

    environment: str
    at: str
    rows: tuple[Value, ...]

    @classmethod
    def of(cls, copy: WorkingCopy, at: str = "", *, opened: bool = False) -> Values:
        """Return what *copy* says at and below *at*, secrets masked unless *opened*."""
        merged, place = copy.reading.merge(copy.own), keypath.parse(at) if at else ()
        data = reveal(merged.data) if opened else copy.masked()
        below = keypath.get(data, place) if keypath.has(data, place) else {}
        rows = tuple(
            Value(keypath.render(path), value, merged.origin(path))
            for path, value in keypath.leaves(below, place)
        )
        return cls(copy.reading.environment, at, rows)

    def to_data(self) -> list[dict[str, Any]]:
        """Return the rows as plain data."""
        return [
            {"path": row.path, "value": row.value, "origin": str(row.origin)} for row in self.rows
        ]
