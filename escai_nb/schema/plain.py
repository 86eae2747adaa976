"""Model objects written as plain data: what a configuration file would hold."""

from __future__ import annotations

import datetime as dt
import re
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Self, get_args

from pydantic import (
    BaseModel,
    EncodedBytes,
    EncodedStr,
    Json,
    Secret,
    SecretBytes,
    SecretStr,
    TypeAdapter,
)
from pydantic_core import PydanticSerializationError

from escai_nb.digest import canonical_bytes
from escai_nb.keypath import SCALARS
from escai_nb.schema.annotations import (
    is_root_model,
    options_of,
    section_config,
    section_fields,
    settings_within,
    written_names,
)
from escai_nb.schema.field_spec import MISSING
from escai_nb.secret import Secret as Hidden
from escai_nb.secret import conceal, reveal

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_SECRETS = (SecretStr, SecretBytes, Secret)
_SCALARS = (str, bool, int, float, type(None))
_MOST_BITS = 14_280
"""Of a whole number: it has 4,299 digits, and Python writes and reads no more than 4,300."""
_CODED = (EncodedBytes, EncodedStr, Json)


UTF8 = "utf8"
"""How bytes are written, unless a model says that it reads them in base64 or hexadecimal."""


def plain(instance: BaseModel, *, shut: bool = False) -> Any:  # noqa: ANN401  # a mapping or a root
    """
    Write *instance* as plain data, with secrets opened, or *shut* inside `Secret`.

    The result holds text, numbers, booleans, ``None``, lists and mappings with
    text keys only, under the names that a file uses, and validates to an equal
    instance. Sets come out sorted. Serializers of the model are not asked, as
    they may mask or round. What no file can hold is named, by its type or its
    own name.
    """
    return plain_value(instance, shut=shut)


def plain_value(value: Any, *, shut: bool = False, coding: str = UTF8) -> Any:  # noqa: ANN401, PLR0911  # one for each kind
    """
    Write one value of a model as plain data.

    Its secrets are open or *shut*, its bytes in *coding*.
    """
    if type(value) in SCALARS:
        return _named(value) if type(value) is int and value.bit_length() > _MOST_BITS else value
    bare, coding = _bare(value, coding)
    if isinstance(bare, Hidden):
        return bare
    if isinstance(bare, _SECRETS):
        content = plain_value(bare.get_secret_value(), coding=coding)
        return conceal(content, lambda *_: True) if shut else content
    if isinstance(bare, _SCALARS):
        return _plain_scalar(bare)
    if isinstance(bare, BaseModel) or (is_dataclass(bare) and not isinstance(bare, type)):
        return _plain_section(bare, shut=shut, coding=coding)
    if isinstance(bare, bytes | bytearray):
        return _plain_bytes(bytes(bare), coding)
    items = partial(plain_value, shut=shut, coding=coding)
    if isinstance(bare, Mapping):
        return {plain_key(key, coding): items(item) for key, item in bare.items()}
    if isinstance(bare, AbstractSet):
        return _in_order(map(items, bare))
    if isinstance(bare, list | tuple | deque):
        return list(map(items, bare))
    return _plain_text(bare)


def _bare(value: Any, coding: str) -> tuple[Any, str]:  # noqa: ANN401
    """Take enums and root models off; the latter say themselves how bytes are written."""
    while True:
        if isinstance(value, Enum):
            value = value.value
        elif is_root_model(type(value)):
            coding = value.model_config.get("val_json_bytes", UTF8)
            value = value.root
        else:
            return value, coding


def choices_of(bare: Any, config: Mapping[str, Any]) -> tuple[object, ...]:  # noqa: ANN401
    """List the plain values of an enum or a literal where *config* holds."""
    coding = config.get("val_json_bytes", UTF8)
    return tuple(plain_value(option, coding=coding) for option in options_of(bare))


def _in_order(items: Iterable[Any]) -> list[Any]:
    """Sort the items of a set by what they hold."""
    return sorted(items, key=lambda item: canonical_bytes(reveal(item)))


def _plain_scalar(value: Any) -> Any:  # noqa: ANN401
    """Strip subclasses such as ``ByteSize`` down to the type that files know."""
    for kind in _SCALARS:
        if type(value) is kind:
            return value
    return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))


