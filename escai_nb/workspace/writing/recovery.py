"""Going on from where a writer was killed: every writer does it first, under the lock."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from escai_nb.digest import sha256_hex
from escai_nb.encryption.seal import value_digest
from escai_nb.errors import EscaiError, HeadMovedError
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import SHARED, VersionKind
from escai_nb.looking import is_there
from escai_nb.safefile import remove_leftovers
from escai_nb.sources.document import read
from escai_nb.workspace.access.unlocking import remove_leftover_keys, store_keyring
from escai_nb.workspace.layout import SUFFIXES
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import NEXT, Standing, json_like
from escai_nb.workspace.writing.rotating import resume
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading


@contextmanager
def writing(workspace: Workspace) -> Iterator[None]:
    """
    Hold the one lock of *workspace*, with nothing in it left half done.

    Raises:
        LockedError: If another writer keeps it for too long.
        EscaiError: If what was left cannot be finished, as on a full disk.
    """
    with workspace.writing() as is_outermost:
        if is_outermost:
            clean_up(workspace)
            resume(workspace)
        yield


def mend(workspace: Workspace) -> None:
    """
    Finish or drop what a killed writer left, so that a plan made now can be applied.

    Raises:
        EscaiError: As `writing` does.
    """
    if is_there(workspace.state):
        with writing(workspace):
            pass


def clean_up(workspace: Workspace) -> None:
    """
    Finish or drop what a writer that was killed left, but for a rotation; the caller has the lock.

    A version that was begun is finished if its file is in place, and dropped if
    it is not. What cannot be told without a key that is not here is left.
    """
    stems = ["config", *(f"config.{name}" for name in workspace.spec.environments)]
    ours = {".gitattributes", *(stem + suffix for stem in stems for suffix in SUFFIXES)}
    remove_leftovers(workspace.root, ours.__contains__)
    remove_leftovers(workspace.state, lambda _: True)
    remove_leftover_keys(workspace)
    with closing(SQLiteStore(workspace.history_file)) as store:
        store.tidy()
        waiting = store.pending()
        for version in waiting:
            if version.environment != SHARED:
                _settle(workspace, store, version)
        for version in waiting:
            if version.environment == SHARED:
                _settle_shared(workspace, store, version)


def _settle(workspace: Workspace, store: SQLiteStore, version: Version) -> None:
    if not workspace.has_file(version.environment):
        store.drop(version.id)
        return
    try:
        reading = read_environment(workspace, version.environment)
    except EscaiError:  # somebody is mending the file by hand
        return
    is_clear, is_locked = reading.block is None, reading.keyring is None
    if _is_written(version, reading):
        if not is_clear and not is_locked:
            _demand_seal(reading)
        _confirm(store, version)
    elif not (is_clear and is_locked and is_there(workspace.keyring_file(version.environment))):
        store.drop(version.id)


def _is_written(version: Version, reading: Reading) -> bool:
    document = reading.files.document
    if document is not None and sha256_hex(document.data) == version.digest:
        return True
    if reading.block is not None or reading.keyring is None:
        return False
    return value_digest(reading.keyring.primary, reading.own) == version.value_digest


def _demand_seal(reading: Reading) -> None:
    if reading.keyring is not None and reading.keyring.seals != "file":
        store_keyring(reading.workspace, reading.keyring.with_seals("file"))


def _confirm(store: SQLiteStore, version: Version) -> None:
    try:
        store.confirm(version.id)
    except HeadMovedError:
        store.drop(version.id)


def _settle_shared(workspace: Workspace, store: SQLiteStore, version: Version) -> None:
    """Let the seals vouch for what the shared file says, be that the new or the old."""
    path = workspace.shared_file
    try:
        said = sha256_hex(json_like(read(path).data)) if is_there(path) else ""
        readings = [read_environment(workspace, name) for name in workspace.environments_present()]
    except EscaiError:  # somebody is mending a file by hand
        return
    is_written = version.value_digest == said
    entry = Entry(
        VersionKind.RESEAL, f"vouches for {path.name}", version.id if is_written else None
    )
    for reading in readings:
        vouches = reading.block.vouches if reading.block is not None else {}
        if f"shared{NEXT}" in vouches and not reading.troubles:
            save(known(reading), reading.own, entry, Means(resealed=True))
    if is_written:
        _confirm(store, version)
    else:
        store.drop(version.id)


def known(reading: Reading) -> Reading:
    """Take a file that says what the newest version said for that version's own."""
    head, ring = reading.head, reading.keyring
    if head is None or ring is None or value_digest(ring.primary, reading.own) != head.value_digest:
        return reading
    return replace(reading, stands=Standing.CURRENT)
