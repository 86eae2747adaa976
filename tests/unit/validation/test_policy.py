import base64
import datetime as dt

import pytest

from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.origin import Origin, OriginKind
from escai_nb.sources.document import parse as parse_document
from escai_nb.sources.writing import render
from escai_nb.validation.level import Level
from escai_nb.validation.policy import Policy, parse
from escai_nb.validation.suppression import Suppression

POLICY = Policy("0123456789abcdef" * 2, "escai", {"production": "strict", "testing": "secrets"})
DATA = POLICY.to_data()


KEY = base64.b64encode(bytes(32)).decode()
MORE = {
    "severities": {"ESC508": "off", "ESC412": {"production": "error", "staging": "advice"}},
    "thresholds": {"ESC303": 30, "ESC705": 0.1},
    "suppressions": [
        {"rule": "ESC203", "reason": "moves in spring"},
        {
            "rule": "ESC211",
            "path": "api.cors_origins",
            "environments": ["development"],
            "until": "2027-01-31",
            "reason": "a public demo",
        },
    ],
    "max_key_age_days": 180,
    "max_secret_age_days": 90,
    "pii_level": "high",
    "approvals": {"production": {"needed": 1, "by": {"bob": KEY}}},
}


def test_what_is_written_is_read_back():
    """parse(to_data(p)) == p."""
    assert POLICY == parse(DATA)
    assert DATA | MORE == parse(DATA | MORE).to_data()
    assert parse(DATA | MORE) == parse(parse(DATA | MORE).to_data())


def test_what_may_be_set_is_read():
    """Each entry has its type."""
    policy = parse(DATA | MORE)

    assert "off" == policy.severity("ESC508", "production")
    assert "error" == policy.severity("ESC412", "production")
    assert None is policy.severity("ESC412", "development")
    assert Level.HIGH is policy.pii_level
    assert (
        Suppression(
            "ESC211",
            "a public demo",
            dt.date(2027, 1, 31),
            "api.cors_origins",
            ("development",),
        )
        == policy.suppressions[1]
    )


def test_an_entry_of_a_list_has_its_place():
    """So that a finding about it can name the line."""
    policy = parse(DATA | MORE, origin_of=lambda path: Origin(OriginKind.FILE, "p", path[-1] + 1))

    assert ["p:1", "p:2"] == [str(each.origin) for each in policy.suppressions]


def test_dates_and_off_are_read_as_yaml_gives_them():
    """A bare date is a date there, and a bare off is false."""
    bare = {
        "suppressions": [{"rule": "esc203", "reason": "r", "until": dt.date(2027, 1, 31)}],
        "severities": {"esc508": False},
        "pii_level": False,
    }
    policy = parse(DATA | bare)

    assert dt.date(2027, 1, 31) == policy.suppressions[0].until
    assert "off" == policy.severity("ESC508", "production")
    assert Level.OFF is policy.pii_level


def test_a_policy_without_new_entries_keeps_its_digest():
    """What a strict seal vouches for does not change with the package."""
    assert "63bbc259edb220dc1429541853567bb9f3c0e2966b2b7877d60ba8e3e6ec0919" == POLICY.digest()
    assert {"format", "workspace", "spec", "scopes"} == POLICY.to_data().keys()
    assert POLICY.digest() != parse(DATA | MORE).digest()
    for name, value in MORE.items():
        assert POLICY.digest() != parse(DATA | {name: value}).digest()


def test_digest_follows_the_content_alone():
    """The order of its entries does not matter, each value does."""
    backwards = dict(reversed(DATA.items())) | {
        "scopes": dict(reversed(DATA["scopes"].items())),
    }

    assert POLICY.digest() == parse(backwards).digest()
    assert POLICY.digest() != parse(DATA | {"scopes": {"production": "secrets"}}).digest()


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        DATA | {"format": "1"},
        DATA | {"format": True},
        DATA | {"format": 0},
        DATA | {"workspace": "short"},
        DATA | {"workspace": 7},
        DATA | {"spec": ""},
        DATA | {"scopes": {"production": "loose"}},
        DATA | {"scopes": {"production": ["strict"]}},
        DATA | {"scopes": ["strict"]},
        DATA | {"scope": {}},
        DATA | {"severities": {"ESC203": "fatal"}},
        DATA | {"severities": {"ESC203": {"production": "fatal"}}},
        DATA | {"severities": ["ESC203"]},
        DATA | {"severities": {203: "error"}},
        DATA | {"thresholds": {"ESC203": "3"}},
        DATA | {"thresholds": {"ESC203": True}},
        DATA | {"thresholds": {"ESC203": float("nan")}},
        DATA | {"thresholds": {"ESC203": float("inf")}},
        DATA | {"max_key_age_days": 0},
        DATA | {"approvals": ["production"]},
        DATA | {"approvals": {"production": 1}},
        DATA | {"approvals": {"production": {"by": {}}}},
        DATA | {"approvals": {"production": {"by": {"bob": "short"}}}},
        DATA | {"approvals": {"production": {"by": {"bob": KEY}, "needed": 2}}},
        DATA | {"approvals": {"production": {"by": {"bob": KEY}, "who": 1}}},
        DATA | {"max_key_age_days": "180"},
        DATA | {"max_key_age_days": True},
        DATA | {"max_secret_age_days": 1.5},
        DATA | {"pii_level": "extreme"},
        DATA | {"pii_level": ["high"]},
        DATA | {"suppressions": {}},
        DATA | {"suppressions": ["ESC203"]},
        DATA | {"suppressions": [{"reason": "r"}]},
        DATA | {"suppressions": [{"rule": "ESC203", "reason": 3}]},
        DATA | {"suppressions": [{"rule": "ESC203", "path": None}]},
        DATA | {"suppressions": [{"rule": "ESC203", "environments": "production"}]},
        DATA | {"suppressions": [{"rule": "ESC203", "until": "soon"}]},
        DATA | {"suppressions": [{"rule": "ESC203", "untill": "2027-01-31"}]},
    ],
)
def test_what_is_no_policy_is_refused(data):
    """Nothing is guessed: a policy that is misread would loosen what it holds."""
    with pytest.raises(DocumentError) as caught:
        parse(data, where="policy.yaml")

    assert "policy-broken" == caught.value.code
    assert caught.value.hint


def test_all_that_is_wrong_is_said_at_once_with_its_lines():
    """The error stands where the first of them does."""
    wrong = DATA | {"scopes": {"production": "loose"}, "max_key_age_days": 0, "sevrities": {}}
    text = render(wrong, "yaml")
    document = parse_document(text, source="policy.yaml")

    def origin_of(path):
        mark = document.mark_of(path)
        return Origin(OriginKind.FILE, "policy.yaml", mark.line, mark.column)

    with pytest.raises(DocumentError) as caught:
        parse(document.data, where="policy.yaml", origin_of=origin_of)
    line = text[: text.index("sevrities")].count("\n") + 1
    assert f"policy.yaml:{line}:" in caught.value.where
    told = str(caught.value)
    assert all(what in told for what in ("sevrities", "neither strict", "max_key_age_days"))
    assert f"(line {line})" in told


def test_a_newer_format_is_said_to_be_newer():
    """It may be right; this package cannot tell."""
    with pytest.raises(NewerFormatError, match="newer"):
        parse(DATA | {"format": 2, "unheard_of": True})
