"""What a workspace writes into its audit log, before the deed is released."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from escai_nb import keypath
from escai_nb.audit.log import AuditLog, Deed, Event
from escai_nb.errors import EscaiError, SealError, UnavailableError
from escai_nb.looking import is_there
from escai_nb.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.keypath import Path
    from escai_nb.sources.layers import Merged
    from escai_nb.workspace.layout import Workspace


class Audited(Protocol):
    """What the log has to know of an environment as it was read."""

    @property
    def workspace(self) -> Workspace:
        """The workspace that it lies in."""

    @property
    def environment(self) -> str:
        """Its name."""

    @property
    def keyring(self) -> UnlockedKeyring | None:
        """Its keys, if it has any and they were needed."""

    @property
    def merged(self) -> Merged:
        """Its effective values, each secret concealed."""


def audit_log(workspace: Workspace) -> AuditLog:
    """Return the log of *workspace*, which need not exist yet."""
    return AuditLog(workspace.state / "audit.jsonl", workspace.history_file)


def record(  # the facts of a line, each named
    workspace: Workspace,
    what: Deed,
    environment: str,
    *,
    paths: Iterable[str] = (),
    kid: str = "",
    generation: int = 0,
    note: str = "",
) -> None:
    """
    Write one line of the log; it is on the disk when this returns.

    Raises:
        UnavailableError: If it cannot be written; what was to be done is then not done.
    """
    event = Event(
        who=workspace.author,
        what=what,
        environment=environment,
        paths=tuple(paths),
        kid=kid,
        generation=generation,
        note=note,
    )
    log = audit_log(workspace)
    try:
        log.append(event, time=workspace.clock())
    except UnavailableError as error:
        error.hint = f"{error.hint}; nothing is done or shown that {log.path} does not say"
        raise


def record_at(reading: Audited, what: Deed, *, paths: Iterable[str] = (), note: str = "") -> None:
    """Write one line about the environment of *reading* and its present key; see `record`."""
    ring = reading.keyring
    record(
        reading.workspace,
        what,
        reading.environment,
        paths=paths,
        kid=ring.primary.kid if ring is not None else "",
        generation=ring.generation if ring is not None else 0,
        note=note,
    )


@contextmanager
def recorded(
    workspace: Workspace, what: Deed, keyring: UnlockedKeyring, *, note: str = ""
) -> Iterator[None]:
    """
    Write that the deed in the block begins, on *keyring* as it is before; if it fails, also how.

    Raises:
        UnavailableError: If the log cannot be written; the block is then not begun.
    """

    def told(said: str) -> None:
        kid, generation = keyring.primary.kid, keyring.generation
        record(workspace, what, keyring.environment, kid=kid, generation=generation, note=said)

    told(note)
    try:
        yield
    except EscaiError as error:
        with suppress(UnavailableError):
            told(f"{note} failed: {error.code}".strip())
        raise


def record_reveal(reading: Audited, how: str, at: Path = ()) -> None:
    """
    Write which secrets at and below *at* are about to be shown, and *how*; none, no line.

    Raises:
        UnavailableError: If it cannot be written; nothing is to be shown then.
    """
    data = reading.merged.data
    below = keypath.get(data, at) if keypath.has(data, at) else None
    leaves = keypath.leaves(below, at)
    paths = [keypath.render(path) for path, value in leaves if isinstance(value, Secret)]
    if paths and is_there(reading.workspace.policy_file):
        record_at(reading, Deed.REVEAL, paths=paths, note=how)


def record_use(reading: Audited, how: str) -> bool:
    """
    Write what a program is about to be given, as `record_reveal` does, and tell whether it could.

    Who may not write here, as in a container whose file system is read-only, can
    load the same values without a log, and is not kept from it.

    Raises:
        UnavailableError: If it could be written and was not; nothing is to be given then.
    """
    may_write = os.access(reading.workspace.state, os.W_OK)
    if may_write or not is_there(reading.workspace.policy_file):
        record_reveal(reading, how)
    return may_write


def record_refusal(workspace: Workspace, environment: str, error: SealError) -> None:
    """
    Write that something sealed was refused, unless that is the newest line already.

    A reader that may not write here is not kept from being told, so nothing is raised.
    """
    log = audit_log(workspace)
    with suppress(UnavailableError):
        if not is_there(workspace.policy_file):
            return
        last = log.last()
        event = Event(
            who=workspace.author,
            what=Deed.SEAL_FAILED,
            environment=environment,
            paths=(error.path,) if error.path else (),
            note=error.code,
        )
        facts = ("who", "what", "environment", "paths", "note")
        if last is None or any(getattr(last, name) != getattr(event, name) for name in facts):
            log.append(event, time=workspace.clock())
