"""The model walked once: every field of a configuration and how to reach it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.errors import FieldUnknownError
from escai_nb.masking import mask_leaves
from escai_nb.schema.description import ANY_STEP, describe_model, describe_section
from escai_nb.schema.field_spec import MISSING, FieldSpec, Kind
from escai_nb.schema.fields import Promotion
from escai_nb.schema.sensitivity import name_is_secret, value_is_secret
from escai_nb.schema.suggestion import nearest
from escai_nb.schema.text import parse_field

if TYPE_CHECKING:
    from pydantic import BaseModel

    from escai_nb.keypath import Path

__all__ = ["ANY_STEP", "MISSING", "Catalog", "FieldSpec", "Kind", "catalog_of"]


class Catalog(Showable):
    """
    What a configuration consists of.

    Attributes:
        model: The pydantic model that was walked.

        root: The model itself as a field with an empty path.

        fields: Every leaf of the model, in its order. A list, a mapping or a
            union counts as one; sections are walked through.

        sections: Every section that was walked through. One that holds itself
            is listed once more where it recurs, and not entered again.
    """

    __slots__ = ("_children", "fields", "model", "root", "sections")

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self.root = describe_model(model)
        self._children: dict[tuple[Path, Any], dict[str, FieldSpec]] = {}
        leaves: list[FieldSpec] = []
        sections: list[FieldSpec] = []
        if self.root.kind is Kind.SECTION:
            self._walk(self.root, MISSING, (), leaves, sections)
        else:
            leaves.append(self.root)
        self.fields = tuple(leaves)
        self.sections = tuple(sections)

    def __repr__(self) -> str:
        return f"<Catalog of {self.model.__name__}: {len(self.fields)} fields>"

    def _walk(
        self,
        section: FieldSpec,
        default: object,
        entered: tuple[Any, ...],
        leaves: list[FieldSpec],
        sections: list[FieldSpec],
    ) -> None:
        described = describe_section(section, default)
        children = {name: spec for name, (spec, _) in described.items()}
        self._children[section.path, section.annotation] = children
        inside = (*entered, section.annotation)
        for spec, value in described.values():
            if spec.kind is not Kind.SECTION:
                leaves.append(spec)
                continue
            sections.append(spec)
            if spec.annotation not in inside:
                self._walk(spec, value, inside, leaves, sections)

    def children(self, section: FieldSpec) -> Mapping[str, FieldSpec]:
        """Return the fields of a section by the names that files use."""
        key = (section.path, section.annotation)
        if key not in self._children:
            described = describe_section(section, MISSING)
            self._children[key] = {name: spec for name, (spec, _) in described.items()}
        return self._children[key]

    def find(self, path: Path) -> FieldSpec | None:
        """
        Return what the model knows of *path*, or ``None``.

        List items and mapping keys are resolved; inside a union every
        alternative that knows the name has its say. A place in a free-form
        mapping is found as a field of kind ``ANY``.
        """
        trail = self._trail(path)
        return trail[-1] if len(trail) == len(path) + 1 else None

    def _trail(self, path: Path) -> list[FieldSpec]:
        """Return the fields from the root towards *path*, as far as it is known."""
        trail = [self.root]
        for step in path:
            below = self._child(trail[-1], step)
            if below is None:
                break
            trail.append(below)
        return trail

    def _child(self, spec: FieldSpec, step: str | int) -> FieldSpec | None:
        match spec.kind:
            case Kind.SECTION:
                return self._field(spec, step)
            case Kind.LIST if isinstance(step, int) or step == ANY_STEP:
                if spec.item is not None:
                    return spec.item
                return (
                    spec.members[step]
                    if isinstance(step, int) and step < len(spec.members)
                    else None
                )
            case Kind.MAPPING:
                return spec.item
            case Kind.UNION:
                found = [self._child(member, step) for member in spec.members]
                return _joined([below for below in found if below is not None])
            case Kind.ANY:
                return spec
            case _:
                return None

    def _field(self, section: FieldSpec, name: str | int) -> FieldSpec | None:
        if not isinstance(name, str):
            return None
        children = self.children(section)
        if name in children:
            return children[name]
        for spec in children.values():
            if name in spec.also:
                return spec
        return _free(section) if _takes_extra(section) else None

    def is_sensitive(self, path: Path, value: object = None) -> bool:
        """
        Tell whether what lies at *path* is secret.

        What the model declares holds, for a section with all that lies below.
        Where the model says nothing (free-form mappings, unknown keys), the
        names on the way decide; a *value* that is secret by its shape is so
        everywhere.
        """
        trail = self._trail(path)
        if any(spec.sensitive for spec in trail[1:]):
            return True
        if value_is_secret(value):
            return True
        if isinstance(value, bool):
            return False
        declared = sum(1 for spec in trail[1:] if spec.kind is not Kind.ANY)
        free = path[declared:]
        if len(trail) > declared + 1 and trail[declared].kind is Kind.LIST:
            free = path[declared - 1 :]
        return any(isinstance(step, str) and name_is_secret(step) for step in free)

    def promotion(self, path: Path, value: object = None) -> Promotion:
        """Return the promotion class of what lies at *path*; ``YES`` where nothing says."""
        if self.is_sensitive(path, value):
            return Promotion.SECRET
        return self._trail(path)[-1].promotion

    def secret_paths(self, data: object) -> tuple[Path, ...]:
        """List the leaves of *data* that are secret and set, in order."""
        return tuple(
            path
            for path, value in keypath.leaves(data)
            if value is not None and self.is_sensitive(path, value)
        )

    def masked(self, data: Any) -> Any:  # noqa: ANN401  # any plain tree
        """Return a copy of *data* with a mask at each secret that is set."""
        secret = frozenset(self.secret_paths(data))
        return mask_leaves(data, secret.__contains__)

    def defaults(self) -> dict[str, Any]:
        """Return all defaults as plain data; what is required is absent."""
        data: dict[str, Any] = {}
        absent: set[Path] = set()
        for spec in (*self.sections, *self.fields):
            if any(spec.path[:depth] in absent for depth in range(1, len(spec.path))):
                absent.add(spec.path)
            elif spec.kind is Kind.SECTION and spec.default is None:
                absent.add(spec.path)
                data = keypath.replace(data, spec.path, None)
            elif spec.default is not MISSING:
                data = keypath.replace(data, spec.path, spec.default)
        return data

    def unknown(self, data: object) -> list[tuple[Path, str]]:
        """List the keys of *data* that the model does not know, each with a suggestion."""
        return [(path, self.suggest(path)) for path in self._strangers(self.root, data, ())]

    def _strangers(self, spec: FieldSpec, data: object, at: Path) -> Iterator[Path]:
        if isinstance(data, Mapping):
            steps: list[tuple[Any, object]] = list(data.items())
        elif isinstance(data, list):
            steps = list(enumerate(data))
        else:
            return
        if spec.kind not in {Kind.SECTION, Kind.LIST, Kind.MAPPING, Kind.UNION}:
            return
        for step, value in steps:
            below = self._child(spec, step)
            if below is not None:
                yield from self._strangers(below, value, (*at, step))
            elif isinstance(data, Mapping):
                yield (*at, step)

    def suggest(self, path: Path) -> str:
        """Return the known key path that *path* is likely to mean, or an empty string."""
        trail = self._trail(path)
        known = path[: len(trail) - 1]
        here = trail[-1]
        if len(known) == len(path):
            return keypath.render(path)
        rest = path[len(known) :]
        siblings = self._names(here)
        name = nearest(str(rest[0]), siblings)
        if name:
            guess = (*known, name, *rest[1:])
            return keypath.render(guess) if self.find(guess) else self.suggest(guess)
        everywhere = {
            keypath.render(spec.path): spec.name for spec in (*self.fields, *self.sections)
        }
        same = [written for written, last in everywhere.items() if last == str(path[-1])]
        if len(same) == 1:
            return same[0]
        return nearest(keypath.render(path), everywhere)

    def _names(self, spec: FieldSpec) -> list[str]:
        if spec.kind is Kind.UNION:
            return [name for member in spec.members for name in self._names(member)]
        return list(self.children(spec)) if spec.kind is Kind.SECTION else []

    def parse_text(self, path: Path, text: str) -> object:
        """
        Read *text*, as given on a command line or in a variable, for *path*.

        Numbers, ``true`` and ``false`` (also yes, no, on, off, 1, 0), ``null``
        for a field that may be empty, JSON for lists and mappings, commas for
        lists of scalars. The result is plain data.

        Raises:
            FieldUnknownError: If the model has no such field.
            ValueRefusedError: If *text* does not fit it; the text is not in
                the message.
        """
        spec = self.require(path)
        return parse_field(spec, text, keypath.render(path))

    def require(self, path: Path) -> FieldSpec:
        """
        Return the field at *path*.

        Raises:
            FieldUnknownError: If the model has none.
        """
        spec = self.find(path)
        if spec is not None:
            return spec
        written = keypath.render(path)
        suggestion = self.suggest(path)
        hint = (
            f"did you mean {suggestion}?"
            if suggestion
            else "list the fields with: escai config show"
        )
        message = f"there is no field {written}"
        raise FieldUnknownError(message, path=written, hint=hint)


def _joined(specs: list[FieldSpec]) -> FieldSpec | None:
    """Make one field of what several alternatives of a union say of a name."""
    if not specs:
        return None
    first = specs[0]
    sensitive = any(spec.sensitive for spec in specs)
    promotion = Promotion.SECRET if sensitive else first.promotion
    if all(spec.kind is Kind.CHOICE for spec in specs):
        choices = tuple(dict.fromkeys(choice for spec in specs for choice in spec.choices))
        return replace(first, choices=choices, sensitive=sensitive, promotion=promotion)
    if all(spec.declared == first.declared for spec in specs):
        return replace(first, sensitive=sensitive, promotion=promotion)
    return replace(
        first, kind=Kind.UNION, members=tuple(specs), sensitive=sensitive, promotion=promotion
    )


def _takes_extra(section: FieldSpec) -> bool:
    config: Mapping[str, Any] = getattr(section.annotation, "model_config", {})
    return config.get("extra") == "allow"


def _free(section: FieldSpec) -> FieldSpec:
    """Describe a place that the model leaves open."""
    return FieldSpec(
        path=(*section.path, ANY_STEP),
        kind=Kind.ANY,
        annotation=Any,
        declared=Any,
        nullable=True,
        promotion=section.promotion,
    )


@lru_cache(maxsize=256)
def catalog_of(model: type[BaseModel]) -> Catalog:
    """Return the catalogue of *model*; it is walked once."""
    return Catalog(model)
