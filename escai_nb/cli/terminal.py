"""What a command says: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from escai_nb.cli.stdout import result
from escai_nb.errors import RefusedError, UsageError
from escai_nb.views.text import neutral, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from escai_nb.cli.command import Call
    from escai_nb.display import Showable
    from escai_nb.views.sheet import Column, Sheet

_STYLES = {"danger": "red", "caution": "yellow", "calm": "cyan", "good": "green", "neutral": ""}
_GAP = "  "
_INDENT = "    "
_WHOLE_WORDS = frozenset({"path", "code", "id", "number", "flag", "time", "badge"})
"""Kinds of columns whose cells are not broken at spaces."""


def has_color(call: Call) -> bool:
    """Tell whether stdout gets colour and frames."""
    if call.color != "auto":
        return call.color == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return result().isatty() and not plain


def say(text: str = "") -> None:
    """Write lines of the result; what a terminal would obey is escaped there, and only there."""
    if result().isatty():
        text = "\n".join(map(neutral, text.split("\n")))
    click.echo(text, result(), color=True)  # a pipe gets what stands there, whole


def note(call: Call, text: str) -> None:
    """Write a line that is not part of the result, unless the call is quiet."""
    if not call.quiet:
        click.echo(text, err=True)


def point_to_doctor(call: Call) -> None:
    """Tell who got no answer where to find the reason with its remedy."""
    note(call, "  hint: escai config doctor looks at files, keys and history, and names remedies")


def emit(data: object) -> None:
    """Write *data* as the one JSON document of this call; a terminal obeys nothing of it."""
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    if not text.replace("\n", "").isprintable():
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    click.echo(text, result())


def show(call: Call, value: Showable, *, only: Sequence[str] = ()) -> None:
    """
    Draw *value* as the call asks for: as JSON, or as a table.

    *only* names the columns of the table; JSON is always whole.
    """
    if call.is_json:
        emit(value.to_data())  # type: ignore[attr-defined]  # all that is shown here has it
        return
    draw(call, value.to_sheet(), only=only)


def draw(call: Call, sheet: Sheet, *, only: Sequence[str] = ()) -> None:
    """Draw *sheet*: framed and coloured on a terminal, in aligned columns elsewhere."""
    places = [n for n, c in enumerate(sheet.columns) if (c.name in only if only else c.shown)]
    if not sheet.rows:
        say(neutral(sheet.empty))
    elif has_color(call):
        _draw_framed(sheet, places)
    else:
        _draw_plain(sheet, places)
    for remark in sheet.notes:
        say(neutral(remark))


def fits(call: Call, sheet: Sheet, *, only: Sequence[str]) -> bool:
    """Tell whether `draw` needs no line longer than the screen, and breaks no word on it."""
    if not (result().isatty() or call.color == "always"):
        return True
    places = [n for n, column in enumerate(sheet.columns) if column.name in only]
    return _room_needed(sheet, places, framed=has_color(call)) <= _columns()


def _room_needed(sheet: Sheet, places: Sequence[int], *, framed: bool) -> int:
    """Return the columns of a table; framed, its texts may be broken between words."""
    total = 0
    for n, cells in zip(places, zip(*_cells(sheet, places), strict=True), strict=True):
        column = sheet.columns[n]
        parts = [
            part
            for cell in (column.title, *cells)
            for part in (cell.split() if framed and column.kind == "text" else [cell])
        ]
        total += max(map(width, parts), default=0)
    between, edges = (3, 4) if framed else (len(_GAP), 0)
    return total + between * (len(places) - 1) + edges


def _columns() -> int:
    import shutil  # with four ways of compressing; most output is no table

    return shutil.get_terminal_size().columns


def draw_stacked(call: Call, sheet: Sheet, *, head: Sequence[str], below: str) -> None:
    """Draw each row as a line of the columns *head* and, under it, the text of column *below*."""
    import textwrap

    from escai_nb.views.sheet import cell_text

    room = max(_columns(), 2 * len(_INDENT))
    for row, tone in zip(sheet.rows, sheet.tones, strict=True):
        cells = {
            column.name: neutral(cell_text(column, cell))
            for column, cell in zip(sheet.columns, row, strict=True)
        }
        line = _GAP.join(cells[name] for name in head if cells[name])
        if has_color(call) and (color := _STYLES[tone.value]):
            first = cells[head[0]]
            line = click.style(first, fg=color) + line.removeprefix(first)
        click.echo(line, result(), color=True)
        for part in textwrap.wrap(cells[below], room - len(_INDENT), break_on_hyphens=False):
            click.echo(f"{_INDENT}{part}", result(), color=True)
    for remark in sheet.notes:
        say(neutral(remark))


def draw_tall(sheet: Sheet, *, head: Sequence[str]) -> None:
    """Draw each row as a paragraph: the columns of *head* in its first line, the others below."""
    from escai_nb.views.sheet import cell_text

    if not sheet.rows:
        say(neutral(sheet.empty))
    sheet = sheet.for_people()
    for row in sheet.rows:
        cells = {
            column.name: (column.title, neutral(cell_text(column, cell)))
            for column, cell in zip(sheet.columns, row, strict=True)
        }
        say(_GAP.join(cells[name][1] for name in head if cells[name][1]))
        for name, (title, text) in cells.items():
            if text and name not in head:
                say(f"{_INDENT}{title}: {text}")
    for remark in sheet.notes:
        say(neutral(remark))


def _cells(sheet: Sheet, places: Sequence[int]) -> list[list[str]]:
    from escai_nb.views.sheet import cell_text

    return [[neutral(cell_text(sheet.columns[n], row[n])) for n in places] for row in sheet.rows]


def _draw_plain(sheet: Sheet, places: Sequence[int]) -> None:
    columns = [sheet.columns[n] for n in places]
    table = [[column.title for column in columns], *_cells(sheet, places)]
    widths = [max(map(width, cells)) for cells in zip(*table, strict=True)]
    for row in table:
        cells = (
            _padded(cell, room, column)
            for cell, room, column in zip(row, widths, columns, strict=True)
        )
        say(_GAP.join(cells).rstrip())


def _padded(cell: str, room: int, column: Column) -> str:
    space = " " * (room - width(cell))
    return space + cell if column.kind == "number" else cell + space


def _draw_framed(sheet: Sheet, places: Sequence[int]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(neutral(sheet.caption)), box=box.SIMPLE_HEAD, title_justify="left")
    is_wide = _room_needed(sheet, places, framed=True) <= _columns()
    for column in (sheet.columns[n] for n in places):
        table.add_column(
            Text(column.title),
            justify="right" if column.kind == "number" else "left",
            overflow="fold",
            no_wrap=column.kind in (_WHOLE_WORDS if is_wide else _WHOLE_WORDS - {"path", "code"}),
        )
    for cells, tone in zip(_cells(sheet, places), sheet.tones, strict=True):
        kinds = (sheet.columns[n].kind for n in places)
        styles = (_STYLES[tone.value] if kind == "badge" else "" for kind in kinds)
        table.add_row(*(Text(c, style=s) for c, s in zip(cells, styles, strict=True)))
    Console(file=result(), force_terminal=True, highlight=False).print(table)


def confirm(question: str, *, yes: bool, piped: bool = False) -> None:
    """
    Return once *question* is answered with yes, by an option or by a person.

    With *piped*, also by a line of what is piped in, each of which answers one question.

    Raises:
        UsageError: If there is nobody to ask.
        RefusedError: If the answer is no.
    """
    if yes:
        return
    nobody = UsageError(
        f"nobody is here to answer: {question}",
        hint="repeat with --yes, or look first with --dry-run",
    )
    is_person = sys.stdin.isatty() and sys.stderr.isatty()
    if not (is_person or piped):
        raise nobody
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if is_person:
            raise
        raise nobody from None
    if not agreed:
        message = "you said no; nothing was changed"
        raise RefusedError(message, code="declined")


def require_reveal(*, reveal: bool, yes: bool) -> None:
    """
    Return if secrets may be shown: to a person on a terminal, or with ``--yes``.

    Raises:
        UsageError: If they would go into a file or a pipe unasked.
    """
    if reveal and not yes and not result().isatty():
        message = "--reveal would write secrets into something that is not a terminal"
        raise UsageError(message, hint="add --yes if that is what you want")


@contextlib.contextmanager
def progress(call: Call) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give a callback of (what, done, total) that draws one line on a terminal's stderr."""
    if call.quiet or not sys.stderr.isatty():
        yield None
        return

    def advance(what: str, done: int, total: int) -> None:
        click.echo(f"\r\x1b[2K[{done}/{total}] {neutral(what)}", err=True, nl=False)

    try:
        yield advance
    finally:
        click.echo("\r\x1b[2K", err=True, nl=False)


def say_value(value: Any) -> None:  # noqa: ANN401
    """Write one value; see `say`."""
    say(value_text(value))


def value_text(value: Any) -> str:  # noqa: ANN401  # any plain value
    """Write one value for scripts: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
