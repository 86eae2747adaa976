"""Which leaves are secret, and what makes each of them so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, overload

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.secret import reveal

if TYPE_CHECKING:
    from escai_nb.workspace.loading.reading import Reading

SEALED = "sealed in the file"
"""The reason where nothing but the file says so."""


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why one leaf is never shown.

    Attributes:
        why: What the model declares, its name, the shape of its value, or the file.

        sealed: Whether it is sealed in the environment's own file.
    """

    path: str
    why: str
    origin: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class Reasons(Showable, Sequence[Reason]):
    """Every secret leaf in effect."""

    environment: str
    rows: tuple[Reason, ...]

    @classmethod
    def of(cls, reading: Reading, at: keypath.Path = ()) -> Reasons:
        """Ask why of each leaf at and below *at*; those that did not open are judged by name."""
        catalog, merged = reading.workspace.spec.catalog, reading.merged
        tokens = reading.opened.tokens if reading.opened is not None else {}
        sealed = {*tokens, *reading.unreadable}
        reasons = {
            path: catalog.why_sensitive(path, reveal(value)) or (SEALED if path in sealed else "")
            for path, value in keypath.leaves(merged.data)
            if value is not None
        }
        reasons |= {path: catalog.why_sensitive(path) or SEALED for path in reading.unreadable}
        rows = tuple(
            Reason(
                path=keypath.render(path),
                why=why,
                origin=str(
                    reading.file_origin(path) if path in reading.unreadable else merged.origin(path)
                ),
                sealed=path in sealed,
            )
            for path, why in reasons.items()
            if why and path[: len(at)] == at
        )
        return cls(reading.environment, rows)

    @overload
    def __getitem__(self, at: int) -> Reason: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Reason, ...]: ...
    def __getitem__(self, at: int | slice) -> Reason | tuple[Reason, ...]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def to_data(self) -> list[dict[str, Any]]:
        """Return the rows as plain data."""
        return [asdict(row) for row in self.rows]
