import gzip
import json
import secrets
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.validation.known_secrets import is_known, packed

LISTED = Path(__file__).parents[2] / "data/weak_secrets/known_weak_ge32.jsonl.gz"


@pytest.fixture(scope="module")
def listed():
    """The publicly listed secrets."""
    with gzip.open(LISTED, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_listed_secret_is_known(listed):
    """Length alone would accept them all."""
    assert 1862 == len(listed)
    assert [] == [number for number, secret in enumerate(listed) if not is_known(secret)]


def test_the_shipped_file_is_made_from_the_list(listed):
    """Nothing was added by hand, and nothing was lost."""
    shipped = files("escai_nb.validation").joinpath("data/known_secrets.bin").read_bytes()

    assert packed(listed) == shipped


@pytest.mark.parametrize("secret", ["password", "admin", "changeme", "Passw0rd", " secret\n"])
def test_short_ones_are_known_in_any_case(secret):
    """With or without blanks."""
    assert is_known(secret)


def test_random_secrets_are_never_known():
    """A token of 32 bytes meets no prefix of eight."""
    assert not any(is_known(secrets.token_urlsafe(32)) for _ in range(2_000))


@given(st.lists(st.text()))
def test_packing_ignores_order_and_repetition(values):
    """The same set gives the same bytes."""
    assert packed(values) == packed([*reversed(values), *values])
