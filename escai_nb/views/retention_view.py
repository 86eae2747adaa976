"""What a clean-up of the history would drop, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.views.sheet import Column, Sheet, Tone, counted

if TYPE_CHECKING:
    from escai_nb.history.retention import RetentionPlan

COLUMNS = (
    Column("version", "Version", "id"),
    Column("environment", "Environment"),
    Column("time", "Time", "time"),
    Column("author", "Author"),
    Column("message", "Message"),
)


def retention_sheet(plan: RetentionPlan) -> Sheet:
    """Lay out the versions whose content goes."""
    return Sheet(
        caption="Contents to drop",
        columns=COLUMNS,
        rows=tuple((v.id, v.environment, v.time, v.author, v.message) for v in plan.dropped),
        tones=(Tone.CAUTION,) * len(plan.dropped),
        summary=f"{counted(len(plan.dropped), 'content')} to drop, {plan.freed} bytes;"
        f" {plan.kept} stay, {len(plan.protected)} of them whatever is asked",
        empty="nothing to drop.",
        index="version",
    )
