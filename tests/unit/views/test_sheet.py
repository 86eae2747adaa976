"""What a Sheet promises its renderers."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.secret import MASK
from escai_nb.views.sheet import Column, Sheet, Tone, cell_text, counted, value_text

ONE = (Column("path", "Key path", "code"),)


def test_crooked_rows_are_refused_where_they_are_made():
    """A row with a cell too many names the sheet."""
    with pytest.raises(ValueError, match="Things: 2 cells under 1 columns"):
        Sheet("Things", ONE, (("a", "b"),), (Tone.CALM,), summary="", empty="")


def test_every_row_has_a_tone():
    """Rows and tones are counted together."""
    with pytest.raises(ValueError, match="1 rows, 0 tones"):
        Sheet("Things", ONE, (("a",),), (), summary="", empty="")


def test_records_are_unabridged_json_like_rows():
    """Machine output keeps the whole id and writes times in ISO form."""
    columns = (Column("id", "Id", "id"), Column("time", "Time", "time"))
    moment = dt.datetime(2026, 11, 23, 1, 2, 3, tzinfo=dt.UTC)
    sheet = Sheet("T", columns, (("a" * 64, moment),), (Tone.CALM,), summary="", empty="")

    assert [{"id": "a" * 64, "time": "2026-11-23T01:02:03+00:00"}] == list(sheet.records())


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        ("id", "0123456789abcdef", "0123456789ab"),
        ("flag", True, "yes"),
        ("flag", False, "no"),
        ("number", 0, "0"),
        ("code", None, ""),
        (
            "time",
            dt.datetime(2026, 11, 23, 3, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            "2026-11-23 01:02:03 UTC",
        ),
    ],
)
def test_cells_read_the_same_on_every_screen(kind, cell, text):
    """Each kind of cell has one way to be read; what is not known is empty."""
    assert text == cell_text(Column("x", "X", kind), cell)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("8080", '"8080"'),
        (8080, "8080"),
        ("true", '"true"'),
        (True, "true"),
        ("", '""'),
        (None, "null"),
        (" x", '" x"'),
        (["a", 1], '["a", 1]'),
        ({"k": dt.date(2026, 1, 2)}, '{"k": "2026-01-02"}'),
        (Tone.GOOD, "good"),
    ],
)
def test_a_value_shows_its_type(value, text):
    """A string that could be taken for something else wears quotes."""
    assert text == value_text(value)


@given(st.recursive(st.text() | st.integers() | st.none() | st.booleans(), st.lists))
def test_different_values_never_read_alike(value):
    """What is shown as a string is a string, and all else is not."""
    shown = value_text(value)

    assert isinstance(value, str) == (shown != value_text([value])[1:-1] or shown.startswith('"'))


@given(st.lists(st.text("abcdefgh", min_size=8, max_size=8), min_size=1))
def test_passwords_inside_uris_are_masked(words):
    """Wherever a URI with a password stands in a value, its password is masked."""
    uris = [f"postgresql://user:{word}@host/db" for word in words]

    assert not any(word in value_text(uris) for word in words)
    assert MASK in value_text(uris[0])


def test_nouns_are_counted():
    """One thing, two things."""
    assert ["1 row", "2 rows", "2 pieces of advice"] == [
        counted(1, "row"),
        counted(2, "row"),
        counted(2, "piece of advice", "pieces of advice"),
    ]
