"""Everything that a workspace needs to work, looked at without changing any of it."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import stat
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Any

from escai_nb.display import Showable
from escai_nb.encryption.providers.file import decode_master_key
from escai_nb.errors import EscaiError
from escai_nb.history.inspection import inspect_history
from escai_nb.history.mount import require_local
from escai_nb.locking import exclusive
from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes
from escai_nb.workspace.access.auditing import audit_log
from escai_nb.workspace.access.unlocking import unlock
from escai_nb.workspace.loading.opening import read_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from escai_nb.workspace.layout import Workspace

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 35)
"""That of Python 3.11's own builds has what the statements of the history need."""
LARGEST_KEY = 64
"""Bytes of a file that is looked into for a key."""


_NAME = re.compile(r"[\w.-]+")
_EXTRA = re.compile(r"extra == ['\"](?P<name>[\w.-]+)")


class Health(StrEnum):
    """How something is, the best first."""

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing that was looked at.

    Attributes:
        area: ``versions``, ``extras``, ``workspace``, ``permissions``, ``keys``,
            ``files``, ``lock`` or ``database``.

        subject: What of it, such as a file or an environment.

        found: What is so.

        remedy: What to do; empty where nothing is to be done.
    """

    area: str
    subject: str
    health: Health
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis(Showable):
    """All that was looked at, in order."""

    checks: tuple[Check, ...]

    @property
    def is_well(self) -> bool:
        """Tell that nothing is bad."""
        return all(check.health is not Health.BAD for check in self.checks)

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "well": self.is_well,
            "checks": [
                {
                    "area": check.area,
                    "subject": check.subject,
                    "health": check.health.value,
                    "found": check.found,
                    "remedy": check.remedy,
                }
                for check in self.checks
            ],
        }


def diagnose(open_workspace: Callable[[], Workspace]) -> Diagnosis:
    """Look at the machine, and at the workspace if it opens; nothing is written."""
    checks = [*_versions(), *_extras()]
    try:
        workspace = open_workspace()
    except EscaiError as error:
        checks.append(_failed("workspace", "policy", error))
        return Diagnosis(tuple(checks))
    if not is_there(workspace.state):
        found = f"{workspace.root} is no workspace yet"
        remedy = "escai config init makes one, escai config import takes a file over"
        checks.append(Check("workspace", str(workspace.root), Health.NOTICE, found, remedy))
        return Diagnosis(tuple(checks))
    for look in (_workspace, _permissions, _keys, _files, _lock, _database):
        try:
            checks += look(workspace)
        except EscaiError as error:
            checks.append(_failed(look.__name__.strip("_"), workspace.root.name, error))
    return Diagnosis(tuple(checks))


def _failed(area: str, subject: str, error: EscaiError) -> Check:
    return Check(area, subject, Health.BAD, str(error), error.hint)


def _versions() -> Iterator[Check]:
    area = "versions"
    yield Check(area, "escai-nb", Health.GOOD, _installed("escai-nb") or "run from its source")
    is_new = sys.version_info >= OLDEST_PYTHON
    remedy = "" if is_new else "install Python 3.11 or later"
    health = Health.GOOD if is_new else Health.BAD
    yield Check(area, "Python", health, platform.python_version(), remedy)
    is_new = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    remedy = "" if is_new else "install a Python that brings a newer SQLite"
    health = Health.GOOD if is_new else Health.BAD
    yield Check(area, "SQLite", health, sqlite3.sqlite_version, remedy)
    import yaml

    has_it = yaml.__with_libyaml__
    found = f"PyYAML {_installed('PyYAML')}, {'with' if has_it else 'without'} libyaml"
    remedy = "" if has_it else "a wheel of PyYAML from PyPI has it, and reads faster"
    yield Check(area, "YAML", Health.GOOD if has_it else Health.NOTICE, found, remedy)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _extras() -> Iterator[Check]:
    """Say of each extra whether all that it asks for is installed."""
    try:
        asked = requires("escai-nb") or ()
    except PackageNotFoundError:
        return
    extras: dict[str, list[str]] = {}
    for line in asked:
        package, extra = _NAME.match(line), _EXTRA.search(line)
        if package and extra and package[0] != "escai-nb":
            extras.setdefault(extra["name"], []).append(package[0])
    for name, packages in sorted(extras.items()):
        if name == "test":
            continue
        missing = [package for package in packages if not _installed(package)]
        found = f"not installed: {', '.join(missing)}" if missing else "installed"
        remedy = f"pip install 'escai-nb[{name}]', if you need it" if missing else ""
        yield Check("extras", name, Health.NOTICE if missing else Health.GOOD, found, remedy)


def _workspace(workspace: Workspace) -> Iterator[Check]:
    found = f"of the spec {workspace.spec.name}"
    yield Check("workspace", str(workspace.root), Health.GOOD, found)
    left = sorted(path.name for path in workspace.state.glob(".*.tmp"))
    if left:
        found = f"a writer that was killed left {', '.join(left)}"
        yield Check("workspace", "leftovers", Health.NOTICE, found, "the next save cleans up")


def _permissions(workspace: Workspace) -> Iterator[Check]:
    """Look at who may read and write."""
    area = "permissions"
    writable = os.access(workspace.root, os.W_OK) and os.access(workspace.state, os.W_OK)
    found = "can be written" if writable else "can be read and not written"
    yield Check(area, str(workspace.root), Health.GOOD if writable else Health.NOTICE, found)
    private = (workspace.history_file, audit_log(workspace).path)
    for path in (*(path for path in private if is_there(path)), *_clear_files(workspace)):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            found = f"{path} can be read by others (mode {mode:o})"
            yield Check(area, path.name, Health.BAD, found, f"chmod 600 {path}")
        else:
            yield Check(area, path.name, Health.GOOD, "its owner's alone")
    for path in _keys_inside(workspace):
        found = f"{path} holds a key, inside the workspace that it protects"
        remedy = "move it out, and rotate the keys if others could read it"
        yield Check(area, path.name, Health.BAD, found, remedy)


def _clear_files(workspace: Workspace) -> Iterator[Path]:
    """List the configuration files that hold clear secrets."""
    for environment in workspace.environments_present():
        try:
            reading = read_environment(workspace, environment)
        except EscaiError:
            continue
        document = reading.files.document
        if document is None or reading.block is not None:
            continue
        if workspace.spec.catalog.secret_paths(document.data):
            yield reading.files.path


def _keys_inside(workspace: Workspace) -> Iterator[Path]:
    for path in sorted(workspace.root.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_KEY:
            try:
                content = read_bytes(path, limit=LARGEST_KEY).strip()
            except EscaiError:
                continue
            if decode_master_key(content) is not None:
                yield path


def _keys(workspace: Workspace) -> Iterator[Check]:
    for environment in workspace.spec.environments:
        if not is_there(workspace.keyring_file(environment)):
            continue
        try:
            ring = unlock(workspace, environment)
        except EscaiError as error:
            yield _failed("keys", environment, error)
            continue
        if ring is not None:
            found = f"opens; generation {ring.generation}, data keys: {len(ring.entries)}"
            yield Check("keys", environment, Health.GOOD, found)


def _files(workspace: Workspace) -> Iterator[Check]:
    for environment in workspace.environments_present():
        try:
            reading = read_environment(workspace, environment)
        except EscaiError as error:
            yield _failed("files", environment, error)
            continue
        for trouble in reading.troubles:
            yield _failed("files", environment, trouble)
        if not reading.troubles:
            form = "sealed" if reading.block is not None else "in clear"
            found = f"{form}, {reading.standing.value}"
            yield Check("files", environment, Health.GOOD, found)


def _lock(workspace: Workspace) -> Iterator[Check]:
    """Look whether a writer holds the lock; where nobody may write, none is tried."""
    path = workspace.state / "lock"
    if not is_there(path) or not os.access(path, os.W_OK):
        yield Check("lock", path.name, Health.GOOD, "nobody has written here yet")
        return
    try:
        with exclusive(path, patience=0):
            yield Check("lock", path.name, Health.GOOD, "free")
    except EscaiError as error:
        yield Check("lock", path.name, Health.NOTICE, str(error), error.hint)


def _database(workspace: Workspace) -> Iterator[Check]:
    path = workspace.history_file
    try:
        require_local(path)
        found = inspect_history(path)
        verdict = audit_log(workspace).verify()
    except EscaiError as error:
        yield _failed("database", path.name, error)
        return
    if found.is_whole:
        size = path.stat().st_size if is_there(path) else 0
        versions = f"{found.versions} version{'s' if found.versions != 1 else ''}"
        told = f"{versions} in {size} bytes, all as it was written"
        yield Check("database", path.name, Health.GOOD, told)
    else:
        told = f"{len(found.flaws)} things are not as they were written: {found.flaws[0]}"
        remedy = "escai config history verify lists them, history rescue keeps what can be read"
        yield Check("database", path.name, Health.BAD, told, remedy)
    for trouble in verdict.troubles:
        remedy = "escai config audit verify tells more; ask who could write there"
        yield Check("database", "audit log", Health.BAD, trouble, remedy)
    if not verdict.troubles:
        lines = f"{verdict.lines} line{'s' if verdict.lines != 1 else ''}"
        yield Check("database", "audit log", Health.GOOD, f"{lines}, none changed")
