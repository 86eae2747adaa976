"""A report as rows: every finding with its place, its reason and its remedy."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, assert_never

from escai_nb.origin import OriginKind
from escai_nb.validation.finding import Severity
from escai_nb.validation.state_rules import EDITED_OUTSIDE, HISTORY_DAMAGED, SEAL_BROKEN, UNPARSED
from escai_nb.views.sheet import Column, Sheet, Tone, counted
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.origin import Origin
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report
    from escai_nb.views.sheet import Cell

_UNWRITTEN = {OriginKind.DEFAULT, OriginKind.MISSING}

COLUMNS = (
    Column("severity", "Severity", "badge", ("advice", "warning", "error")),
    Column("code", "Code"),
    Column("path", "Key path", "path"),
    Column("message", "What is the case"),
    Column("expected", "Expected"),
    Column("origin", "Where", "path"),
    Column("why", "Why it matters"),
    Column("fix", "How to mend it"),
    Column("safe", "Safe repair", "flag"),
    Column("section", "Section", shown=False),
    Column("source", "File or variable", shown=False),
    Column("line", "Line", "number", shown=False),
    Column("column", "Column", "number", shown=False),
)


def report_sheet(report: Report) -> Sheet:
    """Lay out the findings of *report*, most severe first."""
    findings = report.findings
    return Sheet(
        caption=f"Findings in {report.source or report.environment}",
        columns=COLUMNS,
        rows=tuple(tuple(map(_inert, _row(finding))) for finding in findings),
        tones=tuple(tone_of(finding.severity) for finding in findings),
        summary=_summary(report),
        empty="no findings.",
        notes=_notes(report),
        index="path",
    )


def _row(finding: Finding) -> tuple[Cell, ...]:
    origin = finding.origin
    return (
        finding.severity.value,
        finding.code,
        finding.path,
        finding.message,
        finding.expected,
        str(origin) if origin else None,
        finding.why,
        finding.fix,
        finding.safe and bool(finding.patch),
        section_of(finding.path),
        origin.source or None if origin else None,
        origin.line or None if origin else None,
        origin.column or None if origin else None,
    )


def _inert(cell: Cell) -> Cell:
    """Keep the lines of a text, and nothing else that a terminal obeys: frames are printed."""
    return "\n".join(map(neutral, cell.split("\n"))) if isinstance(cell, str) else cell


def where_text(origin: Origin) -> str:
    """Write a place in full: of what stands nowhere, that it would be written there."""
    text = str(origin)
    if origin.kind not in _UNWRITTEN or not origin.line:
        return text
    return f"{text.removesuffix(')')}; would be written here)"


def section_of(path: str) -> str:
    """Return the first name of *path*; of the document itself, nothing."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def tone_of(severity: Severity) -> Tone:
    """Name the tone of a finding."""
    match severity:
        case Severity.ERROR:
            return Tone.DANGER
        case Severity.WARNING:
            return Tone.CAUTION
        case Severity.ADVICE:
            return Tone.CALM
        case _:
            assert_never(severity)


def counts_text(report: Report) -> str:
    """Write how many findings of each severity there are: ``2 errors, 1 warning``."""
    words = (
        (Severity.ERROR, "error", "errors"),
        (Severity.WARNING, "warning", "warnings"),
        (Severity.ADVICE, "piece of advice", "pieces of advice"),
    )
    counts = ((report.count(severity), one, many) for severity, one, many in words)
    return ", ".join(counted(*count) for count in counts if count[0]) or "no findings"


def gap_texts(report: Report) -> list[str]:
    """Say which rules did not run, in one sentence for each reason."""
    return [
        f"{rules[0]} did not run: {reason}."
        if len(rules) == 1
        else f"{len(rules)} rules did not run: {reason} ({', '.join(rules)})."
        for reason, rules in report.gaps.items()
    ]


def live_texts(report: Report) -> list[str]:
    """Say what came of each target that was to be asked, or that there was none."""
    if report.live is None:
        return []
    none = "nothing was asked, as the spec names no target, or none is configured"
    return [str(outcome) for outcome in report.live] or [none]


def repair_texts(report: Report) -> list[tuple[str, str]]:
    """Say how many findings bring a repair that can be made, and the command that makes it."""
    told = []
    for safe, kind in ((True, "a safe repair"), (False, "a repair that asks first")):
        count = len(report.mendable(safe=safe)) if _can_be_changed(report) else 0
        if count:
            command = _command(report, safe=safe)
            have = "finding has" if count == 1 else "findings have"
            where = "" if command else ", which --fix makes in a workspace"
            told.append((f"{count} {have} {kind}{where}", command))
    return told


def _can_be_changed(report: Report) -> bool:
    """Tell whether the file can be opened, and all that lies around it can be read."""
    return report.verified and not any(finding.layer == "parse" for finding in report.findings)


def repair_text(finding: Finding, report: Report) -> str:
    """Say what makes the repair of *finding*; nothing where none can be made."""
    if not (finding.patch and finding.is_in_reach and _can_be_changed(report)):
        return ""
    kind = "safe" if finding.safe else "asks first"
    command = _command(report, safe=finding.safe)
    return f"{command} ({kind})" if command else kind


def _command(report: Report, *, safe: bool) -> str:
    """Return the command that makes repairs; of a file outside of a workspace, none."""
    source, command = PurePath(report.source), report.repairing
    if not command and source.stem == f"config.{report.environment}":
        folder = str(source.parent)
        place = "" if folder == "config" else f"-d {shlex.quote(folder)} "
        command = f"escai config validate {place}-e {shlex.quote(report.environment)} --fix"
    return command and (command if safe else f"{command} --unsafe")


def _summary(report: Report) -> str:
    unverified = "" if report.verified else " (seal not verified)"
    return f"{report.source or report.environment}: {counts_text(report)}{unverified}"


def _unverified(report: Report) -> str:
    """Say why nothing vouches for the file."""
    codes = {finding.code for finding in report.findings}
    if codes & {SEAL_BROKEN.id, EDITED_OUTSIDE.id}:
        return "The seal does not hold for what stands there now."
    if HISTORY_DAMAGED.id in codes:
        return "The history does not hold, so nothing says whether the file is its newest."
    if UNPARSED.id in codes:
        return "The seal was not verified: the file cannot be read."
    return "The seal was not verified: there is no key here that opens it."


def _notes(report: Report) -> tuple[str, ...]:
    notes = (
        [counts_text(report)[:1].upper() + counts_text(report)[1:] + "."] if report.findings else []
    )
    if not report.verified:
        notes.append(_unverified(report))
    if report.unreadable:
        notes.append(f"Could not be read, so not judged: {', '.join(report.unreadable)}.")
    notes += gap_texts(report)
    notes += [f"Live: {text}." for text in live_texts(report)]
    if report.put_aside:
        codes = ", ".join(dict.fromkeys(aside.finding.code for aside in report.put_aside))
        notes.append(f"{counted(len(report.put_aside), 'finding')} put aside: {codes}.")
    notes += [
        f"{said}: {command}" if command else f"{said}." for said, command in repair_texts(report)
    ]
    return tuple(notes)
