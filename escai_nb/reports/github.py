"""A report as workflow commands, which GitHub shows at the lines of a pull request."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from escai_nb.reports.place import place_of, told
from escai_nb.validation.finding import Severity
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report

MOST_SHOWN = 10
"""Annotations of one kind that GitHub shows of one step; the log has them all."""
COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def github(report: Report) -> str:
    """Return one line for each finding, and one for each reason why rules did not run."""
    found = (_command(finding, report) for finding in report.findings)
    return "".join([*found, *(_gap(*gap) for gap in report.gaps.items())])


def _gap(reason: str, rules: list[str]) -> str:
    """Say why *rules* did not run, under a title that is short however many they are."""
    if len(rules) == 1:
        return f"::notice title={_property(rules[0])} did not run::{_data(reason)}\n"
    listed = _data(f"{reason} ({', '.join(rules)})")
    return f"::notice title={len(rules)} rules did not run::{listed}\n"


def unshown(reports: Iterable[Report]) -> str:
    """Say what GitHub will show in its log alone; nothing if it shows all."""
    found = Counter(finding.severity for report in reports for finding in report.findings)
    if max(found.values(), default=0) <= MOST_SHOWN:
        return ""
    return (
        f"GitHub shows {MOST_SHOWN} annotations of a kind beside the lines, the worst first here; "
        f"all {found.total()} are in this log, and --format sarif has no such limit"
    )


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
