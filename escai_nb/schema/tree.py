"""Ways through a described model: from a field to those below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Union

from escai_nb import keypath
from escai_nb.schema.field_spec import ANY_STEP, MISSING, FieldSpec, Kind
from escai_nb.schema.fields import Promotion
from escai_nb.schema.sensitivity import (
    name_is_secret,
    secret_noun,
    secret_shape,
    value_is_secret,
)
from escai_nb.schema.suggestion import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from escai_nb.keypath import Path


@lru_cache(maxsize=256)
def root_of(model: type[BaseModel]) -> FieldSpec:
    """Return *model* itself as a field with an empty path."""
    from escai_nb.schema.description import describe_model  # who has an outline needs none

    return describe_model(model)


@lru_cache(maxsize=4096)
def children(section: FieldSpec) -> Mapping[str, FieldSpec]:
    """Return the fields of a section by the names that files use."""
    if section.fields is not None:
        return section.fields
    from escai_nb.schema.description import describe_section  # who has an outline needs none

    return describe_section(section)


def child(spec: FieldSpec, step: str | int) -> FieldSpec | None:
    """Return the field one *step* below *spec*, or ``None`` where there is none."""
    match spec.kind:
        case Kind.SECTION:
            return _field(spec, step)
        case Kind.LIST:
            return _item(spec, step)
        case Kind.MAPPING:
            return spec.item
        case Kind.UNION:
            found = [child(member, step) for member in spec.members]
            return _joined([below for below in found if below is not None])
        case Kind.ANY:
            return spec
        case _:
            return None


def _field(section: FieldSpec, name: str | int) -> FieldSpec | None:
    if not isinstance(name, str):
        return None
    known = children(section)
    if name in known:
        return known[name]
    for spec in known.values():
        if name in spec.also:
            return spec
    return _free(section) if section.extra else None


def _item(spec: FieldSpec, step: str | int) -> FieldSpec | None:
    if not isinstance(step, int):
        return spec.item if step == ANY_STEP else None
    if spec.item is not None:
        return spec.item
    return spec.members[step] if step < len(spec.members) else None


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


def _joined(specs: Sequence[FieldSpec]) -> FieldSpec | None:
    """Make one field of what several alternatives of a union say of a name."""
    if not specs:
        return None
    first = specs[0]
    sensitive = any(spec.sensitive for spec in specs)
    promotion = Promotion.SECRET if sensitive else first.promotion
    if all(spec.declared == first.declared for spec in specs):
        return replace(first, sensitive=sensitive, promotion=promotion)
    first = replace(first, apart=False)
    if all(spec.kind is Kind.CHOICE for spec in specs):
        choices = tuple(dict.fromkeys(choice for spec in specs for choice in spec.choices))
        declared = _either(specs)
        return replace(
            first, choices=choices, declared=declared, sensitive=sensitive, promotion=promotion
        )
    return replace(
        first,
        kind=Kind.UNION,
        declared=_either(specs),
        members=tuple(specs),
        sensitive=sensitive,
        promotion=promotion,
    )


def _either(specs: Sequence[FieldSpec]) -> Any:  # noqa: ANN401  # an annotation
    return Union[tuple(spec.declared for spec in specs)]  # noqa: UP007


@lru_cache(maxsize=32_768)
def trail(root: FieldSpec, path: Path) -> tuple[FieldSpec, ...]:
    """Return the fields from *root* towards *path*, as far as the model knows it."""
    found = [root]
    for step in path:
        below = child(found[-1], step)
        if below is None:
            break
        found.append(below)
    return tuple(found)


def in_own_names(root: FieldSpec, path: Path) -> Path:
    """Return *path* with each field by its own name, also where it has others."""
    known = zip(path, trail(root, path)[1:], strict=False)
    own = tuple(spec.path[-1] if step in spec.also else step for step, spec in known)
    return (*own, *path[len(own) :])


def meant(root: FieldSpec, path: Path, data: object) -> FieldSpec | None:
    """Return the field at *path*; of a union's alternatives that which *data* tells by its key."""
    spec: FieldSpec | None = root
    for step in path:
        if spec is None:
            return None
        spec = child(told_apart(spec, data), step)
        data = keypath.get(data, (step,)) if keypath.has(data, (step,)) else None
    return spec


