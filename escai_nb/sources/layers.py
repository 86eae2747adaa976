"""Layers laid over each other, and the chain of every leaf."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.origin import Origin, OriginKind

if TYPE_CHECKING:
    from escai_nb.keypath import Path

_FILES = (OriginKind.SHARED, OriginKind.FILE)


@dataclass(frozen=True, slots=True)
class Layer:
    """
    One source of values.

    Attributes:
        origin_of: Tells where the value at a path of *data* comes from.

        key_origin_of: Tells where its name stands; by default where the value does.
    """

    kind: OriginKind
    data: Mapping[str, Any] = field(repr=False)
    origin_of: Callable[[Path], Origin] = field(repr=False)
    key_origin_of: Callable[[Path], Origin] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What one layer says of a path, and whether that is what holds."""

    origin: Origin
    value: object = field(repr=False)
    won: bool


class Merged:
    """
    All layers as one tree.

    The tree is made at once; what each layer says of a place, when somebody asks for it.

    Attributes:
        data: The values that hold; a tree of its own, shared with no layer.
    """

    __slots__ = ("_layers", "data")

    def __init__(self, data: dict[str, Any], layers: Sequence[Layer]) -> None:
        self.data = data
        self._layers = tuple(layers)

    def __repr__(self) -> str:
        return f"<Merged {', '.join(layer.kind.value for layer in self._layers)}>"

    def explain(self, path: Path) -> tuple[Step, ...]:
        """
        Return what each layer that knows *path* says of it, lowest first.

        A section is made of several layers; the highest of them counts as
        winning.
        """
        said: list[tuple[Layer, object]] = []
        hidden_below = 0
        for layer in self._layers:
            found, value = _at(layer.data, path)
            if found == len(path):
                said.append((layer, value))
            elif not isinstance(value, Mapping):
                # a scalar or list above the path takes away all that lay below
                hidden_below = len(said)
        last = len(said) - 1
        return tuple(
            Step(layer.origin_of(path), value, won=index == last and index >= hidden_below)
            for index, (layer, value) in enumerate(said)
        )

    def origin(self, path: Path) -> Origin:
        """
        Return where the value that holds at *path* comes from.

        A place that is missing is told by what is next above it, in the highest
        file that has that.
        """
        layer = self._winner(path)
        if layer is not None:
            return layer.origin_of(path)
        files = [each for each in self._layers if each.kind in _FILES]
        above = sorted(files, key=lambda each: _at(each.data, path)[0])
        return above[-1].origin_of(path) if above else Origin(OriginKind.MISSING)

    def origin_in(self, kind: OriginKind, path: Path) -> Origin | None:
        """Return where *path* stands in the layer *kind*, whichever value holds."""
        layers = (layer for layer in self._layers if layer.kind is kind)
        return next((layer.origin_of(path) for layer in layers), None)

    def key_origin(self, path: Path) -> Origin:
        """Return where the name of the value that holds at *path* stands."""
        layer = self._winner(path)
        if layer is None or layer.key_origin_of is None:
            return self.origin(path)
        return layer.key_origin_of(path)

    def _winner(self, path: Path) -> Layer | None:
        """Return the layer whose value at *path* holds."""
        for layer in reversed(self._layers):
            found, value = _at(layer.data, path)
            if found == len(path):
                return layer
            if not isinstance(value, Mapping):
                return None
        return None


def _at(data: Any, path: Path) -> tuple[int, Any]:  # noqa: ANN401  # any tree
    """Return how many steps of *path* lead somewhere in *data*, and to what."""
    for depth, step in enumerate(path):
        if isinstance(data, Mapping):
            if step not in data:
                return depth, data
        elif not isinstance(data, list) or not isinstance(step, int) or not 0 <= step < len(data):
            return depth, data
        data = data[step]
    return len(path), data


def merge(layers: Sequence[Layer]) -> Merged:
    """
    Lay *layers* over each other, the first lowest.

    Mappings are merged key by key; any other value, ``null`` and lists too,
    takes the place of what lies below it.
    """
    data: dict[str, Any] = {}
    for layer in layers:
        _lay_over(data, layer.data)
    return Merged(data, layers)


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return one tree with *above* over *below*, as `merge` would."""
    data: dict[str, Any] = {}
    for tree in (below, above):
        _lay_over(data, tree)
    return data


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if type(value) in keypath.SCALARS:
            below[key] = value
        elif isinstance(value, Mapping):
            under = below.get(key)
            if not isinstance(under, dict):
                below[key] = under = {}
            _lay_over(under, value)
        else:
            below[key] = keypath.copied(value) if isinstance(value, list) else value
