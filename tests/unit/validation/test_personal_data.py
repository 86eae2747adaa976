"""Personal data and stray secrets: what is found at which level, and what is left alone."""

from __future__ import annotations

import secrets
import string
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import negatives, positives
from pydantic import BaseModel, Field, SecretStr

from escai_nb.origin import Origin, OriginKind
from escai_nb.schema.catalog import catalog_of
from escai_nb.schema.shapes import is_service_token
from escai_nb.validation.facts import Comment, Surroundings
from escai_nb.validation.level import Level
from escai_nb.validation.personal_data import personal_data, phones
from escai_nb.validation.pii_rules import pii_rules
from escai_nb.validation.rule import Tier
from escai_nb.validation.stray import commented_secret, is_random_text
from escai_nb.validation.validator import validate

LOW, MEDIUM, HIGH = Level.LOW, Level.MEDIUM, Level.HIGH


class Example(BaseModel):
    """The model that the examples of the rules speak of."""

    password: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = 80
    settings: dict[str, Any] = Field(default_factory=dict)


RULES = pii_rules(catalog_of(Example))


def kinds(text, level, name="note"):
    """Names of the kinds that are found in *text*."""
    found = [*personal_data(text, level, name=name), *phones(text, level, name=name)]
    return {match.kind.name for match in found}


def findings(data, level=MEDIUM, comments=()):
    """Code and path of each finding about *data* and *comments*."""
    around = Surroundings(
        lambda matters: [
            Comment(text, "settings", Origin(OriginKind.FILE, "c.yaml", 3, 1))
            for text in comments
            if matters(text)
        ],
        level=level,
    )
    report = validate(
        data,
        model=Example,
        rules=RULES,
        environment="production",
        tier=Tier.PRODUCTION,
        around=around,
    )
    return [(finding.code, finding.path) for finding in report.findings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples(rule):
    """The bad one gives exactly this finding, the good one none."""
    comments = [rule.remark] if rule.remark else []
    level = HIGH if rule.id == "ESC806" else MEDIUM
    assert [rule.id] == [code for code, _ in findings(rule.bad, level, comments=comments)]
    assert [] == findings(rule.good, level)


def test_at_medium_all_of_the_labelled_set_is_right():
    """Whatever is personal is found as what it is; nothing else is taken for it."""
    missed = [case for case in positives() if kinds(case[1], MEDIUM, case[0]) != {case[2]}]
    wrong = [case for case in negatives() if kinds(case[1], MEDIUM, case[0])]

    assert [] == missed
    assert [] == wrong


def test_each_level_finds_what_the_one_before_does():
    """Low is never wrong, high misses nothing, off looks for nothing."""
    for name, text, kind in positives():
        low, medium, high = (kinds(text, level, name) for level in (LOW, MEDIUM, HIGH))
        assert low <= medium <= high
        assert kind in high
        assert set() == kinds(text, Level.OFF, name)
    assert not any(kinds(text, LOW, name) for name, text in negatives())


def test_what_is_found_is_shown_masked():
    """By kind: the end of a card, the country of an account, the first letter of a name."""
    text = (
        "card 4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, ada.lovelace@analytical.io, "
        "ssn 536-90-4399, user 81.2.69.142"
    )
    shown = [match.shown for match in personal_data(text, MEDIUM)]

    assert [
        "**** 1111",
        "DE** **** 3000",
        "a***@analytical.io",
        "****",
        "81.2.***",
    ] == shown
    assert ["*** 20"] == [match.shown for match in phones("call +49 30 901820", MEDIUM)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pan=4111111111111111", {"CARD"}),
        ("card:4111-1111-1111-1111", {"CARD"}),
        ("SSN=536-90-4399", {"NATIONAL_ID"}),
        ("mailto:jane.doe@acme.io", {"EMAIL"}),
        ('{"mail":"jane.doe@acme.io"}', {"EMAIL"}),
        ("tel:+4930901820", {"PHONE"}),
        ("user 81.2.69.142:443", {"IP"}),
        ("iban=DE89370400440532013000", {"ACCOUNT"}),
        ("card_number: 3530111333300000", {"CARD"}),
        ("nhsNumber 9434765870", {"NATIONAL_ID"}),
        ("order_number: 4111111111111111", set()),
        ("serialNumber=295109912611193", set()),
        ("call stack depth 1000000000", set()),
        ("logo@2x.png", set()),
        ("getty@tty1.service", set()),
        ("4111 1111 1111 1111 1", set()),
        ("x4111111111111111", set()),
    ],
)
def test_where_it_begins_and_ends(text, expected):
    """Signs before and behind are no part of it; a part of something longer is none."""
    assert expected == kinds(text, MEDIUM)


