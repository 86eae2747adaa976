"""How findings are told on a terminal: a table, or each in full with its place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.terminal import draw, draw_stacked, fits, say
from escai_nb.errors import EscaiError
from escai_nb.origin import IN_FILES, OriginKind
from escai_nb.views.report_view import repair_text, where_text
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from escai_nb.cli.command import Call
    from escai_nb.origin import Origin
    from escai_nb.schema.catalog import Catalog
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report
    from escai_nb.views.excerpt import Excerpts

BRIEF = ("severity", "code", "path", "message", "origin")
"""Columns that a report has on a terminal; in full, all of them are told."""
_INDENT = "    "
_PLACED = IN_FILES | {OriginKind.DEFAULT, OriginKind.MISSING}


def tell_brief(call: Call, report: Report, rules: Sequence[str] = ()) -> None:
    """
    Draw *report* as a table, or on a narrow screen as a list.

    *rules* are the modules that were named for it.
    """
    sheet = report.to_sheet()
    say(neutral(sheet.summary))
    if fits(call, sheet, only=BRIEF):
        draw(call, sheet, only=BRIEF)
    else:
        draw_stacked(call, sheet, head=("severity", "code", "path", "origin"), below="message")
    if report.findings:
        words = [report.findings[0].code, *(f"--rules {each}" for each in rules)]
        about = neutral(" ".join(words))
        say(f"How to mend each: --detailed. All about a rule: escai config explain {about}")


def tell_in_full(report: Report, excerpts: Mapping[str, Excerpts]) -> None:
    """Tell each finding with reason, remedy and the lines that it is about."""
    sheet = report.to_sheet()
    say(neutral(sheet.summary))
    if not report.findings:
        say(neutral(sheet.empty))
    for finding in report.findings:
        _tell(finding, report, excerpts)
    for remark in sheet.notes:
        say(neutral(remark))


def _tell(finding: Finding, report: Report, excerpts: Mapping[str, Excerpts]) -> None:
    head = (finding.severity.value, finding.code, finding.path, finding.message)
    say(neutral("  ".join(filter(None, head))))
    if finding.origin is not None:
        say(f"{_INDENT}Where: {neutral(where_text(finding.origin))}")
        for line in _frame(finding.origin, excerpts):
            say(f"{_INDENT}{line}")
    origins = finding.related_origins or (None,) * len(finding.related)
    for path, origin in zip(finding.related, origins, strict=True):
        where = f" ({origin})" if origin is not None else ""
        say(f"{_INDENT}Together with: {neutral(path + where)}")
    facts = {
        "Expected": finding.expected,
        "Why it matters": finding.why,
        "How to mend it": finding.fix,
        "Repair": repair_text(finding, report),
    }
    for name, text in facts.items():
        if text:
            say(f"{_INDENT}{name}: {neutral(text)}")


def _frame(origin: Origin, excerpts: Mapping[str, Excerpts]) -> list[str]:
    if origin.kind not in _PLACED or not origin.line or origin.source not in excerpts:
        return []
    return excerpts[origin.source].frame(origin.line, origin.column)


def excerpts_of(
    files: tuple[Path, ...], catalog: Catalog, secrets: Collection[str] = ()
) -> dict[str, Excerpts]:
    """
    Return what may be shown of *files*, by name; one that cannot be read has nothing to show.

    *secrets* are masked in whichever of them they stand.
    """
    from escai_nb.sources.recovery import recover
    from escai_nb.views.excerpt import Excerpts

    found = {}
    for path in files:
        try:
            document = recover(path).document
            if document is not None:
                found[path.name] = Excerpts(document, catalog, secrets)
        except EscaiError:
            continue
    return found
