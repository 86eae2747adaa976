"""``escai config drift``: whether a file says what its history recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_reader
from escai_nb.cli.terminal import point_to_doctor, show

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

UNKNOWN = 3
"""Exit code where somebody could not be asked."""


@command("drift", example="escai config drift -e production\nescai config drift --format json")
def drift(call: Call) -> int:
    """
    Compare the file as it lies there with its newest version.

    Of secrets only that they differ. Nothing is written. Exits with 1 if they
    differ, with 3 if that cannot be told, as without a key.
    """
    from escai_nb.workspace.drift import Observer

    found = open_reader(call).drift(Observer.RECORDED)  # nothing runs that would know another
    show(call, found)
    if found.is_drifted:
        return 1
    if found.is_known:
        return 0
    point_to_doctor(call)
    return UNKNOWN
