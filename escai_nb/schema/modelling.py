"""Plain data against a model, both ways; no value of the data ever escapes."""

from __future__ import annotations

import datetime as dt
import json
import threading
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from escai_nb import keypath
from escai_nb.schema.locations import KEY_MARK, Located, likeliest, locate
from escai_nb.schema.messages import REFUSED, Unsaid, message
from escai_nb.schema.misfit import Misfit, culprit, names_taken, unbuilt
from escai_nb.schema.objects import alike
from escai_nb.schema.options import with_options
from escai_nb.schema.plain import plain, plain_value
from escai_nb.schema.tree import child, default_secrets, root_of, secret_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel, ConfigDict

    from escai_nb.keypath import Path
    from escai_nb.schema.field_spec import FieldSpec
    from escai_nb.schema.plain import Name

__all__ = ["Misfit", "check", "check_value", "plain", "value_as_read"]

Model = TypeVar("Model", bound="BaseModel")

FOLLOWS = "default_factory_not_called"
"""Pydantic's word for a default that was not made, as a value that it is made of does not fit."""
_COMPLETING = threading.Lock()
"""Not every release of pydantic that is taken builds a model in one thread alone."""


def check(model: type[Model], data: object) -> tuple[Model | None, tuple[Misfit, ...]]:
    """
    Validate plain *data*: an instance of *model*, or every place that misfits.

    Types that strict models take only from JSON, such as dates in text, are
    taken here too. Of a union, the misfits of the likeliest alternative count.
    """
    _complete(model)
    if not model.__pydantic_complete__:
        return None, unbuilt(root_of(model))
    try:
        return _read(model.__pydantic_validator__, root_of(model), data, **names_taken(model))
    except Exception as fault:  # noqa: BLE001  # a model's own code may raise anything
        return None, (_fault(fault, culprit(model, data)),)


def _read(
    validator: Any,  # noqa: ANN401  # pydantic-core's own
    root: FieldSpec,
    data: object,
    **names: bool,
) -> tuple[Any, tuple[Misfit, ...]]:
    """Validate *data*, and where it stands for Python's own objects, those."""
    meant = data
    while True:
        try:
            return validator.validate_python(meant, **names), ()
        except ValidationError as error:
            instance, errors = _from_json(validator, meant, error, **names)
        if not errors:
            return instance, ()
        known, meant = meant, with_options(meant, [locate(root, meant, e) for e in errors])
        if meant is known:
            return None, _misfits(root, data, errors)


def _complete(model: type[BaseModel]) -> None:
    """Let pydantic finish a model that waits for its first use, in one thread at a time."""
    if not model.__pydantic_complete__:
        with _COMPLETING, suppress(PydanticUserError):
            model.model_rebuild(raise_errors=False)


def check_value(spec: FieldSpec, value: object) -> tuple[Misfit, ...]:
    """
    Validate one value against its field alone; paths are relative to it.

    Validators that a model keeps beside its fields are not asked.
    """
    try:
        return _read(_adapter(spec).validator, spec, value)[1]
    except PydanticUserError:
        return ()  # only its own model knows how to read this type
    except Exception as fault:  # noqa: BLE001  # a type's own code may raise anything
        return (_fault(fault),)


def value_as_read(spec: FieldSpec, value: object) -> object:
    """
    Return what the field makes of *value*, as plain data.

    Raises:
        ValueError: If it does not fit.
    """
    try:
        read, misfits = _read(_adapter(spec).validator, spec, value)
    except Exception as fault:  # noqa: BLE001  # a type's own code may raise anything
        misfits = (_fault(fault),)
    if misfits:
        message = f"{spec.name} does not fit"
        raise ValueError(message)
    return plain_value(read)


def is_meant(spec: FieldSpec, name: Name) -> bool:
    """Tell whether the field reads, of the text of *name*, the very object that it names."""
    try:
        return alike(_read(_adapter(spec).validator, spec, str(name))[0], name.named)
    except Exception:  # noqa: BLE001  # a type's own code may raise anything
        return False


@lru_cache(maxsize=512)
def _adapter(spec: FieldSpec) -> TypeAdapter[Any]:
    with suppress(PydanticUserError):  # a model has settings of its own, and takes no others
        return TypeAdapter(spec.declared, config=cast("ConfigDict", spec.config))
    return TypeAdapter(spec.declared)


