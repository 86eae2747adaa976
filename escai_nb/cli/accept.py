"""``escai config accept``: a hand edit becomes a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.change import saying, trying
from escai_nb.cli.command import command
from escai_nb.cli.opening import open_manager
from escai_nb.cli.outcome import tell_change, tell_standing, tell_version

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command("accept", example="escai config accept -e production --dry-run\nescai config accept")
@saying
@trying
def accept(call: Call, *, message: str, dry_run: bool) -> None:
    """
    Take over what was edited by hand, or merged by git, in a sealed file.

    Shows what differs from the last version, validates it, seals the file anew
    and records one version. A sealed value that does not belong where it stands
    is never taken.
    """
    manager = open_manager(call)
    manager.workspace.require_file(manager.environment)
    taken = manager.accept(message, dry_run=dry_run)
    tell_change(call, taken.diff, taken.version, dry_run=dry_run)
    if taken.version is not None and not taken.diff and not call.is_json:
        tell_version(taken.version)  # a policy, or a seal, and no value
    if not dry_run:
        tell_standing(call, manager)
