"""Keys of mappings that Python has as objects of their own, and files as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from escai_nb.schema.annotations import kind_of, options_of, unwrap
from escai_nb.schema.field_spec import Kind
from escai_nb.schema.plain import plain_key

if TYPE_CHECKING:
    from escai_nb.schema.field_spec import FieldSpec


def meant_key(mapping: FieldSpec, key: Any) -> Any:  # noqa: ANN401
    """Return what the text of a *key* stands for in *mapping*: an option, else what JSON reads."""
    inside = get_args(mapping.annotation)
    bare = unwrap(inside[0]).bare if inside else Any
    if kind_of(bare) is Kind.CHOICE:
        found = (option for option in options_of(bare) if plain_key(option) == key)
        return next(found, key)
    try:
        read = _frozen(json.loads(key))
        hash(read)
    except (TypeError, ValueError, RecursionError):
        return key
    return read


def _frozen(value: Any) -> Any:  # noqa: ANN401
    """Make a list such that it may be a key."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
