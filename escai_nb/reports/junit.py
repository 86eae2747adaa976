"""A report as JUnit XML, which every CI server shows as a list of tests."""

from __future__ import annotations

from datetime import UTC
from html import escape
from typing import TYPE_CHECKING

from escai_nb.reports.place import place_of, told
from escai_nb.validation.finding import Severity
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.validation.finding import Finding, PutAside
    from escai_nb.validation.report import Report


def junit(*reports: Report, fail_on: Severity | str = Severity.ERROR) -> str:
    """
    Return a suite for each report, in it one test case a finding.

    Those at or above *fail_on* are failures. A rule that could not run and a
    finding that was put aside are skipped cases, and a report without findings
    is one that passed, as servers take an empty suite for a broken one.
    """
    suites = [_suite(report, number, fail_on) for number, report in enumerate(reports)]
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""]
    )


def _suite(report: Report, number: int, fail_on: Severity | str) -> str:
    failures = report.at_least(fail_on)
    failed = set(map(id, failures))
    cases = [_case(finding, report, failed=id(finding) in failed) for finding in report.findings]
    skipped = [_skipped(rule, reason, report) for rule, reason in report.not_run]
    skipped += [_put_aside(aside, report) for aside in report.put_aside]
    cases += skipped
    cases = cases or [f"{_open('no findings', f'escai.{report.environment}')}/>"]
    suite = {
        "name": "escai",
        "package": "escai",
        "id": str(number),
        "timestamp": f"{report.timestamp.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        "hostname": "localhost",
        "tests": str(len(cases)),
        "failures": str(len(failures)),
        "errors": "0",
        "skipped": str(len(skipped)),
        "time": "0",
    }
    attributes = " ".join(f'{name}="{value}"' for name, value in suite.items())
    passed = "\n".join(
        _xml(f"{f.severity.value}: {told(f)}") for f in report.findings if id(f) not in failed
    )
    return "\n".join(
        [
            f"<testsuite {attributes}>",
            "<properties>",
            f'<property name="environment" value="{_xml(report.environment)}"/>',
            f'<property name="source" value="{_xml(report.source)}"/>',
            "</properties>",
            *cases,
            f"<system-out>{passed}</system-out>",
            "<system-err></system-err>",
            "</testsuite>",
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


def _put_aside(aside: PutAside, report: Report) -> str:
    finding = aside.finding
    start = _open(f"{finding.code} {finding.path}", f"escai.{report.environment}.put aside")
    return f'{start}>\n<skipped message="{_xml(str(aside))}"/>\n</testcase>'


def _open(name: str, group: str) -> str:
    return f'<testcase name="{_xml(name.strip())}" classname="{_xml(group)}" time="0"'


def _xml(text: str) -> str:
    return escape(neutral(text))
