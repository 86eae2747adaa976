import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    create_model,
    field_validator,
    model_validator,
)

from escai_nb import keypath
from escai_nb.origin import Origin, OriginKind
from escai_nb.validation import state_rules
from escai_nb.validation.finding import Severity
from escai_nb.validation.quoting import FEW
from escai_nb.validation.rule import Problem, Tier, rule
from escai_nb.validation.validator import validate
from escai_nb.workspace.facade import ConfigValidator

CANARY = "Kx9-canary-3vQ7zPm"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Server(Part):
    port: int = Field(8000, ge=1, le=65535)
    mode: str = Field("fast", pattern="^(fast|safe)$")
    names: list[str] = Field(default_factory=list)
    limit: int = 10
    burst: int = 5

    @model_validator(mode="after")
    def _burst_is_small(self) -> "Server":
        if self.burst > self.limit:
            raise ValueError("the burst must not be above the limit")
        return self


class Model(Part):
    server: Server = Field(default_factory=Server)
    level: int = 1
    secret: SecretStr
    free: dict[str, Any] = Field(default_factory=dict)


def reading(rule_id, *paths, severities="W/W/W/W", **problem):
    """A rule that reads *paths* and finds fault with the first."""

    @rule(rule_id, title="t", severities=severities, why="w", fix="f", source="s")
    def made(facts):
        for path in paths:
            facts[path]
        yield Problem(paths[0], "is looked at", **problem)

    return made


def failing(error):
    """A rule that finds one thing and then raises *error*."""

    @rule("OWN9", title="t", severities="W/W/W/E", why="w", fix="f", source="s")
    def made(_):
        yield Problem("level", "is looked at")
        raise error

    return made


def report(data, *rules, tier=Tier.DEVELOPMENT, **more):
    """Report on *data* by *rules*."""
    return validate(data, model=Model, rules=rules, environment="development", tier=tier, **more)


def found(made):
    """Code and path of each finding."""
    return [(finding.code, finding.path) for finding in made.findings]


GOOD = {"secret": CANARY}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"server.prot": 1}, "ESC101"),
        ({"sever": {}}, "ESC101"),
        ({"server.port": "many"}, "ESC102"),
        ({"server": 5}, "ESC102"),
        ({"server.names": "one"}, "ESC102"),
        ({"server.names": ["a", 5]}, "ESC102"),
        ({"server.port": 0}, "ESC103"),
        ({"server.port": 70_000}, "ESC103"),
        ({"server.mode": "slow"}, "ESC106"),
        ({"server.burst": 50}, "ESC106"),
        ({"secret": None}, "ESC102"),
    ],
)
def test_each_misfit_has_its_code_and_place(values, code):
    """One fault of the model is one finding."""
    data = GOOD
    for path, value in values.items():
        data = keypath.replace(data, keypath.parse(path), value)
    made = report(data)

    assert [code] == [finding.code for finding in made.findings]
    assert all(finding.severity is Severity.ERROR for finding in made.findings)
    assert all(finding.why and finding.fix and finding.title for finding in made.findings)


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_no_mapping_is_one_misfit(data):
    """And no rule judges the defaults in its place."""
    made = report(data, reading("OWN1", "level"))

    assert [("ESC102", "")] == found(made)
    assert ["OWN1"] == [rule_id for rule_id, _ in made.not_run]


def test_a_missing_field_is_named():
    """Where it should be, although nothing is there."""
    assert [("ESC104", "secret")] == found(report({}))


def test_a_misspelt_name_brings_the_right_one():
    """As a question, and as a patch that is not safe, as the value may be stale."""
    [finding] = report(GOOD | {"server": {"prot": 80}}).findings

    assert "unknown field; did you mean server.port?" == finding.message
    assert ({"op": "move", "from": "/server/prot", "path": "/server/port"},) == finding.patch
    assert not finding.safe


