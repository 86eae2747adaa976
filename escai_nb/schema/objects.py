"""Values inside model objects, by the key paths of what is written of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from escai_nb.schema.annotations import (
    is_root_model,
    section_config,
    section_fields,
    written_names,
)
from escai_nb.schema.field_spec import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.keypath import Path


def value_in(instance: object, path: Path) -> Any:  # noqa: ANN401  # any value of a model
    """Return the value that a section's object has at *path*, or `MISSING`."""
    here: Any = instance
    for step in path:
        here = _below(_unrooted(here), step)
    return here


def plant(instance: object, path: Path, value: object) -> None:
    """Put *value* itself at *path* of a fresh object, past all validation and freezing."""
    around: Any = _unrooted(value_in(instance, path[:-1]))
    step = str(path[-1])
    extra = getattr(around, "model_extra", None) or {}
    if isinstance(around, dict):
        around[step] = value
    elif step in extra:
        extra[step] = value
    elif isinstance(around, BaseModel) or is_dataclass(around):
        object.__setattr__(around, _names(around.__class__).get(step, step), value)


def alike(left: Any, right: Any) -> bool:  # noqa: ANN401, PLR0911  # one for each kind
    """Tell whether two values are equal in type and content, to any depth; NaN is itself."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, BaseModel):
        extras = (left.model_extra or {}, right.model_extra or {})
        return all(map(alike, (left.__dict__, extras[0]), (right.__dict__, extras[1])))
    if isinstance(left, Mapping):
        return len(left) == len(right) and all(
            key in right and alike(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(alike, left, right))
    with suppress(Exception):  # an array, say, compares to many answers
        return bool(left == right) or bool(left != left and right != right)  # noqa: PLR0124
    return False


def extras_in(instance: object, sections: Sequence[Path]) -> list[Path]:
    """List the places of what sections hold beside their fields."""
    return [
        (*path, name)
        for path in sections
        for name in getattr(value_in(instance, path), "model_extra", None) or ()
    ]


def _unrooted(value: Any) -> Any:  # noqa: ANN401
    while is_root_model(type(value)):
        value = value.root
    return value


def _below(here: Any, step: str | int) -> Any:  # noqa: ANN401
    if isinstance(here, Mapping):
        return here.get(step, MISSING)
    extra = getattr(here, "model_extra", None) or {}
    if step in extra:
        return extra[step]
    if isinstance(here, BaseModel) or is_dataclass(here):
        return getattr(here, _names(here.__class__).get(str(step), str(step)), MISSING)
    return MISSING


@lru_cache(maxsize=1024)
def _names(section: Any) -> dict[str, str]:  # noqa: ANN401  # any class of a section
    """Map the names that files use to those of the class."""
    config = section_config(section)
    return {
        written_names(name, field, config)[0]: name
        for name, field in section_fields(section).items()
    }
