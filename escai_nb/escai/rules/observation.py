"""Rules ESC515–ESC517 and ESC614–ESC616: what is watched, and when somebody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.escai.rules.dependency import (
    ALERTING,
    AUDIT,
    HEALTH_SECONDS,
    METRICS,
    MONITORING,
    THRESHOLDS,
    TRAINING,
)
from escai_nb.validation.rule import Facts, Problem, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOWEST_CHECK = 300
"""Seconds between two health checks."""
FULLEST_DISK = 90.0
"""Per cent at which the kubelet begins to evict: less than a tenth of the disk is free."""
MOST_ERRORS = 10.0
"""Per cent of requests."""


@rule(
    "ESC515",
    title="Nothing is watched",
    severities="-/-/W/W",
    why="What goes wrong is heard of from users, or not at all.",
    fix="Set monitoring.monitoring_enabled.",
    source="NIST SP 800-53 SI-4 (system monitoring); OWASP Top 10 2021, A09",
    bad={MONITORING: False, METRICS: False, ALERTING: False, TRAINING: False, AUDIT: False},
    good={MONITORING: True, METRICS: False, ALERTING: False, TRAINING: False, AUDIT: False},
)
def unwatched(facts: Facts) -> Iterator[Problem]:
    """Somebody looks."""
    # what is on and needs it tells it by another rule
    if not facts[MONITORING] and not any(facts[on] for on in (METRICS, ALERTING, TRAINING, AUDIT)):
        # no patch: what audit, metrics and alerts should be then is not known
        yield Problem(MONITORING, "monitoring is off", "true")


@rule(
    "ESC516",
    title="No metrics",
    severities="-/-/W/W",
    why="Without figures of yesterday nobody can tell whether those of today are high.",
    fix="Set monitoring.metrics_enabled.",
    source="Google, “Site Reliability Engineering”, chapter 6 (the four golden signals)",
    bad={METRICS: False, ALERTING: False},
    good={METRICS: True, ALERTING: False},
)
def no_metrics(facts: Facts) -> Iterator[Problem]:
    """Figures are kept."""
    # alerts without metrics are another rule's
    if facts[MONITORING] and not facts[METRICS] and not facts[ALERTING]:
        yield Problem(METRICS, "metrics are off", "true", patch=replace_with(METRICS, value=True))


@rule(
    "ESC517",
    title="No alerts",
    severities="-/-/A/W",
    why="Somebody would have to look at the figures day and night.",
    fix="Set monitoring.alerting_enabled.",
    source="CIS Controls v8, 13.1 (centralize security event alerting); CWE-778",
    bad={ALERTING: False},
    good={ALERTING: True},
)
def no_alerts(facts: Facts) -> Iterator[Problem]:
    """Somebody is told."""
    if facts[MONITORING] and facts[METRICS] and not facts[ALERTING]:
        yield Problem(ALERTING, "alerts are off", "true", patch=replace_with(ALERTING, value=True))


@rule(
    "ESC614",
    title="Health checks far apart",
    severities="A/A/W/W",
    why="Requests go to a process that hangs until the next check, minutes later.",
    fix="Check every 10 to 60 seconds.",
    source="Kubernetes documentation, “Configure Probes” (periodSeconds, 10 by default)",
    bad={HEALTH_SECONDS: 1800},
    good={HEALTH_SECONDS: 60},
    limit=SLOWEST_CHECK,
    unit="s",
)
def rare_checks(facts: Facts, limit: float) -> Iterator[Problem]:
    """A hung process is noticed within minutes."""
    seconds = facts[HEALTH_SECONDS]
    if facts["monitoring.health_check_enabled"] and seconds > limit:
        yield Problem(
            HEALTH_SECONDS,
            f"checks every {seconds} s",
            f"≤ {limit} s",
            patch=replace_with(HEALTH_SECONDS, limit),
        )


@rule(
    "ESC615",
    title="Alert after the disk is full",
    severities="A/A/W/W",
    why="At that level Kubernetes already throws containers off the machine, and databases stop.",
    fix="Alert at 80 to 90 per cent.",
    source="Kubernetes documentation, “Node-pressure Eviction” (nodefs.available<10%)",
    bad={ALERTING: True, THRESHOLDS: {"disk_usage": 97.0}},
    good={ALERTING: True, THRESHOLDS: {"disk_usage": 85.0}},
    limit=FULLEST_DISK,
    unit="%",
)
def full_disk(facts: Facts, limit: float) -> Iterator[Problem]:
    """The alert comes while there is time."""
    yield from _too_late(facts, "disk_usage", limit)


@rule(
    "ESC616",
    title="Alert when many requests fail",
    severities="A/A/W/W",
    why="When one in ten fails users have told you, and a month's budget of errors is spent.",
    fix="Alert at 1 to 5 per cent.",
    source="Google, “Site Reliability Workbook”, chapter 5 (burn rate of the error budget)",
    bad={ALERTING: True, THRESHOLDS: {"error_rate": 25.0}},
    good={ALERTING: True, THRESHOLDS: {"error_rate": 5.0}},
    limit=MOST_ERRORS,
    unit="%",
)
def many_errors(facts: Facts, limit: float) -> Iterator[Problem]:
    """The alert comes before the complaints."""
    yield from _too_late(facts, "error_rate", limit)


def _too_late(facts: Facts, name: str, most: float) -> Iterator[Problem]:
    """Find fault with the earliest of the alerts about *name* if it is above *most*."""
    thresholds = facts[THRESHOLDS]
    steps = [key for key in (name, f"{name}_warning", f"{name}_critical") if key in thresholds]
    first = min(steps, key=thresholds.__getitem__, default=None)
    # above 100 per cent is another rule's
    if facts[ALERTING] and first is not None and most < thresholds[first] <= 100:  # noqa: PLR2004
        path = keypath.render((*keypath.parse(THRESHOLDS), first))
        yield Problem(path, f"nobody is told before {thresholds[first]:g} %", f"≤ {most:g} %")


RULES = (unwatched, no_metrics, no_alerts, rare_checks, full_disk, many_errors)
