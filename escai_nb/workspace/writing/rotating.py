"""Carrying out a rotation: step by step, each one durable, from wherever the last writer came."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING

from escai_nb.audit.log import Deed
from escai_nb.encryption.block import read_block
from escai_nb.encryption.keyring import KeyState
from escai_nb.errors import EscaiError, HeadMovedError, KeyUnavailableError
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import VersionKind
from escai_nb.workspace.access.auditing import record_at
from escai_nb.workspace.access.unlocking import provider_of, store_keyring
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.writing.rotation_journal import drop_journal, read_journal
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.encryption.keyring import Keyring, UnlockedKeyring
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.writing.rotation_journal import Journal

ALL_KEYS = (
    "name each other key file with --also, or the file of a passphrase in ESCAI_PASSPHRASE_FILE; "
    "who is to open it no more is taken out first: escai config keys remove-recipient"
)
"""What to do where the keyring opens for a key that is not at hand."""
ATTEMPTS = 5
"""Times that a file is read again because somebody edits it at that moment."""


class Step(StrEnum):
    """What a rotation does next in one environment."""

    ADD = "make the new key"  # decrypt-only, and durable before anything is sealed under it
    PROMOTE = "promote it"
    RESEAL = "seal anew"
    RETIRE = "retire the old key"  # as nothing is left under it
    DONE = "done"


def next_step(ring: Keyring, leaving: str, sealed_under: str) -> tuple[Step, str]:
    """
    Say what comes next on the way out of the key *leaving*, and for which key.

    *sealed_under* names the key that the environment's document is sealed
    under. After a crash the answer is the step that was not finished.
    """
    primary = ring.primary_entry
    states = {key.kid: key.state for key in ring.entries}
    if leaving == primary.kid:
        waiting = [
            key.kid
            for key in ring.entries
            if key.state is KeyState.DECRYPT_ONLY and key.generation > primary.generation
        ]
        return (Step.PROMOTE, waiting[-1]) if waiting else (Step.ADD, "")
    if states.get(leaving) is not KeyState.DECRYPT_ONLY:
        return Step.DONE, primary.kid
    if sealed_under != primary.kid:
        return Step.RESEAL, primary.kid
    return Step.RETIRE, leaving


def resume(workspace: Workspace) -> None:
    """
    Finish what rotation is under way, as far as the keys are here.

    An environment that cannot be opened now is left for a writer who can.
    """
    journal = read_journal(workspace)
    if journal is None:
        return
    is_done = True
    for environment in journal.leaving:
        try:
            advance(workspace, journal, environment)
        except EscaiError:
            is_done = False
    if is_done:
        drop_journal(workspace)


def is_finished(reading: Reading, leaving: str) -> bool:
    """Tell whether nothing is left to do in this environment."""
    return _next(reading, leaving)[0] is Step.DONE


def advance(
    workspace: Workspace,
    journal: Journal,
    environment: str,
    tell: Callable[[Step], None] = lambda _: None,
) -> Reading:
    """
    Do all that is left to do in *environment*, and return how it is then.

    Raises:
        EscaiError: If it cannot be opened or written here; it is then as far
            as it came, and opens.
    """
    leaving = journal.leaving[environment]
    attempts = ATTEMPTS
    while True:
        reading = read_environment(workspace, environment)
        reading.require_usable()
        step, kid = _next(reading, leaving)
        if step is Step.DONE:
            return reading
        tell(step)
        try:
            _take(reading, step, kid, reason=_reason(journal, environment))
        except HeadMovedError:
            attempts -= 1
            if not attempts:
                raise


def _next(reading: Reading, leaving: str) -> tuple[Step, str]:
    return next_step(ring_of(reading), leaving, _sealed_under(reading))


def ring_of(reading: Reading) -> UnlockedKeyring:
    """
    Return the keyring of a reading.

    Raises:
        KeyUnavailableError: If it has none.
    """
    if reading.keyring is None:
        message = f"{reading.environment} has no keyring here"
        raise KeyUnavailableError(message, hint="restore it from version control or a backup")
    return reading.keyring


def _sealed_under(reading: Reading) -> str:
    """Name the key of the file or, where that is clear, of the newest version."""
    block = reading.block
    if block is None and reading.head is not None:
        with closing(SQLiteStore(reading.workspace.history_file)) as store:
            block = read_block(store.content(reading.head.id))
    return block.kid if block is not None else ""


def _reason(journal: Journal, environment: str) -> str:
    old = journal.leaving[environment][:8]
    is_known = environment in journal.compromised
    return f"key {old} replaced, as others may know it" if is_known else f"key {old} replaced"


def _take(reading: Reading, step: Step, kid: str, *, reason: str) -> None:
    """Do one *step*; it is durable when this returns."""
    workspace, environment, ring = reading.workspace, reading.environment, ring_of(reading)
    match step:
        case Step.ADD:
            provider = provider_of(workspace, environment)
            try:
                ring = ring.with_new_key(provider, workspace.clock())
            except KeyUnavailableError as error:
                error.hint = ALL_KEYS
                raise
            store_keyring(workspace, ring)
        case Step.PROMOTE:
            provider = provider_of(workspace, environment)
            store_keyring(workspace, ring.with_promoted(kid, provider))
        case Step.RESEAL:
            means = Means(sealed=reading.block is not None, resealed=True)
            save(reading, reading.own, Entry(VersionKind.ROTATION, reason), means)
        case Step.RETIRE:
            record_at(reading, Deed.KEY_RETIRED, note=kid)
            store_keyring(workspace, ring.with_retired(kid))
        case Step.DONE:
            pass
