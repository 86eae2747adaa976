"""
A Sheet as semantic HTML that any viewer shows, trusted or not.

No script, no ids, no style element: JupyterLab's sanitizer for untrusted
output and GitHub drop them. Text takes the colour of the page, so it reads on
light and on dark; only a badge sets a colour, and then both of its colours.
What a configuration says is shown, never obeyed: escaped, control and direction
characters written as escapes, and of a very long text its beginning.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from escai_nb.views.sheet import Tone, cell_text, counted
from escai_nb.views.text import clipped, neutral

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from escai_nb.views.sheet import Cell, Column, Sheet

MOST_ROWS = 200
"""Rows that are drawn; a browser stays quick, and nobody reads more at once."""

MOST_CHARACTERS = 500
"""Characters of one text that are drawn; the longest reason of a rule has a quarter of that."""

BADGES = {
    Tone.DANGER: ("✖", "#b3261e", "#ffffff"),
    Tone.CAUTION: ("▲", "#f2c037", "#1f1f1f"),
    Tone.CALM: ("●", "#1a5fb4", "#ffffff"),
    Tone.GOOD: ("✔", "#1b6e3c", "#ffffff"),
    Tone.NEUTRAL: ("○", "#5e5c64", "#ffffff"),
}
"""Sign, background and text of each tone; every pair has a contrast of at least 4.5."""

_JOINTS = re.compile(r"(?<=[.:/_,])(?=\w)")
_LONG_WORD = re.compile(r"\w{31,}")
_LONG_NAME = re.compile(r"\S{25,}")
"""What holds a column of texts wide, most often the key path of a field."""
_PIECE = re.compile(r".{1,10}")
"""Of a long word; a line may end after it also where no style is kept."""

_CELL = "text-align:left;vertical-align:top;padding:0.25em 0.75em"
_TIME = f"{_CELL};white-space:nowrap"
_NUMBER = "text-align:right;vertical-align:top;padding:0.25em 0.75em"
_STYLES = {"number": _NUMBER, "time": _TIME}
_GROUP = "text-align:left;font-weight:bold;padding:0.9em 0.75em 0.25em"
_CAPTION = "caption-side:top;text-align:left;font-weight:bold;padding:0.25em 0"
_CODE = '<code style="background:none">'
"""Some viewers paint a box behind each line, which hides what hangs from the line above: "_"."""
_BADGE = "border-radius:0.6em;padding:0.1em 0.6em;white-space:nowrap"


def html(sheet: Sheet, limit: int = MOST_ROWS, linked: Container[str] = ()) -> str:
    """
    Draw the first *limit* rows of *sheet*; the same bytes for the same sheet.

    A key path that is *linked* is drawn as a button that leads there.
    """
    sheet = sheet.for_people()
    body = _table(sheet, limit, linked) if sheet.rows else [_nothing(sheet)]
    left_out = len(sheet.rows) - limit
    if left_out > 0:
        body.append(
            f"<p>… and {counted(left_out, 'more row')}; <code>.to_frame()</code> has all.</p>"
        )
    body += [f"<p>{_said(note)}</p>" for note in sheet.notes]
    return "\n".join(body)


def badge(word: str, tone: Tone) -> str:
    """Draw *word* with its sign on the colour of *tone*."""
    sign, background, text = BADGES[tone]
    style = f"background-color:{background};color:{text};{_BADGE}"
    return f'<span style="{style}">{sign} {_said(word)}</span>'


def _nothing(sheet: Sheet) -> str:
    return f"<p><strong>{_said(sheet.caption)}</strong>: {_said(sheet.empty)}</p>"


def _said(text: str) -> str:
    """Write *text* in one line, so that a viewer only shows it."""
    return escape(neutral(clipped(text, MOST_CHARACTERS)))


def _table(sheet: Sheet, limit: int, linked: Container[str]) -> list[str]:
    heads = (
        f'<th scope="col" style="{_style(column)}">{escape(column.title)}</th>'
        for column in sheet.columns
        if column.name != sheet.group
    )
    lines = [
        "<table>",
        f'<caption style="{_CAPTION}">{_said(sheet.caption)}</caption>',
        f"<thead><tr>{''.join(heads)}</tr></thead>",
    ]
    tones = iter(sheet.tones)
    for heading, rows in _groups(sheet, limit):
        lines += ["<tbody>", *heading]
        for row in rows:
            cells, tone = zip(sheet.columns, row, strict=True), next(tones)
            drawn = (_cell(sheet, *cell, tone, linked) for cell in cells)
            lines.append(f"<tr>{''.join(drawn)}</tr>")
        lines.append("</tbody>")
    return [*lines, "</table>"]


def _groups(sheet: Sheet, limit: int) -> Iterator[tuple[list[str], Sequence[tuple[Cell, ...]]]]:
    """Give the rows that are drawn under their headings: name, and how many there are of it."""
    names = [column.name for column in sheet.columns]
    if sheet.group not in names:
        yield [], sheet.rows[:limit]
        return
    place = names.index(sheet.group)
    counts = Counter(row[place] for row in sheet.rows)
    for cell, group in groupby(sheet.rows[:limit], key=lambda row: row[place]):
        rows = list(group)
        part = "" if len(rows) == counts[cell] else f"{len(rows)} of "
        said = _said(f"{cell_text(sheet.columns[place], cell)} ({part}{counts[cell]})")
        span = f'colspan="{len(names) - 1}" scope="rowgroup" style="{_GROUP}"'
        yield [f'<tr><th {span}><span role="heading" aria-level="4">{said}</span></th></tr>'], rows


def _cell(sheet: Sheet, column: Column, cell: Cell, tone: Tone, linked: Container[str]) -> str:
    if column.name == sheet.group:
        return ""
    drawn = _content(column, cell, tone, linked)
    if column.name == sheet.index:
        return f'<th scope="row" style="{_style(column)}">{drawn}</th>'
    return f'<td style="{_style(column)}">{drawn}</td>'


def _content(column: Column, cell: Cell, tone: Tone, linked: Container[str]) -> str:
    text = cell_text(column, cell)
    if not text:
        return ""
    if column.kind == "badge":
        return badge(text, tone)
    lines = "\n".join(map(neutral, clipped(text, MOST_CHARACTERS).split("\n")))
    if column.kind == "path":
        path, *place = lines.split("\n")
        head = _link(path) if path in linked else _breakable(path)
        return f"{_CODE}{'<br>'.join([head, *map(_breakable, place)])}</code>"
    if column.kind in {"code", "id"}:
        return f"{_CODE}{_in_pieces(lines)}</code>"
    return _prose(lines).replace("\n", "<br>")


def _link(path: str) -> str:
    leads = f'data-to="{escape(path)}" title="Show in the form"'
    return f"<button {leads}>{_breakable(path)}</button>"


def _prose(text: str) -> str:
    """Escape *text*, and let a line end where the parts of a long name in it meet."""
    parts, end = [], 0
    for name in _LONG_NAME.finditer(text):
        parts += [_in_pieces(text[end : name.start()]), _breakable(name[0])]
        end = name.end()
    return "".join([*parts, _in_pieces(text[end:])])


def _breakable(text: str) -> str:
    """Let a long path go on in the next line where its parts meet."""
    return "<wbr>".join(map(_in_pieces, _JOINTS.split(text)))


def _in_pieces(text: str) -> str:
    """Escape *text*, and let a line end inside of a word that is longer than a cell is wide."""
    parts, end = [], 0
    for word in _LONG_WORD.finditer(text):
        pieces = _PIECE.findall(word[0])
        parts += [escape(text[end : word.start()]), "<wbr>".join(map(escape, pieces))]
        end = word.end()
    return "".join([*parts, escape(text[end:])])


def _style(column: Column) -> str:
    return _STYLES.get(column.kind, _CELL)
