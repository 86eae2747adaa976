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

_SOON = 'api:\n  port: 443  # escai: ignore ESC202 reason="soon"'


def _page(  # a page has this many things to say
    rule_id: str,
    title: str,
    severities: str,
    *,
    why: str,
    fix: str,
    source: str,
    layer: str,
    texts: tuple[str, str] = ("", ""),
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
        texts=texts,
    )


UNPARSED = _page(
    "ESC001",
    "The file cannot be read",
    "E/E/E/E",
    why="Nothing that stands in it can be checked, and no service can start from it.",
    fix="Mend the text at the place that is named.",
    source="YAML 1.2.2 specification; RFC 8259 (JSON)",
    layer="parse",
    texts=(
        "api:\n  cors_headers: [Content-Type",
        "api:\n  cors_headers: [Content-Type]",
    ),
)
REPEATED_KEY = _page(
    "ESC002",
    "A key stands twice",
    "E/E/E/E",
    why="Readers take the one or the other, and nobody sees which.",
    fix="Keep one of the two, or write the entries of both under one key.",
    source="YAML 1.2.2 specification, 3.2.1.3 (keys are unique); RFC 8259, 4 (JSON)",
    layer="parse",
    texts=(
        "api:\n  port: 8000\n  port: 8001",
        "api:\n  port: 8001",
    ),
)
TAG = _page(
    "ESC003",
    "A tag that is not taken",
    "E/E/E/E",
    why="A tag makes a reader build objects of a program, which is how files run code.",
    fix="Write the value without the tag.",
    source="CWE-502 (deserialization of untrusted data)",
    layer="parse",
    texts=(
        "api:\n  port: !!python/name:os.getpid 8000",
        "api:\n  port: 8000",
    ),
)
ANCHOR = _page(
    "ESC004",
    "An anchor or alias that is not taken",
    "E/E/E/E",
    why="What an alias means stands elsewhere, and a secret behind one stays in clear there.",
    fix="Write the value out where it is used.",
    source="YAML 1.2.2 specification, 7.1 (alias nodes); CWE-776 (entity expansion)",
    layer="parse",
    texts=(
        "custom_settings:\n  a: &key value\nsecurity:\n  jwt_secret_key: *key",
        "custom_settings:\n  a: value",
    ),
)
SHARED_SECRET = _page(
    "ESC914",
    "Secret in the shared file",
    "E/E/E/E",
    why="The shared file has no key, so it lies there in clear, for every environment.",
    fix="Move it to the file of each environment, with another value in each.",
    source="OWASP Secrets Management Cheat Sheet; CWE-312",
    layer="state",
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
CLEAR_SECRET = _page(
    "ESC915",
    "Secret in clear in a sealed file",
    "W/W/E/E",
    why="It lies open on the disk and in every copy, where everybody takes the file for sealed.",
    fix="Seal it: escai config encrypt, or any other save.",
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
    why="The history does not know who changed the file; an error where the seal forbids it.",
    fix="Look at the difference and take it over: escai config accept.",
    source="NIST SP 800-53 CM-3 (configuration change control)",
    layer="state",
)
UNCHECKED = _page(
    "ESC905",
    "Sealed values not checked",
    "A/A/A/A",
    why="Without the key, or behind a broken seal, sealed values cannot be judged.",
    fix="Validate where the key is at hand, or mend the seal first.",
    source="OWASP Secrets Management Cheat Sheet",
    layer="state",
)
EXPIRED = _page(
    "ESC906",
    "Expired suppression",
    "W/W/W/W",
    why="The time that was taken for it is over, and what it put aside counts again.",
    fix="Mend what it put aside, or give it a later date on purpose.",
    source="NIST SP 800-53 CA-5 (plan of action and milestones)",
    layer="state",
    texts=(
        'api:\n  port: 443  # escai: ignore ESC202 until=2020-01-31 reason="soon"',
        'api:\n  port: 443  # escai: ignore ESC202 until=2999-01-31 reason="soon"',
    ),
)
UNUSED = _page(
    "ESC907",
    "Suppression that puts nothing aside",
    "A/A/W/W",
    why="It would hide the next finding of its rule, which nobody has thought about.",
    fix="Remove it, or name the environments that it is for.",
    source="ESLint documentation, “Report unused disable directives”",
    layer="state",
    texts=('api:\n  port: 8443  # escai: ignore ESC202 reason="soon"', _SOON),
)
REASONLESS = _page(
    "ESC908",
    "Suppression without a reason",
    "W/W/W/W",
    why="Nobody can tell later whether it still holds; it puts nothing aside.",
    fix='Say why: reason="…".',
    source="NIST SP 800-53 CM-6 (deviations from settings are documented and approved)",
    layer="state",
    texts=("api:\n  port: 443  # escai: ignore ESC202", _SOON),
)
NOT_UNDERSTOOD = _page(
    "ESC909",
    "Suppression that cannot be followed",
    "W/W/W/W",
    why="It names no rule that could be put aside, so it puts nothing aside.",
    fix='Write it as: escai: ignore ESC203 until=2027-01-31 reason="…".',
    source="ESLint documentation, “Disable rules” (a directive names known rules)",
    layer="state",
    texts=('api:\n  port: 443  # escai: ignore ESC2020 reason="soon"', _SOON),
)
STRANGE_POLICY = _page(
    "ESC910",
    "Policy about what there is not",
    "W/W/W/W",
    why="Somebody believes that it holds, and it does nothing.",
    fix="Correct the id in .escai/policy.yaml; escai config rules lists all.",
    source="NIST SP 800-53 CM-6 (configuration settings)",
    layer="state",
)
OLD_KEY = _page(
    "ESC911",
    "Key older than the policy allows",
    "W/W/E/E",
    why="The longer a key is used, the more of what it sealed is lost with it.",
    fix="Rotate it: escai config keys rotate.",
    source="NIST SP 800-57 Part 1, 5.3 (cryptoperiods); PCI DSS 4.0, 3.7.4",
    layer="state",
)
OLD_SECRET = _page(
    "ESC912",
    "Secret older than the policy allows",
    "W/W/E/E",
    why="Whoever has read it once, on a laptop or in a backup, can still use it.",
    fix="Make a new one where it is used, and set it: escai config set.",
    source="OWASP Secrets Management Cheat Sheet (rotation); CIS Controls v8, 5.3",
    layer="state",
)
GONE_FROM_BASELINE = _page(
    "ESC913",
    "Baseline names findings that are gone",
    "A/A/A/A",
    why="Were they to come back, the baseline would hide them.",
    fix="Write the baseline anew: escai config validate --write-baseline FILE.",
    source="NIST SP 800-53 CM-2 (baselines are kept current)",
    layer="state",
)
HISTORY_DAMAGED = _page(
    "ESC916",
    "History that cannot be verified",
    "W/W/E/E",
    why="Nobody can tell who changed what, or whether the file is the newest that was saved.",
    fix="Look at it: escai config history verify; then put back a good copy, or rescue it.",
    source="NIST SP 800-53 AU-9 (protection of audit information)",
    layer="state",
)
RULES_MISSING = _page(
    "ESC991",
    "Rules that cannot be loaded",
    "E/E/E/E",
    why="What they check is not checked.",
    fix="Mend or remove the package that brings them.",
    source="NIST SP 800-53 SI-17 (fail-safe procedures)",
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
    REPEATED_KEY,
    TAG,
    ANCHOR,
    SHARED_SECRET,
    UNSEALED,
    CLEAR_SECRET,
    SEAL_BROKEN,
    UNKNOWN_VARIABLE,
    EDITED_OUTSIDE,
    UNCHECKED,
    EXPIRED,
    UNUSED,
    REASONLESS,
    NOT_UNDERSTOOD,
    STRANGE_POLICY,
    OLD_KEY,
    OLD_SECRET,
    GONE_FROM_BASELINE,
    HISTORY_DAMAGED,
    RULE_FAILED,
    RULES_MISSING,
)

FIRM_LAYERS = frozenset({"parse", "schema"})
FIRM = frozenset(
    page.id
    for page in (
        SHARED_SECRET,
        SEAL_BROKEN,
        HISTORY_DAMAGED,
        EDITED_OUTSIDE,
        EXPIRED,
        UNUSED,
        REASONLESS,
        NOT_UNDERSTOOD,
        STRANGE_POLICY,
        RULE_FAILED,
        RULES_MISSING,
    )
)
"""What nobody can put aside, or make milder: a file that is broken, and the judge himself."""


def is_firm(code: str, layer: str) -> bool:
    """Tell whether findings of this rule always count as what they are."""
    return code in FIRM or layer in FIRM_LAYERS


def finding_of(
    page: Rule, tier: Tier, message: str, *, path: str = "", fix: str = "", origin: Origin | None
) -> Finding:
    """Make a finding of one of the rules above."""
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


_PAGES = {"duplicate-key": REPEATED_KEY, "tag-refused": TAG, "anchor-refused": ANCHOR}


def parse_failed(error: EscaiError, *, origin: Origin | None = None) -> Finding:
    """Say that the file, or a part of it, could not be read; *error* tells why, and no content."""
    page = _PAGES.get(error.code, UNPARSED)
    fix = f"{error.hint[:1].upper()}{error.hint[1:]}." if error.hint and page is UNPARSED else ""
    message = str(error)
    if origin is not None and (origin.line or error.where.endswith(origin.source)):
        message = message.removeprefix(f"{error.where}: ")
    return finding_of(page, Tier.PRODUCTION, message, path=error.path, fix=fix, origin=origin)


def shared_secret(error: EscaiError, *, origin: Origin | None = None) -> Finding:
    """Say that a secret stands in the shared file; *error* names its path."""
    message = "is a secret, and the shared file has no key"
    return finding_of(SHARED_SECRET, Tier.PRODUCTION, message, path=error.path, origin=origin)


def unsealed(tier: Tier, *, is_earlier: bool = False, origin: Origin | None = None) -> Finding:
    """Say that a file with secrets is not sealed, or only as the earlier system did."""
    message = "the file is not sealed"
    if is_earlier:
        message = "has no seal, and secrets as the earlier system kept them; a save seals it anew"
    return finding_of(UNSEALED, tier, message, origin=origin)


def clear_secret(path: str, tier: Tier, *, origin: Origin | None = None) -> Finding:
    """Say that the secret at *path* lies in clear in a sealed file."""
    message = "lies in clear in a sealed file"
    return finding_of(CLEAR_SECRET, tier, message, path=path, origin=origin)


def seal_broken(error: EscaiError, *, origin: Origin | None = None) -> Finding:
    """Say that the seal does not hold; *error* tells how, and no content."""
    return finding_of(SEAL_BROKEN, Tier.PRODUCTION, str(error), path=error.path, origin=origin)


def unknown_variable(name: str, hint: str = "", *, origin: Origin | None = None) -> Finding:
    """Say that the environment variable *name* belongs to no field."""
    fix = f"{hint[:1].upper()}{hint[1:]}" if hint else ""
    return finding_of(
        UNKNOWN_VARIABLE, Tier.PRODUCTION, f"{name} has no effect", fix=fix, origin=origin
    )


def edited_outside(version: str, tier: Tier, *, origin: Origin | None = None) -> Finding:
    """Say that the file is not as *version*, the last one of the history, left it."""
    return finding_of(
        EDITED_OUTSIDE, tier, f"edited outside since version {version}", origin=origin
    )


def edited_against_seal(error: EscaiError, *, origin: Origin | None = None) -> Finding:
    """Say that the file was edited where its seal allows none, so that loading refuses it."""
    found = finding_of(EDITED_OUTSIDE, Tier.PRODUCTION, str(error), path=error.path, origin=origin)
    return replace(found, severity=Severity.ERROR)


def unchecked(
    paths: Sequence[str], *, is_locked: bool = True, origin: Origin | None = None
) -> Finding:
    """Say that the sealed values at *paths* were not judged: *is_locked*, for want of a key."""
    count = len(paths)
    why = "without the key" if is_locked else "behind a broken seal"
    what = f"{count} sealed value{'s were' if count != 1 else ' was'} not checked {why}"
    return finding_of(UNCHECKED, Tier.PRODUCTION, what, origin=origin)