def test_a_choice_in_another_case_brings_the_right_one():
    """Only where the word is the same; another one is not guessed."""
    model = create_model("Logs", level=(Literal["INFO", "Warning"], "INFO"))

    def patch(said):
        [finding] = validate(
            {"level": said}, model=model, rules=(), environment="x", tier=Tier.PRODUCTION
        ).findings
        return finding.patch

    assert ({"op": "replace", "path": "/level", "value": "Warning"},) == patch(" WARNING ")
    assert () == patch("warn")


@pytest.mark.parametrize(
    ("field", "said", "meant"),
    [
        ("host", "https://db.internal/", "db.internal"),
        ("host", " db.internal\n", "db.internal"),
        ("host", "https://db.internal:5432", None),
        ("host", "db internal", None),
        ("host", "https://me:word@db.internal", None),
        ("kept", "30 D", "30d"),
        ("kept", "thirty days", None),
        ("word", " VERY secret ", None),
        ("pair", "b", None),
    ],
)
def test_a_text_that_the_model_would_take_otherwise_written_brings_a_patch(field, said, meant):
    """Not safe, as only its author knows; of a secret, which nobody is shown, there is none."""

    class Forms(Part):
        host: str = Field("a", pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$")
        kept: str = Field("1d", pattern="^[0-9]+[dh]$")
        word: Annotated[SecretStr, Field(pattern="^[a-z]+$")] = SecretStr("a")
        pair: str = "a"

        @field_validator("pair")
        @classmethod
        def _fits(cls, value: str) -> str:
            if value.upper() == "B":
                raise ValueError("not this one")
            return value

    made = validate({field: said}, model=Forms, rules=(), environment="x", tier=Tier.PRODUCTION)
    [finding] = made.findings
    patch = [{"op": "replace", "path": f"/{field}", "value": meant}] if meant else []

    assert "ESC106" == finding.code
    assert not finding.safe
    assert patch == [*finding.patch]


class Card(Part):
    kind: Literal["card"]
    number: str


class Bank(Part):
    kind: Literal["bank"]
    iban: str


class Till(Part):
    price: Decimal = Decimal("1.5")
    wait: dt.timedelta = dt.timedelta(seconds=5)
    level: int = 1
    pay: list[Annotated[Card | Bank, Field(discriminator="kind")]] = Field(default_factory=list)


def test_values_that_the_model_converts_are_judged_beside_others_that_do_not_fit():
    """As the model would have made them, had the rest been right."""
    seen = {}

    @rule("R1", title="t", severities="W/W/W/W", why="", fix="", source="")
    def reads(facts):
        seen.update(price=facts["price"], wait=facts["wait"])
        return iter(())

    data = {"price": 0.5, "wait": "PT9S"}
    for more in ({}, {"level": "high"}):
        made = validate(
            data | more, model=Till, rules=(reads,), environment="x", tier=Tier.PRODUCTION
        )
        assert ("0.5", "PT9S") == (str(seen["price"]), seen["wait"])
        assert () == made.not_run
        seen.clear()


def test_the_names_that_there_are_are_those_of_the_alternative_that_is_meant():
    """Each once, where no key tells which it is."""
    data = {"pay": [{"kind": "bank", "iban": "x", "zzz": 1}, {"kind": "bnak", "zzz": 1}]}
    found = validate(data, model=Till, rules=(), environment="x", tier=Tier.PRODUCTION).findings

    assert {"pay[0].zzz": "one of kind, iban", "pay[1].kind": "one of card, bank"} == {
        each.path: each.expected or each.message.removeprefix("must be ") for each in found
    }


def test_a_misspelt_name_beside_the_right_one_brings_no_patch():
    """Moving it would overwrite what is written correctly."""
    [finding] = report(GOOD | {"server": {"prot": 80, "port": 81}}).findings

    assert () == finding.patch


def test_findings_say_where_values_come_from():
    """Their own place, and that of the values that take part; of defaults, where they belong."""

    def origin_of(path):
        return Origin(OriginKind.FILE, "c.yaml", len(path), 1)

    [finding] = report(
        GOOD | {"server": {"port": 80}},
        reading("OWN1", "server.port", related=("level",)),
        origin_of=origin_of,
    ).findings

    assert "c.yaml:2:1" == str(finding.origin)
    assert ["c.yaml:1:1 (default)"] == list(map(str, finding.related_origins))


def test_a_misspelt_name_is_found_at_the_name():
    """And a wrong value at the value, and what is missing at what is above it."""

    def at(column):
        return lambda path: Origin(OriginKind.FILE, "c.yaml", len(path), column)

    made = report(
        {"server": {"prot": 1, "port": "x"}}, origin_of=at(9), key_origin_of=at(3)
    ).findings

    assert {
        "server.prot": "c.yaml:2:3",
        "server.port": "c.yaml:2:9",
        "secret": "c.yaml:1:9 (missing)",
    } == {finding.path: str(finding.origin) for finding in made}


def test_a_problem_of_the_whole_has_the_origin_of_the_whole():
    """An empty path is the root."""

    @rule("OWN1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
    def whole(_):
        yield Problem("", "is small")

    [finding] = report(
        GOOD, whole, origin_of=lambda path: Origin(OriginKind.FILE, repr(path))
    ).findings

    assert "()" == str(finding.origin)


def test_a_misfit_silences_only_the_rules_that_read_it():
    """And those are listed with the reason."""
    made = report(
        GOOD | {"server": {"port": "many"}},
        reading("OWN1", "server.port"),
        reading("OWN2", "level"),
        reading("OWN3", "server"),
    )

    assert [("ESC102", "server.port"), ("OWN2", "level")] == found(made)
    reason = "server.port does not fit the model"
    assert (("OWN1", reason), ("OWN3", reason)) == made.not_run


def test_a_broken_section_silences_what_lies_below():
    """Its defaults are not judged in its place."""
    made = report(GOOD | {"server": 5}, reading("OWN1", "server.port"), reading("OWN2", "level"))

    assert ["OWN1"] == [rule_id for rule_id, _ in made.not_run]
    assert [("ESC102", "server"), ("OWN2", "level")] == found(made)


def test_a_section_whose_own_check_fails_is_still_read():
    """Each of its values fits; only together they do not."""
    made = report(GOOD | {"server": {"burst": 50}}, reading("OWN1", "server.burst"))

    assert () == made.not_run
    assert {"ESC106", "OWN1"} == {finding.code for finding in made.findings}


def test_an_unknown_field_silences_nothing():
    """No rule reads what the model does not have."""
    made = report(GOOD | {"server": {"prot": 1}}, reading("OWN1", "server"))

    assert () == made.not_run


def test_a_value_that_the_model_would_convert_is_not_judged_raw():
    """The rule meets the number that it counts on, whatever else does not fit."""
    seen = []

    @rule("OWN1", title="t", severities="W/W/W/W", why="", fix="", source="")
    def reads(facts):
        seen.append(facts["server.port"])
        return iter(())

    for more in (GOOD, {}):
        assert () == report(more | {"server": {"port": "80"}}, reads).not_run
    assert [80, 80] == seen


def test_a_missing_field_is_not_run_either():
    """Its rule cannot say anything, and says so."""
    assert (("OWN1", "secret is missing"),) == report({}, reading("OWN1", "secret")).not_run


def test_sealed_values_are_neither_misfits_nor_read():
    """Without the key a token stands where a number belongs."""
    made = report(
        GOOD | {"level": "escai:1:fernet:AAAA"},
        reading("OWN1", "level"),
        reading("OWN2", "server.port"),
        unreadable=frozenset({("level",)}),
    )

    assert [("OWN2", "server.port")] == found(made)
    assert (("OWN1", "level is sealed, and its key is not at hand"),) == made.not_run
    assert ("level",) == made.unreadable


def test_what_was_found_before_a_gap_is_kept():
    """A rule that reads on does not take back what it said."""

    @rule("OWN1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
    def made(facts):
        yield Problem("level", "is looked at")
        facts["nowhere"]

    got = report(GOOD, made)

    assert [("OWN1", "level")] == found(got)
    assert ("OWN1", "nowhere is missing") == got.not_run[0]


@pytest.mark.parametrize(
    "error", [ValueError(CANARY), KeyError(CANARY), RecursionError(CANARY), AssertionError(CANARY)]
)
def test_a_failing_rule_is_a_finding_of_its_own(error):
    """It tells the type and never the text; the others run."""
    made = report(GOOD, failing(error), reading("OWN1", "level"))

    assert [("ESC990", ""), ("OWN1", "level"), ("OWN9", "level")] == found(made)
    assert made.findings[0].message.startswith(f"rule OWN9 failed with {type(error).__name__} (")
    assert CANARY not in str(made.to_data())


def test_a_rule_that_is_no_generator_fails_like_any_other():
    """What it gives back is not asked for problems in vain."""

    @rule("OWN1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
    def nothing(_):
        return None

    assert [("ESC990", "")] == found(report(GOOD, nothing))


def test_a_careless_message_is_cleared_of_secrets():
    """A rule by others may quote what it judges."""

    @rule("OWN1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
    def quoting(facts):
        yield Problem("secret", f"{facts['secret']} is weak", f"not {facts['secret']}")

    [finding] = report(GOOD, quoting).findings

    assert "******** is weak" == finding.message
    assert "not ********" == finding.expected


@pytest.mark.parametrize("count", [3, 2 * FEW, 3_000])
def test_a_secret_used_as_a_name_is_cleared_among_many(count):
    """However many there are; what is said of each finding costs no more for that."""
    secrets = {f"s{n}_password": f"tR2m{n}zK9wLx4Pb1s{n}" for n in range(count)}
    name = f"tR2m{count - 1}zK9wLx4Pb1s{count - 1}"
    data = {"custom_settings": {**secrets, name: "card 4111 1111 1111 1111"}}
    judged = ConfigValidator().generate_validation_report(data)

    assert ["custom_settings.********"] == [f.path for f in judged.findings if f.code == "ESC811"]
    assert count <= len(judged.findings)


def test_a_password_inside_a_quoted_uri_is_cleared():
    """Also where only a piece of the value is quoted."""

    @rule("OWN1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
    def quoting(facts):
        yield Problem("free.address", facts["free.address"].partition("//")[2])

    [finding] = report(GOOD | {"free": {"address": f"http://me:{CANARY}@host/"}}, quoting).findings

    assert "me:********@host/" == finding.message


def test_a_failing_rule_weighs_what_the_rule_weighs():
    """What it would have found in production is an error."""
    made = report(GOOD, failing(ValueError()), tier=Tier.PRODUCTION)

    assert {Severity.ERROR} == {finding.severity for finding in made.findings}


def test_a_badly_typed_secret_is_not_shown():
    """Law 1, for the one place where pydantic would show it."""
    made = report({"secret": [CANARY], "level": CANARY})

    assert CANARY not in str(made.to_data())
    assert 2 == made.count(Severity.ERROR)


def test_severity_follows_the_tier_and_off_is_off():
    """The same rule is an error here and not asked there."""
    one = reading("OWN1", "level", severities="-/A/W/E")
    severities = [[f.severity.value for f in report(GOOD, one, tier=t).findings] for t in Tier]

    assert [[], ["advice"], ["warning"], ["error"]] == severities


def test_findings_of_the_caller_are_sorted_in():
    """The seal's state stands beside what the rules say."""
    broken = state_rules.unsealed(Tier.PRODUCTION)
    made = report(GOOD, reading("OWN1", "level"), extra=[broken])

    assert [("ESC901", ""), ("OWN1", "level")] == found(made)


def test_defaults_are_judged_too():
    """Effective values count, written or not."""
    assert [("OWN1", "server.port")] == found(report(GOOD, reading("OWN1", "server.port")))


def test_the_time_is_the_callers():
    """A report can be made again, byte for byte."""
    noon = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)

    assert report(GOOD, timestamp=noon).to_data() == report(GOOD, timestamp=noon).to_data()
    assert noon == report(GOOD, timestamp=noon).timestamp


def test_the_data_given_is_left_alone():
    """Judging changes nothing."""
    data = GOOD | {"server": {"port": "many", "names": ["a"]}}
    before = repr(data)
    report(data, reading("OWN1", "level"))

    assert before == repr(data)
