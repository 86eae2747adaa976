"""Small facts that a workspace remembers beside its versions, such as how far something got."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from escai_nb.history.database import connect, create, exists, failures, read, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

_TABLE = "CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL)"


def read_marks(path: Path) -> dict[str, str]:
    """
    Return every mark in the history at *path*; none if there is no such file.

    Raises:
        UnavailableError: If the file cannot be read, or is not a history.
    """
    return read(path, marks_in) if exists(path) else {}


def marks_in(connection: sqlite3.Connection) -> dict[str, str]:
    """Return every mark of the history behind *connection*."""
    table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'marks'").fetchone()
    rows = connection.execute("SELECT name, value FROM marks") if table else ()
    return {row["name"]: row["value"] for row in rows}


def set_marks(path: Path, marks: Mapping[str, str]) -> None:
    """
    Put *marks* into the history at *path*, all or none, durably.

    Raises:
        UnavailableError: If the file cannot be written, or is not a history.
    """
    if not exists(path):
        create(path)
    with (
        contextlib.closing(connect(path)) as connection,
        failures(path, writing=True),
        transaction(connection),
    ):
        put_marks(connection, marks)


def put_marks(connection: sqlite3.Connection, marks: Mapping[str, str]) -> None:
    """Put *marks* into the history behind *connection*."""
    connection.execute(_TABLE)
    connection.executemany(
        "INSERT INTO marks (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        sorted(marks.items()),
    )
