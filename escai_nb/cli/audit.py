"""``escai config audit``: who did what to keys and secrets, and whether the log is whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.lazy import LazyGroup
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.terminal import emit, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.audit.log import Line
    from escai_nb.cli.command import Call

MOST_PATHS = 3
"""Key paths that a line of text names one by one."""

audit = LazyGroup(
    "audit",
    table={
        "list": ("escai_nb.cli.audit:list_", "List who did what to keys and secrets."),
        "verify": ("escai_nb.cli.audit:verify", "Check that the log is as it was written."),
    },
    help="The log of key operations, reveals and seal failures.",
    epilog="\b\nExample:\n  escai config audit list -n 5\n  escai config audit verify",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@command("list", example="escai config audit list -n 5 -e production")
@click.option(
    "-n", "--number", type=click.IntRange(min=1), default=20, show_default=True, help="At most."
)
def list_(call: Call, *, number: int) -> None:
    """List what was recorded, newest first: who, what, which paths and key, never a value."""
    from escai_nb.workspace.access.auditing import audit_log

    found = [line for line in audit_log(open_workspace(call)).lines() if line is not None]
    chosen = [line for line in found if call.environment in {None, line.environment}]
    newest = chosen[: -number - 1 : -1]
    if call.is_json:
        emit([asdict(line) for line in newest])
        return
    for line in newest:
        say(neutral(_told(line)))
    if not newest:
        say("nothing was recorded yet")


def _told(line: Line) -> str:
    listed = ", ".join(line.paths[:MOST_PATHS])
    more = f" and {len(line.paths) - MOST_PATHS} more" if len(line.paths) > MOST_PATHS else ""
    key = f"key {line.kid[:8]} of generation {line.generation}" if line.kid else ""
    parts = (line.time[:19] + "Z", line.who, line.what.value, line.environment, key, line.note)
    return "  ".join(filter(None, (*parts, f"{listed}{more}")))


@command("verify", example="escai config audit verify")
def verify(call: Call) -> int:
    """
    Check that nothing was changed, deleted, inserted, moved or cut off.

    Exits with 1 if something was; each place is named.
    """
    from escai_nb.workspace.access.auditing import audit_log

    verdict = audit_log(open_workspace(call)).verify()
    if call.is_json:
        emit(asdict(verdict))
    else:
        whole = "is not as it was written" if verdict.troubles else "is whole"
        say(f"the audit log of {verdict.lines} lines {whole}")
        for trouble in verdict.troubles:
            say(f"  {neutral(trouble)}")
    return 1 if verdict.troubles else 0