def _from_json(
    validator: Any,  # noqa: ANN401  # pydantic-core's own
    data: object,
    error: ValidationError,
    **names: bool,
) -> tuple[Any, list[Any]]:
    """
    Validate *data*, of which *error* tells, as if it were read from JSON.

    Returns what was made of it and no errors, or those of both ways: a strict model
    refuses much of what is not from JSON.
    """
    found: list[Any] = error.errors(include_url=False, include_input=False)
    try:
        return validator.validate_json(json.dumps(data, default=_date_text), **names), []
    except ValidationError as other:
        from_json: list[Any] = other.errors(include_url=False, include_input=False)
        is_read = all(each["type"] != "json_invalid" for each in from_json)
        return None, _both_ways(found, from_json) if is_read else found
    except Exception:  # noqa: BLE001  # no JSON, or a model's own code, which may raise anything
        return None, found


def _both_ways(found: Sequence[Any], from_json: Sequence[Any]) -> list[Any]:
    """Return the errors at or below what both ways refuse: what one of them takes is no error."""
    there, here = ({tuple(each["loc"]) for each in errors} for errors in (from_json, found))

    def is_met(loc: tuple[Any, ...], places: set[tuple[Any, ...]], least: int) -> bool:
        return any(loc[: len(loc) - up] in places for up in range(least, len(loc) + 1))

    kept = [each for each in found if is_met(tuple(each["loc"]), there, 0)]
    kept += [each for each in from_json if is_met(tuple(each["loc"]), here, 1)]
    return kept or list(found if len(found) <= len(from_json) else from_json)


def _date_text(value: object) -> str:
    """Write the dates that YAML knows and JSON does not."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    message = f"{type(value).__name__} is not plain data"
    raise TypeError(message)


def _fault(fault: Exception, path: Path = ()) -> Misfit:
    return Misfit(path, "validator_failed", f"{REFUSED}, which failed ({type(fault).__name__})")


def _misfits(
    root: FieldSpec, data: object, errors: Iterable[Mapping[str, Any]]
) -> tuple[Misfit, ...]:
    own = [error for error in errors if error["type"] != FOLLOWS]
    located = likeliest(_at_discriminator(locate(root, data, error)) for error in own)
    given = (str(keypath.get(data, path)) for path in secret_paths(root, data))
    secrets = Unsaid((*given, *default_secrets(root)))
    by_place: dict[tuple[Path, object], list[Misfit]] = {}
    for found in located:
        # alternatives that all fail at one place make one misfit
        place = (found.path, None if found.branches else len(by_place))
        by_place.setdefault(place, []).append(_misfit(found, data, secrets))
    return tuple(dict.fromkeys(_merged(misfits) for misfits in by_place.values()))


def _at_discriminator(found: Located) -> Located:
    """Move an error about the key that tells alternatives apart to that key."""
    spec = found.spec
    kind = {"union_tag_invalid": "literal_error", "union_tag_not_found": "missing"}.get(
        found.error["type"]
    )
    if kind is None or spec is None or spec.discriminator is None:
        return found
    below = (*found.path, spec.discriminator)
    return Located(below, child(spec, spec.discriminator), found.branches, {"type": kind})


def _misfit(found: Located, data: object, secrets: Unsaid) -> Misfit:
    value = keypath.get(data, found.path) if keypath.has(data, found.path) else None
    text = message(found.error, found.spec, value, secrets)
    is_key = KEY_MARK in found.error.get("loc", ())[-1:]
    return Misfit(
        found.path,
        str(found.error["type"]),
        f"its key {text}" if is_key else text,
        found.spec.expected if found.spec is not None else "",
    )


def _merged(misfits: Sequence[Misfit]) -> Misfit:
    """Make one misfit of what several alternatives say of the same place."""
    must = "must be "
    said = list(dict.fromkeys(misfit.message for misfit in misfits))
    if all(text.startswith(must) for text in said):
        text = must + " or ".join(text.removeprefix(must) for text in said)
    else:
        text = ", or ".join(said)
    expected = " or ".join(dict.fromkeys(m.expected for m in misfits if m.expected))
    return Misfit(misfits[0].path, misfits[0].kind, text, expected)
