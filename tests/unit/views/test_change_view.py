"""A difference as rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from escai_nb.history.change import Diff
from escai_nb.secret import MASK
from escai_nb.views.change_view import diff_sheet

OLD = {"port": 1, "gone": "x", "token": "hunter2-hunter2", "kept": True, "empty": ""}
NEW = {"port": "1", "new": None, "token": "hunter3-hunter3", "kept": True, "empty": "y"}


def diff(old, new):
    """The changes between two mappings whose ``token`` is a secret."""
    return Diff.between(old, new, left="A", right="B", is_hidden=lambda path: "token" in path)


def test_each_change_says_what_happened():
    """Added, removed, changed, retyped; values show their type."""
    rows = [tuple(row.values()) for row in diff_sheet(diff(OLD, NEW)).records()]

    assert [
        ("empty", "changed", '""', "y", False),
        ("gone", "removed", "x", None, False),
        ("new", "added", None, "null", False),
        ("port", "retyped", "1", '"1"', False),
        ("token", "changed", MASK, MASK, True),
    ] == rows


@given(st.text("abcdefgh", min_size=12), st.text("abcdefgh", min_size=12))
def test_a_secret_only_changed(old, new):
    """Neither side of a secret is in the rows, the frame or the HTML."""
    made = diff({"token": old}, {"token": new})
    shown = made.to_html() + repr(diff_sheet(made))

    assert old not in shown
    assert new not in shown


def test_no_changes_are_a_sentence():
    """Two equal sides."""
    assert "no changes from A to B" == diff_sheet(diff(OLD, OLD)).summary
