"""What is set beside the files: variables of the process, and dotenv files below them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import DocumentError, EscaiError
from escai_nb.origin import Origin, OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from escai_nb.keypath import Path as KeyPath
    from escai_nb.sources.dotenv import Assignment
    from escai_nb.sources.environment import UnknownVariable
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

        faults: For a report, what could not be read of them.
    """

    dotenv: tuple[Mapping[KeyPath, Placed], ...] = field(default=(), repr=False)
    process: Mapping[KeyPath, Placed] = field(default_factory=dict, repr=False)
    unknown: tuple[UnknownVariable, ...] = ()
    faults: tuple[EscaiError, ...] = ()


NONE = Variables()


def variables_of(
    workspace: Workspace,
    environment: str,
    shared: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
    *,
    report: bool = False,
) -> Variables:
    """
    Find what is set for *environment*; mostly that is nothing.

    What the *shared* and the *own* file say with the defaults, and what is set over
    them, tells which alternative of a union is meant. For a *report*, what cannot
    be read is no error, but told with the rest.

    Raises:
        FileUnavailableError: If a file that a variable names cannot be read.
        DocumentError: If a dotenv file cannot be.
    """
    prefix = f"{workspace.spec.env_prefix}_".upper()
    files = workspace.dotenv_files(environment)
    if not files and not any(name.upper().startswith(prefix) for name in workspace.environ):
        return NONE
    from escai_nb.sources.environment import UnknownVariable, overrides
    from escai_nb.sources.layers import laid_over

    faults: list[EscaiError] | None = [] if report else None
    find = partial(overrides, workspace.spec.catalog, prefix=workspace.spec.env_prefix)
    read = [_effective(workspace, environment, path, faults) for path in files]

    def said() -> dict[str, Any]:
        spare: list[EscaiError] | None = [] if faults is not None else None
        given = laid_over(shared or {}, own or {})
        values = laid_over(workspace.spec.outline.defaults_beside(given), given)
        for environ in (*(each.values for each in read), workspace.environ):
            for over in find(environ, beside=partial(dict, values), faults=spare)[0]:
                values = laid_over(values, keypath.replace(None, over.path, over.value))
        return values

    found, unknown = find(workspace.environ, beside=said, faults=faults)
    process = {o.path: (o.value, Origin(OriginKind.VARIABLE, o.variable)) for o in found}
    dotenv: list[Mapping[KeyPath, Placed]] = []
    for each in read:
        found, ignored = find(each.values, beside=said, faults=faults, origins=each.origins)
        dotenv.append({o.path: (o.value, each.origins[o.variable]) for o in found})
        unknown += each.ignored
        unknown += (UnknownVariable(o.name, o.hint, each.origins[o.name]) for o in ignored)
    return Variables(tuple(dotenv), process, tuple(unknown), tuple(faults or ()))


def secret_files(workspace: Workspace, environment: str) -> tuple[Path, ...]:
    """List the files that variables name with ``…_FILE``, those of dotenv files included."""
    prefix = f"{workspace.spec.env_prefix}_"
    names = [name for name in tuple(workspace.environ) if name.startswith(prefix)]
    found = [workspace.environ.get(name, "") for name in names if name.endswith("_FILE")]
    for path in _dotenv_that_counts(workspace, environment):
        with suppress(EscaiError):  # whoever reads it is told
            lines = _assignments(workspace, environment, path)
            found += [line.value for name, _, line in lines if name.endswith("_FILE")]
    return tuple(map(Path, found))


def _dotenv_that_counts(workspace: Workspace, environment: str) -> tuple[Path, ...]:
    with suppress(EscaiError):  # whoever reads a policy that cannot be read is told
        if workspace.takes_dotenv(environment):
            return workspace.dotenv_files(environment)
    return ()


@dataclass(frozen=True, slots=True)
class _Dotenv:
    """What one dotenv file sets, where it does, and what of it has no effect."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    origins: dict[str, Origin] = field(default_factory=dict)
    ignored: list[UnknownVariable] = field(default_factory=list)


def _effective(
    workspace: Workspace, environment: str, path: Path, faults: list[EscaiError] | None
) -> _Dotenv:
    from escai_nb.sources.environment import UnknownVariable

    read = _Dotenv()
    for name, origin, line in _assignments(workspace, environment, path, faults):
        if reason := _ineffective(workspace, environment, name, line):
            read.ignored.append(UnknownVariable(name, reason, origin))
        else:
            read.values[name], read.origins[name] = line.value, origin
    return read


def _assignments(
    workspace: Workspace,
    environment: str,
    path: Path,
    faults: list[EscaiError] | None = None,
) -> Iterator[tuple[str, Origin, Assignment]]:
    """Yield the lines with our prefix; others are none of our business."""
    from escai_nb.sources.dotenv import read
    from escai_nb.sources.environment import is_like

    try:
        lines = read(path, faults if workspace.takes_dotenv(environment) else None)
    except DocumentError:
        if workspace.takes_dotenv(environment):
            raise
        return
    for name, line in lines.items():
        if is_like(name, f"{workspace.spec.env_prefix}_"):
            yield name, Origin(OriginKind.DOTENV, path.name, line.line, line.column), line


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
