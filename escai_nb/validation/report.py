"""All findings about one configuration, in one order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb.display import REPORTS, Showable, load
from escai_nb.errors import InvalidConfigurationError
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.live.rules import LIVE_IDS

if TYPE_CHECKING:
    from datetime import datetime

    from escai_nb.validation.finding import PutAside
    from escai_nb.validation.live.outcome import Outcome

FORMAT = 1
"""Version of the form that `Report.to_data` writes."""

KEYS = ("valid", "timestamp", "total_errors", "errors", "warnings", "recommendations")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Report(Showable, Mapping[str, object]):
    """
    What a validation found; also a mapping with the keys of `KEYS`.

    Attributes:
        findings: Most severe first, then by path and code.

        timestamp: When it was made, with a time zone.

        not_run: Rules that could not be asked (or not to the end), with the reason.

        unreadable: Paths that no rule could read: sealed, and no key at hand, or in
            a part of a file that is broken.

        verified: The seal was checked with its key, or there is none to check.

        source: The file that was validated, as the reader would name it.

        put_aside: Findings that do not count, by a comment, the policy or a baseline.

        live: What came out of live checks, one a target; nothing where none were made.

        repairing: Command that makes the safe repairs, as the reader would give it; empty
            where only the name of the file tells.
    """

    findings: tuple[Finding, ...]
    environment: str
    timestamp: datetime
    not_run: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()
    verified: bool = True
    source: str = ""
    put_aside: tuple[PutAside, ...] = ()
    live: tuple[Outcome, ...] | None = None
    repairing: str = ""

    def __getitem__(self, key: str) -> object:
        if key not in KEYS:
            raise KeyError(key)
        return self.summary()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(KEYS)

    def __len__(self) -> int:
        return len(KEYS)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(severity)} {severity.value}" for severity in Severity)
        return f"<Report of {self.source or self.environment}: {counts}>"

    @property
    def gaps(self) -> dict[str, list[str]]:
        """Why rules did not run, and for each reason which."""
        grouped: dict[str, list[str]] = {}
        for rule, reason in self.not_run:
            grouped.setdefault(reason, []).append(rule)
        return grouped

    @property
    def is_valid(self) -> bool:
        """Tell that no error was found."""
        return self.count(Severity.ERROR) == 0

    @property
    def worst(self) -> Severity | None:
        """Severity of the worst finding, or None."""
        return self.findings[0].severity if self.findings else None

    def count(self, severity: Severity) -> int:
        """Count the findings of exactly *severity*."""
        return sum(finding.severity is severity for finding in self.findings)

    def at_least(self, severity: Severity | str) -> tuple[Finding, ...]:
        """Return the findings that are as bad as *severity* or worse."""
        rank = Severity(severity).rank
        return tuple(finding for finding in self.findings if finding.severity.rank >= rank)

    def fixes(self, *, safe: bool = True) -> tuple[Finding, ...]:
        """Return the findings that bring a patch: the safe ones, or all."""
        return tuple(f for f in self.findings if f.patch and (f.safe or not safe))

    def mendable(self, *, safe: bool) -> tuple[Finding, ...]:
        """Return the findings that a patch of the own file mends: a *safe* one, or another."""
        return tuple(f for f in self.fixes(safe=False) if f.safe is safe and f.is_in_reach)

    def could_not_say(self, rule: str) -> bool:
        """Tell whether *rule* may have a finding that is not among these."""
        return rule in dict(self.not_run) or (self.live is None and rule in LIVE_IDS)

    def raise_if(self, severity: Severity | str = Severity.ERROR) -> None:
        """
        Return when nothing is as bad as *severity*.

        Raises:
            InvalidConfigurationError: Otherwise; it carries those findings.
        """
        against = self.at_least(severity)
        if not against:
            return
        more = f" (and {len(against) - 1} more)" if len(against) > 1 else ""
        message = f"{against[0]}{more}"
        raise InvalidConfigurationError(message, findings=against, hint=against[0].fix)

    def summary(self) -> dict[str, Any]:
        """Return the mapping side: texts only, as the earlier system gave them."""
        texts = {
            severity: [str(f) for f in self.findings if f.severity is severity]
            for severity in Severity
        }
        return {
            "valid": self.is_valid,
            "timestamp": self.timestamp.isoformat(),
            "total_errors": len(texts[Severity.ERROR]),
            "errors": texts[Severity.ERROR],
            "warnings": texts[Severity.WARNING],
            "recommendations": list(dict.fromkeys(f.fix for f in self.findings if f.fix)),
        }

    def to_data(self) -> dict[str, Any]:
        """Return the whole report as JSON-able data, under a format version."""
        return {
            "format": FORMAT,
            "environment": self.environment,
            "source": self.source,
            "timestamp": self.timestamp.isoformat(),
            "valid": self.is_valid,
            "verified": self.verified,
            "counts": {severity.value: self.count(severity) for severity in Severity},
            "findings": [finding.to_data() for finding in self.findings],
            "not_run": [{"rule": rule, "reason": reason} for rule, reason in self.not_run],
            "unreadable": list(self.unreadable),
            "put_aside": [each.to_data() for each in self.put_aside],
            "live": None if self.live is None else [each.to_data() for each in self.live],
        }

    def to_html(self) -> str:
        """Return the report as one HTML page that needs nothing else, for people."""
        return str(load(REPORTS["html"])(self))

    def to_sarif(self) -> dict[str, Any]:
        """Return the report as SARIF 2.1.0, JSON-able."""
        data: dict[str, Any] = load(REPORTS["sarif"])(self)
        return data

    def to_junit(self) -> str:
        """Return the report as JUnit XML; errors are failures."""
        return str(load(REPORTS["junit"])(self))

    def to_markdown(self) -> str:
        """Return the report as a table in Markdown."""
        return str(load(REPORTS["markdown"])(self))

    def to_github(self) -> str:
        """Return the report as workflow commands, one line a finding."""
        return str(load(REPORTS["github"])(self))


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort *findings*: the worst first, broken files before what stands in them, then by path."""
    return tuple(sorted(findings, key=_place_in_order))


def _place_in_order(finding: Finding) -> tuple[int, bool, str, str, int, str]:
    is_broken = finding.layer == "parse"
    line = finding.origin.line if is_broken and finding.origin is not None else 0
    return -finding.severity.rank, not is_broken, finding.path, finding.code, line, finding.message
