"""Values that are carried and never shown."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.secret import MASK, Guarded, Secret, conceal, reveal

CANARY = "CANARY-of-a-secret"
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, "{:>40}".format, "%s".__mod__, "{!r}".format, ascii]
)
def test_no_way_of_writing_shows_it(show: Any) -> None:
    """The mask stands in its place, alone and inside of a container."""
    assert MASK in show(Secret(CANARY))
    assert CANARY not in show(Secret(CANARY))
    assert CANARY not in repr({"a": [Secret(CANARY)]})


@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_not_carried_away(carry: Any) -> None:
    """No pickle, no copy; the error does not show it."""
    with pytest.raises(TypeError) as caught:
        carry(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_it_opens_in_one_place() -> None:
    """``open`` gives what was put in; there is no other attribute to read."""
    assert CANARY == Secret(CANARY).open()
    with pytest.raises(TypeError):
        vars(Secret(CANARY))


@given(SCALARS, SCALARS)
def test_secrets_are_equal_when_their_contents_are(left: object, right: object) -> None:
    """Of the same type and value; what is equal has the same hash."""
    same = type(left) is type(right) and left == right
    assert same is (Secret(left) == Secret(right))
    assert not same or hash(Secret(left)) == hash(Secret(right))
    assert Secret(left) != left


@given(TREES, st.sets(st.sampled_from(["a", "b", ""])))
def test_reveal_undoes_conceal(tree: Any, names: set[str]) -> None:
    """Any tree is given back; no secret scalar stands open in between."""
    concealed = conceal(tree, lambda path, _: bool(path) and path[-1] in names)
    assert tree == reveal(concealed)


def test_conceal_asks_path_and_value() -> None:
    """Only scalars are wrapped, null stays, a secret is not wrapped twice."""
    seen: list[tuple[object, object]] = []

    def is_secret(path: tuple[str | int, ...], value: object) -> bool:
        seen.append((path, value))
        return value == CANARY

    tree = {"a": [CANARY, "open", None], "b": Secret("x")}
    concealed = conceal(tree, is_secret)
    assert CANARY not in repr(concealed)
    assert [Secret(CANARY), "open", None] == concealed["a"]
    assert Secret("x") == concealed["b"]
    assert [(("a", 0), CANARY), (("a", 1), "open")] == seen


def test_values_that_hold_secrets_are_guarded() -> None:
    """The mixin hides the object and keeps it from being pickled."""

    class Held(Guarded):
        def __init__(self) -> None:
            self.content = CANARY

    assert "<Held hidden>" == repr(Held())
    with pytest.raises(TypeError):
        pickle.dumps(Held())
