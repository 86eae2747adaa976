"""Targets asked all at once, whatever their backends do; and what rules make of it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from pydantic import BaseModel, SecretStr

from escai_nb.errors import SpecError, ValueRefusedError
from escai_nb.spec import ConfigSpec
from escai_nb.validation.baseline import Baseline, without_known
from escai_nb.validation.facts import Surroundings
from escai_nb.validation.live.checking import LiveChecks
from escai_nb.validation.live.outcome import Fault, Outcome, Trouble, Validity, Verdict
from escai_nb.validation.live.rules import LIVE_IDS, LIVE_RULES
from escai_nb.validation.live.target import Target
from escai_nb.validation.rule import Tier
from escai_nb.validation.validator import validate
from escai_nb.workspace.facade import ConfigValidator

CANARY = "canary-7Yx2-canary"
never = threading.Event()
together = threading.Barrier(3)


class Settings(BaseModel):
    """A configuration with one service that nobody has heard of."""

    host: str = "here"
    word: SecretStr = SecretStr(CANARY)
    port: int = 1


def well(place, record):
    """All is well."""
    record.passed(f"asked {place.host}")


def failing(place, _):
    """A backend that quotes the password."""
    raise LookupError(place.password.open())


def exiting(place, _):
    """A backend that wants to end the program."""
    raise SystemExit(place.password.open())


def breaking_off(place, record):
    """The network fails in the middle of it."""
    record.passed("connection")
    raise ConnectionResetError(place.password.open())


def waiting(place, record):
    """A backend that waits for ever, and then would say something."""
    record.passed("connection" if place.host else "")
    never.wait(30)
    record.passed("all")


def meeting(_, record):
    """A backend that goes on once three of its kind are here."""
    together.wait(20)
    record.passed("met")


def report_of(*backends, timeout=20.0, advance=None, data=None):
    """A report with live checks by *backends*."""
    spec = ConfigSpec(
        name="own",
        model=Settings,
        targets=tuple(
            Target(
                service=f"{__name__}:{backend.__name__}",
                title=backend.__name__,
                host="host",
                password="word",  # a key path
            )
            for backend in backends
        ),
    )
    checks = LiveChecks(timeout, advance)
    return ConfigValidator(spec).generate_validation_report(data or {}, live=checks)


def test_a_backend_of_ones_own():
    """Any model, any service: a function that is named."""
    report = report_of(well)

    assert [("well", "ok", ("asked here",))] == [
        (each.name, each.verdict, each.passed) for each in report.live
    ]
    assert [] == list(report.findings)


@pytest.mark.parametrize(("backend", "kind"), [(failing, "LookupError"), (exiting, "SystemExit")])
def test_a_backend_that_fails_is_told_by_its_type(backend, kind):
    """What it says may be a password, so it is told to nobody."""
    report = report_of(backend, well)

    assert ["not checked", "ok"] == [each.verdict for each in report.live]
    assert ["ESC650"] == [finding.code for finding in report.findings]
    assert kind in report.findings[0].message
    assert CANARY not in str(report.to_data()) + report.to_html() + report.to_markdown()


def test_a_network_that_fails_is_no_wonder():
    """What was found until then stays."""
    report = report_of(breaking_off)

    assert [("refused", ("connection",))] == [(e.verdict, e.passed) for e in report.live]
    assert ["ESC651"] == [finding.code for finding in report.findings]


def test_nobody_waits_for_a_backend_that_does_not_come_back():
    """What it found in time is told, and nothing of what it says later."""
    report = report_of(waiting, well, timeout=0.2)
    never.set()

    assert [("timeout", ("connection",)), ("ok", ("asked here",))] == [
        (each.verdict, each.passed) for each in report.live
    ]
    assert ["ESC652"] == [finding.code for finding in report.findings]


def test_all_are_asked_at_the_same_time():
    """Three that wait for each other would never end one after the other."""
    assert ["ok"] * 3 == [each.verdict for each in report_of(meeting, meeting, meeting).live]


def test_progress_is_told():
    """That it begins, and one step for each target that has answered."""
    steps = []
    report_of(well, well, advance=lambda *step: steps.append(step))

    assert [("live checks", 0, 2), ("well", 1, 2), ("well", 2, 2)] == steps


def test_without_asking_nothing_is_asked():
    """It is never the default."""
    spec = ConfigSpec(
        name="own", model=Settings, targets=(Target(service="no:where", host="host"),)
    )

    assert ConfigValidator(spec).generate_validation_report({}).live is None


def test_a_configuration_with_faults_is_asked_as_far_as_it_goes():
    """A fault elsewhere hinders nothing, one in the address what needs it."""
    elsewhere = report_of(well, data={"port": "many"})
    address = report_of(well, data={"host": []})

    assert ["ok"] == [each.verdict for each in elsewhere.live]
    assert ["not checked"] == [each.verdict for each in address.live]
    assert "ESC650" in {finding.code for finding in address.findings}


@pytest.mark.parametrize("timeout", [0, -1, 301, float("nan"), float("inf")])
def test_a_timeout_has_bounds(timeout):
    """Neither nothing nor for ever."""
    with pytest.raises(ValueRefusedError, match="300 seconds"):
        LiveChecks(timeout)


def test_a_target_names_fields_of_the_model():
    """A spec that does not is refused before anything is asked."""
    spec = ConfigSpec(name="own", model=Settings, targets=(Target(service="redis", host="hots"),))

    with pytest.raises(SpecError, match="names hots"):
        ConfigValidator(spec).generate_validation_report({}, live=True)


def judged(outcome, tier=Tier.PRODUCTION):
    """Codes of what the rules say of *outcome*."""
    report = validate(
        {},
        model=Settings,
        rules=LIVE_RULES,
        environment=tier.value,
        tier=tier,
        around=Surroundings(live=lambda _: (outcome,)),
    )
    return [(f.code, f.severity.value, f.path) for f in report.findings]


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_has_one_rule(fault):
    """And a verdict."""
    outcome = Outcome("Own", "host", (), (Trouble(fault, "port", "is so"),))

    assert 1 == len(judged(outcome))
    assert outcome.verdict is fault.verdict


@pytest.mark.parametrize(("days", "found"), [(-1, 0), (0, 1), (29, 1), (30, 0)])
def test_a_certificate_runs_out(days, found):
    """From the limit on, and until it is over, which is another fault."""
    made = judged(Outcome("Own", "host", (), (), (Validity("host", days),)))

    assert [("ESC660", "warning", "host")] * found == made


def test_a_line_that_others_can_read():
    """It is a warning where it matters."""
    outcome = Outcome("Own", "host", (), (Trouble(Fault.UNENCRYPTED, "host", "is open"),))

    assert Verdict.OK is outcome.verdict
    assert ["warning", "advice"] == [
        judged(outcome, tier)[0][1] for tier in (Tier.PRODUCTION, Tier.DEVELOPMENT)
    ]


def test_ids_are_those_of_the_rules():
    """Suppressions of them are not unused where nothing was asked."""
    assert {rule.id for rule in LIVE_RULES} == LIVE_IDS


def test_a_baseline_waits_for_the_next_live_check():
    """What it knows is not gone because nobody has asked; asked, it is known."""
    asked = report_of(breaking_off)
    known = Baseline.of([asked])
    silent = replace(asked, findings=(), live=None)

    assert [] == list(without_known(silent, known, tier=Tier.PRODUCTION).findings)
    assert ["ESC651"] == [
        each.finding.code for each in without_known(asked, known, tier=Tier.PRODUCTION).put_aside
    ]


def test_a_service_that_nobody_can_ask_is_refused_when_it_is_named():
    """A misspelt one is told with those that there are, before anything is asked."""
    with pytest.raises(ValueError, match="no service 'postgres' is known; there are postgresql"):
        Target(service="postgres", host="host")
