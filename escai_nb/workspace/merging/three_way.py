"""Where two environments differ, and which side changed what since they were one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import VersionKind
from escai_nb.masking import mask_leaves
from escai_nb.origin import DEFAULT, OriginKind
from escai_nb.schema.fields import Promotion
from escai_nb.secret import Secret, conceal
from escai_nb.sources.layers import Layer, merge
from escai_nb.workspace.merging.promotion_plan import CHANGING, Action, PlanRow
from escai_nb.workspace.writing.saving import version_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.schema.catalog import Catalog
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.merging.promotion_plan import Side


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()
"""Stands for a value that a side does not have."""


@dataclass(frozen=True)
class Merge:
    """
    The values of one place, each secret inside a `Secret`.

    Attributes:
        lacks_own: Whether the source's list has values that never cross, and the
            target has none of its own for them.
    """

    path: KeyPath
    promotion: Promotion
    source_base: Any
    target_base: Any
    source: Any
    target: Any
    lacks_own: bool = False

    def decide(self, taken: Side | None) -> PlanRow:
        """Say what happens here; *taken* decides where both sides changed."""
        action, reason = self._decision(taken)
        result = self.source if action in CHANGING else self.target
        return PlanRow(
            path=keypath.render(self.path),
            promotion=self.promotion.value,
            base=_shown(self.source_base),
            source=_shown(self.source),
            target=_shown(self.target),
            result=_shown(result),
            action=action,
            reason=reason,
        )

    def _decision(self, taken: Side | None) -> tuple[Action, str]:
        match self.promotion:
            case Promotion.SECRET:
                return self._secret()
            case Promotion.ENVIRONMENT:
                if self.target is ABSENT:
                    return Action.NEEDS_VALUE, "belongs to the environment, which has none yet"
                return Action.KEEP, "belongs to the environment"
            case Promotion.DERIVED:
                return Action.KEEP, "is computed from other values"
            case Promotion.YES:
                return self._three_way(taken)

    def _secret(self) -> tuple[Action, str]:
        new = _unset(self.source_base) and not _unset(self.source)
        if new and _unset(self.target):
            return Action.NEEDS_VALUE, "secrets never cross; the target needs one of its own"
        return Action.KEEP, "secrets never cross"

    def _three_way(self, taken: Side | None) -> tuple[Action, str]:
        change = Action.REMOVE if self.source is ABSENT else Action.PROMOTE
        if taken == "target":
            return Action.KEEP, "decided: the target's value"
        if taken is None and same(self.source, self.source_base):
            return Action.KEEP, "the source did not change it"
        if self.lacks_own:
            return (
                Action.NEEDS_VALUE,
                "has values inside that never cross, and the target has none of its own",
            )
        if taken == "source":
            return change, "decided: the source's value"
        if same(self.target, self.target_base):
            return change, "changed in the source"
        return Action.CONFLICT, "changed on both sides"

    def applied(self, own: dict[str, Any], action: Action) -> dict[str, Any]:
        """Return the target's own values with what *action* does here."""
        if action is Action.PROMOTE:
            promoted: dict[str, Any] = keypath.replace(own, self.path, self.source)
            return promoted
        if action is Action.REMOVE and keypath.has(own, self.path):
            smaller: dict[str, Any] = keypath.without(own, self.path)
            return smaller
        return own


def merges(theirs: Reading, ours: Reading) -> Iterator[Merge]:
    """Walk the places in which the two sides differ, in the order of the source."""
    catalog = theirs.workspace.spec.catalog
    bases = _bases(theirs, ours)
    sides = [_with_defaults(reading, reading.file_values()) for reading in (theirs, ours)]
    trees = [*bases, *sides]
    places = [dict(_places(tree)) for tree in trees]
    for path in dict.fromkeys([*places[2], *places[3]]):
        values = [each.get(path, ABSENT) for each in places]
        if any(value == {} for value in values[2:]) and _has_entries(path, places[2:]):
            continue  # empty here, filled there: its entries are the places
        values[2], lacks = with_own_values(values[2], values[3], _staying(catalog, path))
        if same(values[2], values[3]):
            continue
        promotion = catalog.promotion(path)
        if any(isinstance(value, Secret) for value in values[2:]):
            promotion = Promotion.SECRET  # also where a guess, not the model, says so
        yield Merge(path, promotion, values[0], values[1], values[2], values[3], lacks)


