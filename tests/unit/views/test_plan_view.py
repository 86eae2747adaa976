"""A promotion before it happens, as rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escai_nb.validation.finding import Finding, Severity
from escai_nb.views.plan_view import plan_sheet
from escai_nb.views.sheet import Tone
from escai_nb.workspace.merging.promotion_plan import Action, PlanRow, PromotionPlan

PROMOTED = PlanRow("api.workers", "yes", 4, 6, 4, 6, Action.PROMOTE, "changed in the source")
KEPT = PlanRow("api.host", "env", None, "a", "b", "b", Action.KEEP, "belongs to the environment")
CONFLICT = PlanRow("api.port", "yes", 1, 2, 3, 3, Action.CONFLICT, "changed on both sides")
WRONG = Finding("ESC301", Severity.ERROR, "api.host", "TLS is off")
PLAN = PromotionPlan(
    "staging", "production", (PROMOTED, KEPT), "a" * 64, "b" * 64, (), hash="c" * 64
)


def test_every_difference_is_a_row():
    """Class, three sides, result, action and reason; what is absent is empty."""
    sheet = plan_sheet(PLAN)

    assert [
        ("api.workers", "yes", "4", "6", "4", "6", "promote", "changed in the source"),
        ("api.host", "env", None, "a", "b", "b", "keep", "belongs to the environment"),
    ] == [tuple(row.values()) for row in sheet.records()]
    assert (Tone.GOOD, Tone.NEUTRAL) == sheet.tones


@pytest.mark.parametrize(
    ("plan", "summary"),
    [
        (PLAN, "staging → production: 1 change"),
        (replace(PLAN, rows=(KEPT,)), "staging → production: 0 changes"),
        (replace(PLAN, rows=(CONFLICT,)), "staging → production: 0 changes, 1 to be decided"),
        (
            replace(PLAN, findings=(WRONG,)),
            "staging → production: 1 change, 1 error that it would bring",
        ),
    ],
)
def test_one_line_says_what_stands_against_it(plan, summary):
    """How much would change, and what blocks."""
    assert summary == plan_sheet(plan).summary


def test_what_blocks_has_a_sentence():
    """Conflicts say what to do, findings which they are; the plan says its name."""
    notes = " ".join(plan_sheet(replace(PLAN, rows=(CONFLICT,), findings=(WRONG,))).notes)

    assert all(word in notes for word in ("decision", "TLS is off", "Plan cccccccccccc"))


def test_a_plan_shows_itself():
    """As a frame that joins by path, and as HTML."""
    assert ["api.workers", "api.host"] == list(PLAN.to_frame().index)
    assert "staging" in PLAN.to_html()
