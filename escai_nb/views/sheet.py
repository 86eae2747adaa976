"""A table before it meets a renderer: plain values, no colour, no markup."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from typing import Literal, assert_never, overload

from escai_nb.masking import mask_uris

Cell = str | int | bool | datetime | None
"""What may stand in a cell; ``None`` is "nothing to say here"."""

ColumnKind = Literal["text", "path", "code", "id", "number", "flag", "time", "badge"]
"""
What a column holds, from which each renderer draws its form.

``path`` is a key path or a place in a file, which may be broken where its parts
meet; ``code`` is a value or a name, never broken, so that masking by known
values finds it; ``id`` is a long hexadecimal name, shortened where people read;
``flag`` is yes or no; ``number`` is whole.
"""

ID_LENGTH = 12
"""Characters of a long name that people are shown; any four that are unique would do."""


class Tone(StrEnum):
    """How a row feels; colour only repeats what the words say."""

    DANGER = "danger"
    CAUTION = "caution"
    CALM = "calm"
    GOOD = "good"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column.

    Attributes:
        name: Identifier, the name in frames and JSON.

        title: What people read.

        kind: What its cells hold.

        categories: For a closed set of words: all of them, least first.

        shown: Whether people are shown it; frames and JSON always have it.
    """

    name: str
    title: str
    kind: ColumnKind = "text"
    categories: tuple[str, ...] = ()
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Columns(Sequence[tuple[Cell, ...]]):
    """
    Rows that are made when they are looked at, of columns that are at hand whole.

    Attributes:
        cells: Of each column, all as long as the first.
    """

    cells: tuple[Sequence[Cell], ...]

    def __len__(self) -> int:
        return len(self.cells[0])

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return zip(*self.cells, strict=True)

    @overload
    def __getitem__(self, at: int) -> tuple[Cell, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[tuple[Cell, ...], ...]: ...
    def __getitem__(self, at: int | slice) -> tuple[Cell, ...] | tuple[tuple[Cell, ...], ...]:
        if isinstance(at, slice):
            return tuple(zip(*(column[at] for column in self.cells), strict=True))
        return tuple(column[at] for column in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    Rows under columns, and the words around them.

    Attributes:
        rows: Most important first; one cell for each column.

        tones: One for each row.

        summary: The whole in one line.

        empty: The sentence that stands where rows would.

        notes: Sentences below the table.

        index: Name of the column that other sheets join on.

        group: Name of the column that stands as headings over the rows where people
            read, once for all rows of the same cell; those come one after another.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    tones: tuple[Tone, ...]
    summary: str
    empty: str
    notes: tuple[str, ...] = ()
    index: str | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        """Refuse a crooked table where it is made, not where it is drawn."""
        if len(self.tones) != len(self.rows):
            message = f"{self.caption}: {len(self.rows)} rows, {len(self.tones)} tones"
            raise ValueError(message)
        # rows of columns are all as long as there are columns
        for row in self.rows[:1] if isinstance(self.rows, Columns) else self.rows:
            if len(row) != len(self.columns):
                message = f"{self.caption}: {len(row)} cells under {len(self.columns)} columns"
                raise ValueError(message)

    def by_column(self) -> Sequence[Sequence[Cell]]:
        """Give the cells of each column."""
        if isinstance(self.rows, Columns):
            return self.rows.cells
        return list(zip(*self.rows, strict=True)) or [()] * len(self.columns)

    def records(self) -> Iterator[dict[str, str | int | bool | None]]:
        """Give each row as JSON-like data, unabridged, with times in ISO form."""
        for row in self.rows:
            yield {
                column.name: cell.isoformat() if isinstance(cell, datetime) else cell
                for column, cell in zip(self.columns, row, strict=True)
            }

    def narrowed(self, *names: str) -> Sheet:
        """Return the sheet with the named columns only, in that order."""
        places = {column.name: place for place, column in enumerate(self.columns)}
        kept = [places[name] for name in names]
        return replace(
            self,
            columns=tuple(self.columns[place] for place in kept),
            rows=tuple(tuple(row[place] for place in kept) for row in self.rows),
        )

    def for_people(self) -> Sheet:
        """Return the sheet without the columns that only programs read."""
        if all(column.shown for column in self.columns):
            return self
        return self.narrowed(*(column.name for column in self.columns if column.shown))


def cell_text(column: Column, cell: Cell) -> str:
    """Write *cell* as people read it; the same words on every screen."""
    if cell is None:
        return ""
    match column.kind:
        case "time":
            return time_text(cell) if isinstance(cell, datetime) else str(cell)
        case "flag":
            return "yes" if cell else "no"
        case "id":
            return str(cell)[:ID_LENGTH]
        case "text" | "path" | "code" | "number" | "badge":
            return str(cell)
        case _:
            assert_never(column.kind)


def time_text(moment: datetime) -> str:
    """Write *moment* to the second, in UTC, and say so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def value_text(value: object) -> str:
    """
    Write a configuration value so that its type can be told.

    A string stands bare unless it could be taken for something else; the
    password of a URI inside it is masked.
    """
    if isinstance(value, str):
        shown = mask_uris(value)
        return json.dumps(shown, ensure_ascii=False) if _reads_as_something_else(shown) else shown
    if isinstance(value, Enum):
        return value_text(value.value)
    if isinstance(value, Mapping | list | tuple):
        return mask_uris(json.dumps(_plain(value), ensure_ascii=False))
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return str(value)


def _reads_as_something_else(text: str) -> bool:
    if text != text.strip() or not text.isprintable() or not text:
        return True
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    except ValueError:
        return True  # a number of more digits than Python reads
    return True


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write ``1 error`` or ``3 errors``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
