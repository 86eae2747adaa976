"""A rotation as plain values: what is under way, and which step comes next."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from escai_nb.digest import canonical_bytes
from escai_nb.encryption.block import FORMAT, refuse_newer
from escai_nb.encryption.keyring import Keyring, KeyState
from escai_nb.encryption.shape import HEX16, TEXT, TIME, fits
from escai_nb.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Mapping


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
