"""Rules that fail, in whatever way: a finding of their own, and no harm to others."""

import json
import re
import sys
from contextlib import suppress

import pytest
from pydantic import BaseModel, Field, SecretStr

from escai_nb.validation.failing import MOST_PROBLEMS
from escai_nb.validation.rule import Problem, Rule, Tier, rule
from escai_nb.validation.validator import validate

CANARY = "Kx9-canary-3vQ7zPm"


class Model(BaseModel):
    level: int = 1
    names: list[str] = Field(default_factory=lambda: ["a"])
    secret: SecretStr


def made_of(check, rule_id="OWN9"):
    """A rule of *check*."""
    return rule(rule_id, title="t", severities="W/W/W/E", why="w", fix="f", source="s")(check)


@made_of
def broken(facts):
    """Return, as no generator is meant to."""


def looks(facts):
    """Find one thing, whatever others do."""
    if facts["names"] == ["a"]:
        yield Problem("level", "is looked at")


def judged(*checks):
    """What is found by *checks*, and by a rule that comes after them."""
    rules = [made_of(check, f"OWN{number}") for number, check in enumerate(checks)]
    return validate(
        {"secret": CANARY},
        model=Model,
        rules=(*rules, made_of(looks, "LAST1")),
        environment="production",
        tier=Tier.PRODUCTION,
    )


class OwnEnd(BaseException):
    """Of no kind that anybody catches."""


@pytest.mark.parametrize(
    "error", [SystemExit(CANARY), GeneratorExit(CANARY), OwnEnd(CANARY), MemoryError(CANARY)]
)
def test_a_rule_cannot_end_the_others(error):
    """Also not by what is not caught elsewhere; its line is told, and never its text."""

    def ending(_):
        yield Problem("level", "is found before")
        raise error

    report = judged(ending)
    [failure] = [each for each in report.findings if each.code == "ESC990"]

    assert {"ESC990", "OWN0", "LAST1"} == {each.code for each in report.findings}
    assert failure.message.startswith(f"rule OWN0 failed with {type(error).__name__} (test_failing")
    assert CANARY not in json.dumps(report.to_data())


def test_ctrl_c_still_ends():
    """Whoever presses it means all rules."""

    def stopped(_):
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        judged(stopped)


@pytest.mark.parametrize(
    "given",
    [
        {"path": 5},
        {"message": None},
        {"expected": 7},
        {"related": "level"},
        {"related": (5,)},
        {"related": ("level",), "related_origins": (None, None)},
        {"origin": "config.yaml:3"},
        {"patch": "remove it"},
        {"patch": ({"op": "explode", "path": "/level"},)},
        {"patch": ({"op": "add", "path": "/level"},)},
        {"patch": ({"op": "add", "path": "/level", "value": object()},)},
    ],
)
def test_what_is_no_problem_is_a_failure(given):
    """Of the rule that makes it, and not of the report in some format."""

    def careless(_):
        yield Problem(**{"path": "level", "message": "m"} | given)

    report = judged(careless)

    assert ["ESC990", "LAST1"] == sorted(each.code for each in report.findings)
    assert report.to_sarif() == json.loads(json.dumps(report.to_sarif()))


def test_what_is_yielded_has_to_be_a_problem():
    """A text that happens to have all that is asked for is none."""

    def careless(facts):
        yield f"{facts['secret']} is weak"

    report = judged(careless)

    assert ["ESC990", "LAST1"] == sorted(each.code for each in report.findings)
    assert CANARY not in json.dumps(report.to_data())


def test_a_rule_without_end_is_stopped():
    """What it found would hide the rest; it is told once, with its line."""

    def endless(_):
        while True:
            yield Problem("level", "again")

    findings = {each.code: each.message for each in judged(endless).findings}

    assert {"ESC990", "LAST1"} == {*findings}
    assert re.search(r"EndlessRuleError \(test_failing.py:\d+\)$", findings["ESC990"])


def test_a_rule_without_end_that_catches_everything_is_stopped():
    """What it found is told no more than that of any other."""

    def endless(_):
        with suppress(Exception):
            while True:
                yield Problem("level", "again")

    findings = {each.code: each.message for each in judged(endless).findings}

    assert {"ESC990", "LAST1"} == {*findings}
    assert "EndlessRuleError" in findings["ESC990"]


def test_as_many_as_are_taken_are_told():
    """The last one that a rule may find is found."""

    def many(_):
        yield from [Problem("level", "again")] * MOST_PROBLEMS

    codes = [each.code for each in judged(many).findings]

    assert (MOST_PROBLEMS, 0, 1) == tuple(map(codes.count, ("OWN0", "ESC990", "LAST1")))


def test_a_rule_cannot_change_what_others_read():
    """It is given a list of its own."""

    def changing(facts):
        facts["names"].append("b")
        yield from ()

    assert ["LAST1"] == [each.code for each in judged(changing).findings]


@pytest.mark.parametrize(
    "lacking",
    [{"severities": {}}, {"severities": "E/E/E/E"}, {"severities": {"production": "E"}}],
)
def test_a_rule_says_its_severity_everywhere(lacking):
    """Without it there is no rule, rather than none in production."""
    parts = {name: getattr(broken, name) for name in Rule.__dataclass_fields__}

    with pytest.raises(TypeError):
        Rule(**parts | lacking)


@pytest.mark.parametrize("wrap", [CANARY.__add__, lambda _: CANARY.encode().hex(), ascii])
def test_no_secret_is_quoted_anywhere(wrap):
    """Neither in a path nor in a reason, a patch or another form."""
    from escai_nb.validation.facts import Unreadable

    def quoting(facts):
        said = wrap(facts["secret"])
        replaced = {"op": "replace", "path": "/names/0", "value": facts["secret"].strip()}
        yield Problem(f"names.{said}", said, related=(f"a.{said}",), patch=(replaced,), safe=True)
        raise Unreadable(said, "is a secret")

    report = judged(quoting)
    [finding] = [each for each in report.findings if each.code == "OWN0"]
    told = json.dumps([report.to_data(), report.to_sarif()]) + report.to_html() + report.to_junit()

    assert CANARY not in told
    assert CANARY.encode().hex() not in told
    assert ((), False) == (finding.patch, finding.safe)
    assert "OWN0" in dict(report.not_run)


def test_rules_are_the_same_the_second_time():
    """A failure leaves nothing behind."""
    first, second = (judged(lambda _: sys.exit(3)) for _ in range(2))

    assert first.findings == second.findings
