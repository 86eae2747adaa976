"""``escai config history verify``, ``rescue``, ``cleanup``: a history whole and small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import trying
from escai_nb.cli.command import command
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.terminal import confirm, draw, emit, progress, say
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
    from escai_nb.workspace.past.verification import verify_history

    with progress(call) as advance:
        found = verify_history(open_workspace(call), progress=advance)
    if call.is_json:
        emit(found.to_data())
    else:
        sheet = found.to_sheet()
        say(neutral(sheet.summary))
        draw(call, sheet)
    return int(not found.is_whole)


@command("rescue", example="escai config history rescue")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def rescue(call: Call, *, yes: bool) -> None:
    """
    Put a whole history in the place of a damaged one: all that can still be read.

    The damaged file is kept beside it. Configuration files and keys are not
    touched. Nothing is done where nothing is wrong.
    """
    from escai_nb.history.inspection import inspect_history
    from escai_nb.views.sheet import counted
    from escai_nb.workspace.past.rescuing import rescue as rescued

    workspace = open_workspace(call)
    if not inspect_history(workspace.history_file).is_whole:
        confirm("replace the damaged history by what can be read of it?", yes=yes)
    made = rescued(workspace)
    if call.is_json:
        emit(made.to_data() if made is not None else None)
    elif made is None:
        say("nothing is wrong; nothing was done")
    else:
        say(f"{counted(made.versions, 'version')} saved, {made.contents} with content")
        if made.gaps:
            lost = ", ".join(version[:12] for version in made.gaps)
            say(f"what came before these versions is lost: {lost}")
        say(f"the damaged file is kept: {neutral(str(made.kept))}")


@command(
    "cleanup",
    example="escai config history cleanup --keep 50 --keep-days 90 --dry-run",
)
@click.option("--keep", type=click.IntRange(min=1), help="Newest of each environment.")
@click.option("--keep-days", type=click.IntRange(min=0), help="Not older than this.")
@click.option("--max-size", type=click.IntRange(min=0), help="Bytes of all contents together.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@trying
def cleanup(
    call: Call,
    *,
    keep: int | None,
    keep_days: int | None,
    max_size: int | None,
    yes: bool,
    dry_run: bool,
) -> None:
    """
    Forget what old versions said; that they were stays in the history.

    What --keep or --keep-days keeps stays; the oldest of the rest goes first
    for --max-size. Tagged versions, heads, those before them, and those that
    others were made from always stay.
    """
    from escai_nb.history.retention import Retention
    from escai_nb.workspace.past.retaining import clean_up_history

    if keep is None and keep_days is None and max_size is None:
        message = "say what is to be kept: --keep, --keep-days or --max-size"
        raise click.UsageError(message)
    workspace = open_workspace(call)
    named = open_environment(call, workspace) if call.environment else None
    wanted = Retention(keep, keep_days, max_size)
    plan = clean_up_history(workspace, wanted, environment=named, dry_run=True)
    if plan.dropped and not dry_run:
        from escai_nb.views.sheet import counted

        confirm(f"forget {counted(len(plan.dropped), 'content')} for good?", yes=yes)
        plan = clean_up_history(workspace, wanted, environment=named)
    if call.is_json:
        emit({**plan.to_data(), "dry_run": dry_run})
        return
    sheet = plan.to_sheet()
    say(sheet.summary)
    draw(call, sheet)
    if dry_run:
        say("dry run: nothing was dropped")
