"""Rules and findings as the policy of a workspace wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from escai_nb.schema.suggestion import nearest
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.model_rules import MODEL_RULES
from escai_nb.validation.policy import OFF
from escai_nb.validation.state_rules import STATE_RULES, STRANGE_POLICY, finding_of, is_firm
from escai_nb.validation.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from escai_nb.validation.policy import Policy
    from escai_nb.validation.rule import Rule


def tuned(rules: Sequence[Rule], policy: Policy | None, environment: str) -> tuple[Rule, ...]:
    """Return *rules* with the severities and limits that *policy* gives them in *environment*."""
    if policy is None or not (policy.severities or policy.thresholds):
        return tuple(rules)
    return tuple(_tuned(rule, policy, environment) for rule in rules)


def _tuned(rule: Rule, policy: Policy, environment: str) -> Rule:
    said = policy.severity(rule.id, environment)
    if said is not None:
        severity = None if said == OFF else Severity(said)
        rule = replace(rule, severities=dict.fromkeys(Tier, severity))
    limit = policy.thresholds.get(rule.id)
    if limit is not None and rule.limit is not None:
        rule = replace(rule, limit=dict.fromkeys(Tier, limit))
    return rule


def weighed(
    findings: Iterable[Finding], policy: Policy | None, environment: str
) -> Iterator[Finding]:
    """Give *findings* of the toolkit's own state the severity that *policy* says."""
    for finding in findings:
        said = policy.severity(finding.code, environment) if policy is not None else None
        if said is None or is_firm(finding.code, finding.layer):
            yield finding
        elif said != OFF:
            yield replace(finding, severity=Severity(said))


def strange(
    policy: Policy | None, rules: Iterable[Rule], tier: Tier, *, environments: Collection[str]
) -> Iterator[Finding]:
    """
    Say what *policy* wants of rules that there are not, or that do not take it.

    And of environments that are none of *environments*.
    """
    if policy is None:
        return

    def told(message: str, *at: str | int) -> Finding:
        return finding_of(STRANGE_POLICY, tier, message, origin=policy.origin_of(at))

    known = {rule.id: rule for rule in (*MODEL_RULES, *STATE_RULES, *rules)}
    for name in policy.severities:
        if name not in known:
            yield told(f"severities: there is no rule {name}", "severities", name)
        elif is_firm(name, known[name].layer):
            yield told(f"severities: that of {name} cannot be changed", "severities", name)
    for name in policy.thresholds:
        if name not in known or known[name].limit is None:
            yield told(f"thresholds: there is no rule {name} with a limit", "thresholds", name)
    for at, name in policy.environments():
        if name not in environments:
            near = nearest(name, environments)
            hint = f"; did you mean {near}?" if near else ""
            yield told(f"{at[0]}: there is no environment {name}{hint}", *at)
