"""Where data does not fit a model, and where the model itself cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

from escai_nb import keypath
from escai_nb.schema.annotations import (
    field_default,
    is_root_model,
    section_config,
    written_names,
)
from escai_nb.schema.field_spec import FieldSpec, Kind
from escai_nb.schema.tree import children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from escai_nb.keypath import Path


@dataclass(frozen=True, slots=True)
class Misfit:
    """
    One place where data does not fit a model.

    Attributes:
        path: Where, as a key path of the data.

        kind: Pydantic's word for the error, such as ``int_parsing``.

        message: What is wrong, to be read after the path; carries no secret.

        expected: What may stand there; empty where the model does not tell.
    """

    path: Path
    kind: str
    message: str
    expected: str = ""

    def __str__(self) -> str:
        return f"{keypath.render(self.path) or 'the configuration'}: {self.message}"


# models that cannot be used


def unbuilt(root: FieldSpec) -> tuple[Misfit, ...]:
    """List the fields for which pydantic cannot build the model, each with the reason."""
    found = tuple(_unbuilt(root, (root.annotation,)))
    return found or (Misfit((), "unbuildable", "pydantic cannot build its model"),)


def _unbuilt(section: FieldSpec, entered: tuple[Any, ...]) -> Iterable[Misfit]:
    for spec in children(section).values():
        if spec.kind is Kind.SECTION and spec.annotation not in entered:
            yield from _unbuilt(spec, (*entered, spec.annotation))
        elif reason := _why_unbuilt(spec):
            yield Misfit(spec.path, "unbuildable", f"cannot be built: {reason}")


def _why_unbuilt(spec: FieldSpec) -> str:
    name = getattr(spec.annotation, "__forward_arg__", None)
    if name is not None:
        return f"its type {name} is not defined"
    try:
        TypeAdapter(spec.declared)
    except PydanticSchemaGenerationError:
        name = getattr(spec.annotation, "__name__", str(spec.annotation))
        return f"pydantic does not know how to read the type {name}"
    except PydanticUserError:  # another model, whose own fields are told
        return f"its type {spec.annotation} is not defined"
    return ""


def culprit(model: type[BaseModel], data: object) -> Path:
    """Find the place of *data* at which code of *model* itself breaks, as far as it tells."""
    if is_root_model(model):
        return ()
    # validators of the whole would break on a part of it
    judged = _read if model.__pydantic_decorators__.model_validators else _assigned
    given = data if isinstance(data, Mapping) else {}
    config = section_config(model)
    written = {name: written_names(name, info, config) for name, info in model.model_fields.items()}
    for name, info in model.model_fields.items():
        if _breaks(lambda info=info: field_default(info)):  # type: ignore[misc]
            return written[name][:1]
    for name, info in model.model_fields.items():
        key = next((each for each in written[name] if each in given), None)
        if key is None:
            continue
        if _breaks(lambda name=name, key=key: judged(model, name, given[key])):  # type: ignore[misc]
            inner: Any = info.annotation
            is_model = isinstance(inner, type) and issubclass(inner, BaseModel)
            return (key, *(culprit(inner, given[key]) if is_model else ()))
    return ()


def _assigned(model: type[BaseModel], name: str, value: object) -> None:
    with suppress(ValidationError):
        model.__pydantic_validator__.validate_assignment(model.model_construct(), name, value)


def _read(model: type[BaseModel], name: str, value: object) -> None:
    info = model.model_fields[name]
    annotation: Any = Annotated[(info.annotation, *info.metadata)]
    with suppress(ValidationError):
        TypeAdapter(annotation).validate_python(value)


def _breaks(act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception:  # noqa: BLE001  # a model's own code may raise anything
        return True
    return False


@lru_cache(maxsize=256)
def names_taken(model: type[BaseModel]) -> dict[str, Any]:
    """
    Tell pydantic to take fields by their own name too, where a model needs that.

    An alias that leads into a nested place is no name to write a value under.
    """
    entered: set[Any] = set()

    def needs(section: Any) -> bool:  # noqa: ANN401
        if section in entered or not isinstance(section, type):
            return False
        entered.add(section)
        if not issubclass(section, BaseModel):
            return False
        fields = section.model_fields.values()
        return any(
            (info.validation_alias is not None and not _is_name(info.validation_alias))
            or needs(info.annotation)
            for info in fields
        )

    return {"by_alias": True, "by_name": True} if needs(model) else {}


def _is_name(alias: Any) -> bool:  # noqa: ANN401
    return any(isinstance(each, str) for each in getattr(alias, "choices", [alias]))
