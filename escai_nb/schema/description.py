"""From one annotation of a model to its `FieldSpec`."""

from __future__ import annotations

import re
import types
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import annotated_types
from pydantic import Discriminator, Json
from pydantic.fields import FieldInfo

from escai_nb.schema.annotations import (
    Shape,
    field_default,
    is_secret_type,
    kind_of,
    section_config,
    section_fields,
    settings_within,
    union_members,
    unwrap,
    written_names,
)
from escai_nb.schema.field_spec import ANY_STEP, MISSING, ONE_LINE, FieldSpec, Kind
from escai_nb.schema.fields import Advanced, Promotion, Sensitive, Unit
from escai_nb.schema.plain import choices_of, plain_default

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from escai_nb.keypath import Path

_BOUNDS = (
    (annotated_types.Ge, "ge", "minimum"),
    (annotated_types.Gt, "gt", "exclusive_minimum"),
    (annotated_types.Le, "le", "maximum"),
    (annotated_types.Lt, "lt", "exclusive_maximum"),
    (annotated_types.MinLen, "min_length", "min_length"),
    (annotated_types.MaxLen, "max_length", "max_length"),
)


@dataclass(frozen=True, slots=True)
class _Above:
    """What a field inherits from the section or the list that it lies in."""

    sensitive: bool = False
    advanced: bool = False
    promotion: Promotion = Promotion.YES
    aliases: frozenset[object] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict)


def describe_model(model: type) -> FieldSpec:
    """Describe the root of a configuration."""
    return _describe((), model, (), _Above(config=section_config(model)))


def describe_section(section: FieldSpec) -> dict[str, FieldSpec]:
    """
    Describe the fields of *section* by the names that files use.

    A default is that of the section's own default object, where it has one,
    else the one that the field declares.
    """
    settings = settings_within(section.annotation, section.config)
    above = _Above(section.sensitive, section.advanced, section.promotion, config=settings)
    config = section_config(section.annotation)
    described = {}
    for name, info in section_fields(section.annotation).items():
        given = section.instance
        value = _own_default(info) if given is MISSING else _value_of(given, name)
        names = written_names(name, info, config)
        spec = _describe((*section.path, names[0]), info.annotation, info.metadata, above, info)
        is_section = spec.kind is Kind.SECTION and value is not None
        described[names[0]] = replace(
            spec,
            default=MISSING
            if is_section or value is MISSING
            else plain_default(
                value,
                info,
                read=given is MISSING and _is_read(info, config),
                shut=not spec.sensitive,
                coding=spec.coding,
            ),
            instance=value if is_section else MISSING,
            required=info.is_required(),
            also=names[1:],
            declared=_declared(info),
        )
    return described


def _value_of(given: object, name: str) -> object:
    """Return what a default object says of a field; a typed dictionary is a mapping."""
    if isinstance(given, Mapping):
        return given.get(name, MISSING)
    return getattr(given, name, MISSING)


def _is_read(info: FieldInfo, config: Mapping[str, Any]) -> bool:
    """Tell that a model validates the default of a field."""
    said = info.validate_default
    return bool(config.get("validate_default") if said is None else said)


def _own_default(info: FieldInfo) -> object:
    with suppress(Exception):  # a factory may raise anything, and need what is not here
        return field_default(info)
    return MISSING


def _declared(info: FieldInfo) -> Any:  # noqa: ANN401
    """Put an annotation and its constraints together again."""
    marks = list(info.metadata)
    if info.discriminator is not None:
        marks.append(FieldInfo(discriminator=info.discriminator))
    return Annotated[(info.annotation, *marks)] if marks else info.annotation


def _describe(
    path: Path,
    annotation: Any,  # noqa: ANN401
    metadata: Iterable[object],
    above: _Above,
    info: FieldInfo | None = None,
) -> FieldSpec:
    shape = unwrap(annotation, metadata)
    infos = [*shape.marks(FieldInfo), *([info] if info else [])]
    kind = kind_of(shape.bare)
    if any(mark is Json or type(mark) is Json for mark in shape.metadata):
        kind = Kind.TEXT  # whatever the text then holds
    if above.aliases & set(shape.aliases):
        kind = Kind.ANY  # an alias inside of itself
    sensitive = above.sensitive or bool(shape.marks(Sensitive)) or is_secret_type(shape.bare)
    promotion = next(iter(shape.marks(Promotion)[::-1]), above.promotion)
    config = above.config if shape.config is None else shape.config
    choices = choices_of(shape.bare, config) if kind is Kind.CHOICE else ()
    spec = FieldSpec(
        path=path,
        kind=kind,
        annotation=shape.bare,
        declared=annotation,
        title=_last(infos, "title") or _title(path),
        doc=_last(infos, "description"),
        unit=next((unit.name for unit in shape.marks(Unit)), ""),
        nullable=shape.nullable or None in choices or shape.bare in (types.NoneType, Any),
        choices=tuple(choice for choice in choices if choice is not None),
        sensitive=sensitive,
        promotion=promotion,
        advanced=above.advanced or bool(shape.marks(Advanced)),
        extra=getattr(shape.bare, "model_config", {}).get("extra") == "allow",
        config=config,
        **_constraints(shape),
    )
    below = replace(
        above,
        sensitive=sensitive,
        advanced=spec.advanced,
        promotion=promotion,
        aliases=above.aliases | set(shape.aliases),
        config=config,
    )
    spec = _with_parts(spec, shape, infos, below)
    return replace(spec, promotion=Promotion.SECRET) if spec.sensitive else spec


