"""The sheets of a panel: fewer columns than in a frame, so that they fit a notebook's width."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from escai_nb.tables.html import MOST_ROWS
from escai_nb.views.history_view import history_sheet
from escai_nb.views.plan_view import plan_sheet
from escai_nb.views.report_view import report_sheet
from escai_nb.views.sheet import Column, Sheet, counted
from escai_nb.workspace.merging.promotion_plan import BLOCKING, CHANGING

if TYPE_CHECKING:
    import datetime as dt

    from escai_nb.history.version import History
    from escai_nb.validation.report import Report
    from escai_nb.views.sheet import Cell
    from escai_nb.workspace.merging.promotion_plan import PromotionPlan


WHOLE = "(the whole)"
"""Section of findings that are about no single place."""

Grouping = Literal["section", "severity"]


def report_on_screen(report: Report, group: Grouping = "section") -> Sheet:
    """
    Lay out findings under headings, with place and reason under one another.

    Those that are drawn are the most severe, and groups come in the order of their worst.
    """
    sheet = report_sheet(report)
    caption = sheet.summary if sheet.rows else sheet.caption
    own = f"{PurePath(report.source or '').name}:"
    names = [column.name for column in sheet.columns]
    rows = []
    for row in sheet.rows:
        said = dict(zip(names, row, strict=True))
        expected = f"; expected {said['expected']}" if said["expected"] else ""
        origin = str(said["origin"] or "")
        if origin.startswith(own):
            line, _, column = origin.removeprefix(own).partition(":")
            origin = f"line {line}, column {column}" if column else f"line {line}"
        place = "\n".join(filter(None, (str(said["path"] or ""), origin)))
        finding = f"{said['message']}{expected}\n{said['why'] or ''}".strip()
        heading = said[group] or WHOLE
        rows.append((heading, said["severity"], said["code"], place, finding, said["fix"]))
    columns = (
        Column("group", group.capitalize()),
        *sheet.columns[:2],
        Column("path", "Key path and place", "path"),
        Column("finding", "What is the case, and why it matters"),
        Column("fix", "How to mend it"),
    )
    drawn: dict[Cell, list[int]] = {}
    for number, row in enumerate(rows[:MOST_ROWS]):
        drawn.setdefault(row[0], []).append(number)
    order = [*chain.from_iterable(drawn.values()), *range(len(rows))[MOST_ROWS:]]
    return replace(
        sheet,
        columns=columns,
        rows=tuple(rows[number] for number in order),
        tones=tuple(sheet.tones[number] for number in order),
        caption=caption,
        notes=sheet.notes[1:] if rows else sheet.notes,  # the caption has the counts
        group="group",
    )


def plan_on_screen(plan: PromotionPlan, *, everything: bool) -> Sheet:
    """Lay out what a plan changes or leaves open, or *everything* in which both sides differ."""
    moving = tuple(row for row in plan.rows if row.action in CHANGING | BLOCKING)
    left = len(plan.rows) - len(moving)
    sheet = plan_sheet(plan if everything else replace(plan, rows=moving))
    sheet = sheet.narrowed("action", "path", "source", "target", "result", "reason")
    if everything or not left:
        return sheet
    stay = "1 difference stays as it is" if left == 1 else f"{left} differences stay as they are"
    note = f"{stay} in {plan.target}."
    return replace(sheet, notes=(*sheet.notes, note), empty="nothing moves.")


def history_on_screen(history: History, now: dt.datetime | None = None) -> Sheet:
    """
    Lay out versions without what is empty or the same for all of them.

    Their age is told where it is read *now*; on paper it would soon be wrong.
    """
    sheet = history_sheet(history)
    names = ["version", "time", "kind", "changes", "message", "author"]
    if now is not None:
        old = [age_text(now - version.time) for version in history]
        rows = tuple((*row, age) for row, age in zip(sheet.rows, old, strict=True))
        sheet = replace(sheet, columns=(*sheet.columns, Column("age", "Age", "time")), rows=rows)
        names.insert(2, "age")
    some = [name for name in ("tags", "source") if any(getattr(v, name) for v in history)]
    return sheet.narrowed(*names, *some)


def age_text(age: dt.timedelta) -> str:
    """Say how long ago something was, in the largest unit that is full."""
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(seconds // size, unit)} ago"
    return "just now"
