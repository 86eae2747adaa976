"""Looking through the whole history of a workspace, its seals included where keys are at hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.block import read_block
from escai_nb.encryption.seal import open_document, value_digest
from escai_nb.errors import EscaiError, HistoryDamagedError, KeyUnavailableError, UnavailableError
from escai_nb.history.inspection import Flaw, Inspection, inspect_history
from escai_nb.history.version import SHARED
from escai_nb.workspace.access.unlocking import unlock
from escai_nb.workspace.loading.reading import json_like
from escai_nb.workspace.past.past import history_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.history.store import SQLiteStore
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace

STEP = 50
"""Versions between two signs of progress."""
LOST = "{n} versions of {environment} are sealed under keys that are not here or were destroyed"


def verify_history(
    workspace: Workspace, *, progress: Callable[[str, int, int], None] | None = None
) -> Inspection:
    """
    Look at all that is kept of the past: rows, chain, contents, and each seal.

    A seal is looked at where the keys of its environment are at hand; the notes
    say where they are not. Nothing is written.

    Raises:
        UnavailableError: If the history cannot be read, for another reason than
            damage.
    """
    tell = progress or (lambda _what, _done, _total: None)
    tell("rows", 0, 1)
    found = inspect_history(workspace.history_file)
    flaws, notes = list(found.flaws), list(found.notes)
    known = {flaw.version for flaw in flaws}
    try:
        with history_of(workspace) as store:
            versions = [v for v in store.versions() if v.kept and v.id not in known]
            rings = _keyrings(workspace, sorted({v.environment for v in versions}), notes)
            lost = Counter[str]()
            for done, version in enumerate(reversed(versions)):
                if done % STEP == 0:
                    tell("seals", done, len(versions))
                try:
                    what = _flaw_of(store, version, rings.get(version.environment))
                except KeyUnavailableError:
                    lost[version.environment] += 1
                    continue
                if what:
                    flaws.append(Flaw(version.id, version.environment, what))
            notes += [LOST.format(n=lost[name], environment=name) for name in lost]
    except HistoryDamagedError:
        notes.append("the seals were not looked at, as the file is damaged")
    return replace(found, flaws=tuple(flaws), notes=tuple(notes))


def _keyrings(
    workspace: Workspace, environments: list[str], notes: list[str]
) -> dict[str, UnlockedKeyring]:
    rings: dict[str, UnlockedKeyring] = {}
    for environment in environments:
        if environment == SHARED:
            continue
        try:
            ring = unlock(workspace, environment)
        except EscaiError as error:
            notes.append(f"the seals of {environment} were not looked at: {error}")
            continue
        if ring is None:
            notes.append(f"the seals of {environment} were not looked at: it has no keyring here")
        else:
            rings[environment] = ring
    return rings


def _flaw_of(store: SQLiteStore, version: Version, ring: UnlockedKeyring | None) -> str:
    """Say what is wrong with the sealed content of *version*; nothing if nothing is."""
    try:
        content = store.content(version.id)
        block = read_block(content)
        if block is None:
            return "" if version.environment == SHARED else "its content is not sealed"
        if (block.seal, block.revision) != (version.seal, version.revision):
            return "its seal is not the one that it was recorded with"
        return _seal_flaw(content, version, ring) if ring is not None else ""
    except KeyUnavailableError:
        raise
    except UnavailableError as error:
        return str(error)


def _seal_flaw(content: dict[str, Any], version: Version, ring: UnlockedKeyring) -> str:
    opened = open_document(content, ring.archive)
    key = ring.archive.find(opened.block.kid)
    if version.value_digest != value_digest(key, json_like(opened.data)):
        return "its values are not those that it was recorded with"
    return ""
