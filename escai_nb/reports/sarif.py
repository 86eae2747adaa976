"""A report as SARIF 2.1.0, the form that code scanning reads."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from escai_nb.reports.markdown import escaped
from escai_nb.reports.place import Place, place_of, told
from escai_nb.validation.finding import Severity
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.validation.finding import Finding, PutAside
    from escai_nb.validation.report import Report

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
HOME = "https://github.com/escai-nb/escai_nb"
PAGES = f"{HOME}/blob/main/notebooks/guides/rules.md"
"""Where the page of each rule of the toolkit stands; escai config explain prints it offline."""
FINGERPRINT = "escaiRuleAndPath/v1"
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
"""What a viewer would take for a link in a message."""
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}


def sarif(report: Report) -> dict[str, Any]:
    """Return *report* as one SARIF run, JSON-able, the same for the same report."""
    pages: dict[str, Finding] = {}
    for finding in (*report.findings, *(aside.finding for aside in report.put_aside)):
        pages.setdefault(finding.code, finding)
    index = {code: number for number, code in enumerate(pages)}
    results = [
        *(_result(f, report, index[f.code]) for f in report.findings),
        *(_suppressed(aside, report, index) for aside in report.put_aside),
    ]
    _tell_apart(results)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "escai",
                        "version": version("escai-nb"),
                        "informationUri": HOME,
                        "rules": [_rule(page) for page in pages.values()],
                    }
                },
                "automationDetails": {"id": f"escai/{neutral(report.environment)}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(report)],
                "results": results,
            }
        ],
    }


def _rule(finding: Finding) -> dict[str, Any]:
    has_page = finding.code.startswith("ESC") and bool(finding.title)
    whole = f"`escai config explain {finding.code}` prints the page of this rule, offline."
    parts = {"Why it matters": finding.why, "How to mend it": finding.fix}
    told = [f"**{title}.** {escaped(text)}" for title, text in parts.items() if text]
    rule = {
        "id": finding.code,
        "name": _pascal(finding.title) or finding.code,
        "shortDescription": _text(finding.title or finding.code),
        "fullDescription": _text(finding.why or finding.title or finding.code),
        "help": {
            **_text(f"{finding.why} {finding.fix}".strip() or finding.code),
            "markdown": "\n\n".join([*told, whole] if has_page else told) or escaped(finding.code),
        },
        "defaultConfiguration": {"level": LEVELS[finding.severity]},
        "properties": {"tags": [finding.layer or "own"]},
    }
    return rule | ({"helpUri": f"{PAGES}#{finding.code.lower()}"} if has_page else {})


def _pascal(title: str) -> str:
    """Write *title* as one name, as rules are called in SARIF: ``PrivilegedPort``."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", title))


def _tell_apart(results: list[dict[str, Any]]) -> None:
    """Number what one rule says of one path, under the only name that GitHub compares by."""
    seen: Counter[str] = Counter()
    for result in results:
        prints = result["partialFingerprints"]
        seen[prints[FINGERPRINT]] += 1
        prints["primaryLocationLineHash"] = f"{prints[FINGERPRINT]}:{seen[prints[FINGERPRINT]]}"


def _invocation(report: Report) -> dict[str, Any]:
    return {
        "executionSuccessful": True,
        "endTimeUtc": f"{report.timestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "toolExecutionNotifications": [
            {
                "level": "warning",
                "message": _text(f"{rule} did not run: {reason}"),
                "associatedRule": {"id": rule},
            }
            for rule, reason in report.not_run
        ],
    }


def _result(finding: Finding, report: Report, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": _LINK.sub(r"\\[", told(finding))},
        "locations": [_location(finding.path, place_of(finding.origin, report))],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
    }
    if finding.related:
        origins = finding.related_origins or (None,) * len(finding.related)
        result["relatedLocations"] = [
            _location(path, place_of(origin, report))
            for path, origin in zip(finding.related, origins, strict=True)
        ]
    return result


def _suppressed(aside: PutAside, report: Report, index: dict[str, int]) -> dict[str, Any]:
    """Return a result that viewers fold away, with the reason."""
    finding = aside.finding
    suppression: dict[str, Any] = {
        "kind": "inSource" if aside.by == "comment" else "external",
        "justification": neutral(f"{aside.reason} (by {aside.by})"),
    }
    if aside.origin is not None:
        suppression["location"] = _location("", place_of(aside.origin, report))
    return {**_result(finding, report, index[finding.code]), "suppressions": [suppression]}


def _location(path: str, place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if place.file:
        # code scanning takes no result without a line; of a whole file it is the first
        region = {"startLine": place.line or 1}
        if place.column:
            region["startColumn"] = place.column
        if place.end:
            region |= {"endLine": place.line, "endColumn": place.end}
        uri = _uri(place.file)
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": region}
    if path:
        location["logicalLocations"] = [{"fullyQualifiedName": neutral(path), "kind": "member"}]
    return location


def _uri(file: str) -> str:
    escaped = quote(file.encode("utf-8", "surrogatepass"))
    return f"file://{escaped}" if file.startswith("/") else escaped


def _text(text: str) -> dict[str, str]:
    return {"text": neutral(text)}
