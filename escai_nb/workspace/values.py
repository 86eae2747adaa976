"""The values in effect, each with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.secret import Secret, reveal

if TYPE_CHECKING:
    from escai_nb.origin import Origin
    from escai_nb.workspace.working_copy import WorkingCopy


@dataclass(frozen=True, slots=True)
class Value:
    """
    One leaf in effect.

    Attributes:
        value: Masked where it is secret, unless it was asked for in clear.
    """

    path: str
    value: object
    origin: Origin
    secret: bool


@dataclass(frozen=True, slots=True)
class Values(Showable, Sequence[Value]):
    """
    The leaves in effect at and below one place, in the order of the model.

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
        below = keypath.get(merged.data, place) if keypath.has(merged.data, place) else {}
        shown = merged.data if opened else copy.masked()
        rows = tuple(
            Value(
                path=keypath.render(path),
                value=reveal(keypath.get(shown, path)),
                origin=merged.origin(path),
                secret=isinstance(value, Secret),
            )
            for path, value in keypath.leaves(below, place)
        )
        return cls(copy.reading.environment, at, rows)

    @overload
    def __getitem__(self, at: int) -> Value: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Value, ...]: ...
    def __getitem__(self, at: int | slice) -> Value | tuple[Value, ...]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def to_data(self) -> list[dict[str, Any]]:
        """Return the rows as plain data."""
        return [
            {
                "path": row.path,
                "value": row.value,
                "origin": str(row.origin),
                "secret": row.secret,
            }
            for row in self.rows
        ]