def told_apart(union: FieldSpec, data: object) -> FieldSpec:
    """Return which of the alternatives of *union* the key in *data* means; else *union*."""
    key = union.discriminator
    if key is None or not isinstance(data, Mapping) or key not in data:
        return union
    sections = [each for each in union.members if each.kind is Kind.SECTION]
    tags = ((each, children(each).get(key)) for each in sections)
    found = [each for each, tag in tags if tag is not None and data[key] in tag.choices]
    return found[0] if len(found) == 1 else union


def is_secret(said: tuple[bool, bool], value: object) -> bool:
    """
    Tell whether *value* is secret at a place of which `told` *said* this.

    A value that is secret by its shape is so everywhere.
    """
    declared, named = said
    if not value and isinstance(value, Mapping | list):
        return False  # an empty container hides nothing
    if declared or value_is_secret(value):
        return True
    # nor does a switch, whatever it is called
    return named and not (isinstance(value, bool) or value == "")


def told(root: FieldSpec, path: Path) -> tuple[bool, bool]:
    """
    Tell whether the model declares *path* secret, and whether the names on the way do.

    What is declared holds, for a section with all that lies below. Names decide
    where the model says nothing (free-form mappings, unknown keys), and so does
    the field that a misspelt one is most like.
    """
    known = trail(root, path)
    named = any(name_is_secret(name) for name in _free_names(known, path)) or (
        len(known) <= len(path) and _means_secret(known[-1], path[len(known) - 1])
    )
    return any(map(_decides, known)) or known[-1].sensitive, named


def _decides(spec: FieldSpec) -> bool:
    """Tell whether *spec* makes a secret of all that lies below it."""
    return spec.sensitive and not spec.apart


def why_sensitive(root: FieldSpec, path: Path, value: object = None) -> str:
    """Say by what `is_secret` takes what lies at *path* for a secret; nothing if it does not."""
    if not is_secret(told(root, path), value):
        return ""
    known = trail(root, path)
    last = len(known) - 1
    declared = next(
        (n for n, s in enumerate(known) if _decides(s) or (n == last and s.sensitive)), None
    )
    if declared is not None:
        at = f" at {keypath.render(path[:declared])}" if declared < len(path) else ""
        return f"declared in the model{at}"
    if shape := secret_shape(value):
        return f"its value is {shape}"
    for name in _free_names(known, path):
        if noun := secret_noun(name):
            return f"its name: {name!r} is a {noun}"
    return f"its name: {path[len(known) - 1]!r} is most like that of a secret field"


@lru_cache(maxsize=256)
def _means_secret(section: FieldSpec, name: str | int) -> bool:
    """Tell whether *name*, which *section* does not know, is most like that of a secret."""
    if section.kind is not Kind.SECTION:
        return False
    fields = children(section)
    meant = nearest(str(name), fields)
    return bool(meant) and fields[meant].sensitive


def _free_names(known: Sequence[FieldSpec], path: Path) -> list[str]:
    """List the steps of *path* whose meaning the model leaves open."""
    free = []
    for depth, step in enumerate(path, start=1):
        spec = known[depth] if depth < len(known) else None
        if isinstance(step, str) and (spec is None or _is_free(known[depth - 1], spec)):
            free.append(step)
    return free


def _is_free(above: FieldSpec, spec: FieldSpec) -> bool:
    if spec.kind is Kind.ANY or _holds_anything(spec):
        return True
    return above.kind is Kind.MAPPING and spec.kind is Kind.TEXT


def _holds_anything(spec: FieldSpec) -> bool:
    if spec.item is None:
        return False
    return spec.item.kind is Kind.ANY or (spec.kind is Kind.MAPPING and spec.item.kind is Kind.TEXT)