def _plain_section(value: Any, *, shut: bool, coding: str) -> dict[str, Any]:  # noqa: ANN401
    written: dict[str, Any] = {}
    section: Any = type(value)
    coding = settings_within(section, {"val_json_bytes": coding}).get("val_json_bytes", UTF8)
    for name, key, coder in _writing(section):
        # what was built without validation may lack some
        if (item := getattr(value, name, MISSING)) is not MISSING:
            written[key] = _coded(item, coder, shut=shut, coding=coding)
    extra = getattr(value, "model_extra", None) or {}
    return written | {key: plain_value(i, shut=shut, coding=coding) for key, i in extra.items()}


@lru_cache(maxsize=1024)
def _writing(section: Any) -> tuple[tuple[str, str, TypeAdapter[Any] | None], ...]:  # noqa: ANN401
    """List name, written name and, for coded fields, the writer of each field."""
    config = section_config(section)
    own = {field.name for field in fields(section)} if is_dataclass(section) else None
    return tuple(
        (
            name,
            written_names(name, field, config)[0],
            _coder(field.annotation, field.metadata),
        )
        for name, field in section_fields(section).items()
        if own is None or name in own
    )


def plain_default(
    value: object, field: FieldInfo, *, read: bool, shut: bool, coding: str
) -> object:
    """
    Write the default of one field as plain data.

    One that is *read*, as the model validates its defaults, may be a code
    already. Secrets that the field does not declare are *shut*.
    """
    coder = None if read else _coder(field.annotation, field.metadata)
    return _coded(value, coder, shut=shut, coding=coding)


def _coded(value: Any, coder: TypeAdapter[Any] | None, *, shut: bool, coding: str) -> Any:  # noqa: ANN401
    if coder is None or value is None:
        return plain_value(value, shut=shut, coding=coding)
    try:
        return coder.dump_python(value, mode="json", round_trip=True, warnings=False)
    except (PydanticSerializationError, TypeError, ValueError):  # a default of another type
        return plain_value(value, shut=shut, coding=coding)


def _coder(annotation: Any, metadata: Iterable[object]) -> TypeAdapter[Any] | None:  # noqa: ANN401
    """Return a writer for a field whose text codes its value, as base64 or JSON do."""
    marks = tuple(metadata)
    if not any(isinstance(mark, _CODED) or mark is Json for mark in (*marks, *_deep(annotation))):
        return None
    return TypeAdapter(Annotated[(annotation, *marks)] if marks else annotation)


def _deep(annotation: Any) -> Iterable[object]:  # noqa: ANN401
    """Walk the metadata at every depth of a generic annotation."""
    if annotation is Json:
        yield annotation
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _deep(inner)


def plain_key(key: Any, coding: str = UTF8) -> str:  # noqa: ANN401
    """Write a key of a mapping as text."""
    written = plain_value(key, coding=coding)
    if written is None:
        return "null"
    return str(written).lower() if isinstance(written, bool) else str(written)


def _plain_bytes(value: bytes, coding: str) -> str:
    if coding != UTF8:
        return value.hex() if coding == "hex" else urlsafe_b64encode(value).decode()
    try:
        return value.decode()
    except UnicodeDecodeError:
        return Name(value.decode(errors="backslashreplace"), value)


def _plain_text(value: Any) -> Any:  # noqa: ANN401
    """Write dates, addresses, paths and types of a library's own as text."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, re.Pattern):
        return plain_value(value.pattern)
    kind: Any = type(value)
    if kind is dt.timedelta or hasattr(kind, "__get_pydantic_core_schema__"):
        with suppress(PydanticSerializationError):  # it may be read, and written as it will
            return _writer(kind).dump_python(value, mode="json")
    is_spelled = kind.__str__ is not object.__str__ or isinstance(value, complex)
    return str(value) if is_spelled else _named(value)


class Name(str):
    """Stands in plain data for what no file can hold, and knows it."""

    __slots__ = ("named",)
    named: object

    def __new__(cls, text: str, named: object) -> Self:
        """Name an object."""
        name = super().__new__(cls, text)
        name.named = named
        return name


def _named(value: Any) -> Name:  # noqa: ANN401
    """Name a function or class by its own name, all else by its type."""
    if hasattr(value, "__qualname__"):
        return Name(f"{value.__module__}.{value.__qualname__}", value)
    return Name(f"<{type(value).__qualname__}>", value)


@lru_cache(maxsize=256)
def _writer(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  # any class
    return TypeAdapter(kind)
