"""A history as rows."""

from __future__ import annotations

import datetime as dt

from escai_nb.history.version import History, Version, VersionId, VersionKind
from escai_nb.views.history_view import history_sheet
from escai_nb.views.sheet import Tone

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
FIRST = Version(
    VersionId("a" * 64), None, "staging", VersionKind.INIT, "d" * 64, 1, "ada", NOON, "first"
)
SECOND = Version(
    VersionId("b" * 64),
    FIRST.id,
    "staging",
    VersionKind.ROLLBACK,
    "e" * 64,
    2,
    "ada",
    NOON,
    "back",
    tags=("good", "old"),
    source=FIRST.id,
    changes=3,
)


def test_versions_keep_their_order_and_whole_ids():
    """Newest first, as the history has them; ids are whole, so that they join."""
    sheet = history_sheet(History((SECOND, FIRST), "staging"))
    rows = list(sheet.records())

    assert ["b" * 64, "a" * 64] == [row["version"] for row in rows]
    assert ("good, old", 3, "a" * 64) == tuple(rows[0][n] for n in ("tags", "changes", "source"))
    assert (Tone.CAUTION, Tone.GOOD) == sheet.tones


def test_one_line_names_the_newest():
    """How many there are, and which is the newest."""
    summary = history_sheet(History((SECOND, FIRST), "staging")).summary

    assert "2 versions of staging, newest bbbbbbbbbbbb, 2026-11-23 12:00:00 UTC" == summary


def test_no_versions_are_a_sentence():
    """An empty history shows itself too."""
    empty = History((), "staging")

    assert "no versions of staging" == history_sheet(empty).summary
    assert "no version yet" in empty.to_html()
    assert "datetime64[us, UTC]" == str(empty.to_frame()["time"].dtype)