def secret_paths(root: FieldSpec, data: object) -> tuple[Path, ...]:
    """List the leaves of *data* that are secret and set, in order."""
    return tuple(
        path
        for path, value in keypath.leaves(data)
        if value is not None and is_secret(told(root, path), value)
    )


def defaults(spec: FieldSpec, entered: tuple[Any, ...] = ()) -> Any:  # noqa: ANN401
    """Return the default of *spec* as plain data, or `MISSING`."""
    if spec.kind is not Kind.SECTION or spec.default is None:
        return spec.default
    if spec.annotation in entered:
        return MISSING
    inside = (*entered, spec.annotation)
    below = {name: defaults(field, inside) for name, field in children(spec).items()}
    return {name: value for name, value in below.items() if value is not MISSING}


def defaults_beside(spec: FieldSpec, given: object) -> Any:  # noqa: ANN401
    """
    Return what of the defaults of *spec* holds beside *given*, or `MISSING`.

    Sections are filled up name by name, as is the alternative of a union that is
    given without the key that would tell which one. A free mapping or another
    alternative takes the place of a default as a whole, as it does when the model
    is built.
    """
    if not isinstance(given, Mapping):
        return defaults(spec)
    if spec.kind is not Kind.SECTION:
        return _rest_of_alternative(spec, given) or MISSING
    below = {name: _beside(name, field, given) for name, field in children(spec).items()}
    return {name: value for name, value in below.items() if value is not MISSING}


def _rest_of_alternative(spec: FieldSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a union's default has beside *given*, which does not say what it is."""
    if not _has_told_default(spec) or spec.discriminator in given:
        return {}
    return {name: value for name, value in spec.default.items() if name not in given}  # type: ignore[attr-defined]  # a mapping


def _has_told_default(spec: FieldSpec) -> bool:
    """Tell whether a union is by default an alternative that says which one it is."""
    key = spec.discriminator
    return key is not None and isinstance(spec.default, Mapping) and key in spec.default


def _beside(name: str, field: FieldSpec, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if any(other in given for other in field.also):
        return MISSING
    return defaults_beside(field, given[name]) if name in given else defaults(field)


def filling(spec: FieldSpec, given: object) -> dict[str, Any]:
    """
    Return what default objects have beside *given* and their classes would not fill in.

    A section that is given in part is otherwise built from its class alone.
    """
    if not isinstance(given, Mapping):
        return {}
    if spec.kind is not Kind.SECTION:
        return _rest_of_alternative(spec, given)
    if not spec.path and not may_fill(spec):
        return {}
    own: Mapping[str, FieldSpec] | None = None
    if spec.instance is not MISSING:
        own = children(replace(spec, instance=MISSING))
    found: dict[str, Any] = {}
    for name, field in children(spec).items():
        if name in given:
            value: Any = filling(field, given[name]) or MISSING
        else:
            value = _beside(name, field, given)
            if own is None or (value == defaults(own[name]) and not own[name].required):
                value = MISSING
        if value is not MISSING:
            found[name] = value
    return found


@lru_cache(maxsize=256)
def may_fill(root: FieldSpec) -> bool:
    """Tell whether a default below *root* says what would not be there without it."""
    waiting, entered = [root], set()
    while waiting:
        spec = waiting.pop()
        if spec.instance is not MISSING:
            own = children(replace(spec, instance=MISSING))
            if any(
                own[name].required or defaults(each) != defaults(own[name])
                for name, each in children(spec).items()
            ):
                return True
        elif spec.annotation in entered:
            continue  # a model that holds itself
        else:
            entered.add(spec.annotation)
        if any(map(_has_told_default, children(spec).values())):
            return True
        waiting += (each for each in children(spec).values() if each.kind is Kind.SECTION)
    return False


@lru_cache(maxsize=256)
def default_secrets(root: FieldSpec) -> tuple[str, ...]:
    """List what stands in the model itself as the default of a secret."""
    data = defaults(root)
    if data is MISSING:
        return ()
    return tuple(str(keypath.get(data, path)) for path in secret_paths(root, data))
