"""The catalogue as JSON Schema, for editors that check and complete while one types."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, assert_never
from uuid import UUID

from pydantic import AnyUrl

from escai_nb import keypath
from escai_nb.schema.field_spec import MISSING, FieldSpec, Kind

if TYPE_CHECKING:
    from escai_nb.schema.catalog import Catalog

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SEALED = {"type": "string", "pattern": "^escai:[0-9]+:"}
"""How a sealed leaf reads, whatever its field holds."""
AWAITED = {"type": "string", "pattern": r"^\$\{\w+_FILE\}$"}
"""How a secret reads that is still to come from a variable."""

_WRITTEN = {
    Kind.BOOLEAN: "^([Tt]|[Tt][Rr][Uu][Ee]|[Yy]|[Yy][Ee][Ss]|[Oo][Nn]|1"
    "|[Ff]|[Ff][Aa][Ll][Ss][Ee]|[Nn]|[Nn][Oo]|[Oo][Ff][Ff]|0)$",
    Kind.INTEGER: r"^\s*[-+]?[0-9]+(_[0-9]+)*(\.0*)?\s*$",
    Kind.NUMBER: r"^\s*[-+]?([0-9]+(_[0-9]+)*(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$",
}
"""
How text reads that is taken for what its field holds.

``yes``, ``1_000`` and ``1e3`` are text to an editor, which reads YAML 1.2.
"""


def json_schema(catalog: Catalog, *, title: str, block: str) -> dict[str, Any]:
    """
    Describe the files of *catalog*'s configuration, as JSON Schema 2020-12.

    A file may leave out what another layer says, so that nothing is required; a
    secret may be written or sealed, and no default of one is told. *block* is
    the name that the seal has.
    """
    root = _Description(catalog).section(catalog.root, ())
    root["properties"][block] = {"type": "object", "description": "The seal; leave it alone."}
    return {"$schema": DIALECT, "title": title, **root}


class _Description:
    """The fields of one catalogue, described one inside the other."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def section(self, spec: FieldSpec, entered: tuple[Any, ...]) -> dict[str, Any]:
        """Describe a mapping of named fields; one that holds itself is described once."""
        if spec.annotation in entered:
            return {"type": "object"}
        properties: dict[str, Any] = {}
        for name, field in self.catalog.children(spec).items():
            told = self.field(field, (*entered, spec.annotation))
            properties |= dict.fromkeys((name, *field.also), told)
        return {"type": "object", "properties": properties, "additionalProperties": spec.extra}

    def field(self, spec: FieldSpec, entered: tuple[Any, ...]) -> dict[str, Any]:
        """Describe one field with all that people are told of it."""
        told = self._value(spec, entered)
        if spec.sensitive:
            told = {"anyOf": [told, SEALED, AWAITED]}
        if spec.nullable:
            told = {"anyOf": [*told.get("anyOf", [told]), {"type": "null"}]}
        said = " ".join(
            part for part in (spec.doc, f"In {spec.unit}." if spec.unit else "") if part
        )
        more = {"title": spec.title, "description": said}
        told |= {name: text for name, text in more.items() if text}
        if spec.default is not MISSING and not self._has_secret(spec):
            told["default"] = spec.default
        return told

    def _value(self, spec: FieldSpec, entered: tuple[Any, ...]) -> dict[str, Any]:  # noqa: PLR0911  # one for each kind
        match spec.kind:
            case Kind.BOOLEAN | Kind.INTEGER | Kind.NUMBER:
                kinds = [spec.kind.value, "string"]
                return {"type": kinds, "pattern": _WRITTEN[spec.kind], **_bounds(spec)}
            case Kind.TEXT:
                return _text(spec)
            case Kind.CHOICE:
                return {"enum": list(spec.choices)}
            case Kind.LIST:
                return self._list(spec, entered)
            case Kind.MAPPING:
                inner = self.field(spec.item, entered) if spec.item is not None else {}
                return {"type": "object", "additionalProperties": inner or True}
            case Kind.SECTION:
                return self.section(spec, entered)
            case Kind.UNION:
                return {"anyOf": [self.field(member, entered) for member in spec.members]}
            case Kind.ANY:
                return {}
            case _:
                assert_never(spec.kind)

    def _list(self, spec: FieldSpec, entered: tuple[Any, ...]) -> dict[str, Any]:
        told: dict[str, Any] = {"type": "array"}
        if spec.item is not None:
            told["items"] = self.field(spec.item, entered)
        if spec.members:
            told["prefixItems"] = [self.field(member, entered) for member in spec.members]
        lengths = {"minItems": spec.min_length, "maxItems": spec.max_length}
        return told | {name: length for name, length in lengths.items() if length is not None}

    def _has_secret(self, spec: FieldSpec) -> bool:
        """Tell whether the default of a field is one, or has one inside."""
        found = keypath.leaves(spec.default, spec.path)
        return any(v is not None and self.catalog.is_sensitive(path, v) for path, v in found)


_WORDED = (bytes, bytearray, PurePath, UUID, AnyUrl)
"""Classes that no number is taken for."""


def _bounds(spec: FieldSpec) -> dict[str, Any]:
    named = {
        "minimum": spec.minimum,
        "maximum": spec.maximum,
        "exclusiveMinimum": spec.exclusive_minimum,
        "exclusiveMaximum": spec.exclusive_maximum,
    }
    return {
        name: bound for name, bound in named.items() if bound is not None and math.isfinite(bound)
    }


def _text(spec: FieldSpec) -> dict[str, Any]:
    """Describe text; types of their own, such as durations, also take numbers."""
    kind = spec.annotation
    if not (isinstance(kind, type) and kind.__name__ in {"str", "SecretStr"}):
        is_worded = isinstance(kind, type) and issubclass(kind, _WORDED)
        return {"type": "string" if is_worded else ["string", "number"]}
    told: dict[str, Any] = {"type": "string"}
    if spec.min_length is not None:
        told["minLength"] = spec.min_length
    if spec.max_length is not None:
        told["maxLength"] = spec.max_length
    # what Python alone has in its expressions would be an error in an editor
    if spec.pattern is not None and not any(only in spec.pattern for only in (r"\Z", r"\A", "(?")):
        told["pattern"] = spec.pattern
    return told
