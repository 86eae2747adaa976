"""What a policy makes of rules and findings."""

import pytest

from escai_nb.origin import Origin, OriginKind
from escai_nb.validation import state_rules
from escai_nb.validation.failing import rule_failed
from escai_nb.validation.finding import Severity
from escai_nb.validation.policy import Policy, parse
from escai_nb.validation.rule import Problem, Tier, rule
from escai_nb.validation.tuning import strange, tuned, weighed

ID = "0" * 32


@rule("OWN1", title="t", severities="-/-/W/E", why="w", fix="f", source="s", limit=10, unit="s")
def own(facts, limit):
    """A problem from *limit* on."""
    if facts["level"] > limit:
        yield Problem("level", "is high")


def policy(**more):
    """A policy that says *more* than it must."""
    return Policy(ID, "s", **more)


def test_without_a_policy_rules_stay_as_they_are():
    """Also under one that says nothing of them."""
    assert (own,) == tuned([own], None, "production") == tuned([own], policy(), "production")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"": "advice"}, Severity.ADVICE),
        ({"": "off"}, None),
        ({"production": "warning"}, Severity.WARNING),
        ({"": "advice", "production": "error"}, Severity.ERROR),
        ({"staging": "off"}, Severity.ERROR),
    ],
)
def test_severities_are_those_of_the_policy(said, expected):
    """That of the environment before that of all."""
    [made] = tuned([own], policy(severities={"OWN1": said}), "production")

    assert expected is made.severities[Tier.PRODUCTION]


def test_thresholds_are_those_of_the_policy():
    """In every environment."""
    [made] = tuned([own], policy(thresholds={"OWN1": 3}), "production")

    assert dict.fromkeys(Tier, 3) == made.limit


def test_findings_of_state_are_weighed_too():
    """They are made by no rule that could be tuned."""
    found = state_rules.unsealed(Tier.DEVELOPMENT)

    def after(said):
        return list(weighed([found], policy(severities={"ESC901": {"": said}}), "development"))

    assert [Severity.ERROR] == [finding.severity for finding in after("error")]
    assert [] == after("off")
    assert [found] == list(weighed([found], policy(), "development"))


def test_what_is_firm_stays():
    """No policy makes a broken seal milder."""
    found = rule_failed(own, Tier.PRODUCTION, ValueError())
    off = policy(severities={"ESC990": {"": "off"}})

    assert [found] == list(weighed([found], off, "production"))


PLACES = ("development", "production")


def test_an_environment_that_there_is_not_is_a_finding():
    """Wherever the policy names it, at its line, with the name that was meant."""
    where = {}
    odd = parse(
        {
            "format": 1,
            "workspace": "0" * 32,
            "spec": "own",
            "scopes": {"prodution": "strict", "development": "secrets"},
            "severities": {"OWN1": {"prodction": "off"}},
            "suppressions": [{"rule": "OWN1", "environments": ["production", "prod"]}],
        },
        origin_of=lambda path: where.setdefault(path, Origin(OriginKind.FILE, "p", len(path))),
    )
    found = list(strange(odd, [own], Tier.PRODUCTION, environments=PLACES))

    assert [
        "scopes: there is no environment prodution; did you mean production?",
        "severities: there is no environment prodction; did you mean production?",
        "suppressions: there is no environment prod",
    ] == [finding.message for finding in found]
    assert ["p:2", "p:3", "p:2"] == [str(finding.origin) for finding in found]


def test_what_a_policy_says_of_nothing_is_a_finding():
    """Somebody believes that it holds."""
    odd = policy(
        severities={"OWN1": {"": "off"}, "OWN7": {"": "off"}, "ESC101": {"": "advice"}},
        thresholds={"OWN1": 3, "OWN8": 3, "ESC901": 1},
    )
    found = list(strange(odd, [own], Tier.PRODUCTION, environments=PLACES))

    assert ["OWN7", "ESC101", "OWN8", "ESC901"] == [
        next(word for word in f.message.split() if word[-1].isdigit()) for f in found
    ]
    assert {"ESC910"} == {finding.code for finding in found}
    assert [] == list(strange(None, [own], Tier.PRODUCTION, environments=PLACES))
