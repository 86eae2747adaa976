"""What differs between two configurations, leaf by leaf."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, overload

from escai_nb.display import Showable
from escai_nb.keypath import Path, leaves, render
from escai_nb.secret import MASK


class ChangeKind(StrEnum):
    """How a leaf differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True)
class Change:
    """
    One leaf that differs.

    Attributes:
        path: Key path of the leaf.

        old: Value before; ``None`` also where nothing was, which `kind` tells.

        new: Value after; ``None`` also where nothing is.
    """

    path: str
    kind: ChangeKind
    old: object = None
    new: object = None

    def to_data(self) -> dict[str, object]:
        """Return the change as plain data."""
        return {"path": self.path, "kind": self.kind.value, "old": self.old, "new": self.new}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """
    List the leaves in which *new* differs from *old*, ordered by path.

    ``1``, ``True`` and ``1.0`` differ. A list is compared item by item. An
    empty mapping or list is a leaf of its own, unless the other side fills it:
    then what fills it is told.
    """
    return tuple(
        Change(render(path), kind, before, after)
        for path, kind, before, after in _ordered(old, new)
    )


_SCALARS = frozenset({str, int, float, bool, type(None)})
_Difference = tuple[Path, ChangeKind, Any, Any]


def _ordered(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[_Difference]:
    found: list[_Difference] = []
    _compare(old, new, (), found)
    return sorted(found, key=lambda difference: _rank(difference[0]))


def _rank(path: Path) -> tuple[tuple[bool, int, str], ...]:
    """Order list positions by number, before any names."""
    return tuple((False, step, "") if isinstance(step, int) else (True, 0, step) for step in path)


def _compare(old: Any, new: Any, at: Path, found: list[_Difference]) -> None:  # noqa: ANN401
    """Add what differs at and below *at*."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        _compare_mappings(old, new, at, found)
    elif isinstance(old, list) and isinstance(new, list):
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            _compare(before, after, (*at, index), found)
        for index in range(len(new), len(old)):
            _whole(old[index], (*at, index), ChangeKind.REMOVED, found)
        for index in range(len(old), len(new)):
            _whole(new[index], (*at, index), ChangeKind.ADDED, found)
    elif not (_is_leaf(old) and _is_leaf(new)):
        _whole(old, at, ChangeKind.REMOVED, found)
        _whole(new, at, ChangeKind.ADDED, found)
    elif not _same_leaf(old, new):
        found.append((at, _kind(old, new), old, new))


def _compare_mappings(
    old: Mapping[str, Any], new: Mapping[str, Any], at: Path, found: list[_Difference]
) -> None:
    """Compare key by key; equal scalars, the many, cost no call."""
    for key, value in old.items():
        if key not in new:
            _whole(value, (*at, key), ChangeKind.REMOVED, found)
        elif value is not (other := new[key]) and not (
            type(value) in _SCALARS and type(value) is type(other) and value == other
        ):
            _compare(value, other, (*at, key), found)
    for key in new.keys() - old.keys():
        _whole(new[key], (*at, key), ChangeKind.ADDED, found)


def _whole(value: Any, at: Path, kind: ChangeKind, found: list[_Difference]) -> None:  # noqa: ANN401
    """Add every leaf of a branch that only one side has."""
    for path, leaf in leaves(value, at):
        pair = (leaf, None) if kind is ChangeKind.REMOVED else (None, leaf)
        found.append((path, kind, *pair))


def _is_leaf(value: object) -> bool:
    return not (isinstance(value, Mapping | list) and value)


def _same_leaf(old: object, new: object) -> bool:
    """Tell whether two leaves are equal in type and value; NaN equals itself."""
    return type(old) is type(new) and (old == new or (old != old and new != new))  # noqa: PLR0124


def _kind(old: object, new: object) -> ChangeKind:
    same = old is None or new is None or type(old) is type(new)
    return ChangeKind.CHANGED if same else ChangeKind.RETYPED


@dataclass(frozen=True, slots=True)
class Diff(Showable, Sequence[Change]):
    """
    The changes between two named sides.

    Attributes:
        left: What the old side is called, such as a version's id.

        right: What the new side is called.

        hidden: Key paths of secrets. Their values are masked from the moment
            that the diff exists; it tells only that they differ.
    """

    changes: tuple[Change, ...] = ()
    left: str = ""
    right: str = ""
    hidden: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        masked = tuple(_masked(c) if c.path in self.hidden else c for c in self.changes)
        object.__setattr__(self, "changes", masked)

    @classmethod
    def between(
        cls,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        *,
        left: str,
        right: str,
        is_hidden: Callable[[Path], bool],
    ) -> Diff:
        """Compare two configurations, keeping the values at hidden paths to itself."""
        found = _ordered(old, new)
        return cls(
            changes=tuple(Change(render(path), *rest) for path, *rest in found),
            left=left,
            right=right,
            hidden=frozenset(render(path) for path, *_ in found if is_hidden(path)),
        )

    @overload
    def __getitem__(self, at: int) -> Change: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Change, ...]: ...
    def __getitem__(self, at: int | slice) -> Change | tuple[Change, ...]:
        return self.changes[at]

    def __len__(self) -> int:
        return len(self.changes)

    def to_data(self) -> dict[str, Any]:
        """Return both sides' names and the changes as plain data, secrets masked."""
        return {
            "left": self.left,
            "right": self.right,
            "changes": [
                {**change.to_data(), "hidden": change.path in self.hidden} for change in self
            ],
        }


def _masked(change: Change) -> Change:
    """Hide both values; ``None`` stays, as it tells that nothing is set."""
    return replace(
        change,
        old=None if change.old is None else MASK,
        new=None if change.new is None else MASK,
    )
