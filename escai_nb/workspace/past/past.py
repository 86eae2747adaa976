"""Going back: what a version said, and what returning to it would make of the file."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.encryption.token import is_token
from escai_nb.errors import KeyUnavailableError
from escai_nb.history.store import SQLiteStore
from escai_nb.looking import is_there
from escai_nb.secret import Secret
from escai_nb.workspace.loading.opening import empty_reading
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import version_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading


@contextmanager
def history_of(workspace: Workspace) -> Iterator[SQLiteStore]:
    """Open the history of *workspace* for the time of the block."""
    with closing(SQLiteStore(workspace.history_file)) as store:
        yield store


def find_version(workspace: Workspace, environment: str, address: str) -> Version:
    """
    Return the one version of *environment* that *address* names.

    Raises:
        VersionUnknownError: If none does, or more than one.
    """
    with history_of(workspace) as store:
        return store.resolve(environment, address)


def change_tag(
    workspace: Workspace, environment: str, address: str, name: str, *, remove: bool
) -> Version:
    """Give a version the tag *name*, or take it away; return the version."""
    with writing(workspace), history_of(workspace) as store:
        version = store.resolve(environment, address)
        (store.untag if remove else store.tag)(version.id, name)
        return store.get(version.id)


def lost_reading(workspace: Workspace, environment: str) -> Reading | None:
    """Return the reading of an environment whose file is gone, though its history is not."""
    path = workspace.file(environment)
    if is_there(path):
        return None
    reading = empty_reading(workspace, environment, path)
    return reading if reading.head is not None else None


def rolled_back(reading: Reading, version: Version, *, include_secrets: bool) -> dict[str, Any]:
    """
    Return what the file says after going back to *version*.

    Today's secrets stay, also where the version had none; with
    *include_secrets* those of the version come back. Where the file is gone,
    those of the last version are today's.

    Raises:
        KeyUnavailableError: If secrets are asked for whose key was destroyed.
    """
    then = version_values(reading, version)
    if include_secrets:
        _require_opened(version, then)
        return then
    own, today = then, reading.own
    if reading.files.document is None and reading.head is not None:
        today = version_values(reading, reading.head)
    for path, value in reversed(list(keypath.leaves(then))):
        if isinstance(value, Secret) and not keypath.has(today, path):
            own = keypath.without(own, path)
    for path, value in keypath.leaves(today):
        if isinstance(value, Secret) and _has_room(own, path):
            own = keypath.replace(own, path, value)
    return own


def _require_opened(version: Version, values: dict[str, Any]) -> None:
    for path, value in keypath.leaves(values):
        if is_token(value):
            message = f"the secrets of version {version.short} are lost with their key"
            raise KeyUnavailableError(
                message,
                code="key-unknown",
                path=keypath.render(path),
                hint="go back without --include-secrets, which keeps today's secrets",
            )


def _has_room(own: dict[str, Any], path: keypath.Path) -> bool:
    """Tell whether *path* leads through what the version had; a dropped list item does not."""
    steps = [at for at, step in enumerate(path) if isinstance(step, int)]
    return all(keypath.has(own, path[: at + 1]) for at in steps)
