"""A new key for an environment: made durable, promoted, used everywhere, the old one retired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.audit.log import Deed
from escai_nb.errors import RefusedError
from escai_nb.history.database import kept_open
from escai_nb.shape import written_time
from escai_nb.workspace.access.auditing import record_at
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import secret_paths
from escai_nb.workspace.writing.recovery import clean_up
from escai_nb.workspace.writing.rotating import Step, advance, is_finished, resume, ring_of
from escai_nb.workspace.writing.rotation_journal import Journal, read_journal, write_journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading

STEPS = len(Step) - 1
"""Steps of one environment."""


@dataclass(frozen=True, slots=True)
class RotationReceipt:
    """
    What a rotation did, or in a dry run would do.

    Attributes:
        new_kid: Name of the new key; empty in a dry run.

        generation: Generation of the keyring afterwards.

        resealed: Key paths that are sealed under the new key.

        must_change: Key paths whose secrets others may know by now, so that
            each must be changed where it is valid: in the database, at the
            provider; empty unless the old key was compromised.
    """

    environment: str
    old_kid: str
    new_kid: str
    generation: int
    resealed: tuple[str, ...]
    version: Version | None
    must_change: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "old_kid": self.old_kid,
            "new_kid": self.new_kid,
            "generation": self.generation,
            "resealed": list(self.resealed),
            "must_change": list(self.must_change),
            "version": self.version.id if self.version is not None else None,
        }


def rotate_keys(
    workspace: Workspace,
    environment: str,
    *,
    compromised: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
    dry_run: bool = False,
) -> RotationReceipt:
    """Give *environment* a new key; see `rotate_all`."""
    (receipt,) = rotate_all(
        workspace, [environment], compromised=compromised, progress=progress, dry_run=dry_run
    )
    return receipt


def rotate_all(
    workspace: Workspace,
    environments: Sequence[str],
    *,
    compromised: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
    dry_run: bool = False,
) -> tuple[RotationReceipt, ...]:
    """
    Give each of *environments* a new key, and leave everything readable.

    Files are sealed under the new key; older versions stay under the old one,
    which is kept as retired. Ended at any point, everything opens, and the next
    writer finishes it; repeating an unfinished rotation makes no second key.
    With *compromised*, the receipts list the secrets that others may know.

    Raises:
        KeyUnavailableError: If a key is not here; nothing is begun then.
        RefusedError: If an environment has nothing that is sealed.
    """
    with workspace.writing():
        clean_up(workspace)
        readings = [_rotatable(workspace, name) for name in environments]
        journal = _journal(workspace, readings, compromised=compromised)
        if dry_run:
            return tuple(_receipt(r, journal, is_done=False) for r in readings)
        with kept_open(workspace.history_file):
            for reading in readings:
                _audit(reading, journal)
            write_journal(workspace, journal)
            receipts = []
            for number, name in enumerate(environments):
                tell = _teller(progress, name, number * STEPS, len(environments) * STEPS)
                reading = advance(workspace, journal, name, tell)
                receipts.append(_receipt(reading, journal, is_done=True))
            # the journal may name others, of a rotation that was ended before
            resume(workspace)
    if progress is not None:
        progress("done", len(environments) * STEPS, len(environments) * STEPS)
    return tuple(receipts)


def _audit(reading: Reading, journal: Journal) -> None:
    is_known = reading.environment in journal.compromised
    record_at(
        reading, Deed.ROTATION, paths=_sealed(reading), note="compromised" if is_known else ""
    )


def _sealed(reading: Reading) -> tuple[str, ...]:
    return tuple(sorted(map(keypath.render, secret_paths(reading.own))))


def _teller(
    progress: Callable[[str, int, int], None] | None, name: str, done: int, total: int
) -> Callable[[Step], None]:
    def tell(step: Step) -> None:
        if progress is not None:
            progress(f"{name}: {step.value}", done + list(Step).index(step), total)

    return tell


def _rotatable(workspace: Workspace, environment: str) -> Reading:
    reading = read_environment(workspace, environment)
    reading.require_usable()
    if reading.keyring is None:
        message = f"{environment} has no key that could be changed"
        raise RefusedError(message, hint=f"seal it first: escai config encrypt -e {environment}")
    return reading


def _journal(workspace: Workspace, readings: list[Reading], *, compromised: bool) -> Journal:
    """Write down what is to be done, going on with what is under way."""
    before = read_journal(workspace)
    leaving = dict(before.leaving) if before is not None else {}
    known = set(before.compromised) if before is not None else set()
    is_repeated = leaving.keys() == {reading.environment for reading in readings}
    for reading in readings:
        name = reading.environment
        if name not in leaving or (not is_repeated and is_finished(reading, leaving[name])):
            leaving[name] = ring_of(reading).primary.kid
            known.discard(name)
        if compromised:
            known.add(name)
    return Journal(written_time(workspace.clock()), leaving, tuple(sorted(known)))


def _receipt(reading: Reading, journal: Journal, *, is_done: bool) -> RotationReceipt:
    name, ring = reading.environment, ring_of(reading)
    paths = _sealed(reading)
    return RotationReceipt(
        environment=name,
        old_kid=journal.leaving[name],
        new_kid=ring.primary.kid if is_done else "",
        generation=ring.generation,
        resealed=paths,
        version=reading.head if is_done else None,
        must_change=paths if name in journal.compromised else (),
    )