def _with_parts(
    spec: FieldSpec, shape: Shape, infos: Iterable[FieldInfo], above: _Above
) -> FieldSpec:
    """Describe what a list, a mapping or a union is made of."""
    arguments = get_args(shape.bare)
    inside = (*spec.path, ANY_STEP)
    if spec.kind is Kind.UNION:
        members = tuple(
            _describe(spec.path, member, (), above) for member in union_members(shape.bare)
        )
        return replace(
            spec,
            members=members,
            **_secrecy(spec, members),
            discriminator=_discriminator(shape, infos, members),
        )
    if spec.kind is Kind.MAPPING:
        counted = int if get_origin(shape.bare) is Counter else Any
        item = _describe(inside, arguments[1] if len(arguments) > 1 else counted, (), above)
        return replace(spec, item=item, **_secrecy(spec, (item,)))
    if spec.kind is not Kind.LIST:
        return spec
    positions = _positions(shape.bare)
    if positions is None:
        item = _describe(inside, arguments[0] if arguments else Any, (), above)
        return replace(spec, item=item, **_secrecy(spec, (item,)))
    described = (
        (name, _describe((*spec.path, index), position, (), above))
        for index, (name, position) in enumerate(positions)
    )
    members = tuple(
        replace(member, title=member.title or _title((name,))) for name, member in described
    )
    return replace(
        spec,
        members=members,
        min_length=len(members),
        max_length=len(members),
        **_secrecy(spec, members),
    )


def _secrecy(spec: FieldSpec, parts: Sequence[FieldSpec]) -> Mapping[str, Any]:
    """Return what `FieldSpec.sensitive` and `FieldSpec.apart` are of a field with these *parts*."""
    inside = any(part.sensitive for part in parts)
    is_told_apart = any(part.apart or not part.sensitive for part in parts)
    # of scalars in one place nobody knows which alternative was meant
    is_one_place = spec.kind is Kind.UNION and all(part.kind in ONE_LINE for part in parts)
    return {
        "sensitive": spec.sensitive or inside,
        "apart": inside and is_told_apart and not (spec.sensitive or is_one_place),
    }


def _positions(bare: Any) -> tuple[tuple[str, Any], ...] | None:  # noqa: ANN401
    """Return names, if there are any, and types of a fixed tuple; ``None`` for other lists."""
    if isinstance(bare, type) and issubclass(bare, tuple) and hasattr(bare, "_fields"):
        try:
            hints = get_type_hints(bare, include_extras=True)
        except NameError:  # of a name that is known elsewhere only
            hints = {}
        return tuple((name, hints.get(name, Any)) for name in bare._fields)
    arguments = get_args(bare)
    if get_origin(bare) is not tuple or Ellipsis in arguments:
        return None
    return tuple(("", argument) for argument in arguments)


def _discriminator(
    shape: Shape, infos: Iterable[FieldInfo], members: Iterable[FieldSpec]
) -> str | None:
    """Return the key that tells *members* apart, as a file writes it."""
    marks = [info.discriminator for info in infos] + [
        mark.discriminator for mark in shape.marks(Discriminator)
    ]
    name = next((mark for mark in marks if isinstance(mark, str)), None)
    for section in (each.annotation for each in members if each.kind is Kind.SECTION):
        if name is not None and name in (fields := section_fields(section)):
            return written_names(name, fields[name], section_config(section))[0]
    return name


def _constraints(shape: Shape) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for mark in shape.metadata:
        for kind, attribute, name in _BOUNDS:
            if isinstance(mark, kind):
                found[name] = _number(getattr(mark, attribute))
        pattern = getattr(mark, "pattern", None)
        if pattern is not None:
            found["pattern"] = getattr(pattern, "pattern", pattern)
    return found


def _number(bound: Any) -> Any:  # noqa: ANN401
    """Turn a bound into a plain number where it is one; a date stays a date."""
    if isinstance(bound, int | float):
        return bound
    try:
        return int(bound) if bound == int(bound) else float(bound)
    except (TypeError, ValueError):
        return bound


def _last(infos: Iterable[FieldInfo], attribute: str) -> str:
    """Return the outermost text of *attribute*."""
    texts = [getattr(info, attribute) for info in infos]
    return next((text for text in reversed(texts) if text), "")


def _title(path: Path) -> str:
    """Make a title of a name: of ``request_size`` and ``requestSize``, ``Request size``."""
    name = path[-1] if path and isinstance(path[-1], str) else ""
    words = " ".join(re.split(r"[_-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", name))
    return "" if name == ANY_STEP else words.strip().capitalize()
