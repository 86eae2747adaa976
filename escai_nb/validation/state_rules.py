"""Findings about the toolkit's own state; the workspace, which sees it, asks for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.rule import Rule, Tier, page_only, severities_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.errors import EscaiError
    from escai_nb.origin import Origin


def _page(
    rule_id: str, title: str, severities: str, *, why: str, fix: str, source: str, layer: str
) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer=layer,
        severities=severities_of(severities),
        why=why,
        fix=fix,
        source=source,
        check=page_only,
    )


UNPARSED = _page(
    "ESC001",
    "The file cannot be read",
    "E/E/E/E",
    why="Nothing that stands in it can be checked, and no service can start from it.",
    fix="Mend the text at the place that is named.",
    source="YAML 1.2.2 specification; RFC 8259 (JSON)",
    layer="parse",
)
UNSEALED = _page(
    "ESC901",
    "Unsealed file",
    "A/A/E/E",
    why="Its secrets lie open on the disk and in every copy, and nobody would notice a change.",
    fix="Seal it: escai config encrypt.",
    source="OWASP Secrets Management Cheat Sheet; CWE-312",
    layer="state",
)
SEAL_BROKEN = _page(
    "ESC902",
    "Broken seal",
    "E/E/E/E",
    why="Something in the file was changed, moved or put back by somebody without the key.",
    fix="Compare with the last version (escai config diff), then restore or accept it.",
    source="NIST SP 800-53 SI-7; CWE-345",
    layer="state",
)
UNKNOWN_VARIABLE = _page(
    "ESC903",
    "Unknown environment variable",
    "W/W/W/W",
    why="It looks like an override, and overrides nothing.",
    fix="Correct its name, or unset it.",
    source="The Twelve-Factor App, III. Config",
    layer="state",
)
EDITED_OUTSIDE = _page(
    "ESC904",
    "Edited outside",
    "A/A/W/W",
    why="The history does not know who changed the file, and loading refuses it under strict.",
    fix="Look at the difference and take it over: escai config accept.",
    source="NIST SP 800-53 CM-3 (configuration change control)",
    layer="state",
)
UNCHECKED = _page(
    "ESC905",
    "Sealed values not checked",
    "A/A/A/A",
    why="Without the key neither the seal nor the sealed values could be judged.",
    fix="Validate where the key is at hand, to have them checked too.",
    source="OWASP Secrets Management Cheat Sheet",
    layer="state",
)
RULE_FAILED = _page(
    "ESC990",
    "A rule failed",
    "E/E/E/E",
    why="What it checks is not checked.",
    fix="Mend the rule, or remove it from the spec.",
    source="NIST SP 800-53 SI-17 (fail-safe procedures)",
    layer="state",
)
STATE_RULES = (
    UNPARSED,
    UNSEALED,
    SEAL_BROKEN,
    UNKNOWN_VARIABLE,
    EDITED_OUTSIDE,
    UNCHECKED,
    RULE_FAILED,
)


def _finding(
    page: Rule, tier: Tier, message: str, *, path: str = "", fix: str = "", origin: Origin | None
) -> Finding:
    return Finding(
        code=page.id,
        severity=page.severities[tier] or Severity.ADVICE,
        path=path,
        message=message,
        why=page.why,
        fix=fix or page.fix,
        title=page.title,
        layer=page.layer,
        origin=origin,
    )


def parse_failed(error: EscaiError, *, origin: Origin | None = None) -> Finding:
    """Say that the file could not be read; *error* tells why, and no content."""
    fix = f"{error.hint[:1].upper()}{error.hint[1:]}." if error.hint else ""
    return _finding(UNPARSED, Tier.PRODUCTION, str(error), path=error.path, fix=fix, origin=origin)


def unsealed(tier: Tier, *, origin: Origin | None = None) -> Finding:
    """Say that a file with secrets is not sealed."""
    return _finding(UNSEALED, tier, "the file is not sealed", origin=origin)


def seal_broken(error: EscaiError, *, origin: Origin | None = None) -> Finding:
    """Say that the seal does not hold; *error* tells how, and no content."""
    return _finding(SEAL_BROKEN, Tier.PRODUCTION, str(error), path=error.path, origin=origin)


def unknown_variable(name: str, hint: str = "", *, origin: Origin | None = None) -> Finding:
    """Say that the environment variable *name* belongs to no field."""
    fix = f"{hint[:1].upper()}{hint[1:]}" if hint else ""
    return _finding(
        UNKNOWN_VARIABLE, Tier.PRODUCTION, f"{name} belongs to no field", fix=fix, origin=origin
    )


def edited_outside(version: str, tier: Tier, *, origin: Origin | None = None) -> Finding:
    """Say that the file is not as *version*, the last one of the history, left it."""
    return _finding(EDITED_OUTSIDE, tier, f"edited outside since version {version}", origin=origin)


def unchecked(paths: Sequence[str], *, origin: Origin | None = None) -> Finding:
    """Say that the sealed values at *paths* were not judged."""
    count = len(paths)
    what = f"{count} sealed value{'s were' if count != 1 else ' was'} not checked without the key"
    return _finding(UNCHECKED, Tier.PRODUCTION, what, origin=origin)


def rule_failed(rule: Rule, tier: Tier, error: Exception) -> Finding:
    """
    Say that *rule* raised; it weighs as much as what the rule would have found.

    Only the type of *error* is told, as its text may be a secret.
    """
    message = f"rule {rule.id} failed with {type(error).__name__}"
    finding = _finding(RULE_FAILED, tier, message, origin=None)
    return replace(finding, severity=rule.severities[tier] or finding.severity, layer=rule.layer)
