"""Drawing: one sheet in aligned columns, framed, or as JSON."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.cli.command import Call
from escai_nb.cli.terminal import (
    confirm,
    draw,
    draw_stacked,
    draw_tall,
    fits,
    require_reveal,
    show,
    value_text,
)
from escai_nb.errors import UsageError
from escai_nb.history.change import Change, ChangeKind, Diff
from escai_nb.views.sheet import Column, Sheet, Tone
from escai_nb.views.text import neutral, width


def call(**more):
    """A call with only the telling options given."""
    given = {
        "config_dir": Path("config"),
        "environment": None,
        "spec": None,
        "format": "text",
        "color": "auto",
        "quiet": False,
        "verbose": False,
    }
    return Call(**{**given, **more})


SHEET = Sheet(
    caption="Things",
    columns=(
        Column("path", "Path", "code"),
        Column("count", "Count", "number"),
        Column("state", "State", "badge"),
    ),
    rows=(("a.b", 7, "bad"), ("日本", 12, "good\x1b[31m")),
    tones=(Tone.DANGER, Tone.GOOD),
    summary="2 things",
    empty="nothing.",
    notes=("Mind the gap.",),
)


def test_columns_are_aligned_in_a_pipe(capsys):
    """Words stand left, numbers right, wide characters count twice."""
    draw(call(), SHEET)
    assert [
        "Path  Count  State",
        "a.b       7  bad",
        "日本     12  good\\x1b[31m",
        "Mind the gap.",
    ] == capsys.readouterr().out.splitlines()


def test_columns_can_be_chosen(capsys):
    """Only the named columns are drawn, in the sheet's order."""
    draw(call(), SHEET, only=("state", "path"))
    assert "Path  State" == capsys.readouterr().out.splitlines()[0]


def test_a_row_can_be_a_paragraph(capsys):
    """Its head stands in the first line, every other cell below with its title."""
    draw_tall(SHEET, head=("state", "path"))
    assert [
        "bad  a.b",
        "    Count: 7",
        "good\\x1b[31m  日本",
        "    Count: 12",
        "Mind the gap.",
    ] == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(("columns", "expected"), [("28", False), ("29", True)])
def test_a_table_fits_where_no_word_is_broken(columns, expected, monkeypatch, capsys):
    """What is said to fit is drawn without a broken word; a pipe takes any width."""
    monkeypatch.setenv("COLUMNS", columns)
    columns_of = (*SHEET.columns[:2], Column("state", "State"))
    rows = (("a.bcd.efg", 7, "quite bad in more than one way"),)
    words = Sheet("c", columns_of, rows, (Tone.DANGER,), "s", "e")
    names = ("path", "count", "state")

    assert fits(call(color="always"), words, only=names) is expected
    assert fits(call(), words, only=names)
    draw(call(color="always"), words)
    drawn = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(map(len, drawn.splitlines())) <= int(columns)
    assert ("a.bcd.efg" in drawn and "quite" in drawn) or not expected


def test_on_a_narrow_screen_each_row_is_a_short_paragraph(monkeypatch, capsys):
    """Its text stands below, broken between words; colour lies on the first word alone."""
    monkeypatch.setenv("COLUMNS", "20")
    rows = (("database_port", 7, "too many of them\x1b[31m to hold"),)
    sheet = Sheet("c", SHEET.columns, rows, (Tone.DANGER,), "s", "e", notes=("Mind the gap.",))
    draw_stacked(call(), sheet, head=("path", "count"), below="state")
    expected = [
        "database_port  7",
        "    too many of",
        "    them\\x1b[31m to",
        "    hold",
        "Mind the gap.",
    ]
    assert expected == capsys.readouterr().out.splitlines()
    draw_stacked(call(color="always"), sheet, head=("path", "count"), below="state")
    assert "\x1b[31mdatabase_port\x1b[0m  7" == capsys.readouterr().out.splitlines()[0]


def test_no_rows_are_a_sentence(capsys):
    """An empty sheet says so."""
    draw(call(), Sheet("c", SHEET.columns, (), (), "s", "nothing."))
    assert "nothing.\n" == capsys.readouterr().out


def test_colour_adds_and_does_not_tell(capsys):
    """Framed and without its escapes, the sheet has the same words, and none of the values' own."""
    draw(call(color="always"), SHEET)
    drawn = capsys.readouterr().out
    assert "\x1b[31mbad" in drawn
    bare = re.sub(r"\x1b\[[0-9;]*m", "", drawn)
    assert "\x1b" not in bare
    for word in ("Things", "Path", "a.b", "12", "bad", "日本", "Mind the gap."):
        assert word in bare


def test_json_is_whole_and_alone(capsys):
    """As JSON a value is its data, whatever columns a table would have."""
    show(call(format="json"), Diff((Change("a", ChangeKind.ADDED, None, 1),)), only=("path",))
    assert '"changes"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"), [("a b", "a b"), (None, "null"), (True, "true"), ([1, "ü"], '[1, "ü"]')]
)
def test_a_value_for_scripts_is_bare_text_or_json(value, text):
    """A string stands as it is, all else as JSON."""
    assert text == value_text(value)


def test_nobody_to_ask_is_not_a_yes():
    """Without a terminal a question is answered by --yes or not at all."""
    confirm("sure?", yes=True)
    with pytest.raises(UsageError) as refusal:
        confirm("sure?", yes=False)
    assert "--yes" in refusal.value.hint


def test_secrets_go_into_a_pipe_only_when_asked_twice(capsys):
    """--reveal alone is for a terminal."""
    require_reveal(reveal=False, yes=False)
    require_reveal(reveal=True, yes=True)
    with pytest.raises(UsageError):
        require_reveal(reveal=True, yes=False)
    assert "" == capsys.readouterr().out


@given(st.text(st.characters(codec="utf-8")))
def test_neutral_text_is_one_printable_line(text):
    """Nothing that a terminal would obey is left, and ordinary text stays as it is."""
    shown = neutral(text)
    assert shown.replace(" ", " ").isprintable() or not re.search(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown
    )
    assert shown == neutral(shown)
    if text.isprintable():
        assert text == shown


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1)])
def test_width_is_what_a_terminal_takes(text, columns):
    """Wide characters take two columns, combining ones none."""
    assert columns == width(text)
