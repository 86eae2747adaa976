"""A Sheet as a frame: types that stay, whatever the rows."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from escai_nb.tables.frames import frame
from escai_nb.views.sheet import Column, Sheet, Tone

COLUMNS = (
    Column("path", "Key path", "code"),
    Column("severity", "Severity", "badge", ("advice", "warning", "error")),
    Column("changes", "Changes", "number"),
    Column("time", "Time", "time"),
    Column("safe", "Safe", "flag"),
)
EARLY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EAST = dt.datetime(2026, 1, 2, 5, tzinfo=dt.timezone(dt.timedelta(hours=3)))
ROWS = (
    ("api.port", "error", 3, EARLY, True),
    ("api.host", "advice", None, EAST, False),
    ("", "warning", 2**40, None, None),
)
TYPES = {
    "severity": "category",
    "changes": "Int64",
    "time": "datetime64[us, UTC]",
    "safe": "boolean",
}


def sheet(*rows):
    """A sheet of *rows* under all kinds of columns."""
    return Sheet("T", COLUMNS, rows, (Tone.CALM,) * len(rows), summary="", empty="", index="path")


@pytest.mark.parametrize("count", range(len(ROWS) + 1))
def test_types_do_not_depend_on_the_rows(count):
    """Columns have the same types with no rows, some, and missing cells among them."""
    table = frame(sheet(*ROWS[:count]))

    assert TYPES == {name: str(dtype) for name, dtype in table.dtypes.items()}
    assert ("path", "string", count) == (table.index.name, str(table.index.dtype), len(table))


def test_worst_is_greatest():
    """A severity is ordered, so that the worst can be asked for."""
    assert "error" == frame(sheet(*ROWS))["severity"].max()


def test_times_are_utc():
    """Another zone's hour is the same moment in UTC."""
    assert pd.Timestamp("2026-01-02 02:00", tz="UTC") == frame(sheet(*ROWS))["time"].iloc[1]


def test_what_is_unknown_is_missing():
    """None is a missing value of the column's own type."""
    last = frame(sheet(*ROWS)).iloc[-1]

    assert [True, True] == [pd.isna(last["time"]), pd.isna(last["safe"])]


def test_frames_join_on_the_index():
    """Two sheets about the same paths join without naming a column."""
    left, right = frame(sheet(*ROWS[:2])), frame(sheet(*ROWS[:2]))

    assert 2 == len(left.join(right.add_suffix("_b")))


def test_a_sheet_without_an_index_counts_its_rows():
    """Rows are numbered where nothing joins."""
    plain = Sheet("T", COLUMNS[:1], (("a",),), (Tone.CALM,), summary="", empty="")

    assert [0] == list(frame(plain).index)
