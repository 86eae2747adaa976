"""What is set beside the files: variables of the process, and dotenv files below them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.errors import DocumentError, EscaiError
from escai_nb.origin import Origin, OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.dotenv import Assignment
    from escai_nb.sources.environment import Beside, UnknownVariable
    from escai_nb.workspace.layout import Workspace

Placed = tuple[object, Origin]
"""A value, and where it is set."""


@dataclass(frozen=True, slots=True)
class Variables:
    """
    What variables set.

    Attributes:
        dotenv: What each dotenv file sets, by path, the strongest file last.

        process: What the process's environment sets, which lies over that.

        unknown: Variables with our prefix that have no effect.
    """

    dotenv: tuple[Mapping[KeyPath, Placed], ...] = field(default=(), repr=False)
    process: Mapping[KeyPath, Placed] = field(default_factory=dict, repr=False)
    unknown: tuple[UnknownVariable, ...] = ()


NONE = Variables()


def variables_of(
    workspace: Workspace,
    environment: str,
    shared: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
) -> Variables:
    """
    Find what is set for *environment*; mostly that is nothing.

    What lies below, the *shared* and the *own* file with the defaults, tells which
    alternative of a union is meant.

    Raises:
        FileUnavailableError: If a file that a variable names cannot be read.
        DocumentError: If a dotenv file cannot be.
    """
    prefix = f"{workspace.spec.env_prefix}_".upper()
    files = workspace.dotenv_files(environment)
    if not files and not any(name.upper().startswith(prefix) for name in workspace.environ):
        return NONE
    from escai_nb.sources.environment import overrides
    from escai_nb.sources.layers import laid_over

    def said() -> dict[str, Any]:
        given = laid_over(shared or {}, own or {})
        return laid_over(workspace.spec.outline.defaults_beside(given), given)

    catalog, prefix = workspace.spec.catalog, workspace.spec.env_prefix
    found, unknown = overrides(catalog, workspace.environ, prefix=prefix, beside=said)
    process = {o.path: (o.value, Origin(OriginKind.VARIABLE, o.variable)) for o in found}
    if not files:
        return Variables(process=process, unknown=tuple(unknown))
    dotenv: list[Mapping[KeyPath, Placed]] = []
    for path in files:
        below, ignored = _dotenv(workspace, environment, path, said)
        dotenv.append(below)
        unknown += ignored
    return Variables(tuple(dotenv), process, tuple(unknown))


def secret_files(workspace: Workspace, environment: str) -> tuple[Path, ...]:
    """List the files that variables name with ``…_FILE``, those of dotenv files included."""
    prefix = f"{workspace.spec.env_prefix}_"
    names = [name for name in tuple(workspace.environ) if name.startswith(prefix)]
    found = [workspace.environ.get(name, "") for name in names if name.endswith("_FILE")]
    for path in workspace.dotenv_files(environment) if workspace.takes_dotenv(environment) else ():
        with suppress(EscaiError):  # whoever reads it is told
            lines = _assignments(workspace, environment, path)
            found += [line.value for name, _, line in lines if name.endswith("_FILE")]
    return tuple(map(Path, found))


def _dotenv(
    workspace: Workspace, environment: str, path: Path, said: Beside
) -> tuple[dict[KeyPath, Placed], list[UnknownVariable]]:
    from escai_nb.sources.environment import UnknownVariable, overrides

    values: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    ignored: list[UnknownVariable] = []
    for name, origin, line in _assignments(workspace, environment, path):
        if reason := _ineffective(workspace, environment, name, line):
            ignored.append(UnknownVariable(name, reason, origin))
        else:
            values[name], origins[name] = line.value, origin
    spec = workspace.spec
    found, unknown = overrides(spec.catalog, values, prefix=spec.env_prefix, beside=said)
    ignored += (UnknownVariable(each.name, each.hint, origins[each.name]) for each in unknown)
    return {each.path: (each.value, origins[each.variable]) for each in found}, ignored


def _assignments(
    workspace: Workspace, environment: str, path: Path
) -> Iterator[tuple[str, Origin, Assignment]]:
    """Yield the lines with our prefix; others are none of our business."""
    from escai_nb.sources.dotenv import read
    from escai_nb.sources.environment import is_like

    try:
        lines = read(path)
    except DocumentError:
        if workspace.takes_dotenv(environment):
            raise
        return
    for name, line in lines.items():
        if is_like(name, f"{workspace.spec.env_prefix}_"):
            yield name, Origin(OriginKind.DOTENV, path.name, line.line), line


def _ineffective(workspace: Workspace, environment: str, name: str, line: Assignment) -> str:
    """Say why a line of a dotenv file is not taken; nothing if it is."""
    from escai_nb.sources.environment import RESERVED

    if name in RESERVED:
        return "it speaks to the toolkit itself, which reads it from the environment alone"
    if line.refers:
        return "nothing is replaced in values; write it out, or put it in single quotes"
    if not workspace.takes_dotenv(environment):
        return (
            f"{environment} is sealed as a whole, and a file beside it changes nothing; "
            "name the file in ESCAI_ENV_FILE to have it read"
        )
    return ""
