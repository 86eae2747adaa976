"""``escai config approve``: one person's yes to a plan that another one applies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.promote import draw_plan, read_plan
from escai_nb.cli.terminal import confirm, emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    import datetime as dt

    from escai_nb.cli.command import Call

_FILE = click.Path(path_type=Path, dir_okay=False)


@command(
    "approve",
    example="escai config approve --new-key ~/approval.pem\n"
    "escai config approve plan.json --key ~/approval.pem -o approval.json",
)
@click.argument("plan", type=_FILE, required=False)
@click.option("--key", type=_FILE, help="Your private key.")
@click.option("--new-key", type=_FILE, help="Write a new private key here, and say the public one.")
@click.option("-o", "--output", type=_FILE, help="Write the approval here, a new file.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day on which it holds; a week from now by default.",
)
@click.option("--reason", default="", help="Why.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def approve(
    call: Call,
    *,
    plan: Path | None,
    key: Path | None,
    new_key: Path | None,
    output: Path | None,
    until: dt.datetime | None,
    reason: str,
    yes: bool,
) -> int:
    """
    Approve PLAN, which `promote --plan` wrote, as the person that ESCAI_AUTHOR names.

    The policy names whose approval an environment needs, each with a public key.
    Shows the plan and asks; the approval is a file, to be given to who applies it.
    """
    from escai_nb.audit import approval as approvals
    from escai_nb.safefile import read_private
    from escai_nb.workspace.approving import approve as approved
    from escai_nb.workspace.approving import write_approval

    if new_key is not None:
        made = approvals.new_key()
        _write_new(new_key, made)
        note(call, f"wrote {neutral(str(new_key))}: keep it to yourself")
        say(approvals.public_of(made))
        return 0
    if plan is None or key is None or output is None:
        message = "an approval takes PLAN, --key and --output"
        raise click.UsageError(message)
    workspace = open_workspace(call)
    planned = read_plan(workspace, plan)
    if not call.is_json:
        draw_plan(call, planned)
    confirm(f"approve these changes to {planned.target} as {workspace.author}?", yes=yes)
    given = approved(
        workspace,
        planned,
        read_private(key),
        until=until.date() if until is not None else None,
        reason=reason,
    )
    write_approval(output, given)
    if call.is_json:
        emit(given.to_data())
    else:
        say(f"wrote {neutral(str(output))}: {neutral(given.by)} approves, until {given.until}")
    return 0


def _write_new(path: Path, content: bytes) -> None:
    """
    Make the file *path*.

    Raises:
        TargetExistsError: If it is there.
    """
    from escai_nb.errors import TargetExistsError
    from escai_nb.safefile import create_exclusive

    try:
        create_exclusive(path, content)
    except FileExistsError:
        message = f"{path} is there already"
        raise TargetExistsError(message, hint="name a file that is not there yet") from None
