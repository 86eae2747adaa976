"""The pages of rules: one as plain text, all of them as one document."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from escai_nb.errors import UsageError
from escai_nb.validation.cases import CASES
from escai_nb.validation.model_rules import MODEL_RULES
from escai_nb.validation.state_rules import STATE_RULES
from escai_nb.validation.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from escai_nb.validation.rule import Rule


def explain_rule(rule_id: str, rules: Iterable[Rule]) -> str:
    """
    Return the page of *rule_id*, one of *rules* or of the toolkit's own, as text.

    Raises:
        UsageError: If there is no such rule (code ``rule-unknown``).
    """
    pages = {rule.id.upper(): rule for rule in with_own(rules)}
    wanted = rule_id.strip().upper()
    if wanted not in pages:
        message = f"there is no rule {rule_id!r}"
        near = difflib.get_close_matches(wanted, pages, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"ids read {next(iter(pages))}"
        raise UsageError(message, code="rule-unknown", hint=hint)
    return _text(pages[wanted])


def with_own(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return *rules* with the toolkit's own, in the order of their ids."""
    return tuple(sorted((*MODEL_RULES, *STATE_RULES, *rules), key=lambda rule: rule.id))


def rule_data(rule: Rule) -> dict[str, Any]:
    """Return all that is written of *rule* as JSON-able data."""
    return {
        "rule": rule.id,
        "title": rule.title,
        "layer": rule.layer,
        "severities": {tier.value: word for tier, word in _severities(rule).items()},
        "limits": {tier.value: limit for tier, limit in (rule.limit or {}).items()},
        "unit": rule.unit,
        "why": rule.why,
        "fix": rule.fix,
        "source": rule.source,
        "bad": dict(rule.bad),
        "good": dict(rule.good),
        "beside": dict(rule.beside),
        "remark": rule.remark,
        "case": CASES.get(rule.id, ""),
        "texts": list(rule.texts),
    }


def _text(rule: Rule) -> str:
    severities = ", ".join(f"{tier.value}: {word}" for tier, word in _severities(rule).items())
    parts = [f"{rule.id}  {rule.title}", f"Layer: {rule.layer}\nSeverity: {severities}"]
    parts += [f"Limit: {_limit(rule)}"] if rule.limit else []
    parts += [f"Why: {rule.why}", f"Fix: {rule.fix}"]
    parts += [f"For example: {CASES[rule.id]}"] if rule.id in CASES else []
    parts += [_example(word.capitalize(), example) for word, example in _examples(rule)]
    parts += [f"Bad:\n  # {rule.remark}"] if rule.remark else []
    parts.append(f"Source: {rule.source}")
    return "\n\n".join(filter(None, parts)) + "\n"


def _severities(rule: Rule) -> dict[Tier, str]:
    return {
        tier: severity.value if severity else "off" for tier, severity in rule.severities.items()
    }


def _limit(rule: Rule) -> str:
    """Write the limit of *rule*, once where it is the same in every environment."""
    limits = rule.limit or {}
    if len(set(limits.values())) == 1:
        return f"{next(iter(limits.values()))} {rule.unit}".strip()
    return ", ".join(f"{tier.value}: {limits[tier]} {rule.unit}".strip() for tier in Tier)


def _examples(rule: Rule) -> tuple[tuple[str, list[str]], ...]:
    """Return the lines of each example that there is, with what it is an example of."""
    bad, good = (text.splitlines() for text in rule.texts)
    return (
        ("in another environment", _lines(rule.beside)),
        ("bad", _lines(rule.bad) or bad),
        ("good", _lines(rule.good) or good),
    )


def _example(word: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return "\n".join([f"{word}:", *(f"  {line}" for line in lines)])


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [f"{path}: {json.dumps(value, ensure_ascii=False)}" for path, value in values.items()]


def rules_markdown(rules: Iterable[Rule], *, title: str) -> str:
    """Write *rules* and the toolkit's own as one page: a table a layer, then each in full."""
    pages = with_own(rules)
    layers = list(dict.fromkeys(rule.layer for rule in pages))
    about = (
        f"{len(pages)} rules. Each has an id, a severity for each environment (**E**rror, "
        "**W**arning, **A**dvice, – for off), a reason, a remedy, and a public source. "
        "`escai config explain ESC301` prints the page of one."
    )
    lines = [
        f"# Rules of {title}",
        "",
        about,
        "",
        "<!-- made by: escai config rules --format markdown -->",
    ]
    for layer in layers:
        members = [rule for rule in pages if rule.layer == layer]
        lines += ["", f"## {layer.capitalize()}", "", _HEAD, _RULER, *map(_row, members)]
    for rule in pages:
        lines += ["", *_section(rule)]
    return "\n".join(lines) + "\n"


_HEAD = "| Rule | Says | dev | test | stag | prod |"
_RULER = "|---|---|---|---|---|---|"


def _row(rule: Rule) -> str:
    letters = " | ".join(
        severity.value[0].upper() if severity else "–" for severity in rule.severities.values()
    )
    return f"| [{rule.id}](#{rule.id.lower()}) | {_escaped(rule.title)} | {letters} |"


def _section(rule: Rule) -> list[str]:
    lines = [f"### {rule.id}", "", f"**{_escaped(rule.title)}.** {_escaped(rule.why)}", ""]
    lines += [f"- Mend it: {_escaped(rule.fix)}"]
    lines += [f"- Limit: {_escaped(_limit(rule))}, which a policy may change"] if rule.limit else []
    lines += [f"- For example: {_escaped(CASES[rule.id])}"] if rule.id in CASES else []
    lines += [f"- Source: {_escaped(rule.source)}"]
    for word, example in _examples(rule):
        if example:
            lines += ["", "```yaml", f"# {word}", *example, "```"]
    if rule.remark:
        lines += ["", "```yaml", f"# {rule.remark}", "```"]
    return lines


def _escaped(text: str) -> str:
    """Keep signs of the text from being signs of Markdown."""
    for sign in "\\`*_<>|[]":
        text = text.replace(sign, f"\\{sign}")
    return text
