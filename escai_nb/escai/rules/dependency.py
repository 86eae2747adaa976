"""Dependency rules, ESC601–ESC613: switches and numbers that only work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.escai.rules.network import LONGEST_REQUEST
from escai_nb.escai.rules.services import address_of
from escai_nb.validation.rule import Facts, Problem, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

MONITORING = "monitoring.monitoring_enabled"
METRICS = "monitoring.metrics_enabled"
ALERTING = "monitoring.alerting_enabled"
THRESHOLDS = "monitoring.alert_thresholds"
TRAINING = "ml.training_enabled"
AUDIT = "security.audit_enabled"
DETECTION = "security.pii_detection_enabled"
MASKING = "security.pii_masking_enabled"
LEVEL = "security.pii_sensitivity_level"
METRICS_SECONDS = "monitoring.metrics_interval_seconds"
HEALTH_SECONDS = "monitoring.health_check_interval_seconds"
REPLICA_SET = "database.mongodb_replica_set"

MEASURED = ("cpu_usage", "memory_usage", "disk_usage", "error_rate")
STEPS = ("", "_warning", "_critical")
KNOWN_THRESHOLDS = frozenset(name + step for name in MEASURED for step in STEPS)
SLOWEST_ALERT = 300
"""Seconds between two measurements that alerts rely on."""
_NOTHING_WATCHED = {MONITORING: False, METRICS: False, ALERTING: False}


def _threshold(name: str) -> str:
    return keypath.render((*keypath.parse(THRESHOLDS), name))


@rule(
    "ESC601",
    title="Alerts without metrics",
    severities="W/W/E/E",
    why="Alerts compare metrics with thresholds; without metrics none is ever raised.",
    fix="Turn metrics on, or alerts off.",
    source="Prometheus documentation, “Alerting rules”",
    bad={ALERTING: True, METRICS: False},
    good={ALERTING: True, METRICS: True},
)
def alerts_without_metrics(facts: Facts) -> Iterator[Problem]:
    """Alerts have something to look at."""
    if facts[ALERTING] and not facts[METRICS] and facts[MONITORING]:
        yield Problem(
            ALERTING,
            "is on, and there are no metrics",
            "metrics",
            related=(METRICS,),
            patch=replace_with(METRICS, value=True),
        )


@rule(
    "ESC602",
    title="Training without monitoring",
    severities="A/A/W/W",
    why="Models learn from what monitoring records; without it they train on nothing.",
    fix="Turn monitoring on, or training off.",
    source="Google, “Rules of Machine Learning”, rule 10 (watch for silent failures)",
    bad={**_NOTHING_WATCHED, TRAINING: True},
    good={MONITORING: True, TRAINING: True},
)
def training_without_monitoring(facts: Facts) -> Iterator[Problem]:
    """Models train on what was recorded."""
    if facts[TRAINING] and not facts[MONITORING]:
        yield Problem(
            TRAINING,
            "is on, and monitoring is off",
            "both",
            related=(MONITORING,),
            patch=replace_with(MONITORING, value=True),
        )


@rule(
    "ESC603",
    title="Audit without monitoring",
    severities="W/W/E/E",
    why="The audit record is fed by monitoring, and stays empty without it.",
    fix="Turn monitoring on.",
    source="NIST SP 800-53 AU-12 (audit record generation)",
    bad={**_NOTHING_WATCHED, TRAINING: False, AUDIT: True},
    good={MONITORING: True, AUDIT: True},
)
def audit_without_monitoring(facts: Facts) -> Iterator[Problem]:
    """The audit record is written."""
    if facts[AUDIT] and not facts[MONITORING]:
        yield Problem(
            AUDIT,
            "is on, and monitoring is off",
            "both",
            related=(MONITORING,),
            patch=replace_with(MONITORING, value=True),
        )


@rule(
    "ESC604",
    title="Switched on below a switch that is off",
    severities="A/A/W/W",
    why="Who reads the file believes that somebody is watching.",
    fix="Turn monitoring on, or this off too.",
    source="Google, “Site Reliability Engineering”, chapter 6 (monitoring distributed systems)",
    bad={MONITORING: False, METRICS: True, ALERTING: False, TRAINING: False, AUDIT: False},
    good={MONITORING: True, METRICS: True},
)
def idle_switch(facts: Facts) -> Iterator[Problem]:
    """What is on works."""
    # what is on besides and needs it tells it by another rule
    if facts[MONITORING] or facts[TRAINING] or facts[AUDIT]:
        return
    for path, is_on in facts.each(METRICS, ALERTING):
        if is_on:
            yield Problem(
                path,
                "is on, and monitoring is off",
                "false",
                related=(MONITORING,),
                patch=replace_with(MONITORING, value=True),
            )


@rule(
    "ESC605",
    title="Masking without detection",
    severities="W/W/E/E",
    why="What is not found cannot be masked, so personal data passes as it is.",
    fix="Turn detection on.",
    source="NIST SP 800-122, 4.2.3 (de-identifying information); GDPR, Art. 25",
    bad={DETECTION: False, MASKING: True},
    good={DETECTION: True, MASKING: True},
)
def masking_without_detection(facts: Facts) -> Iterator[Problem]:
    """Masking knows what to mask."""
    if facts[MASKING] and not facts[DETECTION]:
        yield Problem(
            MASKING,
            "is on, and detection is off",
            "both",
            related=(DETECTION,),
            patch=replace_with(DETECTION, value=True),
        )


@rule(
    "ESC606",
    title="Detection on, level off",
    severities="W/W/E/E",
    why="One says that personal data is looked for, the other that none is found.",
    fix="Set the level to medium or high, or turn detection off.",
    source="NIST SP 800-122, 2.2 (examples of PII)",
    bad={DETECTION: True, LEVEL: "off"},
    good={DETECTION: True, LEVEL: "medium"},
)
def detection_at_level_off(facts: Facts) -> Iterator[Problem]:
    """Detection has a level to work at."""
    if facts[DETECTION] and facts[LEVEL] == "off":
        yield Problem(
            LEVEL,
            "is off while detection is on",
            "low, medium or high",
            (DETECTION,),
            patch=replace_with(LEVEL, "medium"),
        )


@rule(
    "ESC607",
    title="Threshold of something that is not measured",
    severities="W/W/W/W",
    why="It never raises an alert, and its misspelt twin keeps the default.",
    fix="Use cpu_usage, memory_usage, disk_usage, error_rate, or these with _warning, _critical.",
    source="Prometheus documentation, “Alerting rules” (an unknown metric never fires)",
    bad={THRESHOLDS: {"cpu_usage": 80.0, "cpu_temperature": 70.0}},
    good={THRESHOLDS: {"cpu_usage": 80.0}},
)
def unknown_threshold(facts: Facts) -> Iterator[Problem]:
    """Each threshold is that of a measured value."""
    for name in facts[THRESHOLDS]:
        if name not in KNOWN_THRESHOLDS:
            yield Problem(_threshold(name), "is not measured", "one of " + ", ".join(MEASURED))


@rule(
    "ESC608",
    title="Threshold outside 0 to 100 per cent",
    severities="E/E/E/E",
    why="Above 100 it is never reached, at 0 always.",
    fix="Give a percentage above 0 and up to 100.",
    source="Google, “Site Reliability Workbook”, chapter 5 (alerting on SLOs)",
    bad={THRESHOLDS: {"cpu_usage": 800.0}},
    good={THRESHOLDS: {"cpu_usage": 80.0}},
)
def impossible_threshold(facts: Facts) -> Iterator[Problem]:
    """Each threshold can be reached, and not always."""
    for name, value in facts[THRESHOLDS].items():
        # of what is not measured another rule tells
        if name in KNOWN_THRESHOLDS and not 0 < value <= 100:  # noqa: PLR2004  # per cent
            yield Problem(_threshold(name), f"{value:g} % makes no alert useful", "> 0, ≤ 100 %")


@rule(
    "ESC609",
    title="Warning not below critical",
    severities="E/E/E/E",
    why="The warning comes with the alarm or after it, when nobody needs it.",
    fix="Make the warning lower than the critical value.",
    source="Google, “Site Reliability Workbook”, chapter 5 (alerting on SLOs)",
    bad={THRESHOLDS: {"cpu_usage_warning": 95.0, "cpu_usage_critical": 90.0}},
    good={THRESHOLDS: {"cpu_usage_warning": 80.0, "cpu_usage_critical": 90.0}},
)
def late_warning(facts: Facts) -> Iterator[Problem]:
    """A warning comes first."""
    thresholds = facts[THRESHOLDS]
    for name in MEASURED:
        warning = thresholds.get(f"{name}_warning", thresholds.get(name))
        critical = thresholds.get(f"{name}_critical")
        # what is no percentage is another rule's
        if warning is not None and critical is not None and 100 >= warning >= critical > 0:  # noqa: PLR2004
            given = f"{name}_warning" if f"{name}_warning" in thresholds else name
            yield Problem(
                _threshold(given),
                f"{warning:g} is not below the critical {critical:g}",
                f"< {critical:g}",
                related=(_threshold(f"{name}_critical"),),
            )


@rule(
    "ESC610",
    title="Alerts without thresholds",
    severities="W/W/E/E",
    why="There is nothing that could raise one.",
    fix="Give thresholds, at least for error_rate and disk_usage.",
    source="Google, “Site Reliability Engineering”, chapter 6 (the four golden signals)",
    bad={ALERTING: True, THRESHOLDS: {}},
    good={ALERTING: True, THRESHOLDS: {"error_rate": 5.0}},
)
def no_thresholds(facts: Facts) -> Iterator[Problem]:
    """Alerts know when."""
    if facts[ALERTING] and not facts[THRESHOLDS]:
        yield Problem(THRESHOLDS, "is empty, and alerts are on", "a threshold", (ALERTING,))


@rule(
    "ESC611",
    title="Health checks overlap",
    severities="A/A/W/W",
    why="The next check starts while the one before still waits for an answer.",
    fix="Check no more often than a request may last.",
    source="Kubernetes documentation, “Configure Probes” (periodSeconds, timeoutSeconds)",
    bad={HEALTH_SECONDS: 5, "api.request_timeout": 40},
    good={HEALTH_SECONDS: 60, "api.request_timeout": 40},
)
def overlapping_checks(facts: Facts) -> Iterator[Problem]:
    """One check ends before the next begins."""
    interval, timeout = facts[HEALTH_SECONDS], facts["api.request_timeout"]
    # a request that may last for ever is another rule's
    if facts["monitoring.health_check_enabled"] and interval < timeout <= LONGEST_REQUEST:
        yield Problem(
            HEALTH_SECONDS,
            f"every {interval} s is more often than a request may last ({timeout} s)",
            f"≥ {timeout} s",
            related=("api.request_timeout",),
        )


@rule(
    "ESC612",
    title="Alerts on old figures",
    severities="A/A/W/W",
    why="An outage of minutes is over, or a disaster, before it is measured.",
    fix="Measure at least every five minutes.",
    source="Prometheus documentation, “Configuration” (scrape_interval, 1m by default)",
    bad={ALERTING: True, METRICS_SECONDS: 3600},
    good={ALERTING: True, METRICS_SECONDS: 60},
    limit=SLOWEST_ALERT,
    unit="s",
)
def old_figures(facts: Facts, limit: float) -> Iterator[Problem]:
    """Alerts come in time."""
    seconds = facts[METRICS_SECONDS]
    if facts[ALERTING] and seconds > limit:
        yield Problem(
            METRICS_SECONDS,
            f"measures every {seconds} s",
            f"≤ {limit} s",
            patch=replace_with(METRICS_SECONDS, limit),
        )


@rule(
    "ESC613",
    title="Replica set behind one member",
    severities="A/A/W/W",
    why="A driver that knows one member alone finds no other when that one is down.",
    fix="Name a host that stands for all members, such as the service of the set.",
    source="MongoDB Manual, “Replica Set Deployment Architectures” (use hostnames, not IPs)",
    bad={REPLICA_SET: "rs0", "database.mongodb_host": "10.20.0.7"},
    good={REPLICA_SET: "rs0", "database.mongodb_host": "mongodb.internal"},
)
def one_member(facts: Facts) -> Iterator[Problem]:
    """A set is found through a name that is not that of one member."""
    if not facts[REPLICA_SET]:
        return
    host = facts["database.mongodb_host"]
    if address_of(host) is not None or host.partition(".")[0][-1:].isdigit():
        yield Problem(
            "database.mongodb_host", f"{host} is one member", "a host name", (REPLICA_SET,)
        )


RULES = (
    alerts_without_metrics,
    training_without_monitoring,
    audit_without_monitoring,
    idle_switch,
    masking_without_detection,
    detection_at_level_off,
    unknown_threshold,
    impossible_threshold,
    late_warning,
    no_thresholds,
    overlapping_checks,
    old_figures,
    one_member,
)
