"""Pages of rules: complete, readable, and committed as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from escai_nb.errors import UsageError
from escai_nb.escai.spec import ESCAI
from escai_nb.validation.pages import explain_rule, rule_data, rules_markdown, with_own
from escai_nb.validation.rule import Tier, rule

PAGE = Path(__file__).parents[3] / "notebooks" / "guides" / "rules.md"


def one(**more):
    """A rule with all that it may have."""
    return rule(
        "OWN1",
        title="Low level",
        severities="-/A/W/E",
        why="Why.",
        fix="Fix.",
        source="A book",
        bad={"level": 0},
        good={"level": 5},
        **more,
    )(lambda _: iter(()))


def test_a_page_tells_all_of_a_rule():
    """Offline, in plain text."""
    page = explain_rule("own1", [one(limit=3, unit="steps")])

    for text in (
        "OWN1  Low level",
        "development: off, testing: advice, staging: warning, production: error",
        "Limit: 3 steps",
        "Why: Why.",
        "Fix: Fix.",
        "level: 0",
        "level: 5",
        "Source: A book",
    ):
        assert text in page


def test_a_limit_of_each_environment_is_told_for_each():
    """Once where they are all the same."""
    limits = dict(zip(Tier, (8, 8, 12, 12), strict=True))
    page = explain_rule("OWN1", [one(limit=limits, unit="steps")])

    assert "Limit: development: 8 steps, testing: 8 steps, staging: 12 steps" in page


@pytest.mark.parametrize("rule_id", ["ESC001", "ESC101", "ESC106", "ESC901", "ESC990"])
def test_the_toolkits_own_codes_have_pages(rule_id):
    """Every code that a finding may carry can be explained."""
    assert explain_rule(rule_id, []).startswith(rule_id)


def test_an_unknown_rule_is_said_to_be_unknown():
    """With the nearest id."""
    with pytest.raises(UsageError, match="no rule 'ESC91'") as caught:
        explain_rule("ESC91", [])

    assert "rule-unknown" == caught.value.code
    assert "did you mean ESC9" in caught.value.hint


def test_the_page_of_all_rules_is_up_to_date():
    """To renew it: escai config rules --format markdown > notebooks/guides/rules.md."""
    assert PAGE.read_text(encoding="utf-8") == rules_markdown(ESCAI.all_rules, title=ESCAI.title)


def test_the_page_has_every_rule_once():
    """A row in the table of its layer, and a section of its own."""
    lines = rules_markdown(ESCAI.all_rules, title="ESCAI").splitlines()
    ids = [page.id for page in with_own(ESCAI.all_rules)]

    assert [f"### {name}" for name in ids] == [line for line in lines if line.startswith("### ")]
    assert len(ids) == sum(line.startswith("| [") for line in lines)


def test_signs_of_markdown_stay_signs():
    """A rule by others may write what it likes."""
    odd = rule("OWN1", title="a|b", severities="A/A/A/A", why="<b>*_`", fix="f", source="[x](y)")
    page = rules_markdown([odd(lambda _: iter(()))], title="t")

    for text in (r"a\|b", r"\<b\>\*\_\`", r"\[x\](y)"):
        assert text in page


def test_data_of_a_rule_is_whole():
    """What the page says, for machines."""
    data = rule_data(one(limit=3, unit="steps"))

    assert "off" == data["severities"]["development"]
    assert {tier.value: 3 for tier in Tier} == data["limits"]
    assert ({"level": 0}, {"level": 5}) == (data["bad"], data["good"])
