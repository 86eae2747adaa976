import secrets
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, SecretStr
from shop import SHOP

from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.fields import Sensitive
from escai_nb.validation.facts import Neighbour, Surroundings
from escai_nb.validation.level import Level
from escai_nb.validation.rule import Tier
from escai_nb.validation.secret_rules import secret_rules
from escai_nb.validation.validator import validate


class Example(BaseModel):
    """The model that the examples of the rules speak of."""

    password: SecretStr | None = None
    token: SecretStr | None = None
    pin: Annotated[int | None, Sensitive()] = None
    keys: list[SecretStr] = Field(default_factory=list)
    vault: Annotated[dict[str, Any], Sensitive()] = Field(default_factory=dict)
    address: str = "https://db.example.com/"
    settings: dict[str, Any] = Field(default_factory=dict)


RULES = secret_rules(catalog_of(Example))


def report(data, *, model=Example, rules=RULES, **more):
    """Report of production on *data*."""
    return validate(
        data, model=model, rules=rules, environment="production", tier=Tier.PRODUCTION, **more
    )


def found(data, **more):
    """Code and path of each finding."""
    return [(finding.code, finding.path) for finding in report(data, **more).findings]


def fresh():
    """A secret that nothing can be said against."""
    return secrets.token_urlsafe(32)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples(rule):
    """The bad one gives exactly this finding, the good one none."""
    marks = {value.encode(): (path,) for path, value in rule.beside.items()}
    beside = Neighbour("staging", data=rule.beside, marks=marks)
    around = Surroundings(neighbours=lambda: (beside,) if rule.beside else ())

    assert [rule.id] == [code for code, _ in found(rule.bad, around=around)]
    assert [] == found(rule.good, around=around)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"keys": [fresh(), "password"]}, "keys[1]"),
        ({"pin": 1234}, "pin"),
        ({"vault": {"inner": {"name": "letmein"}}}, "vault.inner.name"),
        ({"settings": {"mail": {"password": "letmein"}}}, "settings.mail.password"),
    ],
)
def test_secrets_are_judged_wherever_they_lie(data, path):
    """In lists, numbers, mappings, and free-form settings."""
    assert ("ESC331", path) in found(data)


def test_the_password_of_a_uri_is_judged_not_the_uri():
    """The address around it makes it no stronger."""
    codes = found({"address": "https://app:letmein@db.example.com/"})

    assert [("ESC331", "address"), ("ESC802", "address")] == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("jdbc:postgresql://db/shop?user=app&password=tR2m-zK9wLx4Pb1s", ["ESC802"]),
        ("jdbc:postgresql://db/shop?password=letmein", ["ESC331", "ESC802"]),
        ("Server=db;User Id=sa;Password=tR2m-zK9wLx4Pb1s", ["ESC801"]),
        ("https://app:${DB_PASSWORD}@db.example.com/", ["ESC332"]),
        ("jdbc:postgresql://db/shop?user=app&password=${DB_PASSWORD}", []),
    ],
)
def test_passwords_in_connection_strings(text, codes):
    """Told as what they are, judged by themselves; a slot for one is no password."""
    findings = report({"settings": {"store": text}}).findings

    assert codes == [finding.code for finding in findings]
    assert "by its name" not in str([finding.message for finding in findings])


def test_at_the_level_off_no_text_is_searched():
    """A password inside of a URI is one of the things that the level is about."""
    texts = {"a": "https://app:tR2m-zK9wLx4Pb1s@db.example.com/", "b": "ghp_" + "a1B2c3D4e5" * 4}

    assert [] == found({"settings": texts}, around=Surroundings(level=Level.OFF))
    assert [] != found({"settings": texts}, around=Surroundings(level=Level.LOW))


def test_reuse_names_the_first_field_and_no_value():
    """Once for each further field."""
    same = fresh()
    findings = report({"password": same, "token": same, "keys": [same]}).findings

    assert [("keys[0]", ("password",)), ("token", ("password",))] == [
        (finding.path, finding.related) for finding in findings
    ]
    assert same not in str([finding.to_data() for finding in findings])


def test_one_placeholder_in_two_fields_is_two_placeholders():
    """What is mended by one act is told once."""
    assert [("ESC332", "password"), ("ESC332", "token")] == found(
        {"password": "change_me_please_now", "token": "change_me_please_now"}
    )


def test_nothing_set_is_nothing_to_judge():
    """Whether a password must be set is for the application's own rules."""
    assert [] == found({"password": None, "token": "", "vault": {}, "keys": []})


def test_harmless_names_and_values_are_left_alone():
    """Precision before recall."""
    settings = {"author": "jane", "monkey": 1, "max_tokens": 4096, "keyboard": "de", "on": True}

    assert [] == found({"settings": settings})


def test_a_private_key_that_is_declared_secret_is_at_home():
    """Only where it is not declared is it a stray."""
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----\n"

    assert [] == found({"password": pem})
    assert [("ESC803", "settings.note")] == found({"settings": {"note": pem}})


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "a1B2c3D4e5" * 4,
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdefABCDEF",
        "glpat-abcdefghij0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlaGVyZQ",
    ],
)
def test_tokens_of_services_are_found_by_their_shape(token):
    """Whatever the setting is called."""
    assert [("ESC804", "settings.sync")] == found({"settings": {"sync": token}})


def test_a_sealed_secret_is_said_to_be_unjudged():
    """By every rule of strength; what can be read is judged all the same."""
    made = report(
        {"password": "escai:1:fernet:AAAA", "token": "letmein"},
        unreadable=frozenset({("password",)}),
    )

    assert ["ESC331"] == [finding.code for finding in made.findings]
    reason = "password is sealed, and its key is not at hand"
    assert {(f"ESC33{n}", reason) for n in range(1, 7)} == set(made.not_run)


def test_a_misfit_that_may_hide_a_secret_is_said_to_be_unjudged():
    """A section that is a text may have held passwords."""
    made = report({"password": ["letmein"], "token": fresh()})

    assert {f"ESC33{n}" for n in range(1, 7)} <= {rule_id for rule_id, _ in made.not_run}


def test_a_number_that_misfits_hides_no_stray_secret():
    """The rules that look for texts need not wait for it."""

    class Numbers(BaseModel):
        port: int
        settings: dict[str, Any]

    rules = secret_rules(catalog_of(Numbers))
    made = report(
        {"port": "many", "settings": {"sync": "ghp_" + "a1B2c3D4e5" * 4}},
        model=Numbers,
        rules=rules,
    )

    assert ["ESC102", "ESC804"] == sorted(finding.code for finding in made.findings)
    assert () == made.not_run


def test_another_spec_is_judged_alike():
    """Secrets in lists of models and in unions of a shop."""
    data = SHOP.preset("prod") | {
        "session_key": fresh(),
        "payments": [{"kind": "card", "merchant": "4711", "api_key": "changeme"}],
        "warehouses": [{"city": "Basel", "login": "change_me_in_production"}],
        "hooks": {"parcel": "tR2m-zK9w"},
        "extra": {"ftp_password": fresh()},
    }

    assert [
        ("ESC331", "payments[0].api_key"),
        ("ESC332", "warehouses[0].login"),
        ("ESC335", "hooks.parcel"),
        ("ESC801", "extra.ftp_password"),
    ] == sorted(found(data, model=SHOP.model, rules=SHOP.all_rules))
