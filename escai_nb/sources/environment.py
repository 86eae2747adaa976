"""Environment variables that override values, typed by the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from escai_nb.errors import EscaiError, FileUnavailableError, ValueRefusedError
from escai_nb.keypath import leaves, render, replace
from escai_nb.masking import may_be_secret
from escai_nb.origin import Origin, OriginKind
from escai_nb.safefile import read_bytes
from escai_nb.schema.field_spec import Kind
from escai_nb.schema.suggestion import nearest
from escai_nb.schema.tree import meant, trail
from escai_nb.secret import Secret, reveal, untraced
from escai_nb.sources.layers import laid_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog

    Beside = Callable[[], Mapping[str, Any]]
    _Claims = Sequence[tuple[Path, "_Claim"]]

RESERVED = frozenset(
    {
        "ESCAI_AUTHOR",
        "ESCAI_CONFIG_DIR",
        "ESCAI_ENV",
        "ESCAI_ENV_FILE",
        "ESCAI_HISTORY_FILE",
        "ESCAI_MASTER_KEY_FD",
        "ESCAI_MASTER_KEY_FILE",
        "ESCAI_OTHER_KEY_FILES",
        "ESCAI_PASSPHRASE_FD",
        "ESCAI_PASSPHRASE_FILE",
        "ESCAI_POLL_INTERVAL",
        "ESCAI_RUN_DIR",
        "ESCAI_SPEC",
        "ESCAI_STATIC",
    }
)
"""Variables that speak to the toolkit itself, and are never fields."""

LARGEST_SECRET = 64 * 1024
"""Bytes of a file that a ``_FILE`` variable may name."""

_FILE = "_FILE"
_END = f"{_FILE}}}"


@dataclass(frozen=True, slots=True)
class Override:
    """
    A value that a variable sets.

    Attributes:
        value: Typed by the field; the text itself where it does not fit, so
            that validation finds it at its path.
    """

    path: Path
    value: object = field(repr=False)
    variable: str


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """
    A variable with the prefix of ours that has no effect, and why or what was meant.

    Attributes:
        origin: Where it is set; in the process's environment if nothing is said.
    """

    name: str
    hint: str
    origin: Origin | None = None


def variable_name(path: Path, *, prefix: str) -> str:
    """Return the variable that overrides *path*: ``ESCAI_API__PORT``."""
    return f"{prefix}_{'__'.join(str(step).upper() for step in path)}"


def file_variable(path: Path, *, prefix: str) -> str:
    """Return the variable that names the file of the secret at *path*."""
    return variable_name(path, prefix=prefix) + _FILE


def awaiting(path: Path, *, prefix: str) -> str:
    """Return the text by which a file says that the secret at *path* comes from a variable."""
    return f"${{{file_variable(path, prefix=prefix)}}}"


def awaited(tree: Mapping[str, Any], *, prefix: str) -> list[Path]:
    """List the leaves of *tree* whose secret is still to come from a variable; see `awaiting`."""
    if not _may_await([tree]):
        return []
    return [path for path, value in leaves(tree) if reveal(value) == awaiting(path, prefix=prefix)]


def _may_await(values: Iterable[Any]) -> bool:
    """Tell whether one of *values* ends as `awaiting` does: most trees hold none."""
    for value in values:
        kind = type(value)
        if kind is dict or kind is list:
            if _may_await(value.values() if kind is dict else value):
                return True
        elif kind is str or kind is Secret:
            text = value if kind is str else value.open()
            if type(text) is str and text.endswith(_END):
                return True
    return False


@untraced
def overrides(
    catalog: Catalog,
    environ: Mapping[str, str],
    *,
    prefix: str,
    beside: Beside = dict,
    faults: list[EscaiError] | None = None,
    origins: Mapping[str, Origin] | None = None,
) -> tuple[list[Override], list[UnknownVariable]]:
    """
    Find what *environ* overrides, outer paths first, and what it only seems to.

    ``PREFIX_SECTION__FIELD`` names a field, keys of free mappings follow in
    lower case; one underscore will do where only one field can be meant. For a
    secret, ``…_FILE`` names a file that holds it. Of two variables for one
    field the more exact one wins. Which alternative of a union is meant is told by
    its key among them, or in the values that *beside* returns; what the one that is
    meant does not have is refused. A file that cannot be read is added to *faults*, if
    those are given, with the path of its field. Where each variable is set, *origins*
    say; without them it is the process.

    Raises:
        FileUnavailableError: If a file that a ``_FILE`` variable names cannot
            be read.
    """
    search = _Search(catalog, prefix)
    search.look_at_all(environ)
    found: list[Override] = []
    closed: dict[Path, str] = {}
    claims = sorted(search.claims.items(), key=lambda claim: len(claim[0]))
    around = _around(catalog, environ, claims, beside)
    for path, claim in claims:
        above = (closed.get(path[:depth]) for depth in range(len(path) + 1))
        if blocker := next(filter(None, above), ""):
            search.refuse(claim.variable, f"{blocker} is set too, and is no mapping")
            continue
        if around and meant(catalog.root, path, around) is None:
            search.refuse(claim.variable, "what is chosen there has no such field")
            continue
        try:
            value = _value(catalog, environ, claim, around)
        except FileUnavailableError as error:
            if origins is not None:
                error.where = str(origins[claim.variable])
            if faults is None:
                raise
            error.path = render(path)
            faults.append(error.with_traceback(None))
            continue
        found.append(Override(path, value, claim.variable))
        if value is not None and not isinstance(value, Mapping):
            closed[path] = claim.variable
    return found, sorted(search.unknown, key=lambda unknown: unknown.name)


def _around(
    catalog: Catalog, environ: Mapping[str, str], claims: _Claims, beside: Beside
) -> Mapping[str, Any]:
    """Return what tells a union's alternatives apart, if there is a variable for one of them."""
    towards = {path: trail(catalog.root, path[:-1]) for path, _ in claims}
    if not any(spec.discriminator for specs in towards.values() for spec in specs):
        return {}
    around = beside()
    for path, claim in claims:
        is_key = towards[path][-1].discriminator == path[-1]
        value = None if claim.is_file else _value(catalog, environ, claim, around)
        if is_key or isinstance(value, Mapping):
            around = laid_over(around, replace(None, path, value))
    return around


