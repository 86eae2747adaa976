"""The order of a key rotation: who carries it out asks for the next step until it is done."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from escai_nb.encryption.keyring import Keyring, KeyState

if TYPE_CHECKING:
    from collections.abc import Mapping


class Step(StrEnum):
    """What a rotation does next; the keyring is its journal."""

    ADD = "add"  # a new key, decrypt-only and durable: from here on a rotation is under way
    PROMOTE = "promote"  # the new key
    RESEAL = "re-seal"  # the documents named, under the primary key
    RECORD = "record"  # a version of kind rotation
    RETIRE = "retire"  # the old key, as no document is left under it


def next_step(
    ring: Keyring, documents: Mapping[str, str], *, is_recorded: bool
) -> tuple[Step, tuple[str, ...]]:
    """
    Say what comes next, and for which kid or documents; `Step.ADD` if nothing is under way.

    *documents* maps each present document to the kid it is sealed under. After
    a crash the answer is the step that was not finished.
    """
    primary = ring.primary_entry
    waiting = [key for key in ring.entries if key.state is KeyState.DECRYPT_ONLY]
    entering = tuple(key.kid for key in waiting if key.generation > primary.generation)
    stale = tuple(name for name, kid in documents.items() if kid != primary.kid)
    if entering:
        return Step.PROMOTE, entering[-1:]
    if stale:
        return Step.RESEAL, stale
    if waiting and not is_recorded:
        return Step.RECORD, (primary.kid,)
    return (Step.RETIRE, (waiting[0].kid,)) if waiting else (Step.ADD, ())
