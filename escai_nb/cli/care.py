"""``escai config history verify`` and ``cleanup``: a history that stays whole and small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.terminal import draw, emit, progress, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command("verify", example="escai config history verify")
def verify(call: Call) -> int:
    """
    Look through the whole history, and name each version that is not as it was written.

    Rows, contents, tags and heads are looked at without any key, seals where
    keys are at hand. Nothing is written. Exits with 1 if anything is wrong.
    """
    from escai_nb.workspace.verification import verify_history

    with progress(call) as advance:
        found = verify_history(open_workspace(call), progress=advance)
    if call.is_json:
        emit(found.to_data())
    else:
        sheet = found.to_sheet()
        say(neutral(sheet.summary))
        draw(call, sheet)
    return int(not found.is_whole)
