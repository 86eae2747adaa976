"""The sheets of a panel: fewer columns than in a frame, so that they fit a notebook's width."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from escai_nb.views.history_view import history_sheet
from escai_nb.views.plan_view import plan_sheet
from escai_nb.views.report_view import report_sheet
from escai_nb.views.sheet import Column, Sheet

if TYPE_CHECKING:
    from escai_nb.history.version import History
    from escai_nb.validation.report import Report
    from escai_nb.workspace.promotion_plan import PromotionPlan


def report_on_screen(report: Report) -> Sheet:
    """Lay out findings with place and reason under one another."""
    sheet = report_sheet(report)
    names = [column.name for column in sheet.columns]
    rows = []
    for row in sheet.rows:
        said = dict(zip(names, row, strict=True))
        expected = f"; expected {said['expected']}" if said["expected"] else ""
        place = "\n".join(str(said[name]) for name in ("path", "origin") if said[name])
        finding = f"{said['message']}{expected}\n{said['why'] or ''}".strip()
        rows.append((said["severity"], said["code"], place, finding, said["fix"]))
    columns = (
        *sheet.columns[:2],
        Column("path", "Key path and place", "path"),
        Column("finding", "What is the case, and why it matters"),
        Column("fix", "How to mend it"),
    )
    return replace(sheet, columns=columns, rows=tuple(rows))


def plan_on_screen(plan: PromotionPlan, *, everything: bool) -> Sheet:
    """Lay out what a plan changes or leaves open, or *everything* in which both sides differ."""
    moving = tuple(row for row in plan.rows if row in plan.changes or row in plan.conflicts)
    left = len(plan.rows) - len(moving)
    sheet = plan_sheet(plan if everything else replace(plan, rows=moving))
    sheet = sheet.narrowed("action", "path", "source", "target", "result", "reason")
    if everything or not left:
        return sheet
    stay = "1 difference stays as it is" if left == 1 else f"{left} differences stay as they are"
    note = f"{stay} in {plan.target}."
    return replace(sheet, notes=(*sheet.notes, note), empty="nothing moves.")


def history_on_screen(history: History) -> Sheet:
    """Lay out versions without what is the same for all of them."""
    return history_sheet(history).narrowed(
        "version", "time", "kind", "changes", "message", "author", "tags", "source"
    )
