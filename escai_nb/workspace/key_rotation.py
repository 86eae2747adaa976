"""A new key for an environment: made durable, promoted, used everywhere, the old one retired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import Showable
from escai_nb.encryption.keyring import peek
from escai_nb.errors import KeyUnavailableError, RefusedError, SealError
from escai_nb.history.version import VersionKind
from escai_nb.safefile import read_bytes
from escai_nb.workspace.opening import read_environment
from escai_nb.workspace.saving import Entry, Means, save, settle
from escai_nb.workspace.unlocking import (
    LARGEST_KEYRING,
    key_place,
    provider_of,
    store_keyring,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from escai_nb.encryption.keyring import KeyEntry, UnlockedKeyring
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.reading import Reading

STEPS = ("make the new key", "promote it", "seal the file anew", "verify", "retire the old key")


@dataclass(frozen=True, slots=True)
class RotationReceipt:
    """
    What a rotation did, or in a dry run would do.

    Attributes:
        new_kid: Name of the new key; empty in a dry run.

        generation: Generation of the keyring afterwards.

        resealed: Key paths that are sealed under the new key.
    """

    environment: str
    old_kid: str
    new_kid: str
    generation: int
    resealed: tuple[str, ...]
    version: Version | None

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "old_kid": self.old_kid,
            "new_kid": self.new_kid,
            "generation": self.generation,
            "resealed": list(self.resealed),
            "version": self.version.id if self.version is not None else None,
        }


def rotate_keys(
    workspace: Workspace,
    environment: str,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    dry_run: bool = False,
) -> RotationReceipt:
    """
    Give *environment* a new key, and leave everything readable.

    The file is sealed under the new key; older versions stay under the old
    one, which is kept as retired. Ended at any point, the environment opens,
    and repeating the rotation completes it with one more key.

    Raises:
        KeyUnavailableError: If the environment has no key, or it is not here.
        RefusedError: If there is no sealed file whose key could be changed.
    """
    tell = progress or (lambda _what, _done, _total: None)
    with workspace.writing():
        settle(workspace, read_environment(workspace, environment))
        reading = read_environment(workspace, environment)
        reading.require_usable()
        keyring = reading.keyring
        if keyring is None or reading.opened is None:
            message = f"{environment} is not sealed, so there is no key to rotate"
            raise RefusedError(
                message, hint=f"seal it first: escai config encrypt -e {environment}"
            )
        old = keyring.primary.kid
        paths = tuple(sorted(map(keypath.render, reading.opened.tokens)))
        if dry_run:
            return RotationReceipt(environment, old, "", keyring.generation, paths, None)
        provider = provider_of(workspace, environment)
        tell(STEPS[0], 0, len(STEPS))
        keyring = _stored(workspace, keyring.with_new_key(provider, workspace.clock()))
        new = keyring.entries[-1].kid
        tell(STEPS[1], 1, len(STEPS))
        _stored(workspace, keyring.with_promoted(new, provider))
        tell(STEPS[2], 2, len(STEPS))
        version = _seal_anew(
            workspace,
            environment,
            Entry(VersionKind.ROTATION, f"key {old[:8]} replaced by {new[:8]}"),
        )
        tell(STEPS[3], 3, len(STEPS))
        after = _verified(workspace, environment, new)
        tell(STEPS[4], 4, len(STEPS))
        keyring = _retire_others(workspace, after)
        tell("done", len(STEPS), len(STEPS))
        return RotationReceipt(environment, old, new, keyring.generation, paths, version)


def _stored(workspace: Workspace, keyring: UnlockedKeyring) -> UnlockedKeyring:
    store_keyring(workspace, keyring)
    return keyring


def _seal_anew(workspace: Workspace, environment: str, entry: Entry) -> Version | None:
    reading = read_environment(workspace, environment)
    reading.require_usable()
    return save(reading, reading.own, entry, Means(resealed=True))


def _verified(workspace: Workspace, environment: str, kid: str) -> Reading:
    """Read everything again; nothing may be left under another key than *kid*."""
    reading = read_environment(workspace, environment)
    reading.require_usable()
    if reading.block is None or reading.block.kid != kid:
        message = f"{reading.files.path.name} is not sealed under the new key {kid[:8]}"
        raise SealError(message, hint="repeat the rotation")
    return reading


def _retire_others(workspace: Workspace, reading: Reading) -> UnlockedKeyring:
    keyring = reading.keyring
    if keyring is None:
        message = f"the keyring of {reading.environment} is gone"
        raise KeyUnavailableError(message, hint="restore it from version control")
    for entry in keyring.entries:
        if entry.state.value == "decrypt-only":
            keyring = keyring.with_retired(entry.kid)
    return _stored(workspace, keyring)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """
    One key of one environment, without its material.

    Attributes:
        key_file: Where the master key is looked for.

        present: Whether it is there.
    """

    environment: str
    entry: KeyEntry
    key_file: Path
    present: bool


@dataclass(frozen=True, slots=True)
class Keys(Showable):
    """The keys of some environments, newest first within each."""

    rows: tuple[KeyRow, ...]

    def to_data(self) -> list[dict[str, Any]]:
        """Return the keys as plain data."""
        return [
            {
                "environment": row.environment,
                "kid": row.entry.kid,
                "generation": row.entry.generation,
                "state": row.entry.state.value,
                "created": row.entry.created,
                "key_file": str(row.key_file),
                "present": row.present,
            }
            for row in self.rows
        ]


def list_keys(workspace: Workspace, environments: Sequence[str]) -> Keys:
    """List the keys of *environments*; no master key is needed for it."""
    rows: list[KeyRow] = []
    for environment in environments:
        path = workspace.keyring_file(environment)
        if not path.exists():
            continue
        place = key_place(workspace, environment).path
        entries = peek(read_bytes(path, limit=LARGEST_KEYRING)).entries
        newest_first = sorted(entries, key=lambda entry: -entry.generation)
        rows += [KeyRow(environment, entry, place, place.exists()) for entry in newest_first]
    return Keys(tuple(rows))
