"""Contents in the database: each stands alone, or is written against one that does, its base."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escai_nb.history.checksum import body_checksum
from escai_nb.history.packing import pack, unpack

if TYPE_CHECKING:
    import sqlite3

RUN = 32
"""
Contents that are lost with one, if it is damaged: a base, and those written against it.

A longer run saves little: its base is then two bytes in a hundred of what it was.
"""
RESEMBLANCE = 4
"""What takes more than this part of its base stands alone, so that the next ones resemble it."""
FORMAT_WITH_BASES = 3
"""Before it, each content stands alone."""


@dataclass(slots=True)
class _Base:
    """A content that stands alone; *followers* are written against it."""

    number: int
    plain: bytes
    stored: int
    followers: int


class Shelf:
    """Keeps contents in the database behind *connection*, within the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._near: dict[str, _Base] = {}
        self._last: int
        (self._last,) = connection.execute(
            "SELECT COALESCE(MAX(number), 0) FROM contents"
        ).fetchone()

    def put(self, digest: str, plain: bytes, *, near: str | None) -> None:
        """
        Keep *plain* under its *digest*, unless it is there already.

        *near* is the digest of a content that it resembles, such as the one before it.
        """
        here = "SELECT 1 FROM contents WHERE digest = ?"
        if self._connection.execute(here, (digest,)).fetchone() is not None:
            return
        base = self._base_of(near) if near is not None else None
        body = pack(plain, base.plain) if base and base.followers < RUN - 1 else b""
        if base is None or not body or len(body) > base.stored // RESEMBLANCE:
            base, body = None, pack(plain)
        number = self._insert(digest, plain, body, base)
        self._near.pop(near or "", None)
        if base is None:
            base = _Base(number, plain, len(body), 0)
        else:
            base.followers += 1
        self._near[digest] = base

    def put_damaged(self, row: sqlite3.Row) -> None:
        """Keep a content that is not as it was written, so that this can be told."""
        self._last += 1
        self._connection.execute(
            "INSERT INTO contents (number, digest, size, body, checksum) VALUES (?, ?, ?, ?, x'')",
            (self._last, row["digest"], row["size"], row["body"]),
        )

    def _insert(self, digest: str, plain: bytes, body: bytes, base: _Base | None) -> int:
        place = base.number if base is not None else None
        checksum = body_checksum(len(plain), body, place)
        self._last += 1
        self._connection.execute(
            "INSERT INTO contents (number, digest, size, body, base, checksum)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self._last, digest, len(plain), body, place, checksum),
        )
        return self._last

    def _base_of(self, digest: str) -> _Base | None:
        """Return what the content with this *digest* is written against, or else itself."""
        if digest in self._near:
            return self._near[digest]
        row = self._connection.execute(
            "SELECT b.number, LENGTH(b.body) AS stored,"
            " (SELECT COUNT(*) FROM contents AS f WHERE f.base = b.number) AS followers"
            " FROM contents AS c JOIN contents AS b ON b.number = COALESCE(c.base, c.number)"
            " WHERE c.digest = ?",
            (digest,),
        ).fetchone()
        plain = plain_base(self._connection, row["number"]) if row is not None else None
        if plain is None:
            return None
        return _Base(row["number"], plain, row["stored"], row["followers"])


def sweep(connection: sqlite3.Connection, digest: str) -> None:
    """Delete the content with this digest, and then its base, unless a version needs them."""
    row = connection.execute(
        "SELECT number, base FROM contents WHERE digest = ?", (digest,)
    ).fetchone()
    for number in () if row is None else (row["number"], row["base"]):
        connection.execute(
            "DELETE FROM contents WHERE number = :number"
            " AND NOT EXISTS (SELECT 1 FROM contents AS c WHERE c.base = :number)"
            " AND NOT EXISTS (SELECT 1 FROM versions"
            " WHERE versions.digest = contents.digest AND kept = 1)",
            {"number": number},
        )


def stored_content(connection: sqlite3.Connection, digest: str) -> bytes | None:
    """
    Return the content with this *digest*, not checked; nothing if it is not there.

    Raises:
        ValueError: If it, or what it is written against, cannot be read.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found < FORMAT_WITH_BASES:
        query = "SELECT size, body, NULL AS base FROM contents WHERE digest = ?"
    else:
        query = "SELECT size, body, base FROM contents WHERE digest = ?"
    row = connection.execute(query, (digest,)).fetchone()
    if row is None:
        return None
    if row["base"] is None:
        return unpack(row["body"], row["size"])
    base = plain_base(connection, row["base"])
    if base is None:
        message = "what it is written against is damaged"
        raise ValueError(message)
    return unpack(row["body"], row["size"], base)


def plain_base(connection: sqlite3.Connection, number: int) -> bytes | None:
    """Return the content that stands alone under this *number*; nothing if it is damaged."""
    row = connection.execute(
        "SELECT digest, size, body FROM contents WHERE number = ? AND base IS NULL", (number,)
    ).fetchone()
    if row is None:
        return None
    try:
        plain = unpack(row["body"], row["size"])
    except ValueError:
        return None
    return plain if hashlib.sha256(plain).hexdigest() == row["digest"] else None