def test_it_is_found_in_free_settings_and_comments():
    """With the place; a field of the model may hold an address, and a secret is no text."""
    card = "4111 1111 1111 1111"
    data = {
        "password": card,
        "host": "81.2.69.142",
        "port": 4,
        "settings": {"client": "81.2.69.142", "list": ["x", card], "n": 4111111111111111},
    }
    assert [
        ("ESC811", "settings.list[1]"),
        ("ESC811", "settings.n"),
        ("ESC816", "settings.client"),
    ] == findings(data)
    assert [("ESC811", "settings")] == findings({}, comments=[f"as on {card}", "nothing"])
    assert [] == findings(data, Level.OFF, comments=[card, "ghp_" + "a1B2c3D4e5" * 4])


@pytest.mark.parametrize(
    "comment",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN" * 2,
        "token ghp_" + "a1B2c3D4e5" * 4,
        "redis://app:hunter22xyz@db.acme.io/0",
        "password: hunter22xyz",
        'jwt_secret_key: "fT6-uY1pWq3Zx"  # old',
        "export DB_PASSWORD=hunter22xyz",
        "was postgres://app:s3cr3tpw@db:5432/app",
        "amqp://guest:guest@mq/ or amqp://app:hunter22xyz@mq/",
        "key AKIA" + "Q3EGRIVPTL7XW2ZN",
        "jdbc:postgresql://db/shop?user=app&password=hunter22xyz",
        "host=db user=app password=hunter22xyz",
        "ghp_" + "a1B2c3D4e5" * 4 + '  # escai: ignore ESC202 reason="r"',
        "ghp_" + "a1B2c3D4e5" * 4 + " is no escai: token",
    ],
)
def test_a_secret_in_a_comment_is_found(comment):
    """By shape, or as a setting that is out of use; the finding does not repeat it."""
    assert [("ESC805", "settings")] == findings({}, comments=[comment])


@pytest.mark.parametrize(
    "comment",
    [
        "password: required",
        "password: change-me-please",
        "jwt_secret_key: ${JWT_SECRET}",
        "password: <from the vault>",
        "password_min_length: 12345678",
        "api_key: see-the-wiki-page",
        "the password: never write it here",
        "password: xxxxxxxxxxxx",
        "postgres://user:password@localhost/db",
        "postgres://USER:PASSWORD@HOST:5432/DB",
        "postgres://user:${PASSWORD}@host/db",
        "amqp://guest:guest@localhost:5672/",
        "host=db user=app password=${DB_PASSWORD}",
        "jdbc:postgresql://db/shop?user=app&password=your-password",
        "token: vault:secret/data/app",
        'escai: ignore ESC814 reason="jane.doe@acme.io agreed"',
    ],
)
def test_a_comment_about_secrets_is_none(comment):
    """Place-holders, references and words are left alone."""
    assert [] == findings({}, comments=[comment])
    assert "" == commented_secret(comment)


def test_random_texts_are_found_at_high_alone():
    """Digests, UUIDs, paths and words are none of them."""
    texts = {f"s{n}": secrets.token_urlsafe(32) for n in range(50)}
    found = [code for code, _ in findings({"settings": texts}, HIGH)]

    assert found.count("ESC806") >= 42
    assert "ESC806" not in {code for code, _ in findings({"settings": texts})}
    for text in (
        secrets.token_hex(32),
        "sha256-uNiVztksCsDhcc0u9e8BgrJXVGDHBv8XxqVJz3zQwZk=",
        "/usr/local/share/Escai/config2026/production",
        "ThisIsALongCamelCaseNameOfAThing2026",
        "escai-production-eu-central-1-primary",
    ):
        assert not is_random_text(text)


def test_without_the_library_phones_are_said_not_to_be_searched(monkeypatch):
    """Only where there may be one."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    report = validate(
        {"settings": {"on_call": "+49 30 901820"}},
        model=Example,
        rules=RULES,
        environment="production",
        tier=Tier.PRODUCTION,
    )
    [(rule, reason)] = report.not_run
    assert "ESC815" == rule
    assert "escai-nb[pii]" in reason
    quiet = {"settings": {"on_call": "the rota"}}
    assert () == (
        validate(
            quiet, model=Example, rules=RULES, environment="production", tier=Tier.PRODUCTION
        ).not_run
    )


@given(st.text(alphabet=string.printable, max_size=80), st.sampled_from(list(Level)))
def test_any_text_can_be_searched(text, level):
    """What is found lies within it, in order, and none over another."""
    found = personal_data(text, level, name=text)
    ends = [0, *(match.end for match in found)]

    assert all(end <= match.start < match.end for end, match in zip(ends, found, strict=False))
    assert is_service_token(text) in {True, False}


def test_a_text_of_nothing_else_is_searched_at_once():
    """What is found a thousand times over is found in order, and each once."""
    text = "a b@c.io " * 20_000

    starts = [match.start for match in personal_data(text, Level.MEDIUM)]

    assert list(range(2, len(text), 9)) == starts
