"""What lies inside one row of a form: items, entries, and fields of models among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from escai_nb.schema import tree
from escai_nb.schema.field_spec import MISSING, ONE_LINE, FieldSpec, Kind
from escai_nb.schema.modelling import check_value
from escai_nb.secret import Secret, reveal
from escai_nb.views.sheet import value_text
from escai_nb.widgets.form_input import Control, Unread, control_of, read_scalar
from escai_nb.widgets.form_values import differ

if TYPE_CHECKING:
    from escai_nb.keypath import Path


class Role(StrEnum):
    """What a part is to the row or the part around it."""

    ITEM = "item"
    ENTRY = "entry"
    FIELD = "field"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Part:
    """
    One value inside a row's value.

    Attributes:
        path: Key path from the root of the form.

        spec: What the model says of it; its own path has ``*`` for positions.

        value: The value, or its default where a model's field is not given.

        role: An item of a list, an entry of a mapping, a field of a model, or the
            whole value of a union that is a scalar now.

        size: How many its list or mapping holds; 0 where that is fixed.
    """

    path: Path
    spec: FieldSpec
    value: Any
    role: Role
    size: int = 0

    @property
    def control(self) -> Control:
        """What it is edited in, as far as the model says."""
        return control_of(self.spec)


def parts_of(spec: FieldSpec, path: Path, value: Any) -> tuple[Part, ...]:  # noqa: ANN401
    """List what *value*, which lies at *path*, consists of; a scalar has no parts."""
    spec, declared = chosen(spec, value), spec
    tag = declared.discriminator  # its union's switch stands for it
    if spec.kind in ONE_LINE and spec is not declared:
        return (Part(path, spec, value, Role.WHOLE),)
    if spec.kind is Kind.LIST and isinstance(value, list):
        size = len(value) if spec.item is not None else 0
        found = [(n, tree.child(spec, n), item) for n, item in enumerate(value)]
        return tuple(
            Part((*path, n), below, item, Role.FIELD if _is_named(below) else Role.ITEM, size)
            for n, below, item in found
            if below is not None
        )
    if spec.kind is Kind.MAPPING and isinstance(value, Mapping) and spec.item is not None:
        size = len(value)
        return tuple(
            Part((*path, key), spec.item, item, Role.ENTRY, size) for key, item in value.items()
        )
    if spec.kind is Kind.SECTION and isinstance(value, Mapping):
        return tuple(
            Part((*path, name), below, value.get(name, _default(below)), Role.FIELD)
            for name, below in tree.children(spec).items()
            if name != tag
        )
    return ()


def _is_named(item: FieldSpec) -> bool:
    """Tell whether *item* has a place and a name of its own, as in a named tuple."""
    return bool(item.title) and isinstance(item.path[-1], int)


def _default(spec: FieldSpec) -> Any:  # noqa: ANN401
    default = tree.defaults(spec)
    return None if default is MISSING else default


def spec_at(root: FieldSpec, path: Path, data: Any) -> FieldSpec | None:  # noqa: ANN401
    """Return what the model says of *path* in *data*, whose alternatives it follows."""
    spec = root
    for step in path:
        below = tree.child(chosen(spec, data), step) or tree.child(spec, step)
        if below is None:
            return None
        spec = below
        inside = isinstance(data, Mapping) or (isinstance(data, list) and isinstance(step, int))
        data = (data[step] if _holds(data, step) else None) if inside else None
    return spec


def _holds(data: Any, step: str | int) -> bool:  # noqa: ANN401
    return step in data if isinstance(data, Mapping) else -1 < int(step) < len(data)


# alternatives


def chosen(spec: FieldSpec, value: object) -> FieldSpec:
    """Return the alternative of a union that *value* is; anything else is itself."""
    number = member_of(spec, value)
    return spec if number is None else chosen(spec.members[number], value)


def scalar_of(spec: FieldSpec, value: object) -> FieldSpec:
    """Return the alternative that *value* is, if that is a scalar; else *spec* itself."""
    found = chosen(spec, value) if spec.kind is Kind.UNION else spec
    return found if found.kind in ONE_LINE and control_of(spec) is Control.PARTS else spec


def member_of(spec: FieldSpec, value: object) -> int | None:
    """
    Return which alternative of a union *value* is, or is most likely meant to be.

    ``None`` where there are no alternatives or nothing is set.
    """
    if spec.kind is not Kind.UNION or value is None:
        return None
    places = range(len(spec.members))
    if spec.discriminator is not None and isinstance(value, Mapping):
        tag = value.get(spec.discriminator)
        return next((n for n in places if tag in _tags(spec, n)), 0)
    alike = [n for n in places if _looks_like(spec.members[n], value)] or list(places)
    fit = [n for n in alike if not check_value(spec.members[n], reveal(value))] or alike
    return max(fit, key=lambda n: (_known(spec.members[n], value), _is_exact(spec, n, value), -n))


def _is_exact(union: FieldSpec, number: int, value: object) -> bool:
    """Tell a whole number from one that a fraction may be, as the model does."""
    return not (union.members[number].kind is Kind.NUMBER and isinstance(value, int))


def _tags(union: FieldSpec, number: int) -> tuple[object, ...]:
    name = union.discriminator
    tag = tree.child(union.members[number], name) if name is not None else None
    return tag.choices if tag is not None else ()


_WRITTEN: Mapping[Kind, tuple[type, ...]] = {
    Kind.SECTION: (dict,),
    Kind.MAPPING: (dict,),
    Kind.LIST: (list,),
    Kind.BOOLEAN: (bool,),
    Kind.INTEGER: (int,),
    Kind.NUMBER: (int, float),
    Kind.TEXT: (str,),
}


def _looks_like(spec: FieldSpec, value: object) -> bool:
    """Tell whether *value* is written the way that *spec* is."""
    if isinstance(value, Secret):
        value = value.open()
    if spec.kind is Kind.UNION:
        return any(_looks_like(member, value) for member in spec.members)
    if spec.kind is Kind.CHOICE:
        return any(type(c) is type(value) and c == value for c in spec.choices)
    return spec.kind is Kind.ANY or type(value) in _WRITTEN[spec.kind]


def _known(spec: FieldSpec, value: object) -> int:
    """Count the keys of *value* that a section knows."""
    if spec.kind is not Kind.SECTION or not isinstance(value, Mapping):
        return 0
    return len(value.keys() & tree.children(spec).keys())


def alternative_names(union: FieldSpec) -> tuple[str, ...]:
    """Name the alternatives of a union: by their tag, else by their type; nothing else has any."""
    if union.kind is not Kind.UNION:
        return ()
    return tuple(_name(union, number) for number in range(len(union.members)))


def _name(union: FieldSpec, number: int) -> str:
    tags, member = _tags(union, number), union.members[number]
    if tags:
        return value_text(tags[0])
    if member.kind is Kind.LIST and member.item is not None:
        return f"list of {_name_of(member.item)}"
    return _name_of(member)


def _name_of(spec: FieldSpec) -> str:
    if spec.kind is Kind.SECTION:
        return str(getattr(spec.annotation, "__name__", "section"))
    return spec.expected if spec.kind is Kind.CHOICE else spec.kind.value


# new values


def blank(spec: FieldSpec) -> Any:  # noqa: ANN401, PLR0911  # one return for each kind
    """
    Return the value that a new item, entry or section begins with.

    That is its default, or the emptiest value of its kind; what a new section
    requires is left out, so that its absence is told.
    """
    if spec.default is not MISSING and spec.default is not None:
        return spec.default
    match spec.kind:
        case Kind.SECTION:
            return _blank_section(spec)
        case Kind.LIST:
            return [blank(member) for member in spec.members]
        case Kind.UNION:
            return blank(spec.members[0])
        case Kind.CHOICE:
            return spec.choices[0] if spec.choices else None
        case Kind.INTEGER | Kind.NUMBER:
            return spec.minimum or 0
        case _:
            return _EMPTY[spec.kind]()


_EMPTY: Mapping[Kind, Callable[[], Any]] = {
    Kind.MAPPING: dict,
    Kind.BOOLEAN: bool,
    Kind.TEXT: str,
    Kind.ANY: lambda: None,
}


def _blank_section(spec: FieldSpec) -> dict[str, Any]:
    given = tree.defaults(replace(spec, default=MISSING))
    known = tree.children(spec).items()
    # a tag has one choice, and is as good as given
    tags = {name: f.choices[0] for name, f in known if f.required and len(f.choices) == 1}
    return {**tags, **({} if given is MISSING else given)}


def switched(union: FieldSpec, value: Any, number: int) -> Any:  # noqa: ANN401
    """Return *value* as another alternative: what fits is kept, but no default over another."""
    old, new = chosen(union, value), union.members[number]
    if old.kind is new.kind is Kind.SECTION and isinstance(value, Mapping):
        before, after = _blank_section(old), _blank_section(new)
        value = after | {
            name: item
            for name, item in value.items()
            if name not in after or differ(reveal(item), reveal(before.get(name)))
        }
    return fitted(new, value)


def fitted(spec: FieldSpec, value: Any) -> Any:  # noqa: ANN401
    """Return a value of *spec* that keeps what fits of *value*."""
    if _looks_like(spec, value) and not check_value(spec, reveal(value)):
        return value
    if spec.kind is Kind.SECTION and isinstance(value, Mapping):
        known = tree.children(spec)
        return _blank_section(spec) | {
            name: item
            for name, item in value.items()
            if name in known and not check_value(known[name], reveal(item))
        }
    if spec.kind is Kind.LIST and spec.item is not None and not isinstance(value, list):
        return [value] if not check_value(spec.item, reveal(value)) else []
    if isinstance(value, list) and value and spec.kind is not Kind.LIST:
        return fitted(spec, value[0])
    if spec.kind in ONE_LINE and isinstance(value, str | int | float):
        read = read_scalar(spec, value_text(value))
        return blank(spec) if check_value(spec, read) else read
    return blank(spec)


def as_typed(spec: FieldSpec, raw: Any, value: Any) -> Any:  # noqa: ANN401
    """Return a number as its text was typed where both are refused alike, so that it stays so."""
    if spec.kind not in {Kind.INTEGER, Kind.NUMBER} or not isinstance(raw, str):
        return value
    misfits = check_value(spec, value)
    return raw if misfits and misfits == check_value(spec, raw) else value


def takes_random_text(spec: FieldSpec) -> bool:
    """Tell whether a generated secret is a value of *spec*: no number, address or the like."""
    text = "Aa0-_" * (1 + (spec.min_length or 40) // 5)
    return not check_value(spec, text[: spec.max_length])


def free_key(mapping: Mapping[str, Any], like: str = "new") -> str:
    """Return a key that *mapping* does not have: ``new``, ``new-2`` and so on."""
    number, key = 1, like
    while key in mapping:
        number += 1
        key = f"{like}-{number}"
    return key


def renamed(mapping: Mapping[str, Any], key: str, new: str) -> dict[str, Any]:
    """Return *mapping* with another name for *key*, at its place."""
    return {new if name == key else name: item for name, item in mapping.items()}


def unread_in(value: Any, at: Path = ()) -> list[Path]:  # noqa: ANN401
    """List the places in *value* that hold text which could not be read."""
    if isinstance(value, Unread):
        return [at]
    if isinstance(value, Mapping):
        return [path for key, item in value.items() for path in unread_in(item, (*at, key))]
    if isinstance(value, list):
        return [path for n, item in enumerate(value) for path in unread_in(item, (*at, n))]
    return []
