"""Reading a table in spite of damage: whatever can still be read is read."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from escai_nb.history.checksum import body_checksum
from escai_nb.history.packing import unpack
from escai_nb.history.shelf import FORMAT_WITH_BASES, plain_base

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST_ROW = 64
"""Bytes; a file of so many times as much has at most so many rows."""


BASES = 32
"""Bases that are kept unpacked while contents are looked through, each for its whole run."""


CHANGED = "its content was changed"
CHANGED_BASE = "the content that its own is written against was changed"


@dataclass(frozen=True, slots=True)
class Stored:
    """
    A content as it lies in the database.

    Attributes:
        base: Number of what it is written against, if it is.

        flaw: What is wrong with it; empty if it can be read.

        is_stamped: Whether its checksum is right.
    """

    number: int
    digest: str
    size: int
    body: bytes
    base: int | None
    flaw: str
    is_stamped: bool


def surviving_contents(connection: sqlite3.Connection) -> Iterator[Stored]:
    """Yield every content that is there, in order, and say whether it is as it was written."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()

    @lru_cache(BASES)
    def plain(number: int) -> bytes | None:
        try:
            return plain_base(connection, number)
        except sqlite3.DatabaseError:
            return None

    for row in surviving(connection, "contents"):
        base = row["base"] if found >= FORMAT_WITH_BASES else None
        try:
            flaw = _flaw_of(row, plain(base) if base is not None else b"")
            is_stamped = body_checksum(row["size"], row["body"], base) == row["checksum"]
        except (TypeError, IndexError):  # of another type, or without such a column
            is_stamped = False
        yield Stored(row["place"], row["digest"], row["size"], row["body"], base, flaw, is_stamped)


def _flaw_of(row: sqlite3.Row, base: bytes | None) -> str:
    if base is None:
        return CHANGED_BASE
    try:
        plain = unpack(row["body"], row["size"], base)
    except ValueError:
        return CHANGED
    return "" if hashlib.sha256(plain).hexdigest() == row["digest"] else CHANGED


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
