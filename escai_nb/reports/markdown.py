"""A report as Markdown, for comments on pull requests and job summaries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escai_nb.reports.place import expectation
from escai_nb.views.report_view import counts_text, gap_texts, live_texts, repair_texts
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report

SIGNS = {"error": "✖ error", "warning": "▲ warning", "advice": "● advice"}
_PLAIN = re.compile(r"[^\w\s.,;()=%/+≥≤–§“”-]|_|(?<=www)\.")


def markdown(report: Report) -> str:
    """Return *report* as a table; values of the configuration stay text, whatever they hold."""
    lines = [f"### Configuration of {escaped(report.environment)}: {counts_text(report)}", ""]
    if report.findings:
        lines += [
            "| | Code | Where | What is the case | How to mend it |",
            "|---|---|---|---|---|",
            *(_row(finding) for finding in report.findings),
            "",
        ]
    notes = gap_texts(report)
    if not report.verified:
        notes.insert(0, "The seal was not verified.")
    if report.unreadable:
        notes.append(f"Could not be read, so not judged: {', '.join(report.unreadable)}.")
    notes += [f"Live: {text}." for text in live_texts(report)]
    notes += [f"{aside}." for aside in report.put_aside]
    lines += [f"- {escaped(note)}" for note in notes]
    lines += [
        f"- {said}: <code>{escaped(command)}</code>" if command else f"- {said}."
        for said, command in repair_texts(report)
    ]
    lines += _reasons(report)
    return "\n".join(lines).rstrip() + "\n"


def _reasons(report: Report) -> list[str]:
    """List why each rule matters, once, however many findings it has."""
    whys = {(finding.code, finding.title, finding.why): None for finding in report.findings}
    told = [
        f"- {escaped(f'{code} {title}'.strip())}: {escaped(why)}"
        for code, title, why in whys
        if why
    ]
    return ["", "**Why it matters**", "", *told] if told else []


def _row(finding: Finding) -> str:
    where = str(finding.origin) if finding.origin else ""
    message = f"<code>{escaped(finding.path)}</code> " if finding.path else ""
    message += escaped(f"{finding.message}{expectation(finding)}")
    cells = (
        SIGNS[finding.severity.value],
        escaped(finding.code),
        escaped(where),
        message,
        escaped(finding.fix),
    )
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Write every sign that Markdown or HTML could take for its own as an entity."""
    return _PLAIN.sub(lambda sign: f"&#{ord(sign[0])};", neutral(text))
