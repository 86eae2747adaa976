"""Security rules, ESC321–ESC327: passwords of users, and what happens to guessing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.validation.rule import Facts, Problem, Tier, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = "security.password_min_length"
COMPOSITION = tuple(
    f"security.password_require_{what}" for what in ("uppercase", "lowercase", "numbers", "symbols")
)
ATTEMPTS = "security.max_login_attempts"
LOCKOUT = "security.lockout_duration_minutes"

SHORTEST_PASSWORD = {
    Tier.DEVELOPMENT: 8,
    Tier.TESTING: 8,
    Tier.STAGING: 12,
    Tier.PRODUCTION: 12,
}
"""Characters: 8 is NIST's floor, 12 what OWASP asks where it stands alone."""
LONG_ENOUGH = 12
LONGEST_ASKED = 64
"""Characters that systems have to take; who asks for more shuts out people and their tools."""
MOST_ATTEMPTS = 10
FEWEST_ATTEMPTS = 3
SHORTEST_LOCKOUT = 15
LONGEST_LOCKOUT = 24 * 60
"""Minutes."""


@rule(
    "ESC321",
    title="Short passwords allowed",
    severities="A/A/W/E",
    why="Length is what makes a password hard to guess, more than any rule of composition.",
    fix="Ask for at least 12 characters.",
    source="NIST SP 800-63B, 5.1.1; OWASP Authentication Cheat Sheet",
    bad={LENGTH: 6, **dict.fromkeys(COMPOSITION, False)},
    good={LENGTH: 12},
    limit=SHORTEST_PASSWORD,
    unit="characters",
    instead_of=("ESC322",),
)
def short_passwords(facts: Facts, limit: float) -> Iterator[Problem]:
    """Passwords of users are long."""
    length = facts[LENGTH]
    if length < limit:
        yield Problem(
            LENGTH,
            f"allows passwords of {length} characters",
            f"≥ {limit}",
            patch=replace_with(LENGTH, limit),
        )


@rule(
    "ESC322",
    title="Composition instead of length",
    severities="A/A/-/-",
    why="Demanding signs of each kind gives Password1!; length gives strength.",
    fix="Ask for 12 characters or more, and drop the rules of composition.",
    source="NIST SP 800-63B, 5.1.1.2 and Appendix A.3",
    bad={LENGTH: 8, **dict.fromkeys(COMPOSITION, True)},
    good={LENGTH: 12, **dict.fromkeys(COMPOSITION, True)},
)
def composition(facts: Facts) -> Iterator[Problem]:
    """Strength comes from length."""
    length = facts[LENGTH]
    if length < LONG_ENOUGH and all(facts[path] for path in COMPOSITION):
        yield Problem(
            LENGTH,
            f"asks for {length} characters and for signs of every kind",
            f"≥ {LONG_ENOUGH}",
            related=COMPOSITION,
            patch=replace_with(LENGTH, LONG_ENOUGH),
        )


@rule(
    "ESC323",
    title="Many login attempts",
    severities="A/A/W/E",
    why="The more guesses are free, the more accounts with common passwords fall.",
    fix="Lock an account after 5 to 10 failures.",
    source="PCI DSS 4.0, 8.3.4 (not more than 10 attempts)",
    bad={ATTEMPTS: 50},
    good={ATTEMPTS: 5},
    limit=MOST_ATTEMPTS,
    unit="attempts",
)
def many_attempts(facts: Facts, limit: float) -> Iterator[Problem]:
    """Guessing ends soon."""
    attempts = facts[ATTEMPTS]
    if attempts > limit:
        yield Problem(
            ATTEMPTS,
            f"allows {attempts} attempts",
            f"≤ {limit}",
            patch=replace_with(ATTEMPTS, limit),
        )


@rule(
    "ESC324",
    title="Short lockout",
    severities="A/A/W/W",
    why="A guesser only has to wait a moment before the next round.",
    fix="Lock an account for at least 15 minutes.",
    source="CIS Microsoft Windows Server Benchmark, 1.2.1 (15 minutes or more)",
    bad={LOCKOUT: 1},
    good={LOCKOUT: 15},
    limit=SHORTEST_LOCKOUT,
    unit="min",
)
def short_lockout(facts: Facts, limit: float) -> Iterator[Problem]:
    """A locked account stays locked for a while."""
    minutes = facts[LOCKOUT]
    if minutes < limit:
        yield Problem(
            LOCKOUT,
            f"locks for {minutes} min",
            f"≥ {limit} min",
            patch=replace_with(LOCKOUT, limit),
        )


@rule(
    "ESC325",
    title="Lockout after few attempts",
    severities="A/A/A/A",
    why="A slip of the finger locks users out, and anybody can lock out anybody.",
    fix="Allow 3 to 10 attempts.",
    source="OWASP Authentication Cheat Sheet (account lockout); CWE-645",
    bad={ATTEMPTS: 1},
    good={ATTEMPTS: 5},
    limit=FEWEST_ATTEMPTS,
    unit="attempts",
)
def few_attempts(facts: Facts, limit: float) -> Iterator[Problem]:
    """A slip locks nobody out."""
    attempts = facts[ATTEMPTS]
    if attempts < limit:
        yield Problem(
            ATTEMPTS, f"allows only {attempts}", f"≥ {limit}", patch=replace_with(ATTEMPTS, limit)
        )


@rule(
    "ESC326",
    title="Lockout for days",
    severities="A/A/A/A",
    why="A stranger who knows the names can shut all users out until somebody helps each.",
    fix="Lock for 15 minutes to a few hours.",
    source="OWASP Web Security Testing Guide, “Testing for Weak Lock Out Mechanism”",
    bad={LOCKOUT: 7 * 24 * 60},
    good={LOCKOUT: 30},
    limit=LONGEST_LOCKOUT,
    unit="min",
)
def long_lockout(facts: Facts, limit: float) -> Iterator[Problem]:
    """A lock opens by itself within a day."""
    minutes = facts[LOCKOUT]
    if minutes > limit:
        yield Problem(
            LOCKOUT,
            f"locks for {minutes} min",
            f"≤ {limit} min",
            patch=replace_with(LOCKOUT, limit),
        )


@rule(
    "ESC327",
    title="Passwords longer than systems take",
    severities="W/W/W/W",
    why="Password managers and bcrypt (72 bytes) stop near there, so users cannot comply or "
    "believe in signs that do not count.",
    fix="Ask for 12 to 16 characters.",
    source="NIST SP 800-63B, 5.1.1.2 (at least 64 permitted); OWASP Password Storage Cheat Sheet",
    bad={LENGTH: 128},
    good={LENGTH: 16},
    limit=LONGEST_ASKED,
    unit="characters",
)
def endless_passwords(facts: Facts, limit: float) -> Iterator[Problem]:
    """What is asked for can be given."""
    length = facts[LENGTH]
    if length > limit:
        yield Problem(
            LENGTH, f"asks for {length} characters", f"≤ {limit}", patch=replace_with(LENGTH, limit)
        )


RULES = (
    short_passwords,
    composition,
    many_attempts,
    short_lockout,
    few_attempts,
    long_lockout,
    endless_passwords,
)
