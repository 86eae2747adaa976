"""Canonical bytes and the names made of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.digest import canonical_bytes, plain_of, sha256_hex

KEYS = st.none() | st.booleans() | st.integers(-9, 9) | st.dates() | st.text(max_size=2)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)


def turned(data: Any) -> Any:
    """Write every mapping of *data* in the opposite order."""
    if isinstance(data, dict):
        return {key: turned(data[key]) for key in reversed(data)}
    return [turned(item) for item in data] if isinstance(data, list) else data


@given(TREES)
def test_the_order_of_keys_does_not_matter(data: Any) -> None:
    """Equal mappings have equal bytes."""
    assert canonical_bytes(data) == canonical_bytes(turned(data))


@given(TREES, TREES)
def test_different_trees_have_different_bytes(left: Any, right: Any) -> None:
    """Also where Python calls them equal, as 1 and true and 1.0."""
    assert (repr(turned(left)) == repr(turned(right))) <= (
        canonical_bytes(left) == canonical_bytes(right)
    )
    if left != right:
        assert canonical_bytes(left) != canonical_bytes(right)


@given(st.dictionaries(KEYS, TREES, min_size=2, max_size=4))
def test_keys_that_have_no_order_are_no_crash(data: Any) -> None:
    """YAML may have numbers, dates and text as keys side by side."""
    assert canonical_bytes(data) == canonical_bytes(turned(data))


ODD_KEYS = st.dictionaries(st.none() | st.integers(-9, 9) | st.text(), TREES, max_size=4)


@given(TREES | ODD_KEYS | st.lists(ODD_KEYS))
def test_what_is_written_can_be_read(data: Any) -> None:
    """Whatever its keys are; what is read is written as it was."""
    written = canonical_bytes(data)
    assert written == canonical_bytes(plain_of(written))


def test_a_number_and_its_text_are_two_keys() -> None:
    """What is written for odd keys is like nothing else."""
    odd, pairs = {1: "a", "b": 2}, [['"b"', 2], ["1", "a"]]
    trees = [odd, {"1": "a", "b": 2}, {1: "a", "1": "a"}, pairs, {"": pairs}, [odd], {"b": 2}]
    assert len(trees) == len({canonical_bytes(tree) for tree in trees})


def test_types_are_told_apart() -> None:
    """A number, a switch, a text and nothing are four things."""
    assert 5 == len({sha256_hex(value) for value in (1, True, "1", 1.0, None)})


def test_the_form_is_fixed() -> None:
    """UTF-8, sorted keys, no spaces; the name is its SHA-256."""
    data = {"b": [1, None], "a": "ü", "d": dt.date(2024, 1, 2), "c": b"\x01"}
    expected = '{"a":"ü","b":[1,null],"c":"01","d":"2024-01-02"}'.encode()
    assert expected == canonical_bytes(data)
    assert hashlib.sha256(expected).hexdigest() == sha256_hex(data)


def test_half_a_character_has_bytes_too() -> None:
    """A lone surrogate, as JSON may carry one, is no crash."""
    assert canonical_bytes("\ud800")


def test_what_is_not_plain_is_refused_by_its_type() -> None:
    """The value itself is not in the message."""
    with pytest.raises(TypeError, match=r"^Hidden has no canonical form$"):
        canonical_bytes({"a": Hidden()})


class Hidden:
    def __repr__(self) -> str:
        return "CANARY"
