"""Rules as rows: what each says, and how serious that is where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.validation.tier import Tier
from escai_nb.views.sheet import Column, Sheet, Tone, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.validation.rule import Rule

COLUMNS = (
    Column("rule", "Rule"),
    Column("layer", "Layer"),
    Column("title", "Says"),
    *(Column(tier.value, tier.value.capitalize()) for tier in Tier),
)


def rules_sheet(rules: Sequence[Rule]) -> Sheet:
    """Lay out *rules* as they come."""
    return Sheet(
        caption="Rules",
        columns=COLUMNS,
        rows=tuple(
            (
                rule.id,
                rule.layer,
                rule.title,
                *(s.value if (s := rule.severities[tier]) else "off" for tier in Tier),
            )
            for rule in rules
        ),
        tones=(Tone.NEUTRAL,) * len(rules),
        summary=counted(len(rules), "rule"),
        empty="there are no rules.",
        notes=(f"{counted(len(rules), 'rule')}; escai config explain RULE tells all of one.",),
        index="rule",
    )
