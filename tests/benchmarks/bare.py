"""The floor under a history: contents as rows of one table in SQLite, each commit durable."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Numbered = tuple[int, str, Any]
"""Number, time and content of a version."""


class Bare:
    """A table of numbered contents, and nothing that tells of them."""

    def __init__(self, path: Path, rows: Iterable[Numbered] = ()) -> None:
        self._path = path
        self._table = sqlite3.connect(path, isolation_level=None)
        self._table.execute("PRAGMA journal_mode=WAL")
        self._table.execute("PRAGMA synchronous=FULL")
        self._table.execute(
            "CREATE TABLE rows (number INTEGER PRIMARY KEY, time TEXT, content BLOB)"
        )
        self._table.execute("CREATE TABLE heads (number INTEGER)")
        self._table.execute("BEGIN")
        written = ((number, time, json.dumps(content).encode()) for number, time, content in rows)
        self._table.executemany("INSERT INTO rows VALUES (?, ?, ?)", written)
        self._table.execute("COMMIT")

    def insert(self, content: Any) -> None:
        """Put one more content in, durably."""
        body = json.dumps(content).encode()
        self._commit("INSERT INTO rows (content) VALUES (?)", body)

    def insert_in_two(self, content: Any) -> None:
        """Put one more content in, and then say that it is the newest, each durably."""
        self.insert(content)
        self._commit("INSERT INTO heads VALUES (last_insert_rowid())")

    def _commit(self, statement: str, *values: object) -> None:
        self._table.execute("BEGIN IMMEDIATE")
        self._table.execute(statement, values)
        self._table.execute("COMMIT")

    def content(self, number: int) -> Any:
        """Return one content."""
        ((body,),) = self.found("SELECT content FROM rows WHERE number = ?", number)
        return json.loads(body)

    def found(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows that *query* finds."""
        return self._table.execute(query, values).fetchall()

    @property
    def bytes_a_row(self) -> float:
        """What a content takes on the disk."""
        self._table.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((count,),) = self.found("SELECT COUNT(*) FROM rows")
        return self._path.stat().st_size / count