def is_like(name: str, begin: str) -> bool:
    """Tell whether *name* begins with *begin*, in whatever case."""
    return name[: len(begin)].upper() == begin.upper()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A variable that sets *path*; of two claims the one of lower rank wins."""

    path: Path
    variable: str
    rank: int
    is_file: bool


def _value(
    catalog: Catalog, environ: Mapping[str, str], claim: _Claim, around: Mapping[str, Any]
) -> object:
    if claim.is_file:
        return _file_content(claim.variable, environ[claim.variable])
    try:
        return catalog.parse_text(claim.path, environ[claim.variable], beside=around)
    except ValueRefusedError:
        return environ[claim.variable]


def _file_content(variable: str, named: str) -> str:
    """Return the secret in the file *named* by *variable*, without one line break at its end."""
    try:
        text = read_bytes(FilePath(named), limit=LARGEST_SECRET).decode()
    except FileUnavailableError as error:
        failure, code = str(error), error.code
    except UnicodeDecodeError:
        failure, code = f"{named} is not UTF-8", "file-unreadable"
    else:
        return text.removesuffix("\n").removesuffix("\r")
    hint = f"mend the file, or unset {variable}"
    if may_be_secret(named):
        failure = "it names no file here; what it says is not shown, as it may be the secret itself"
        hint = f"give the path of a file, or the value itself in {variable.removesuffix('_FILE')}"
    message = f"{variable}: {failure}"
    where = str(Origin(OriginKind.VARIABLE, variable))
    raise FileUnavailableError(message, code=code, where=where, hint=hint)


class _Search:
    """Variables assigned to paths, one after the other."""

    __slots__ = ("_catalog", "_known", "_prefix", "claims", "unknown")

    def __init__(self, catalog: Catalog, prefix: str) -> None:
        self._catalog = catalog
        self._prefix = prefix
        self._known: _Names | None = None
        self.claims: dict[Path, _Claim] = {}
        self.unknown: list[UnknownVariable] = []

    def refuse(self, variable: str, hint: str) -> None:
        """Note that *variable* has no effect."""
        self.unknown.append(UnknownVariable(variable, hint))

    def look_at_all(self, environ: Mapping[str, str]) -> None:
        """Find out what the variables of *environ* are for that begin with the prefix."""
        begin = f"{self._prefix}_"
        for name in sorted(name for name in environ if is_like(name, begin)):
            if not name.startswith(begin):
                self._look_at_another_case(name)
            elif name not in RESERVED:
                self._look_at(name)

    def _look_at(self, variable: str) -> None:
        name = variable.removeprefix(f"{self._prefix}_")
        self._known = self._known or _names(self._catalog)
        if paths := self._paths(name):
            self._claim(variable, paths, is_file=False)
            return
        paths = self._paths(name.removesuffix(_FILE)) if name.endswith(_FILE) else []
        if not paths:
            self.refuse(variable, self._hint(name.upper(), self._known))
        elif all(self._catalog.is_sensitive(path) for path in paths):
            self._claim(variable, paths, is_file=True)
        else:
            own = variable.removesuffix(_FILE)
            self.refuse(variable, f"only secrets are read from files; set {own} itself")

    def _look_at_another_case(self, variable: str) -> None:
        """Note a variable that would be for a field, were it written in capitals."""
        self._known = self._known or _names(self._catalog)
        begin = f"{self._prefix}_"
        name = variable[len(begin) :].upper()
        if self._paths(name):
            self.refuse(variable, f"names are written in capitals: {begin}{name}")

    def _hint(self, name: str, known: _Names) -> str:
        """Say what the name of no field may be meant for."""
        parts = name.split("__")
        for depth in range(len(parts) - 1, 0, -1):
            outer = known.exact.get("__".join(parts[:depth]))
            spec = self._catalog.find(outer) if outer is not None else None
            if spec is not None and spec.kind is Kind.LIST:
                own = variable_name(spec.path, prefix=self._prefix)
                return f"a list is set as a whole: {own}"
        meant = nearest(name, known.exact)
        return f"did you mean {self._prefix}_{meant}?" if meant else "no field has this name"

    def _paths(self, name: str) -> list[Path]:
        """List the paths that *name* may mean."""
        known = self._known
        if known is None:
            return []
        if name in known.exact:
            return [known.exact[name]]
        parts = name.split("__")
        for depth in range(len(parts) - 1, 0, -1):
            outer = known.exact.get("__".join(parts[:depth]))
            if outer is not None:
                path = (*outer, *(part.lower() for part in parts[depth:]))
                return [path] if all(path) and self._catalog.find(path) else []
        return known.loose.get(name, [])

    def _claim(self, variable: str, paths: list[Path], *, is_file: bool) -> None:
        if len(paths) > 1:
            meant = " or ".join(variable_name(path, prefix=self._prefix) for path in paths)
            self.refuse(variable, f"it could mean {meant}; write one of them")
            return
        path = paths[0]
        is_exact = variable.removesuffix(_FILE if is_file else "") == variable_name(
            path, prefix=self._prefix
        )
        new = _Claim(path, variable, rank=2 * is_file + (not is_exact), is_file=is_file)
        old = self.claims.get(path, new)
        winner, loser = (new, old) if new.rank < old.rank else (old, new)
        self.claims[path] = winner
        if winner is not loser:
            self.refuse(loser.variable, f"{winner.variable} is set too, and wins")


@dataclass(frozen=True, slots=True)
class _Names:
    """
    What variables may be called, without the prefix.

    Attributes:
        exact: Names with two underscores between steps.

        loose: Names with one; several fields may share one.
    """

    exact: dict[str, Path]
    loose: dict[str, list[Path]]


@lru_cache(maxsize=16)
def _names(catalog: Catalog) -> _Names:
    exact: dict[str, Path] = {}
    loose: dict[str, list[Path]] = {}
    for spec in (*catalog.sections, *catalog.fields):
        exact["__".join(str(step).upper() for step in spec.path)] = spec.path
    for spec in catalog.fields:
        loose.setdefault("_".join(str(s).upper() for s in spec.path), []).append(spec.path)
    return _Names(exact, loose)
