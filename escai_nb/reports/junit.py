"""A report as JUnit XML, which every CI server shows as a list of tests."""

from __future__ import annotations

from datetime import UTC
from html import escape
from typing import TYPE_CHECKING

from escai_nb.reports.place import place_of, told
from escai_nb.validation.finding import Severity
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report


def junit(report: Report, *, fail_on: Severity | str = Severity.ERROR) -> str:
    """
    Return one test case a finding; those at or above *fail_on* are failures.

    A rule that could not run is a skipped case, and a report without findings
    one that passed, as servers take an empty suite for a broken one.
    """
    failures = report.at_least(fail_on)
    failed = set(map(id, failures))
    cases = [_case(finding, report, failed=id(finding) in failed) for finding in report.findings]
    cases += [_skipped(rule, reason, report) for rule, reason in report.not_run]
    cases = cases or [f"{_open('no findings', f'escai.{report.environment}')}/>"]
    stamp = f"{report.timestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    suite = {
        "name": "escai",
        "package": "escai",
        "id": "0",
        "timestamp": stamp,
        "hostname": "localhost",
        "tests": str(len(cases)),
        "failures": str(len(failures)),
        "errors": "0",
        "skipped": str(len(report.not_run)),
        "time": "0",
    }
    attributes = " ".join(f'{name}="{value}"' for name, value in suite.items())
    passed = "\n".join(
        _xml(f"{f.severity.value}: {told(f)}") for f in report.findings if id(f) not in failed
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<testsuites>",
            f"<testsuite {attributes}>",
            "<properties>",
            f'<property name="environment" value="{_xml(report.environment)}"/>',
            f'<property name="source" value="{_xml(report.source)}"/>',
            "</properties>",
            *cases,
            f"<system-out>{passed}</system-out>",
            "<system-err></system-err>",
            "</testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _case(finding: Finding, report: Report, *, failed: bool) -> str:
    start = _open(f"{finding.code} {finding.path}", f"escai.{report.environment}.{finding.layer}")
    if not failed:
        return f"{start}/>"
    place = place_of(finding.origin, report)
    where = ":".join(str(part) for part in (place.file, place.line, place.column) if part)
    facts = {
        "Where": where,
        "Expected": finding.expected,
        "Why": finding.why,
        "Fix": finding.fix,
    }
    body = "\n".join(_xml(f"{name}: {text}") for name, text in facts.items() if text)
    return (
        f'{start}>\n<failure type="{_xml(finding.code)}" message="{_xml(told(finding))}">'
        f"{body}</failure>\n</testcase>"
    )


def _skipped(rule: str, reason: str, report: Report) -> str:
    start = _open(rule, f"escai.{report.environment}.not run")
    return f'{start}>\n<skipped message="{_xml(reason)}"/>\n</testcase>'


def _open(name: str, group: str) -> str:
    return f'<testcase name="{_xml(name.strip())}" classname="{_xml(group)}" time="0"'


def _xml(text: str) -> str:
    return escape(neutral(text))
