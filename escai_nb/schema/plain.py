"""Model objects written as plain data: what a configuration file would hold."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, get_args

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

from escai_nb.digest import canonical_bytes
from escai_nb.schema.annotations import (
    is_root_model,
    section_config,
    section_fields,
    written_names,
)

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_SCALARS = (str, bool, int, float, type(None))
_CODED = (EncodedBytes, EncodedStr, Json)


def plain(instance: BaseModel) -> dict[str, Any]:
    """
    Write *instance* as plain data, with secrets opened.

    The result holds text, numbers, booleans, ``None``, lists and mappings with
    text keys only, under the names that a file uses, and validates to an equal
    instance. Sets come out sorted. Serializers of the model are not asked, as
    they may mask or round.
    """
    data: dict[str, Any] = plain_value(instance)
    return data


def plain_value(value: Any) -> Any:  # noqa: ANN401  # any value of a model
    """Write one value of a model as plain data."""
    bare = _opened(value)
    if isinstance(bare, _SCALARS):
        return _plain_scalar(bare)
    if isinstance(bare, BaseModel) or is_dataclass(bare):
        return _plain_section(bare)
    if isinstance(bare, Mapping):
        return {_plain_key(key): plain_value(item) for key, item in bare.items()}
    if isinstance(bare, AbstractSet):
        return sorted((plain_value(item) for item in bare), key=canonical_bytes)
    if isinstance(bare, list | tuple | deque):
        return [plain_value(item) for item in bare]
    return _plain_text(bare)


def _opened(value: Any) -> Any:  # noqa: ANN401
    """Take enums, secrets and root models off."""
    while True:
        if isinstance(value, Enum):
            value = value.value
        elif isinstance(value, SecretStr | SecretBytes | Secret):
            value = value.get_secret_value()
        elif is_root_model(type(value)):
            value = value.root
        else:
            return value


def _plain_scalar(value: Any) -> Any:  # noqa: ANN401
    """Strip subclasses such as ``ByteSize`` down to the type that files know."""
    for kind in _SCALARS:
        if type(value) is kind:
            return value
    return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))


def _plain_section(value: Any) -> dict[str, Any]:  # noqa: ANN401
    written: dict[str, Any] = {}
    section: Any = type(value)
    for name, key, coder in _writing(section):
        written[key] = _coded(getattr(value, name), coder)
    extra = getattr(value, "model_extra", None) or {}
    return written | {key: plain_value(item) for key, item in extra.items()}


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


def plain_default(value: object, field: FieldInfo) -> object:
    """Write the default of one field as plain data."""
    return _coded(value, _coder(field.annotation, field.metadata))


def _coded(value: Any, coder: TypeAdapter[Any] | None) -> Any:  # noqa: ANN401
    if coder is None or value is None:
        return plain_value(value)
    return coder.dump_python(value, mode="json", round_trip=True)


def _coder(annotation: Any, metadata: Iterable[object]) -> TypeAdapter[Any] | None:  # noqa: ANN401
    """Return a writer for a field whose text codes its value, as base64 or JSON do."""
    marks = tuple(metadata)
    if not any(isinstance(mark, _CODED) or mark is Json for mark in (*marks, *_deep(annotation))):
        return None
    return TypeAdapter(Annotated[(annotation, *marks)] if marks else annotation)


def _deep(annotation: Any) -> Iterable[object]:  # noqa: ANN401
    """Walk the metadata at every depth of a generic annotation."""
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _deep(inner)


def _plain_key(key: Any) -> str:  # noqa: ANN401
    written = plain_value(key)
    if isinstance(written, bool):
        return str(written).lower()
    return str(written)


def _plain_text(value: Any) -> Any:  # noqa: ANN401
    """Write dates, addresses, paths and types of a library's own as text."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.decode()
    if isinstance(value, re.Pattern):
        return value.pattern
    kind: Any = type(value)
    if kind is dt.timedelta or hasattr(kind, "__get_pydantic_core_schema__"):
        return _writer(kind).dump_python(value, mode="json")
    return str(value)


@lru_cache(maxsize=256)
def _writer(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401  # any class
    return TypeAdapter(kind)
