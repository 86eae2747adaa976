"""A report as rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from escai_nb.origin import Origin, OriginKind
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.live.outcome import Fault, Outcome, Trouble
from escai_nb.validation.report import Report
from escai_nb.views.report_view import report_sheet
from escai_nb.views.sheet import Tone

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
PORT = Finding(
    "ESC103",
    Severity.ERROR,
    "api.port",
    "must be 1..65535",
    expected="1..65535",
    why="ports end there",
    fix="write a port",
    origin=Origin(OriginKind.FILE, "config.yaml", 12, 9),
    patch=({"op": "replace", "path": "/api/port", "value": 8000},),
    safe=True,
)
NOT_RUN = (("ESC302", "c is missing"), ("ESC301", "a.b is sealed"), ("ESC303", "c is missing"))
ADVICE = Finding("ESC701", Severity.ADVICE, "", "could be faster")


def report(*findings, **more):
    """A report of *findings* on production."""
    return Report(findings, "production", NOON, **more)


def test_a_finding_shows_place_reason_and_remedy():
    """Everything that a reader needs stands in the row."""
    sheet = report_sheet(report(PORT))
    row = next(sheet.records())

    assert {
        "severity": "error",
        "code": "ESC103",
        "path": "api.port",
        "message": "must be 1..65535",
        "expected": "1..65535",
        "origin": "config.yaml:12:9",
        "why": "ports end there",
        "fix": "write a port",
        "safe": True,
        "section": "api",
        "source": "config.yaml",
        "line": 12,
        "column": 9,
    } == row
    assert (Tone.DANGER,) == sheet.tones


@pytest.mark.parametrize(
    ("made", "summary"),
    [
        (report(), "production: no findings"),
        (report(PORT), "production: 1 error"),
        (
            report(PORT, PORT, ADVICE, source="config.production.yaml"),
            "config.production.yaml: 2 errors, 1 piece of advice",
        ),
        (report(ADVICE, verified=False), "production: 1 piece of advice (seal not verified)"),
    ],
)
def test_the_whole_in_one_line(made, summary):
    """Counts by severity, and whether the seal was checked."""
    assert summary == report_sheet(made).summary


def test_what_was_not_judged_is_said():
    """A rule that could not run and a path that could not be read have a sentence each."""
    made = report(verified=False, unreadable=("a.b",), not_run=NOT_RUN)

    assert (
        "The seal was not verified: there is no key here that opens it.",
        "Could not be read, so not judged: a.b.",
        "2 rules did not run: c is missing (ESC302, ESC303).",
        "ESC301 did not run: a.b is sealed.",
    ) == report_sheet(made).notes


@pytest.mark.parametrize(
    ("code", "said"), [("ESC902", "does not hold"), ("ESC904", "does not hold"), ("ESC001", "read")]
)
def test_a_seal_that_does_not_hold_is_not_told_as_a_missing_key(code, said):
    """Who has the key is not sent to look for it."""
    layer = "parse" if code == "ESC001" else "state"
    made = report(replace(ADVICE, code=code, layer=layer), verified=False)

    assert said in report_sheet(made).notes[1]
    assert "key" not in report_sheet(made).notes[1]


def test_a_report_shows_itself():
    """The mixin finds the sheet, the frame and the HTML of a report."""
    made = report(PORT, ADVICE)

    assert ["api.port", ""] == list(made.to_frame().index)
    assert "Section" not in made.to_table()
    assert {"text/html", "text/plain"} == made._repr_mimebundle_().keys()


def test_what_was_asked_outside_is_told():
    """A verdict on each service, whether or not there is a finding about it."""
    slow = Trouble(Fault.SILENT, "b", "did not answer in time")
    made = report(live=(Outcome("Redis", "a", ("login",)), Outcome("Own", "b", (), (slow,))))

    assert ("Live: Redis at a: ok (login).", "Live: Own at b: timeout.") == report_sheet(made).notes


def test_that_there_was_nothing_to_ask_is_told():
    """Who asked for live checks is not left to believe that all is well."""
    [note] = report_sheet(report(live=())).notes

    assert "Live: nothing was asked, as the spec names no target, or none is configured." == note
    assert "nothing was asked" in report(live=()).to_markdown()
    assert "nothing was asked" in report(live=()).to_html()
    assert () == report_sheet(report(live=None)).notes


def test_a_printed_frame_holds_nothing_that_a_terminal_obeys():
    """Whatever stands in a name or a value; and its lines stay lines."""
    hostile = "\x1b[31m\u202e\x07<b>"
    path, message = f'custom["{hostile}"]', f"is {hostile}\nand on"
    made = replace(PORT, path=path, message=message, expected=hostile)
    table = report(made).to_frame()
    said = table.reset_index().astype(str).to_string() + repr(table)

    assert not {"\x1b", "\u202e", "\x07"} & {*said}
    assert "is \\x1b[31m\\u202e\\x07<b>\nand on" == table["message"].iloc[0]
    assert "<b>" not in table._repr_html_()
