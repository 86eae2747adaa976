"""``escai config doctor``: is everything there that a workspace needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.terminal import draw, say, show
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command("doctor", example="escai config doctor\nescai config doctor --format json")
def doctor(call: Call) -> int:
    """
    Look at versions, extras, permissions, keys, files, the lock and the history.

    Each is told with a remedy where one is needed; -q leaves out what is well.
    Nothing is written. Exits with 1 if something is bad.
    """
    from escai_nb.workspace.diagnosis import Diagnosis, Health, diagnose

    found = diagnose(lambda: open_workspace(call))
    if call.is_json:
        show(call, found)
        return int(not found.is_well)
    shown = tuple(each for each in found.checks if not call.quiet or each.health is not Health.GOOD)
    if shown:
        draw(call, Diagnosis(shown).to_sheet())
    say(neutral(found.to_sheet().summary))
    return int(not found.is_well)
