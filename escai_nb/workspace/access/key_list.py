"""Which keys there are, how old they are, and who opens them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from escai_nb.display import Showable
from escai_nb.workspace.access.unlocking import key_place, peeked_keyring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from escai_nb.encryption.keyring import KeyEntry
    from escai_nb.workspace.layout import Workspace


@dataclass(frozen=True, slots=True)
class KeyRow:
    """
    One key of one environment, without its material.

    Attributes:
        key_file: Where the master key is looked for.

        present: Whether it is there.

        age: Days since the key was made.
    """

    environment: str
    entry: KeyEntry
    key_file: Path
    present: bool
    age: int

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who opens the key: the kind of master key, and its name."""
        return tuple(f"{wrap['provider']} {wrap['recipient']}" for wrap in self.entry.wraps)


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
                "age_days": row.age,
                "recipients": list(row.recipients),
                "key_file": str(row.key_file),
                "present": row.present,
            }
            for row in self.rows
        ]


def list_keys(workspace: Workspace, environments: Sequence[str]) -> Keys:
    """List the keys of *environments*; no master key is needed for it."""
    rows: list[KeyRow] = []
    for environment in environments:
        ring = peeked_keyring(workspace, environment)
        if ring is None:
            continue
        place = key_place(workspace, environment).path
        newest_first = sorted(ring.entries, key=lambda entry: -entry.generation)
        rows += [
            KeyRow(environment, entry, place, place.exists(), age_of(entry, workspace.clock()))
            for entry in newest_first
        ]
    return Keys(tuple(rows))


def age_of(entry: KeyEntry, now: datetime) -> int:
    """Return the days since the key was made, as its keyring says."""
    return max(0, (now - datetime.fromisoformat(entry.created)).days)
