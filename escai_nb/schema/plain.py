"""Model objects written as plain data: what a configuration file would hold."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, get_args

from pydantic import (
    BaseModel,
    EncodedBytes,
    EncodedStr,
    Json,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    TypeAdapter,
)

from escai_nb.digest import canonical_bytes
from escai_nb.schema.annotations import section_config, section_fields, written_names

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
    if isinstance(value, Enum):
        return plain_value(value.value)
    if isinstance(value, _SCALARS):
        return _plain_scalar(value)
    if isinstance(value, SecretStr | SecretBytes | Secret):
        return plain_value(value.get_secret_value())
    if isinstance(value, RootModel):
        return plain_value(value.root)
    if isinstance(value, BaseModel) or is_dataclass(value):
        return _plain_section(value)
    if isinstance(value, Mapping):
        return {_plain_key(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((plain_value(item) for item in value), key=canonical_bytes)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        listed = _plain_other(value)
        return listed if isinstance(listed, str) else [plain_value(item) for item in value]
    return _plain_other(value)


def _plain_scalar(value: Any) -> Any:  # noqa: ANN401
    """Strip subclasses such as ``ByteSize`` down to the type that files know."""
    for kind in _SCALARS:
        if type(value) is kind:
            return value
    return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))


def _plain_section(value: Any) -> dict[str, Any]:  # noqa: ANN401
    written: dict[str, Any] = {}
    for name, key, adapter in _writing(type(value)):
        held = getattr(value, name)
        if adapter is None:
            written[key] = plain_value(held)
        else:
            written[key] = adapter.dump_python(held, mode="json", round_trip=True)
    extra = getattr(value, "model_extra", None) or {}
    return written | {key: plain_value(item) for key, item in extra.items()}


@lru_cache(maxsize=1024)
def _writing(section: type) -> tuple[tuple[str, str, TypeAdapter[Any] | None], ...]:
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


def _coder(annotation: Any, metadata: Iterable[object]) -> TypeAdapter[Any] | None:  # noqa: ANN401
    """Return a writer for a field whose text codes its value, as base64 or JSON do."""
    marks = tuple(metadata)
    if not any(isinstance(mark, _CODED) or mark is Json for mark in (*marks, *_deep(annotation))):
        return None
    from typing import Annotated

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


def _plain_other(value: Any) -> Any:  # noqa: ANN401
    """Write dates, addresses, paths and types of a library's own as text."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return TypeAdapter(dt.timedelta).dump_python(value, mode="json")
    if isinstance(value, bytes | bytearray):
        return value.decode()
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, list | tuple) or hasattr(value, "popleft"):
        return None
    return str(value)
