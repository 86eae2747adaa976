"""Checksums of what is stored: an edited byte is found where the chain of ids does not reach."""

from __future__ import annotations

import hashlib
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from escai_nb.digest import canonical_bytes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

COVERED = (
    "number",
    "id",
    "parent",
    "environment",
    "kind",
    "digest",
    "revision",
    "author",
    "time",
    "message",
    "source",
    "value_digest",
    "seal",
    "changes",
    "state",
    "kept",
)
"""Columns of a version, all but the checksum."""
_covered = itemgetter(*COVERED)


def body_checksum(size: int, body: bytes, base: int | None = None) -> bytes:
    """Return the checksum of a content as it is stored."""
    facts = b"%d:" % size if base is None else b"%d:%d:" % (size, base)
    return hashlib.sha256(facts + body).digest()


def row_checksum(row: sqlite3.Row | Mapping[str, Any], tags: Iterable[str]) -> bytes:
    """Return the checksum of a version's *row* and its *tags*."""
    return hashlib.sha256(canonical_bytes([_covered(row), sorted(tags)])).digest()


def stamp(connection: sqlite3.Connection, version: str) -> None:
    """Write the checksum of *version* anew, after its row or its tags were changed."""
    row = connection.execute("SELECT * FROM versions WHERE id = ?", (version,)).fetchone()
    tags = connection.execute("SELECT name FROM tags WHERE version = ?", (version,))
    checksum = row_checksum(row, (tag["name"] for tag in tags))
    connection.execute("UPDATE versions SET checksum = ? WHERE id = ?", (checksum, version))
