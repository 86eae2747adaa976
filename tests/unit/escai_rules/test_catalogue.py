"""Each rule's own examples, and what holds for all of them."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from escai_nb.escai.rules.catalogue import RULES
from escai_nb.escai.spec import ESCAI
from escai_nb.validation.cases import CASES
from escai_nb.validation.facts import Neighbour, Surroundings
from escai_nb.validation.finding import Severity
from escai_nb.validation.live.rules import LIVE_IDS
from escai_nb.validation.model_rules import MODEL_RULES
from escai_nb.validation.pages import explain_rule
from escai_nb.validation.rule import LAYERS, Tier, repeated_ids
from escai_nb.validation.state_rules import STATE_RULES
from escai_nb.workspace.facade import ConfigValidator

PAGES = (*ESCAI.all_rules, *MODEL_RULES, *STATE_RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_bad_example_gives_this_finding_and_no_other(
    rule, first_tier, preset, with_values, judged, beside
):
    """What the bad example adds to the good one is exactly this rule's finding."""
    tier = first_tier(rule)
    base = preset(tier)
    around = beside(rule, tier)
    bad = judged(with_values(base, rule.bad), tier, around=around)
    good = judged(with_values(base, rule.good), tier, around=around)

    assert () == bad.not_run
    assert rule.id not in {finding.code for finding in good.findings}
    known = {finding.fingerprint for finding in good.findings}
    assert [rule.id] == [f.code for f in bad.findings if f.fingerprint not in known]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_good_example_fits_the_model(rule, first_tier, preset, with_values, judged):
    """A rule never asks for what the model refuses."""
    tier = first_tier(rule)
    report = judged(with_values(preset(tier), rule.good), tier)

    assert [] == [str(f) for f in report.findings if f.layer == "schema"]


@pytest.mark.parametrize("tier", Tier, ids=lambda tier: tier.value)
def test_preset_gives_nothing_at_warning_or_above(tier, preset, judged):
    """What `init` writes is what the rules ask for."""
    report = judged(preset(tier), tier)

    assert [] == list(map(str, report.at_least("warning")))
    assert () == report.not_run


def test_defaults_with_a_strong_secret_have_no_error_in_development(judged):
    """Who sets the one required value can start."""
    data = {"security": {"jwt_secret_key": secrets.token_urlsafe(32)}}

    assert [] == list(map(str, judged(data, Tier.DEVELOPMENT).at_least(Severity.ERROR)))


def test_every_rule_has_a_whole_page():
    """Nothing on a page is left empty, and the id tells the layer."""
    for page in PAGES:
        assert all((page.title, page.why, page.fix, page.source)), page.id
        assert page.layer == LAYERS[page.id[3]], page.id
        assert set(Tier) == set(page.severities), page.id
        assert any(page.severities.values()), page.id


def test_ids_titles_and_reasons_are_told_once():
    """No two rules say the same."""
    assert [] == repeated_ids(PAGES)
    assert len(PAGES) == len({page.title for page in PAGES})
    assert len(PAGES) == len({page.why for page in PAGES})


def test_severity_never_falls_towards_production():
    """A rule that is on in staging is at least as serious in production."""
    for rule in RULES:
        staging, production = rule.severities[Tier.STAGING], rule.severities[Tier.PRODUCTION]
        rank = {None: 0} | {severity: severity.rank for severity in Severity}
        assert rank[staging] <= rank[production], rule.id


def test_there_are_rules_enough():
    """The floor of the specification: a hundred rules, over six layers."""
    layers = {"network", "security", "database", "environment", "dependency", "resources"}

    assert layers == {rule.layer for rule in RULES}
    assert len(RULES) >= 100


def test_no_two_rules_find_the_same():
    """No bad example of one rule is the whole of another's."""
    told = [(sorted(map(str, rule.bad.items())), rule.id) for rule in RULES]

    assert [] == [
        (one, other)
        for number, (values, one) in enumerate(told)
        for others, other in told[number + 1 :]
        if values == others
    ]


def test_without_neighbours_nothing_is_shared(preset, judged):
    """And a neighbour that cannot be read is owned up to."""
    shut = Surroundings(neighbours=lambda: (Neighbour("testing", data={}, problem="is shut"),))
    made = judged(preset(Tier.DEVELOPMENT), Tier.DEVELOPMENT, around=shut)

    assert () == judged(preset(Tier.DEVELOPMENT), Tier.DEVELOPMENT).not_run
    assert {(name, "testing is shut") for name in ("ESC337", "ESC417", "ESC418")} == {*made.not_run}


LIMITED = [rule for rule in RULES if rule.limit]


@pytest.mark.parametrize("rule", LIMITED, ids=lambda rule: rule.id)
def test_a_limit_moves_where_the_rule_begins(rule, first_tier, preset, with_values, judged):
    """With a limit far to one side or the other the bad example is good."""
    tier = first_tier(rule)
    data = with_values(preset(tier), rule.bad)
    silent = [
        replace(rule, limit=dict.fromkeys(Tier, limit), id="OWN1") for limit in (-(10**12), 10**12)
    ]
    found = [judged(data, tier, rules=[each]).findings for each in silent]

    assert [] in [list(findings) for findings in found]
    assert [] != [*judged(data, tier, rules=[rule]).findings]


TEXTS = [page for page in PAGES if any(page.texts)]


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.id)
def test_a_text_gives_the_finding_that_its_page_is_about(page, tmp_path):
    """And the good one beside it does not."""
    found = []
    for text in page.texts:
        file = tmp_path / "config.development.yaml"
        file.write_text(f"{text}\n")
        report = ConfigValidator().report_file(file)
        found.append({finding.code for finding in report.findings})

    assert page.id in found[0]
    assert page.id not in found[1]


def test_what_a_file_can_show_has_examples():
    """What has none is about keys, seals, history, variables, or services that are asked."""
    bare = [page for page in PAGES if not (page.bad or page.remark or page.texts[0])]

    assert {"state", "dependency"} == {page.layer for page in bare}
    assert {page.id for page in bare if page.layer == "dependency"} == set(LIVE_IDS)


def test_what_no_file_can_show_has_a_case():
    """One sentence each, and none for what has examples."""
    assert {page.id for page in PAGES if not (page.bad or page.remark or page.texts[0])} == {*CASES}
    for name, case in CASES.items():
        assert f"For example: {case}" in explain_rule(name, ESCAI.all_rules)
