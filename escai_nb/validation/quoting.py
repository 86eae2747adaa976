"""What a careless rule quotes of secrets is taken out of what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.errors import KeyPathError
from escai_nb.masking import Redactor, uri_passwords
from escai_nb.validation.facts import steps_of
from escai_nb.validation.patching import as_text, secret_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escai_nb.schema.catalog import Catalog
    from escai_nb.validation.facts import Facts
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.patching import Patch
    from escai_nb.validation.rule import Rule

SHORTEST_REDACTED = 8
"""Characters from which on a secret is taken out of what the toolkit's own rules say."""
FEW = 50
"""Secrets up to which each is looked for by itself, which is then faster than by its beginning."""
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.\w+|\[\d{1,9}\])+")
"""What may be a key path inside a sentence."""


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
    Clear *findings*, and the reasons of *not_run*, of secrets: those in *facts* and in patches.

    The rules of *others* may quote also short secrets, and encoded ones. A field
    keeps its name, also where that has a poor password such as ``postgres`` in it.
    """
    if not findings and others.isdisjoint(rule for rule, _ in not_run):
        return findings, not_run
    secrets = [
        text
        for path, value in facts.leaves()
        if isinstance(value, str | int) and catalog.is_sensitive(path, value)
        for text in (str(value), *uri_passwords(str(value)))
    ]
    secrets += [text for finding in findings for text in secret_texts(finding.patch)]
    codes = {finding.code for finding in findings} | {rule for rule, _ in not_run}
    long = _Cleaner(tuple(s for s in secrets if len(s) >= SHORTEST_REDACTED), facts, catalog)
    # to list all encodings takes longer than all rules, so only where there is a need
    is_wary = not codes.isdisjoint(others)
    wary = _Cleaner(tuple(secrets), facts, catalog, is_wary=True) if is_wary else long
    return (
        [(wary if finding.code in others else long).cleared(finding) for finding in findings],
        [(rule, (wary if rule in others else long).text(reason)) for rule, reason in not_run],
    )


@dataclass(frozen=True)
class _Cleaner:
    """Takes *secrets* out of findings, where they are wary of it also in every encoding."""

    secrets: tuple[str, ...] = field(repr=False)
    facts: Facts
    catalog: Catalog
    is_wary: bool = False

    @cached_property
    def _redactor(self) -> Redactor:
        return Redactor(self.secrets, encoded=self.is_wary)

    def text(self, text: str) -> str:
        """Return *text* without secrets."""
        # nearly always there is none, and a pattern of a thousand takes long to make
        if not self.is_wary and not any(secret in text for secret in self._suspects(text)):
            return text
        names = [each.span() for each in _DOTTED.finditer(text) if self._is_name(each[0])]
        return self._redactor(text, sparing=names)

    def _suspects(self, text: str) -> Iterable[str]:
        """List the secrets that may be in *text*; of many, those that begin like a part of it."""
        if len(self.secrets) <= FEW:
            return self.secrets
        ends = range(SHORTEST_REDACTED, len(text) + 1)
        parts = {text[end - SHORTEST_REDACTED : end] for end in ends}
        return [secret for part in parts & self._heads.keys() for secret in self._heads[part]]

    @cached_property
    def _heads(self) -> dict[str, list[str]]:
        heads: dict[str, list[str]] = {}
        for secret in self.secrets:
            heads.setdefault(secret[:SHORTEST_REDACTED], []).append(secret)
        return heads

    def path(self, path: str) -> str:
        """Return *path* as it is, unless it has a key that the model does not name."""
        return path if self._is_name(path) else self.text(path)

    def _is_name(self, path: str) -> bool:
        """Tell whether every key in *path* is the name of a field."""
        try:
            steps = steps_of(path)
        except KeyPathError:
            return False
        return all(
            isinstance(step, int) or self.catalog.is_named(steps[: depth + 1])
            for depth, step in enumerate(steps)
        )

    def _has_quoted(self, patch: Patch) -> bool:
        """Tell whether *patch* shows a secret."""
        places = [
            keypath.render(self.facts.place(operation[name]))
            for operation in patch
            for name in ("from", "path")
            if name in operation
        ]
        values = [as_text(operation["value"]) for operation in patch if "value" in operation]
        return any(self.path(place) != place for place in places) or any(
            self.text(value) != value for value in values
        )

    def cleared(self, finding: Finding) -> Finding:
        """Return *finding* without secrets; a patch that shows one is dropped."""
        message, expected = self.text(finding.message), self.text(finding.expected)
        path, related = self.path(finding.path), tuple(map(self.path, finding.related))
        has_quoted = self._has_quoted(finding.patch)
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
