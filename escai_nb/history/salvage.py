"""Reading a table in spite of damage: whatever can still be read is read."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST_ROW = 64
"""Bytes; a file of so many times as much has at most so many rows."""


def surviving(connection: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """
    Yield every row of *table* that can be read, in the order in which they came.

    A scan ends at the first damaged page; then each row behind it is asked for
    by its number. Nothing is yielded where not even the table is known.
    """
    last = 0
    try:
        for row in connection.execute(f"SELECT rowid AS place, * FROM {table} ORDER BY rowid"):  # noqa: S608  # our own names
            last = row["place"]
            yield row
    except sqlite3.DatabaseError:
        yield from _behind(connection, table, last)


def _behind(connection: sqlite3.Connection, table: str, last: int) -> Iterator[sqlite3.Row]:
    query = f"SELECT rowid AS place, * FROM {table} WHERE rowid = ?"  # noqa: S608
    for place in range(last + 1, last + 1 + _bound(connection)):
        try:
            row = connection.execute(query, (place,)).fetchone()
        except sqlite3.DatabaseError:
            continue
        if row is not None:
            yield row


def _bound(connection: sqlite3.Connection) -> int:
    """Return a number that the file has no more rows than."""
    try:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    except sqlite3.DatabaseError:
        return 0
    return int(pages * size // SMALLEST_ROW)
