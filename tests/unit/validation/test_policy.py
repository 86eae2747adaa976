import pytest

from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.validation.policy import Policy, parse

POLICY = Policy("0123456789abcdef" * 2, "escai", {"production": "strict", "testing": "secrets"})
DATA = POLICY.to_data()


def test_what_is_written_is_read_back():
    """parse(to_data(p)) == p."""
    assert POLICY == parse(DATA)


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
    ],
)
def test_what_is_no_policy_is_refused(data):
    """Nothing is guessed: a policy that is misread would loosen what it holds."""
    with pytest.raises(DocumentError) as caught:
        parse(data, where="policy.yaml")

    assert "policy-broken" == caught.value.code
    assert caught.value.hint


def test_a_newer_format_is_said_to_be_newer():
    """It may be right; this package cannot tell."""
    with pytest.raises(NewerFormatError, match="newer"):
        parse(DATA | {"format": 2, "unheard_of": True})