def _has_entries(path: KeyPath, sides: list[dict[KeyPath, Any]]) -> bool:
    length = len(path)
    return any(at[:length] == path and len(at) > length for side in sides for at in side)


def _staying(catalog: Catalog, at: KeyPath) -> Callable[[KeyPath, object], bool]:
    """Make the test for values below *at* that belong to their environment."""

    def stays(path: KeyPath, value: object) -> bool:
        own = (Promotion.SECRET, Promotion.ENVIRONMENT)
        return isinstance(value, Secret) or catalog.promotion((*at, *path)) in own

    return stays


def _bases(theirs: Reading, ours: Reading) -> list[dict[str, Any]]:
    """Return what each side is compared with to tell whether it changed something."""
    promoted = _last_promoted(theirs, ours)
    if promoted is not None:
        values = _with_defaults(theirs, version_values(theirs, promoted))
        return [values, values]
    spec = theirs.workspace.spec
    return [
        _with_defaults(reading, conceal(spec.preset(reading.environment), reading.is_secret))
        for reading in (theirs, ours)
    ]


def _last_promoted(theirs: Reading, ours: Reading) -> Version | None:
    """Return the version of the source that the target last took values from."""
    with closing(SQLiteStore(theirs.workspace.history_file)) as store:
        for version in store.versions(ours.environment):
            if version.kind is VersionKind.PROMOTION and version.source:
                came_from = store.get(version.source)
                if came_from.environment == theirs.environment:
                    return came_from
    return None


def _with_defaults(reading: Reading, values: dict[str, Any]) -> dict[str, Any]:
    defaults = reading.workspace.spec.catalog.defaults()
    layers = [
        Layer(kind, data, lambda _: DEFAULT)
        for kind, data in (
            (OriginKind.DEFAULT, conceal(defaults, reading.is_secret)),
            (OriginKind.FILE, values),
        )
    ]
    return merge(layers).data


def _places(tree: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:  # noqa: ANN401
    """Walk to what is promoted as one: scalars, lists, empty mappings."""
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _places(value, (*at, key))
    elif at:
        yield at, tree


def with_own_values(
    source: Any,  # noqa: ANN401
    target: Any,  # noqa: ANN401
    stays: Callable[[KeyPath, object], bool],
) -> tuple[Any, bool]:
    """
    Put the target's values in the place of the source's that never cross, inside a list.

    *stays* tells which, by their path below the list. Items are the same when
    all texts of their own are, such as a name, a kind, an address. Returns the
    list, and whether some value that stays found no counterpart.
    """
    if not isinstance(source, list):
        return source, False
    result: list[Any] = []
    lacks = False
    for index, item in enumerate(source):
        own = item
        for path, value in keypath.leaves(item):
            if value is None or not path or not stays((index, *path), value):
                continue
            twin = _twin(item, target, stays)
            if twin is not None and keypath.has(twin, path):
                own = keypath.replace(own, path, keypath.get(twin, path))
            else:
                lacks = True
        result.append(own)
    return result, lacks


def _twin(item: Any, target: Any, stays: Callable[[KeyPath, object], bool]) -> Any:  # noqa: ANN401
    """Return the one item of *target* that is the same as *item*, if there is just one."""
    name = _texts(item, stays)
    found = [other for other in target or () if _texts(other, stays) == name]
    return found[0] if len(found) == 1 else None


def _texts(item: Any, stays: Callable[[KeyPath, object], bool]) -> list[Any]:  # noqa: ANN401
    if not isinstance(item, dict):
        return [item]
    return sorted(
        (key, value)
        for key, value in item.items()
        if isinstance(value, str) and not stays((0, key), value)
    )


def _unset(value: object) -> bool:
    return value is ABSENT or value is None or value == Secret("")


def same(left: Any, right: Any) -> bool:  # noqa: ANN401
    """Tell whether two values are equal in type and content."""
    if left is ABSENT or right is ABSENT:
        return left is right
    ours, theirs = list(keypath.leaves(left)), list(keypath.leaves(right))
    return len(ours) == len(theirs) and all(
        a == b and type(a[1]) is type(b[1]) for a, b in zip(ours, theirs, strict=True)
    )


def _shown(value: Any) -> Any:  # noqa: ANN401
    return None if value is ABSENT else mask_leaves(value, lambda _: False)
