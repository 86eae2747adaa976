"""``escai config promote``: a plan that is shown, then applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import saying, trying
from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.outcome import tell_version
from escai_nb.cli.terminal import confirm, draw, emit, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.workspace.promotion_plan import PromotionPlan, Side

COLUMNS = ("path", "promotion", "source", "target", "action", "reason")


@command(
    "promote",
    example="escai config promote --from staging --to production --dry-run\n"
    "escai config promote --from staging --to production --take source api.workers --yes",
)
@click.option("--from", "source", required=True, metavar="NAME", help="Where values come from.")
@click.option("--to", "target", required=True, metavar="NAME", help="Where they go.")
@click.option("--only", multiple=True, metavar="PATH", help="Only this key path; may be repeated.")
@click.option(
    "--take",
    nargs=2,
    multiple=True,
    type=(click.Choice(["source", "target"]), str),
    metavar="source|target PATH",
    help="Decide a conflict; may be repeated.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@saying
@trying
def promote(
    call: Call,
    *,
    source: str,
    target: str,
    only: tuple[str, ...],
    take: tuple[tuple[Side, str], ...],
    yes: bool,
    message: str,
    dry_run: bool,
) -> int:
    """
    Carry changes from one environment to another, field by field.

    Shows the plan: what is promoted, what stays, and what must be decided.
    Secrets never cross. The result is judged by the target's rules before
    anything is written, and lands as one version that knows its source. Exits
    with 1 if the plan cannot be applied.
    """
    from escai_nb.workspace.promotion import apply_promotion, plan_promotion
    from escai_nb.workspace.recovery import mend

    workspace = open_workspace(call)
    sides: dict[str, Side] = {path: side for side, path in take}
    if not dry_run:
        mend(workspace)
    plan = plan_promotion(workspace, source, target, only=only, take=sides)
    if dry_run:
        if call.is_json:
            emit({**plan.to_data(), "applicable": plan.applicable})
        else:
            _draw(call, plan)
        return int(not plan.applicable)
    if not call.is_json:
        _draw(call, plan)
    if plan.applicable and plan.changes:
        confirm(f"make these changes to {target}?", yes=yes)
    version = apply_promotion(workspace, plan, message=message)
    if call.is_json:
        emit({**plan.to_data(), "version": version.id if version is not None else None})
    elif version is not None and plan.changes:
        tell_version(version)
    return 0


def _draw(call: Call, plan: PromotionPlan) -> None:
    sheet = plan.to_sheet()
    say(neutral(sheet.summary))
    draw(call, sheet, only=() if call.verbose else COLUMNS)
