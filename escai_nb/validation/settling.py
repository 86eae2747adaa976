"""From what was found to what counts: suppressions, severities of the policy, a baseline."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from escai_nb.origin import IN_FILES, OriginKind
from escai_nb.validation import state_rules
from escai_nb.validation.finding import Finding, PutAside
from escai_nb.validation.model_rules import MODEL_RULES
from escai_nb.validation.report import Report, in_order
from escai_nb.validation.state_rules import finding_of, is_firm

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import date

    from escai_nb.validation.rule import Rule
    from escai_nb.validation.suppression import Suppression
    from escai_nb.validation.tier import Tier

_BESIDE = IN_FILES | {OriginKind.DEFAULT, OriginKind.MISSING}
"""Kinds of findings that a comment in the same file may speak of."""


def without_suppressed(
    report: Report,
    suppressions: Iterable[Suppression],
    *,
    rules: Iterable[Rule],
    tier: Tier,
    environments: Collection[str],
) -> Report:
    """
    Put aside what *suppressions* name, and say which of them do not hold.

    *rules* are those that are asked, on or off; *environments* those that
    there are. A suppression that is expired, has no reason, cannot be followed or finds
    nothing to put aside is a finding.
    """
    meant = [
        each
        for each in suppressions
        # of a policy, what it names in vain is told by itself
        if each.holds_in(report.environment) or (each.in_file and _unknown(each, environments))
    ]
    if not meant:
        return report
    layers = {rule.id: rule.layer for rule in (*MODEL_RULES, *state_rules.STATE_RULES, *rules)}
    settling = _Settling(report, layers, report.timestamp.date(), tier, environments)
    for suppression in meant:
        settling.follow(suppression)
    return settling.settled()


@dataclass
class _Settling:
    """The state of one `without_suppressed`."""

    report: Report
    layers: Mapping[str, str]
    today: date
    tier: Tier
    environments: Collection[str]
    said: list[Finding] = field(default_factory=list)
    aside: dict[int, PutAside] = field(default_factory=dict)

    def follow(self, suppression: Suppression) -> None:
        problem = next(self._problems(suppression), None)
        if problem is not None:
            self.said.append(problem)
            return
        reached = [f for f in self.report.findings if _is_meant(f, suppression)]
        for finding in reached:
            until = suppression.until.isoformat() if suppression.until else ""
            by = "comment" if suppression.in_file else "policy"
            self.aside[id(finding)] = PutAside(
                finding, by, suppression.reason, until, suppression.origin
            )
        if not reached and not self.report.could_not_say(suppression.rule):
            message = f"{suppression.rule} has no finding here to put aside"
            self._say(state_rules.UNUSED, suppression, message)

    def _problems(self, suppression: Suppression) -> Iterator[Finding]:
        name = suppression.rule
        if suppression.trouble:
            yield self._finding(state_rules.NOT_UNDERSTOOD, suppression, suppression.trouble)
        elif name not in self.layers:
            message = f"there is no rule {name}"
            yield self._finding(state_rules.NOT_UNDERSTOOD, suppression, message)
        elif suppression.in_file and (strange := _unknown(suppression, self.environments)):
            message = f"there is no environment {strange}, but {', '.join(self.environments)}"
            yield self._finding(state_rules.NOT_UNDERSTOOD, suppression, message)
        elif is_firm(name, self.layers[name]):
            message = f"{name} cannot be put aside"
            yield self._finding(state_rules.NOT_UNDERSTOOD, suppression, message)
        elif not suppression.reason:
            message = f"the suppression of {name} gives no reason"
            yield self._finding(state_rules.REASONLESS, suppression, message)
        elif suppression.is_over(self.today):
            message = f"the suppression of {name} held until {suppression.until}"
            yield self._finding(state_rules.EXPIRED, suppression, message)

    def _say(self, page: Rule, suppression: Suppression, message: str) -> None:
        self.said.append(self._finding(page, suppression, message))

    def _finding(self, page: Rule, suppression: Suppression, message: str) -> Finding:
        origin, path = suppression.origin, suppression.path
        return finding_of(page, self.tier, message, path=path, origin=origin)

    def settled(self) -> Report:
        kept = [finding for finding in self.report.findings if id(finding) not in self.aside]
        return replace(
            self.report,
            findings=in_order(kept + self.said),
            put_aside=(*self.report.put_aside, *self.aside.values()),
        )


def _unknown(suppression: Suppression, environments: Collection[str]) -> str:
    """Return the first environment that *suppression* names and that there is not."""
    return next((name for name in suppression.environments if name not in environments), "")


def _is_meant(finding: Finding, suppression: Suppression) -> bool:
    if finding.code != suppression.rule or not suppression.reaches(finding.path):
        return False
    if not suppression.in_file:
        return True
    here, there = finding.origin, suppression.origin
    return (
        here is not None
        and there is not None
        and here.kind in _BESIDE
        and here.source == there.source
    )
