"""``escai config promote``: a plan that is shown, then applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escai_nb.cli.change import saying, trying
from escai_nb.cli.command import command
from escai_nb.cli.opening import open_manager, open_workspace
from escai_nb.cli.outcome import tell_standing, tell_version
from escai_nb.cli.terminal import confirm, draw, emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.merging.promotion_plan import PromotionPlan, Side

_FILE = click.Path(path_type=Path, dir_okay=False)
COLUMNS = ("path", "promotion", "source", "target", "action", "reason")


@command(
    "promote",
    example="escai config promote --from staging --to production --dry-run\n"
    "escai config promote --from staging --to production --take source api.workers --yes\n"
    "escai config promote --from staging --to production --plan plan.json\n"
    "escai config promote --apply plan.json --approval approval.json --yes",
)
@click.option("--from", "source", metavar="NAME", help="Where values come from.")
@click.option("--to", "target", metavar="NAME", help="Where they go.")
@click.option("--only", multiple=True, metavar="PATH", help="Only this key path; may be repeated.")
@click.option(
    "--take",
    nargs=2,
    multiple=True,
    type=(click.Choice(["source", "target"]), str),
    metavar="source|target PATH",
    help="Decide a conflict; may be repeated.",
)
@click.option("--plan", "plan_file", type=_FILE, help="Only write the plan into this file.")
@click.option("--apply", "apply_file", type=_FILE, help="Apply the plan in this file.")
@click.option("--approval", type=_FILE, multiple=True, help="An approval of it; may be repeated.")
@click.option("--break-glass", metavar="REASON", help="Do it without approval; it is recorded.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@saying
@trying
def promote(call: Call, *, yes: bool, message: str, dry_run: bool, **given: Any) -> int:  # noqa: ANN401  # as click hands them over
    """
    Carry changes from one environment to another, field by field.

    Shows the plan: what is promoted, what stays, and what must be decided.
    Secrets never cross. The result is judged by the target's rules before
    anything is written, and lands as one version that knows its source. Where
    the policy asks for approvals, one person writes the plan, others approve
    it, and it is applied with their files. Exits with 1 if the plan cannot be
    applied.
    """
    from escai_nb.workspace.promotion import plan_promotion
    from escai_nb.workspace.writing.recovery import mend

    options = _Options(**given)
    options.require_sense()
    workspace = open_workspace(call)
    if not dry_run:
        mend(workspace)
    if options.apply_file is not None:
        plan = read_plan(workspace, options.apply_file)
    else:
        ends = options.source or "", options.target or ""
        plan = plan_promotion(workspace, *ends, only=options.only, take=options.sides)
    if dry_run or options.plan_file is not None:
        return _only_tell(call, plan, options.plan_file)
    if not call.is_json:
        draw_plan(call, plan)
    if plan.applicable and plan.changes:
        confirm(f"make these changes to {plan.target}?", yes=yes)
    version = _apply(workspace, plan, options, message)
    if call.is_json:
        emit({**plan.to_data(), "version": version.id if version is not None else None})
    elif version is not None and plan.changes:
        tell_version(version)
    tell_standing(call, open_manager(call, plan.target))
    return 0


@dataclass(frozen=True, slots=True)
class _Options:
    """What the command is told beside what all are told."""

    source: str | None
    target: str | None
    only: tuple[str, ...]
    take: tuple[tuple[Side, str], ...]
    plan_file: Path | None
    apply_file: Path | None
    approval: tuple[Path, ...]
    break_glass: str | None

    @property
    def sides(self) -> dict[str, Side]:
        return {path: side for side, path in self.take}

    def require_sense(self) -> None:
        """
        Return if the options go together.

        Raises:
            UsageError: If they do not.
        """
        named = bool(self.source or self.target or self.only or self.take)
        if self.apply_file is not None and (named or self.plan_file is not None):
            message = (
                "--apply takes all from its plan: give no --from, --to, --only, --take, --plan"
            )
            raise click.UsageError(message)
        if self.apply_file is None and not (self.source and self.target):
            message = "name both ends with --from and --to, or a plan with --apply"
            raise click.UsageError(message)
        if self.break_glass is not None and not self.break_glass.strip():
            message = "--break-glass needs a reason"
            raise click.UsageError(message)


def read_plan(workspace: Workspace, path: Path) -> PromotionPlan:
    """Return the plan in the file *path*, made again for the world as it is."""
    from escai_nb.sources.document import read
    from escai_nb.workspace.promotion import planned_again

    return planned_again(workspace, read(path).data, where=str(path))


def _apply(
    workspace: Workspace, plan: PromotionPlan, options: _Options, message: str
) -> Version | None:
    from escai_nb.workspace.approving import read_approval
    from escai_nb.workspace.promotion import apply_promotion

    return apply_promotion(
        workspace,
        plan,
        message=message,
        approvals=[read_approval(path) for path in options.approval],
        break_glass=options.break_glass or "",
    )


def _only_tell(call: Call, plan: PromotionPlan, file: Path | None) -> int:
    if call.is_json:
        emit({**plan.to_data(), "applicable": plan.applicable})
    else:
        draw_plan(call, plan)
    if file is not None:
        import json

        from escai_nb.safefile import write_atomic

        text = json.dumps(plan.to_data(), ensure_ascii=False, indent=2) + "\n"
        write_atomic(file, text.encode("utf-8", "surrogatepass"))
        note(call, f"wrote {neutral(str(file))}")
    return int(not plan.applicable)


def draw_plan(call: Call, plan: PromotionPlan) -> None:
    """Draw *plan* as a table."""
    sheet = plan.to_sheet()
    say(neutral(sheet.summary))
    draw(call, sheet, only=() if call.verbose else COLUMNS)
