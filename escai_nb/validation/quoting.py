"""What a careless rule quotes of secrets is taken out of what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from escai_nb.masking import Redactor, uri_passwords
from escai_nb.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from escai_nb.schema.catalog import Catalog
    from escai_nb.validation.facts import Facts
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.rule import Rule

SHORTEST_REDACTED = 8
"""Characters from which on a secret is taken out of what the toolkit's own rules say."""


def by_others(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the ids of those *rules* that do not come with the toolkit."""
    return frozenset(
        rule.id
        for rule in rules
        if not str(getattr(rule.check, "__module__", "")).startswith("escai_nb.")
    )


def without_secrets(
    findings: list[Finding],
    not_run: list[tuple[str, str]],
    *,
    others: frozenset[str],
    facts: Facts,
    catalog: Catalog,
) -> tuple[list[Finding], list[tuple[str, str]]]:
    """
    Clear *findings*, and the reasons of *not_run*, of the secrets in *facts*.

    The rules of *others* may quote also short secrets, and encoded ones.
    """
    if not findings and others.isdisjoint(rule for rule, _ in not_run):
        return findings, not_run
    secrets = [
        text
        for path, value in facts.leaves()
        if isinstance(value, str | int) and catalog.is_sensitive(path, value)
        for text in (str(value), *uri_passwords(str(value)))
    ]
    long = sorted((s for s in secrets if len(s) >= SHORTEST_REDACTED), key=len, reverse=True)

    def plain(text: str) -> str:
        for secret in long:
            text = text.replace(secret, MASK)
        return text

    codes = {finding.code for finding in findings} | {rule for rule, _ in not_run}
    # to list all encodings takes longer than all rules, so only where there is a need
    wary = Redactor(secrets) if not codes.isdisjoint(others) else plain
    return (
        [_cleared(finding, wary if finding.code in others else plain) for finding in findings],
        [(rule, wary(reason) if rule in others else reason) for rule, reason in not_run],
    )


def _cleared(finding: Finding, clear: Callable[[str], str]) -> Finding:
    """Return *finding* without secrets; a patch that holds one is dropped, as a mask mends none."""
    message, expected, path = map(clear, (finding.message, finding.expected, finding.path))
    related = tuple(map(clear, finding.related))
    patch = json.dumps(finding.patch, ensure_ascii=False) if finding.patch else ""
    has_quoted = bool(patch) and clear(patch) != patch
    if not has_quoted and (message, expected, path, related) == (
        finding.message,
        finding.expected,
        finding.path,
        finding.related,
    ):
        return finding
    return replace(
        finding,
        message=message,
        expected=expected,
        path=path,
        related=related,
        patch=() if has_quoted else finding.patch,
        safe=finding.safe and not has_quoted,
    )
