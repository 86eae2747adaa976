"""Three trees made one: what only one side changed is taken, and the rest is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.workspace.merging.three_way import ABSENT, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.keypath import Path


@dataclass(frozen=True)
class Merged:
    """
    What came of a merge.

    Attributes:
        ours: The result, with our side's value where both changed the same.

        theirs: The result, with their side's value there.

        conflicts: Where that is.
    """

    ours: dict[str, Any] = field(repr=False)
    theirs: dict[str, Any] = field(repr=False)
    conflicts: tuple[Path, ...]


def merge_trees(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Merged:
    """
    Merge two trees that come from *base*, leaf by leaf.

    A list counts as one value. Secrets are compared, and stay inside their `Secret`.
    """
    conflicts: list[Path] = []
    mine = _merged((base, ours, theirs), (), conflicts)
    other = mine
    for path in conflicts:
        if keypath.has(theirs, path):
            other = keypath.replace(other, path, keypath.get(theirs, path))
        elif keypath.has(other, path):
            other = keypath.without(other, path)
    return Merged(mine, other, tuple(conflicts))


def _merged(sides: tuple[Any, Any, Any], at: Path, conflicts: list[Path]) -> Any:  # noqa: ANN401
    base, ours, theirs = sides
    if same(ours, theirs) or same(base, theirs):
        return ours
    if same(base, ours):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        before = base if isinstance(base, dict) else {}
        names = dict.fromkeys([*ours, *theirs])
        below = {
            name: _merged(
                tuple(side.get(name, ABSENT) for side in (before, ours, theirs)),
                (*at, name),
                conflicts,
            )
            for name in names
        }
        return {name: value for name, value in below.items() if value is not ABSENT}
    conflicts.append(at)
    return ours
