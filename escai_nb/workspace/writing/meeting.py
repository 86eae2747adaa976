"""Two writers: making sure that what is saved was made from what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.errors import HeadMovedError
from escai_nb.history.version import SHORT
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import read_environment

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.history.change import Diff
    from escai_nb.workspace.loading.reading import Reading


def read_again(
    base: Reading, mine: Diff, *, file: Path | None, expected_head: str | None = None
) -> Reading:
    """
    Read again under the lock, and make sure that nobody changed a value since *base*.

    Raises:
        HeadMovedError: If somebody did, with their changes and *mine*; or if the
            head is not *expected_head*.
        EscaiError: If the configuration may not be used any more.
    """
    fresh = read_environment(base.workspace, base.environment, file=file)
    fresh.require_usable()
    head = fresh.head.id if fresh.head is not None else ""
    if expected_head is not None and not (expected_head and head.startswith(expected_head)):
        moved = f"the head is {head[:SHORT] or 'missing'}, not {expected_head[:SHORT]}"
        raise HeadMovedError(moved, hint="look at escai config history, then repeat")
    if theirs := difference(base.own, fresh.own, left="read", right="theirs"):
        both = sorted(_paths(theirs) & _paths(mine))
        name = fresh.files.path.name
        message = f"{name} was saved by somebody else meanwhile: theirs changes {_named(theirs)}"
        message += f", mine {_named(mine)}" if mine else ""
        message += f"; both sides changed {', '.join(both)}" if both else ""
        raise HeadMovedError(
            message,
            path=both[0] if both else "",
            hint="load it again, then repeat the change; in a manager.transaction() it is not met",
            theirs=theirs,
            mine=mine,
        )
    return fresh


NAMED = 3
"""Changes that a message lists."""


def _paths(changes: Diff) -> set[str]:
    return {change.path for change in changes}


def _named(changes: Diff) -> str:
    paths = sorted(_paths(changes))
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return ", ".join(paths[:NAMED]) + more
