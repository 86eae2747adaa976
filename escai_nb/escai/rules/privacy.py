"""Security rules, ESC341–ESC347: personal data, and the record of who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.escai.rules.tokens import LONGEST_REFRESH
from escai_nb.validation.rule import Facts, Problem, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

DETECTION = "security.pii_detection_enabled"
MASKING = "security.pii_masking_enabled"
LEVEL = "security.pii_sensitivity_level"
AUDIT = "security.audit_enabled"
RETENTION = "security.audit_retention_days"
REFRESH = "security.jwt_refresh_token_expire_days"

SHORTEST_RETENTION = 90
"""Days."""
LONGEST_RETENTION = 10 * 365


@rule(
    "ESC341",
    title="Personal data is not looked for",
    severities="-/-/W/W",
    why="It then lands in logs and training data, where nobody may keep it.",
    fix="Set security.pii_detection_enabled.",
    source="GDPR, Art. 5(1)(c) (data minimisation); OWASP Logging Cheat Sheet",
    bad={DETECTION: False, MASKING: False},
    good={DETECTION: True},
)
def no_detection(facts: Facts) -> Iterator[Problem]:
    """Personal data is noticed."""
    # masking without detection is another rule's
    if not facts[DETECTION] and not facts[MASKING]:
        yield Problem(
            DETECTION,
            "detection of personal data is off",
            "true",
            patch=replace_with(DETECTION, value=True),
        )


@rule(
    "ESC342",
    title="Personal data is found, but not masked",
    severities="-/-/W/E",
    why="What is known to be personal data is stored and shown as it came.",
    fix="Set security.pii_masking_enabled.",
    source="GDPR, Art. 25 (data protection by design); CWE-532",
    bad={DETECTION: True, MASKING: False},
    good={DETECTION: True, MASKING: True},
)
def no_masking(facts: Facts) -> Iterator[Problem]:
    """What is found is masked."""
    if facts[DETECTION] and not facts[MASKING]:
        yield Problem(
            MASKING,
            "masking of personal data is off",
            "true",
            related=(DETECTION,),
            patch=replace_with(MASKING, value=True),
        )


@rule(
    "ESC343",
    title="Low sensitivity for personal data",
    severities="-/-/A/W",
    why="At this level only the plainest cases are found.",
    fix="Use medium or high.",
    source="NIST SP 800-122, 2.2 and 3.2 (examples of PII, impact levels)",
    bad={LEVEL: "low"},
    good={LEVEL: "medium"},
)
def low_level(facts: Facts) -> Iterator[Problem]:
    """Detection is sensitive enough."""
    if facts[DETECTION] and facts[LEVEL] == "low":
        yield Problem(
            LEVEL,
            "finds only the plainest cases",
            "medium or high",
            patch=replace_with(LEVEL, "medium"),
        )


@rule(
    "ESC344",
    title="No audit record",
    severities="-/-/W/E",
    why="After an incident nobody can tell who did what.",
    fix="Set security.audit_enabled.",
    source="CIS Controls v8, 8.2 (collect audit logs); OWASP Top 10 2021, A09",
    bad={AUDIT: False},
    good={AUDIT: True},
)
def no_audit(facts: Facts) -> Iterator[Problem]:
    """Who did what is recorded."""
    if not facts[AUDIT]:
        # without monitoring the record would stay empty, which is another rule's error
        patch = replace_with(AUDIT, value=True) if facts["monitoring.monitoring_enabled"] else ()
        yield Problem(AUDIT, "audit is off", "true", patch=patch)


@rule(
    "ESC345",
    title="Audit record kept for a short time",
    severities="-/A/W/E",
    why="Break-ins are found after weeks; by then the record of them is gone.",
    fix="Keep it for at least 90 days.",
    source="CIS Controls v8, 8.10 (retain audit logs for at least 90 days)",
    bad={AUDIT: True, RETENTION: 7},
    good={AUDIT: True, RETENTION: 90},
    limit=SHORTEST_RETENTION,
    unit="d",
    instead_of=("ESC347",),
)
def short_retention(facts: Facts, limit: float) -> Iterator[Problem]:
    """The record outlasts the time until it is needed."""
    days = facts[RETENTION]
    if facts[AUDIT] and days < limit:
        yield Problem(
            RETENTION,
            f"keeps the record for {days} d",
            f"≥ {limit} d",
            patch=replace_with(RETENTION, limit),
        )


@rule(
    "ESC346",
    title="Audit record kept for ever",
    severities="A/A/A/A",
    why="It tells about people, and must not be kept longer than it serves a purpose.",
    fix="Keep it for as long as the law asks, seldom more than ten years.",
    source="GDPR, Art. 5(1)(e) (storage limitation)",
    bad={RETENTION: 36_500},
    good={RETENTION: 365},
    limit=LONGEST_RETENTION,
    unit="d",
)
def endless_retention(facts: Facts, limit: float) -> Iterator[Problem]:
    """The record is deleted one day."""
    days = facts[RETENTION]
    if days > limit:
        yield Problem(
            RETENTION,
            f"keeps the record for {days} d",
            f"≤ {limit} d",
            patch=replace_with(RETENTION, limit),
        )


@rule(
    "ESC347",
    title="Audit record gone before the token",
    severities="A/A/W/W",
    why="A stolen token is still in use when the record of who obtained it has been deleted.",
    fix="Keep the record for longer than a refresh token lives.",
    source="NIST SP 800-53 AU-11 (audit record retention, for investigations after the fact)",
    bad={AUDIT: True, RETENTION: 10, REFRESH: 30},
    good={AUDIT: True, RETENTION: 365, REFRESH: 30},
)
def forgotten_token(facts: Facts) -> Iterator[Problem]:
    """The record of a login outlives what the login gave."""
    kept, lives = facts[RETENTION], facts[REFRESH]
    # a token that lives too long is another rule's
    if facts[AUDIT] and kept < lives <= LONGEST_REFRESH:
        yield Problem(
            RETENTION,
            f"{kept} d is shorter than a refresh token's {lives} d",
            f"≥ {lives} d",
            related=(REFRESH,),
            patch=replace_with(RETENTION, lives),
        )


RULES = (
    no_detection,
    no_masking,
    low_level,
    no_audit,
    short_retention,
    endless_retention,
    forgotten_token,
)
