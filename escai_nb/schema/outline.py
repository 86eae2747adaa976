"""
What reading needs to know of a model: names, defaults, and which fields are secret.

An outline is read in a moment, where building the classes of a model takes as
long as everything else that a short command does. It is written from the model,
and the test suite holds the two together.
"""

from __future__ import annotations

import json
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import FieldUnknownError
from escai_nb.schema import tree
from escai_nb.schema.field_spec import ANY_STEP, MISSING, FieldSpec, Kind
from escai_nb.schema.sensitivity import value_is_secret
from escai_nb.schema.suggestion import nearest, question, sharing_a_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from escai_nb.keypath import Path

FORMAT = 1


class Outline:
    """
    The fields of a configuration, as far as who reads one asks for them.

    Attributes:
        root: The configuration itself as a field with an empty path.
    """

    def __init__(self, root: FieldSpec) -> None:
        self.root = root
        # asked for every leaf, many times over
        self._told = lru_cache(maxsize=1 << 14)(partial(tree.told, root))

    @classmethod
    def from_json(cls, text: bytes, *, model: str) -> Outline:
        """
        Read what `to_json` wrote of *model*.

        Raises:
            ValueError: If it is that of another model, or none.
        """
        written = json.loads(text)
        if (written.get("format"), written.get("model")) != (FORMAT, model):
            message = f"this is no outline of {model}"
            raise ValueError(message)
        return cls(_spec((), written["root"]))

    def to_json(self, *, model: str) -> str:
        """
        Write the outline of *model*, ``module:NAME``, as a JSON document.

        Raises:
            ValueError: If the model has unions, or sections inside themselves.
        """
        root = _row(self.root, (self.root.annotation,))
        return json.dumps({"format": FORMAT, "model": model, "root": root}, indent=1) + "\n"

    @cached_property
    def _walked(self) -> tuple[FieldSpec, ...]:
        return tuple(_walk(self.root, (self.root.annotation,)))

    @cached_property
    def fields(self) -> tuple[FieldSpec, ...]:
        """
        Every leaf of the model, in its order.

        A list, a mapping or a union counts as one; sections are walked through.
        """
        return tuple(spec for spec in self._walked if spec.kind is not Kind.SECTION)

    @cached_property
    def sections(self) -> tuple[FieldSpec, ...]:
        """
        Every section that is walked through.

        One that holds itself is listed where it recurs, and not entered again.
        """
        return tuple(spec for spec in self._walked if spec.kind is Kind.SECTION)

    def find(self, path: Path) -> FieldSpec | None:
        """
        Return what the model knows of *path*, or ``None``.

        List items and mapping keys are resolved; inside a union every
        alternative that knows the name has its say. A place in a free-form
        mapping is found as a field of kind ``ANY``.
        """
        known = tree.trail(self.root, path)
        return known[-1] if len(known) == len(path) + 1 else None

    def require(self, path: Path) -> FieldSpec:
        """
        Return what the model knows of *path*.

        Raises:
            FieldUnknownError: If it knows nothing.
        """
        spec = self.find(path)
        if spec is not None:
            return spec
        written = keypath.render(path)
        suggestions = self.suggestions(path)
        message = f"there is no field {written}"
        hint = question(suggestions) if suggestions else "see: escai config show"
        raise FieldUnknownError(message, path=written, hint=hint)

    def is_sensitive(self, path: Path, value: object = None) -> bool:
        """
        Tell whether what lies at *path* is secret.

        What the model declares holds, for a section with all that lies below.
        Where it says nothing (free-form mappings, unknown keys), the names on
        the way decide; a *value* that is secret by its shape is so everywhere.
        """
        said = self._told(path)
        # mostly the model and the names say nothing, and the value alone decides
        return tree.is_secret(said, value) if True in said else value_is_secret(value)

    def is_declared(self, path: Path) -> bool:
        """Tell whether the model itself declares that what lies at *path* is secret."""
        return self._told(path)[0]

    def defaults(self) -> dict[str, Any]:
        """Return all defaults as plain data; what is required is absent."""
        data = tree.defaults(self.root)
        return {} if data is MISSING else data

    def defaults_beside(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the defaults that hold beside *given*; see `tree.defaults_beside`."""
        data = tree.defaults_beside(self.root, given)
        return {} if data is MISSING else data

    def names_beside(self, path: Path, data: object = None) -> list[str]:
        """
        List the names that the section takes in which *path* is the first unknown step.

        *data* tells which alternative of a union it is.
        """
        sections = tree.trail(self.root, path)
        at = path[: len(sections) - 1]
        beside = keypath.get(data, at) if keypath.has(data, at) else None
        return [*dict.fromkeys(_names(tree.told_apart(sections[-1], beside)))]

    def suggest(self, path: Path) -> str:
        """Return the known key path that *path* is likely to mean; none or several, nothing."""
        found = self.suggestions(path)
        return found[0] if len(found) == 1 else ""

    def suggestions(self, path: Path) -> list[str]:
        """
        List the known key paths that *path* may mean, likely ones only.

        In the same section: names that end with the same word (``host`` may mean
        ``redis_host`` and ``postgres_host``), else the one that is most alike.
        Then the same name elsewhere, if there is only one; then, in the same
        section, names that share a word with it.
        """
        known = tree.trail(self.root, path)
        depth = len(known) - 1
        if depth == len(path):
            return [keypath.render(path)]
        name, names = str(path[depth]), _names(known[-1])
        alike = [each for each in names if each.endswith(f"_{name}")] or _alike(name, names)
        if alike:
            rest = path[depth + 1 :]
            return [
                found for each in alike for found in self.suggestions((*path[:depth], each, *rest))
            ]
        listed = [spec.path for spec in (*self.fields, *self.sections)]
        same = [keypath.render(place) for place in listed if place[-1:] == path[-1:]]
        if len(same) == 1:
            return same
        far = [] if depth else _alike(keypath.render(path), map(keypath.render, listed))
        if far or depth < len(path) - 1:
            return far
        return [keypath.render((*path[:depth], each)) for each in sharing_a_word(name, names)]


def _walk(spec: FieldSpec, entered: tuple[Any, ...]) -> Iterator[FieldSpec]:
    """Yield the sections and fields below *spec* in the order of the model."""
    if spec.kind is not Kind.SECTION:
        yield spec
        return
    for below in tree.children(spec).values():
        if below.kind is Kind.SECTION:
            yield below
            if below.annotation not in entered:
                yield from _walk(below, (*entered, below.annotation))
        else:
            yield below


def _alike(name: str, names: Iterable[str]) -> list[str]:
    found = nearest(name, names)
    return [found] if found else []


def _names(spec: FieldSpec) -> list[str]:
    if spec.kind is Kind.UNION:
        return [name for member in spec.members for name in _names(member)]
    return list(tree.children(spec)) if spec.kind is Kind.SECTION else []


def _row(spec: FieldSpec, entered: tuple[Any, ...]) -> dict[str, Any]:
    """Write what an outline keeps of *spec*; what is as usual is left out."""
    if spec.kind is Kind.UNION:
        message = f"{keypath.render(spec.path)} is a union, of which there is no outline"
        raise ValueError(message)
    row: dict[str, Any] = {"kind": spec.kind.value}
    if spec.default is not MISSING:
        row["default"] = spec.default
    row |= {name: True for name in ("sensitive", "apart", "extra") if getattr(spec, name)}
    if spec.also:
        row["also"] = list(spec.also)
    if spec.item is not None:
        row["item"] = _row(spec.item, entered)
    if spec.members:
        row["members"] = [_row(member, entered) for member in spec.members]
    if spec.kind is Kind.SECTION:
        below = tree.children(spec)
        if any(field.annotation in entered for field in below.values()):
            message = f"{keypath.render(spec.path)} holds itself, so that it has no outline"
            raise ValueError(message)
        row["fields"] = {
            name: _row(field, (*entered, field.annotation)) for name, field in below.items()
        }
    return row


def _spec(path: Path, row: Mapping[str, Any]) -> FieldSpec:
    """Read what `_row` wrote; the path stands for the type."""
    item, fields = row.get("item"), row.get("fields")
    members = enumerate(row.get("members", ()))
    return FieldSpec(
        path=path,
        kind=Kind(row["kind"]),
        annotation=path,
        declared=path,
        default=row.get("default", MISSING),
        sensitive=row.get("sensitive", False),
        apart=row.get("apart", False),
        extra=row.get("extra", False),
        also=tuple(row.get("also", ())),
        item=_spec((*path, ANY_STEP), item) if item is not None else None,
        members=tuple(_spec((*path, index), member) for index, member in members),
        fields=None
        if fields is None
        else {name: _spec((*path, name), field) for name, field in fields.items()},
    )
