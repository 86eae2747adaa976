"""A report as workflow commands, which GitHub shows at the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.reports.place import place_of, told
from escai_nb.validation.finding import Severity
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def github(report: Report) -> str:
    """Return one line for each finding, and one for each reason why rules did not run."""
    found = (_command(finding, report) for finding in report.findings)
    left_out = (
        f"::notice title={_property(', '.join(rules))} did not run::{_data(reason)}\n"
        for reason, rules in report.gaps.items()
    )
    return "".join([*found, *left_out])


def _command(finding: Finding, report: Report) -> str:
    place = place_of(finding.origin, report)
    properties = {
        "file": place.file,
        "line": str(place.line) if place.line else "",
        "col": str(place.column) if place.column else "",
        "title": f"{finding.code} {finding.title}".strip(),
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    said = told(finding)
    end = "" if said.endswith("?") else "."
    text = " ".join(filter(None, (f"{said}{end}", finding.why, finding.fix)))
    return f"::{COMMANDS[finding.severity]} {written}::{_data(text)}\n"


def _data(text: str) -> str:
    return neutral(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
