"""What a type annotation says, once its wrapping is taken off."""

from __future__ import annotations

import datetime as dt
import sys
import types
import typing
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING as ABSENT
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum, Flag
from typing import (
    Any,
    ForwardRef,
    Literal,
    NewType,
    TypeGuard,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import typing_extensions as extensions
from pydantic import BaseModel, JsonValue, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from escai_nb.schema.field_spec import MISSING, Kind

_WRAPPERS = (
    typing.Final,
    typing.ClassVar,
    typing.Required,
    typing.NotRequired,
    extensions.Required,
    extensions.NotRequired,
    extensions.ReadOnly,
)
_NAMED = (
    (NewType, "__supertype__"),
    (extensions.TypeAliasType, "__value__"),
    (TypeVar, "__bound__"),
)
_LISTS = (list, tuple, deque, Sequence, AbstractSet)
_OPEN_LISTS = (Iterable, Collection)
_ANY = (Any, object, typing.Hashable)
_WITH_PARTS = frozenset({Kind.LIST, Kind.MAPPING, Kind.SECTION})


@dataclass(frozen=True, slots=True)
class Shape:
    """
    An annotation without its wrapping.

    Attributes:
        bare: A class, a parametrised generic, a literal or a union.

        metadata: What ``Annotated`` carried, outermost last; groups of
            constraints are taken apart.

        config: Pydantic's settings of the root model that was passed through
            last, if one was.

        aliases: Named type aliases that were passed through; one met again
            inside of itself is recursive.
    """

    bare: Any
    nullable: bool
    metadata: tuple[object, ...]
    aliases: tuple[object, ...] = ()
    config: Mapping[str, Any] | None = None

    def marks(self, kind: type) -> list[Any]:
        """Return the metadata of one class, innermost first."""
        return [mark for mark in self.metadata if isinstance(mark, kind)]


def unwrap(annotation: Any, metadata: Iterable[object] = ()) -> Shape:  # noqa: ANN401
    """Take ``Annotated``, ``Optional``, aliases, new types and root models off."""
    found = list(_flat(metadata))
    aliases: list[extensions.TypeAliasType] = []
    nullable = False
    config: Mapping[str, Any] | None = None
    while True:
        if annotation is JsonValue:
            return Shape(Any, nullable, tuple(found), tuple(aliases), config)
        inner = _inner(annotation)
        if inner is not None:
            named = get_origin(annotation) or annotation
            if isinstance(named, extensions.TypeAliasType):
                aliases.append(named)
            if is_root_model(annotation):
                config = annotation.model_config
            annotation, marks = inner
            if isinstance(annotation, str):
                annotation = _named_in(aliases[-1].__module__, annotation)
            found[:0] = _flat(marks)
            continue
        rest = [arg for arg in union_members(annotation) if arg is not types.NoneType]
        if len(rest) < len(union_members(annotation)):
            nullable = True
            annotation = Union[tuple(rest)] if rest else types.NoneType  # noqa: UP007
            if rest:
                continue
        return Shape(annotation, nullable, tuple(found), tuple(aliases), config)


def _named_in(module: str | None, text: str) -> Any:  # noqa: ANN401
    """Return the annotation that *text* stands for in *module*."""
    names = vars(sys.modules[module]) if module in sys.modules else {}
    return extensions.evaluate_forward_ref(ForwardRef(text), globals=names)


def _inner(annotation: Any) -> tuple[Any, Iterable[object]] | None:  # noqa: ANN401
    """Return what *annotation* wraps and the metadata of the wrapping, if it does."""
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return annotation.__origin__, annotation.__metadata__
    if isinstance(origin, extensions.TypeAliasType):
        return _filled_in(origin, get_args(annotation)), ()
    if origin in _WRAPPERS:
        return get_args(annotation)[0], ()
    for kind, attribute in _NAMED:
        if isinstance(annotation, kind):
            return getattr(annotation, attribute) or Any, ()
    if is_root_model(annotation):
        root = annotation.model_fields["root"]
        return root.annotation, root.metadata
    return None


def _filled_in(alias: extensions.TypeAliasType, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """Return what a generic alias stands for with its *arguments*."""
    given = dict(zip(alias.__type_params__, arguments, strict=False))
    free = getattr(alias.__value__, "__parameters__", ())
    if not free:
        return alias.__value__
    return alias.__value__[tuple(given.get(each, each) for each in free)]


def _flat(metadata: Iterable[object]) -> Iterator[object]:
    """Take groups of constraints and nested field descriptions apart."""
    for mark in metadata:
        if isinstance(mark, FieldInfo):
            yield from _flat(mark.metadata)
        elif _is_group(mark):
            yield from _flat(mark)
        yield mark


def _is_group(mark: object) -> TypeGuard[Iterable[object]]:
    """Tell by its own sign, as asking a protocol takes as long as the rest of a catalogue."""
    return getattr(mark, "__is_annotated_types_grouped_metadata__", False) is True


def union_members(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Return the alternatives of a union; none for anything else."""
    is_union = get_origin(annotation) in {Union, types.UnionType}
    return get_args(annotation) if is_union else ()


def kind_of(bare: Any) -> Kind:  # noqa: ANN401
    """Tell what a bare annotation holds."""
    if bare in _ANY or isinstance(bare, ForwardRef):
        return Kind.ANY
    if union_members(bare):
        return Kind.UNION
    if get_origin(bare) is Literal:
        return Kind.CHOICE
    origin = get_origin(bare) or bare
    if origin in _OPEN_LISTS:
        return Kind.LIST
    if not isinstance(origin, type):
        return Kind.TEXT
    return _kind_inside(bare) if get_origin(bare) is Secret else _kind_of_class(origin)


def _kind_inside(secret: Any) -> Kind:  # noqa: ANN401
    """Tell what a secret is typed as; one with parts is typed as a whole."""
    kind = kind_of(unwrap(get_args(secret)[0]).bare)
    if kind in _WITH_PARTS:
        return Kind.ANY
    return kind if kind in {Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER} else Kind.TEXT


def _kind_of_class(origin: type) -> Kind:
    if is_section(origin):
        return Kind.SECTION
    for kind, classes in _CLASSES:
        if issubclass(origin, classes):
            return kind
    return Kind.TEXT


_CLASSES: tuple[tuple[Kind, tuple[type, ...]], ...] = (
    (Kind.INTEGER, (Flag,)),  # its members add up to values of their own
    (Kind.CHOICE, (Enum,)),
    (Kind.BOOLEAN, (bool,)),
    (Kind.INTEGER, (int,)),
    (Kind.NUMBER, (float,)),
    (Kind.TEXT, (str, bytes, bytearray, Decimal, dt.date)),
    (Kind.MAPPING, (Mapping,)),
    (Kind.LIST, _LISTS),
)


def is_root_model(annotation: object) -> bool:
    """
    Tell whether a class is a pydantic ``RootModel``.

    The name itself is not imported, because pydantic then builds that model, at
    the cost of a third of all its other imports.
    """
    return isinstance(annotation, type) and getattr(annotation, "__pydantic_root_model__", False)


def is_section(origin: object) -> bool:
    """Tell whether a class is written as a mapping with known keys."""
    if not isinstance(origin, type):
        return False
    return (
        (issubclass(origin, BaseModel) and not is_root_model(origin))
        or is_dataclass(origin)
        or extensions.is_typeddict(origin)
    )


def is_secret_type(bare: object) -> bool:
    """Tell whether pydantic itself holds values of this type for secret."""
    origin = get_origin(bare) or bare
    return isinstance(origin, type) and issubclass(origin, (SecretStr, SecretBytes, Secret))


def options_of(bare: Any) -> tuple[object, ...]:  # noqa: ANN401
    """List the options of an enum or a literal as Python has them."""
    return get_args(bare) if get_origin(bare) is Literal else tuple(bare)


def section_fields(section: type) -> dict[str, FieldInfo]:
    """Return the fields of a section by their Python names, in order."""
    if issubclass(section, BaseModel):
        return dict(section.model_fields)
    hints = get_type_hints(section, include_extras=True)
    if not is_dataclass(section):
        absent: frozenset[str] = getattr(section, "__optional_keys__", frozenset())
        return {
            name: FieldInfo.from_annotated_attribute(hint, MISSING)
            if name in absent
            else FieldInfo.from_annotation(hint)
            for name, hint in hints.items()
        }
    described = getattr(section, "__pydantic_fields__", None)
    if described is not None:
        return dict(described)
    return {
        field.name: _dataclass_field(hints[field.name], field)
        for field in fields(section)
        if field.init
    }


def _dataclass_field(hint: Any, field: Any) -> FieldInfo:  # noqa: ANN401
    info = FieldInfo.from_annotation(hint)
    if field.default is not ABSENT:
        info.default = field.default
    elif field.default_factory is not ABSENT:
        info.default_factory = field.default_factory
    return info


def section_config(section: type) -> Mapping[str, Any]:
    """Return the pydantic settings of a section; empty where it has none."""
    if issubclass(section, BaseModel):
        return typing.cast("Mapping[str, Any]", section.model_config)
    config: Mapping[str, Any] = getattr(section, "__pydantic_config__", {})
    return config


def settings_within(section: type, around: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the pydantic settings that hold in a section: its own, else those *around* it."""
    has_own = issubclass(section, BaseModel) or hasattr(section, "__pydantic_config__")
    return section_config(section) if has_own else around


def written_names(name: str, field: FieldInfo, config: Mapping[str, Any]) -> tuple[str, ...]:
    """
    List the names under which a field may stand in a file, the usual one first.

    That is its validation alias where this is plain text, else the field's own
    name. Aliases that lead into a nested place are not names and are left out.
    """
    alias = field.validation_alias if field.validation_alias is not None else field.alias
    choices = getattr(alias, "choices", [alias])
    names = [choice for choice in choices if isinstance(choice, str)]
    by_alias = config.get("validate_by_alias", True)
    by_name = config.get("validate_by_name") or config.get("populate_by_name")
    if not by_alias:
        names = []
    if not names or by_name:
        names.append(name)
    return tuple(dict.fromkeys(names))


def _keeps_defaults(factory: object) -> TypeGuard[type[BaseModel]]:
    """
    Tell whether a model class without values gives just what its fields declare.

    Such an object can be made before pydantic builds the validator of the class,
    which takes longer than all the rest of reading a value.
    """
    return (
        isinstance(factory, type)
        and issubclass(factory, BaseModel)
        and factory.__init__ is BaseModel.__init__
        and factory.__pydantic_post_init__ is None
        and not factory.__pydantic_decorators__.model_validators
        and not factory.model_config.get("validate_default")
        and not any(f.is_required() or f.validate_default for f in factory.model_fields.values())
    )


def field_default(field: FieldInfo) -> object:
    """Return the default of a field as a Python value, or `MISSING`."""
    if field.default_factory is not None:
        if field.default_factory_takes_validated_data:
            return MISSING
        if _keeps_defaults(field.default_factory):
            return field.default_factory.model_construct()
        return field.default_factory()  # type: ignore[call-arg]
    return MISSING if field.default is PydanticUndefined else field.default
