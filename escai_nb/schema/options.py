"""What data stands for where a model takes Python's own objects alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import KeyPathError
from escai_nb.schema.annotations import kind_of, options_of, union_members, unwrap
from escai_nb.schema.field_spec import FieldSpec, Kind
from escai_nb.schema.keys import meant_key
from escai_nb.schema.plain import plain_value
from escai_nb.schema.tree import child

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from escai_nb.keypath import Path
    from escai_nb.schema.locations import Located


def with_options(data: Any, located: Iterable[Located]) -> Any:  # noqa: ANN401
    """
    Return *data* with Python's objects for the data that stands for them.

    Pydantic takes some of them only as Python has them: members of an enum in a
    literal, bytes, the tags of a union that are such, and keys that are no text.
    """
    keyed: dict[Path, dict[Any, FieldSpec]] = {}
    for found in located:
        with suppress(KeyPathError):
            if found.keyed is None:
                data = _with_option(data, found)
            else:
                keyed.setdefault(found.path[:-1], {})[found.path[-1]] = found.keyed
    for path, mappings in keyed.items():
        with suppress(KeyPathError):
            data = _with_keys(data, path, mappings)
    return data


def _with_option(data: Any, found: Located) -> Any:  # noqa: ANN401
    path, spec = found.path, found.spec
    if found.error["type"] == "union_tag_invalid" and spec is not None and spec.discriminator:
        path, spec = (*path, spec.discriminator), child(spec, spec.discriminator)
    value = keypath.get(data, path)
    if found.error["type"] == "pattern_bytes_type" and isinstance(value, str):
        option: object = value.encode()
    elif spec is not None and spec.kind is Kind.CHOICE:
        option = _option(spec, value)
    else:
        return data
    return data if option is value else keypath.replace(data, path, option)


def _option(spec: FieldSpec, value: object) -> object:
    """Return the option that *value* stands for, if that is another object."""
    declared = unwrap(spec.declared).bare
    for annotation in (spec.annotation, *(unwrap(each).bare for each in union_members(declared))):
        for option in options_of(annotation) if kind_of(annotation) is Kind.CHOICE else ():
            written = plain_value(option, coding=spec.coding)
            if type(written) is type(value) and written == value:
                return value if option == value else option
    return value


def _with_keys(data: Any, path: Path, mappings: Mapping[Any, FieldSpec]) -> Any:  # noqa: ANN401
    """Return *data* with the objects that keys of the mapping at *path* stand for, if they do."""
    entries: Mapping[Any, Any] = keypath.get(data, path)
    meant = [meant_key(mappings[key], key) if key in mappings else key for key in entries]
    is_same = all(new is old for new, old in zip(meant, entries, strict=True))
    if is_same or len(set(meant)) < len(entries):  # of two that mean the same, neither is lost
        return data
    return keypath.replace(data, path, dict(zip(meant, entries.values(), strict=True)))
