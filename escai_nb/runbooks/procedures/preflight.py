"""Questions that several runbooks ask before they touch anything."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from escai_nb.errors import EscaiError, LockedError
from escai_nb.locking import exclusive
from escai_nb.runbooks.procedure import Check
from escai_nb.views.sheet import counted
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import secret_paths

if TYPE_CHECKING:
    from escai_nb.workspace.layout import Workspace

ROOM = 16 << 20
"""Bytes that must be free; a run with its evidence takes less than one million."""


def opens(workspace: Workspace, environment: str) -> Check:
    """Check that *environment* can be read and its secrets opened."""
    try:
        reading = read_environment(workspace, environment)
        reading.require_usable()
    except EscaiError as error:
        return Check(f"{environment} opens", ok=False, detail=_with_hint(error))
    detail = f"{counted(len(secret_paths(reading.own)), 'secret')}, "
    detail += "sealed" if reading.block is not None else "in clear"
    return Check(f"{environment} opens", ok=True, detail=detail)


def writable(workspace: Workspace) -> Check:
    """Check that the folders of *workspace* may be written."""
    closed = [
        folder.name
        for folder in (workspace.root, workspace.state)
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK)
    ]
    detail = f"no right to write {', '.join(closed)}" if closed else "yes"
    return Check("folders can be written", ok=not closed, detail=detail)


def unlocked(workspace: Workspace) -> Check:
    """Check that nobody else is writing at this moment."""
    if not workspace.state.is_dir():
        return Check("no other writer", ok=True, detail="none")
    try:
        with exclusive(workspace.state / "lock", patience=0):
            return Check("no other writer", ok=True, detail="none")
    except LockedError as error:
        return Check("no other writer", ok=False, detail=_with_hint(error))


def room(workspace: Workspace) -> Check:
    """Check that the disk has room for the work and its evidence."""
    folder = next(place for place in (workspace.root, *workspace.root.parents) if place.exists())
    free = shutil.disk_usage(folder).free
    return Check("disk has room", ok=free >= ROOM, detail=f"at least {ROOM >> 20} MiB needed")


def _with_hint(error: EscaiError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)
