"""The small file that says which rotation is under way, so that whoever comes next finishes it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb.digest import canonical_bytes
from escai_nb.encryption.block import FORMAT, refuse_newer
from escai_nb.errors import DocumentError
from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes, remove_durably, write_atomic
from escai_nb.shape import HEX16, TEXT, TIME, fits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.workspace.layout import Workspace

LARGEST_JOURNAL = 1 << 22
"""Bytes; an environment takes about 40, and its name."""
_SHAPE = {"format": 1, "started": TIME, "leaving": {"*": HEX16}, "compromised": [TEXT]}


@dataclass(frozen=True, slots=True)
class Journal:
    """
    A rotation under way, so that whoever comes next can finish it.

    Attributes:
        leaving: Name of the key that goes, by environment.

        compromised: Environments whose key goes because others may know it.
    """

    started: str
    leaving: Mapping[str, str]
    compromised: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the file."""
        return canonical_bytes(
            {
                "format": FORMAT,
                "started": self.started,
                "leaving": dict(self.leaving),
                "compromised": list(self.compromised),
            }
        )

    @classmethod
    def parse(cls, file: bytes, *, where: str) -> Journal:
        """
        Read the *file* that `to_bytes` wrote.

        Raises:
            DocumentError: If it is none.
            NewerFormatError: If a newer version of this package wrote it.
        """
        data: Any = None
        with suppress(ValueError, RecursionError):
            data = json.loads(file)
        if isinstance(data, dict):
            refuse_newer(data, "the journal of a rotation")
        if not fits(data, _SHAPE):
            message = f"{where} is no journal of a rotation"
            raise DocumentError(message, where=where, hint="remove it, and rotate once more")
        return cls(data["started"], data["leaving"], tuple(data["compromised"]))


def journal_file(workspace: Workspace) -> Path:
    """Where a rotation under way is written down; stays on this machine."""
    return workspace.state / "rotation.json"


def read_journal(workspace: Workspace) -> Journal | None:
    """
    Return what rotation is under way, or nothing.

    Raises:
        DocumentError: If the file is no journal.
        NewerFormatError: If a newer version of this package wrote it.
    """
    path = journal_file(workspace)
    if not is_there(path):
        return None
    return Journal.parse(read_bytes(path, limit=LARGEST_JOURNAL), where=str(path))


def write_journal(workspace: Workspace, journal: Journal) -> None:
    """Make *journal* durable: from here on the rotation will be finished."""
    write_atomic(journal_file(workspace), journal.to_bytes())


def drop_journal(workspace: Workspace) -> None:
    """Forget the rotation, as nothing of it is left to do."""
    remove_durably(journal_file(workspace))
