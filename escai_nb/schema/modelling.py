"""Plain data against a model, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from escai_nb.schema.plain import plain

if TYPE_CHECKING:
    from pydantic import BaseModel

    from escai_nb.keypath import Path
    from escai_nb.schema.field_spec import FieldSpec

__all__ = ["Misfit", "check", "check_value", "plain"]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One place where data does not fit a model."""

    path: Path
    kind: str
    message: str
    expected: str = ""


def check(model: type[BaseModel], data: Any) -> tuple[BaseModel | None, tuple[Misfit, ...]]:  # noqa: ANN401
    """Validate *data*; returns the instance, or every place that does not fit."""
    try:
        return model.model_validate(data), ()
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return None, tuple(
            Misfit(
                tuple(item["loc"]),
                item["type"],
                "unknown field" if item["type"] == "extra_forbidden" else "does not fit",
            )
            for item in found
        )


def check_value(spec: FieldSpec, value: object) -> tuple[Misfit, ...]:
    """Validate one value against its field alone."""
    try:
        TypeAdapter(spec.declared).validate_python(value)
    except ValidationError as error:
        return tuple(
            Misfit((), item["type"], f"must be {spec.expected}")
            for item in error.errors(include_input=False)
        )
    return ()
