"""Typed differences of two configurations."""

from __future__ import annotations

import pytest

from escai_nb.history.change import Change, ChangeKind, Diff, changes
from escai_nb.secret import MASK

NAN = float("nan")


def test_leaves_are_compared_by_key_path_in_order():
    """Each differing leaf is one change, list positions in number order."""
    old = {
        "b": {"x": 1, "gone": True},
        "items": list(range(11)),
        "same": {"deep": [1, {"k": None}]},
    }
    new = {"items": [*range(10), 99], "b": {"x": 2}, "same": {"deep": [1, {"k": None}]}, "a": "n"}
    assert (
        Change("a", ChangeKind.ADDED, None, "n"),
        Change("b.gone", ChangeKind.REMOVED, True, None),  # noqa: FBT003
        Change("b.x", ChangeKind.CHANGED, 1, 2),
        Change("items[10]", ChangeKind.CHANGED, 10, 99),
    ) == changes(old, new)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (1, True, ChangeKind.RETYPED),
        (1, 1.0, ChangeKind.RETYPED),
        ("1", 1, ChangeKind.RETYPED),
        ([], {}, ChangeKind.RETYPED),
        (None, 5, ChangeKind.CHANGED),
        ("x", None, ChangeKind.CHANGED),
        (0.0, 1.5, ChangeKind.CHANGED),
    ],
)
def test_type_is_part_of_a_value(old, new, kind):
    """What only looks alike differs; null is a value of any type."""
    assert (Change("at", kind, old, new),) == changes({"at": old}, {"at": new})


@pytest.mark.parametrize("value", [NAN, float("nan"), None, "", [], {}, [[]], {"a": [1, {}]}])
def test_equal_leaves_are_no_change(value):
    """A value does not differ from itself, not even one that is no number."""
    assert () == changes({"at": value}, {"at": value})


def test_a_scalar_that_becomes_a_branch_is_removed_and_added():
    """No leaf is left out when a leaf turns into a mapping."""
    assert (
        Change("at", ChangeKind.REMOVED, 1, None),
        Change("at.x", ChangeKind.ADDED, None, 2),
    ) == changes({"at": 1}, {"at": {"x": 2}})


def test_filling_an_empty_place_tells_what_fills_it():
    """An empty mapping or list that gets content is no removal, and the other way round."""
    empty, filled = {"m": {}, "l": []}, {"m": {"x": 1}, "l": ["y"]}
    assert ["l[0]", "m.x"] == [change.path for change in changes(empty, filled)]
    assert {ChangeKind.REMOVED} == {change.kind for change in changes(filled, empty)}
    assert ["m"] == [change.path for change in changes(empty, {"l": []})]


def test_a_diff_keeps_hidden_values_to_itself():
    """A diff of a secret holds masks from the start, and null where nothing is set."""
    canary = "s3cr3t-canary"
    old = {"password": canary, "token": None, "port": 1}
    new = {"password": canary + "2", "token": canary, "port": 2}
    diff = Diff.between(old, new, left="a", right="b", is_hidden=lambda path: path != ("port",))
    assert [
        Change("password", ChangeKind.CHANGED, MASK, MASK),
        Change("port", ChangeKind.CHANGED, 1, 2),
        Change("token", ChangeKind.CHANGED, None, MASK),
    ] == list(diff)
    assert frozenset({"password", "token"}) == diff.hidden
    assert canary not in repr(diff) + repr(diff.to_data())


def test_a_diff_built_by_hand_is_masked_too():
    """There is no way to a diff that carries a hidden value."""
    diff = Diff((Change("p", ChangeKind.ADDED, None, "x"),), hidden=frozenset({"p"}))
    assert MASK == diff[0].new
    assert 1 == len(diff)
    assert {"p"} == {change.path for change in diff[:1]}
