"""What a runbook may be told: one pydantic model each, checked before anything starts."""

from __future__ import annotations

import keyword
import math
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from escai_nb import keypath
from escai_nb.errors import ParameterError, SpecError
from escai_nb.schema.catalog import Kind, catalog_of
from escai_nb.schema.modelling import check
from escai_nb.schema.sensitivity import name_is_secret, value_is_secret
from escai_nb.schema.suggestion import nearest
from escai_nb.spec import load_spec
from escai_nb.validation.rule import Tier
from escai_nb.workspace.layout import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.schema.catalog import FieldSpec

P = TypeVar("P", bound="ParameterModel")


def _holds_secret(field: FieldSpec) -> bool:
    if field.sensitive:
        return True
    return field.kind in {Kind.TEXT, Kind.ANY} and name_is_secret(field.name)


class ParameterModel(BaseModel):
    """
    Root of all parameter models: closed, frozen, and without guesses at types.

    A model with a field for a secret cannot be defined: parameters are written
    into notebooks and manifests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:  # noqa: ANN401  # pydantic's signature
        for field in catalog_of(cls).fields:
            if _holds_secret(field):
                message = f"{cls.__name__}.{field.name} would hold a secret"
                raise SpecError(message, hint="let it name a file or a variable instead")


class Parameters(ParameterModel):
    """What every runbook of ours is told; each one's own model adds to it."""

    config_dir: Annotated[str, Field(description="folder of the workspace")] = "config"
    spec: Annotated[str, Field(description="ConfigSpec; empty for the workspace's own")] = ""
    environment: Annotated[str, Field(description="environment to work on")] = "development"
    dry_run: Annotated[bool, Field(description="plan and show, change nothing")] = True
    reason: Annotated[str, Field(description="why; needed to apply outside development")] = ""


def checked(model: type[P], given: Mapping[str, object]) -> P:
    """
    Return the parameters that *given* means.

    Raises:
        ParameterError: If a name is unknown, or a value has the wrong type, is
            a secret, or contradicts another; everything that is wrong is said.
    """
    names = [field.name for field in catalog_of(model).fields]
    wrong = []
    for name, value in given.items():
        if name not in names:
            near = nearest(name, names)
            wrong.append(f"there is no parameter {name!r}" + (f": {near}?" if near else ""))
        elif any(value_is_secret(leaf) for _, leaf in keypath.leaves(value)):
            wrong.append(f"{name} carries a secret")
    known = {name: value for name, value in given.items() if name in names}
    instance, misfits = check(model, known)
    wrong += [_said(misfit.path, misfit.message) for misfit in misfits]
    if instance is None or wrong:
        raise ParameterError("; ".join(wrong), hint=f"it takes {', '.join(names)}")
    return instance


def _said(path: keypath.Path, message: str) -> str:
    return f"{keypath.render(path)}: {message}" if path else message


def parsed(model: type[ParameterModel], texts: Mapping[str, str]) -> dict[str, object]:
    """
    Read *texts*, as given on a command line, by the types of *model*.

    ``007`` stays a text where a text is wanted, and ``no`` as well. Names that
    the model does not know are left for `checked` to refuse.

    Raises:
        ValueRefusedError: If a text does not fit its parameter.
    """
    catalog = catalog_of(model)
    return {
        name: catalog.parse_text((name,), text) if catalog.find((name,)) else text
        for name, text in texts.items()
    }


def written(values: Mapping[str, object]) -> str:
    """
    Write *values* as the assignments of a notebook cell, never as anything else.

    Raises:
        ParameterError: If a name is no identifier, or a value is not plain.
    """
    lines = []
    for name, value in values.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            message = f"{name!r} is no name of a parameter"
            raise ParameterError(message, hint="names are letters, digits and underscores")
        lines.append(f"{name} = {_literal(name, value)}")
    return "\n".join(lines)


def _literal(name: str, value: object) -> str:
    """Write *value* so that Python reads the same value back."""
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return repr(value)
    if isinstance(value, str) and kind is str:
        return _double_quoted(value)
    if isinstance(value, float) and kind is float and math.isfinite(value):
        return repr(value)
    if isinstance(value, list) and kind is list:
        return "[" + ", ".join(_literal(name, item) for item in value) + "]"
    if isinstance(value, dict) and kind is dict and all(type(key) is str for key in value):
        items = (f"{_double_quoted(key)}: {_literal(name, item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    message = f"{name} holds {kind.__name__}, which a parameter cannot"
    raise ParameterError(message, hint="use texts, numbers, true and false, lists and mappings")


def _double_quoted(text: str) -> str:
    """Write *text* as people do in this house: double quotes, where that costs no escape."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in text:
        return f'"{plain[1:-1]}"'
    return plain


def cell_of(model: type[ParameterModel]) -> str:
    """Write the parameters cell of a runbook: each name with its default."""
    return written(catalog_of(model).defaults())


def model_of_values(values: Mapping[str, object]) -> type[ParameterModel]:
    """Make the model of a runbook that has nothing but a parameters cell, from its *values*."""
    fields: dict[str, Any] = {
        name: (Any if value is None else type(value), value) for name, value in values.items()
    }
    return create_model("CellParameters", __base__=ParameterModel, **fields)


def workspace_of(parameters: Parameters, folder: Path) -> Workspace:
    """Return the workspace that *parameters* name; *folder* is where the runbook works."""
    spec = load_spec(parameters.spec) if parameters.spec else None
    return Workspace.at(folder / parameters.config_dir, spec)


def require_allowed(parameters: ParameterModel, folder: Path) -> None:
    """
    Check what only the workspace can tell; *folder* is where the runbook works.

    Raises:
        EnvironmentUnknownError: If there is no such environment.
        ParameterError: If a change outside development has no reason.
    """
    if not isinstance(parameters, Parameters):
        return
    workspace = workspace_of(parameters, folder)
    environment = workspace.spec.require_environment(parameters.environment)
    outside = workspace.spec.tier(environment) is not Tier.DEVELOPMENT
    if outside and not parameters.dry_run and not parameters.reason.strip():
        message = f"a change of {environment} needs a reason"
        raise ParameterError(message, hint='say why, as in --reason "release 1.4"')
