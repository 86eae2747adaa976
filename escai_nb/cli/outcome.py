"""How a change is told: what differs, and the version that came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.terminal import draw, emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.manager import ConfigManager

COLUMNS = ("path", "change", "old", "new")


def tell_change(call: Call, diff: Diff, version: Version | None, *, dry_run: bool = False) -> None:
    """Show *diff*, and whether it is saved now."""
    if call.is_json:
        emit(
            {
                "dry_run": dry_run,
                "version": version.id if version is not None else None,
                **diff.to_data(),
            }
        )
        return
    draw_diff(call, diff)
    if dry_run:
        say("dry run: nothing was written")
    elif version is not None and diff:
        tell_version(version)


def draw_diff(call: Call, diff: Diff) -> None:
    """Show the changes as a table."""
    draw(call, diff.to_sheet(), only=COLUMNS)


def tell_version(version: Version) -> None:
    """Name the version that was made."""
    said = f": {neutral(version.message)}" if version.message else ""
    say(f"version {version.short} of {version.environment} ({version.kind.value}){said}")


def tell_standing(call: Call, manager: ConfigManager) -> None:
    """Say how many errors stand after a change: they were there before, so it was made."""
    from escai_nb.validation.finding import Severity
    from escai_nb.views.sheet import counted

    if call.quiet:
        return
    if count := manager.report().count(Severity.ERROR):
        told = counted(count, "error still stands", "errors still stand")
        note(
            call, neutral(f"note: {told}: escai config validate {call.again(manager.environment)}")
        )


def tell_unverified(call: Call, reading: Reading) -> None:
    """Say why nothing vouches for what is shown, if nothing does."""
    if reading.troubles:
        note(call, f"unverified: {neutral(str(reading.troubles[0]))}")
