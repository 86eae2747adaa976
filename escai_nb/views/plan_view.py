"""A promotion before it happens, as rows: one for each place in which two environments differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb.schema.fields import Promotion
from escai_nb.views.sheet import Column, Sheet, Tone, counted, value_text
from escai_nb.workspace.merging.promotion_plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.workspace.merging.promotion_plan import PromotionPlan

COLUMNS = (
    Column("path", "Key path", "path"),
    Column("promotion", "Class", "text", tuple(kind.value for kind in Promotion)),
    Column("base", "Common base", "code"),
    Column("source", "Source", "code"),
    Column("target", "Target", "code"),
    Column("result", "Result", "code"),
    Column("action", "Action", "badge", tuple(action.value for action in Action)),
    Column("reason", "Reason"),
)


def plan_sheet(plan: PromotionPlan) -> Sheet:
    """Lay out what *plan* would do; secrets are masked in the plan already."""
    return Sheet(
        caption=f"Promotion from {plan.source} to {plan.target}",
        columns=COLUMNS,
        rows=tuple(
            (
                row.path,
                row.promotion,
                _said(row.base),
                _said(row.source),
                _said(row.target),
                _said(row.result),
                row.action.value,
                row.reason,
            )
            for row in plan.rows
        ),
        tones=tuple(tone_of(row.action) for row in plan.rows),
        summary=_summary(plan),
        empty="the two environments do not differ in anything that is promoted.",
        notes=tuple(_notes(plan)),
        index="path",
    )


def tone_of(action: Action) -> Tone:
    """Name the tone of a row: what blocks, what changes, what stays."""
    match action:
        case Action.CONFLICT | Action.NEEDS_VALUE:
            return Tone.DANGER
        case Action.REMOVE:
            return Tone.CAUTION
        case Action.PROMOTE:
            return Tone.GOOD
        case Action.KEEP:
            return Tone.NEUTRAL
        case _:
            assert_never(action)


def _said(value: object) -> str | None:
    return None if value is None else value_text(value)


def _summary(plan: PromotionPlan) -> str:
    parts = [counted(len(plan.changes), "change")]
    if plan.conflicts:
        parts.append(f"{len(plan.conflicts)} to be decided")
    if plan.findings:
        parts.append(counted(len(plan.findings), "error") + " that it would bring")
    return f"{plan.source} → {plan.target}: {', '.join(parts)}"


def _notes(plan: PromotionPlan) -> Iterator[str]:
    if plan.conflicts:
        yield (
            "Each conflict needs a decision (take the source's or the target's value),"
            " each missing value has to be set in the target first."
        )
    for finding in plan.findings:
        yield f"It would bring: {finding}."
    yield f"Plan {plan.hash[:12]}."
