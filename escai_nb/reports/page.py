"""
A report as one HTML page that needs nothing else: no network, no script, no font.

It follows the light or dark theme of its reader and prints on paper. What the
configuration says stays text: it is escaped, and control characters are written
as escapes.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from escai_nb.validation.finding import Severity
from escai_nb.views.report_view import (
    counts_text,
    live_texts,
    repair_text,
    repair_texts,
    where_text,
)
from escai_nb.views.sheet import counted, time_text
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from escai_nb.validation.finding import Finding, PutAside
    from escai_nb.validation.report import Report

SIGNS = {Severity.ERROR: "✖", Severity.WARNING: "▲", Severity.ADVICE: "●"}

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{
  --paper: #ffffff; --ink: #1f1f1f; --faint: #55575d; --line: #d5d7dc; --box: #f4f5f7;
  --error: #b3261e; --warning: #8a5a00; --advice: #1a5fb4; --good: #1b6e3c;
}}
@media (prefers-color-scheme: dark) {{
  :root {{
    --paper: #17181b; --ink: #e8e8ea; --faint: #a5a8b0; --line: #3a3c42; --box: #222429;
    --error: #ff8a80; --warning: #f2c037; --advice: #8ab4f8; --good: #7ccf9c;
  }}
}}
* {{ box-sizing: border-box; }}
body {{
  max-width: 60rem; margin: 0 auto; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}}
h1 {{ font-size: 1.5rem; margin: 0 0 .25rem; }}
h2 {{ font-size: 1.15rem; margin: 2rem 0 .5rem; }}
h3 {{ font-size: 1rem; margin: 0 0 .5rem; }}
code {{ font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }}
p, dl, ul {{ margin: .5rem 0; }}
.faint, dt {{ color: var(--faint); }}
.finding {{
  background: var(--box); border: 1px solid var(--line); border-left: .3rem solid var(--line);
  border-radius: .3rem; padding: .75rem 1rem; margin: .75rem 0; break-inside: avoid;
}}
.error {{ border-left-color: var(--error); }} .error .badge {{ color: var(--error); }}
.warning {{ border-left-color: var(--warning); }} .warning .badge {{ color: var(--warning); }}
.advice {{ border-left-color: var(--advice); }} .advice .badge {{ color: var(--advice); }}
.good {{ color: var(--good); }}
.badge {{ font-weight: bold; white-space: nowrap; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
/* of ten thousand findings, those in view are laid out */
@media screen {{ .finding {{ content-visibility: auto; contain-intrinsic-size: auto 11rem; }} }}
@media print {{
  :root {{
    --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #999999; --box: #ffffff;
    --error: #b3261e; --warning: #8a5a00; --advice: #1a5fb4; --good: #1b6e3c;
  }}
  body {{ max-width: none; padding: 0; font-size: 10pt; }}
}}
</style>
</head>
<body>
"""


def page(*reports: Report) -> str:
    """Return *reports* as one page; the same bytes for the same reports."""
    names = ", ".join(report.environment for report in reports)
    lines = [_HEAD.format(title=_text(f"Configuration of {names}")).rstrip("\n"), "<main>"]
    for report in reports:
        lines += _report(report)
    return "\n".join([*lines, "</main>", "</body>", "</html>", ""])


def _report(report: Report) -> Iterable[str]:
    yield "<section>"
    yield f"<h1>Configuration of {_text(report.environment)}: {_text(counts_text(report))}</h1>"
    seal = "" if report.verified else " · the seal was not verified"
    source = f"<code>{_text(report.source)}</code> · " if report.source else ""
    yield f'<p class="faint">{source}{time_text(report.timestamp)}{seal}</p>'
    for said, command in repair_texts(report):
        by = f": <code>{_text(command)}</code>" if command else "."
        yield f"<p>{said}{by}</p>"
    if not report.findings:
        yield '<p class="good">✔ No findings.</p>'
    for severity in Severity:
        found = [finding for finding in report.findings if finding.severity is severity]
        if found:
            yield f"<h2>{_text(_NAMES[severity](len(found)))}</h2>"
            yield from (_finding(finding, report) for finding in found)
    yield from _notes(report)
    yield "</section>"


_NAMES = {
    Severity.ERROR: lambda count: counted(count, "error"),
    Severity.WARNING: lambda count: counted(count, "warning"),
    Severity.ADVICE: lambda count: counted(count, "piece of advice", "pieces of advice"),
}


def _finding(finding: Finding, report: Report) -> str:
    word = finding.severity.value
    where = f"<code>{_text(where_text(finding.origin))}</code>" if finding.origin else ""
    facts = {
        "Where": where,
        "Expected": _text(finding.expected),
        "Why it matters": _text(finding.why),
        "How to mend it": _text(finding.fix),
        "Together with": _related(finding),
        "Repair": _text(repair_text(finding, report)),
    }
    path = f"<code>{_text(finding.path)}</code> " if finding.path else ""
    title = f"{_text(finding.code)} · {_text(finding.title)}" if finding.title else finding.code
    return "\n".join(
        [
            f'<article class="finding {word}">',
            f'<h3><span class="badge">{SIGNS[finding.severity]} {word}</span> {title}</h3>',
            f"<p>{path}{_text(finding.message)}</p>",
            "<dl>",
            *(f"<dt>{name}</dt><dd>{said}</dd>" for name, said in facts.items() if said),
            "</dl>",
            "</article>",
        ]
    )


def _related(finding: Finding) -> str:
    origins = finding.related_origins or (None,) * len(finding.related)
    return ", ".join(
        f"<code>{_text(path)}</code>" + (f" ({_text(str(origin))})" if origin else "")
        for path, origin in zip(finding.related, origins, strict=True)
    )


def _notes(report: Report) -> Iterable[str]:
    not_run = [f"{reason}: {', '.join(rules)}" for reason, rules in report.gaps.items()]
    yield from _listed("Rules that did not run", not_run)
    yield from _listed("Could not be read, so not judged", report.unreadable)
    yield from _listed("Live checks", live_texts(report))
    yield from _listed("Put aside", [_aside(each) for each in report.put_aside])


def _aside(each: PutAside) -> str:
    origin = f" ({each.origin})" if each.origin else ""
    return f"{each}{origin}"


def _listed(title: str, items: Sequence[str]) -> Iterable[str]:
    if items:
        yield f"<h2>{title}</h2>"
        yield f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>"


def _text(text: str) -> str:
    return escape(neutral(text))
