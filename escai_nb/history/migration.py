"""From an earlier format of the tables to the present one, with a way back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from pathlib import Path

from escai_nb.errors import WriteFailedError
from escai_nb.history.checksum import body_checksum, stamp
from escai_nb.history.packing import unpack
from escai_nb.history.shelf import Shelf
from escai_nb.history.tables import FORMAT, SCHEMA, TABLES
from escai_nb.safefile import PRIVATE, sync_folder

CHECKSUMS = 2
"""The first format that has them; what they found before, they find afterwards."""


def backup_of(path: Path, number: int) -> Path:
    """Name the file that keeps the history at *path* as it was in format *number*."""
    return path.with_name(f"{path.name}.format-{number}")


def migrate(connection: sqlite3.Connection, path: Path, found: int) -> None:
    """
    Bring the history at *path* from format *found* to `FORMAT`, in the caller's transaction.

    What it was is kept beside it, see `backup_of`; nothing else holds the old form.

    Raises:
        WriteFailedError: If the disk refuses the copy; the history is as it was.
    """
    (now,) = connection.execute("PRAGMA user_version").fetchone()
    if now == found:  # nobody else was faster
        _keep(path, backup_of(path, found))
        _rebuild(connection, found)


def _keep(path: Path, backup: Path) -> None:
    """Copy what is committed, durably; an earlier copy, of a migration that failed, goes."""
    beside = backup.with_name(f".{backup.name}.{os.getpid():012x}.tmp")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE))
        with (
            contextlib.closing(
                sqlite3.connect(f"{Path(os.path.realpath(path)).as_uri()}?mode=ro", uri=True)
            ) as old,
            contextlib.closing(sqlite3.connect(beside)) as copy,
        ):
            old.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.rename(backup)
        sync_folder(backup.parent)
    except OSError as error:
        message = f"{backup} was not written: {error.strerror}"
        raise WriteFailedError(
            message, where=str(backup), hint="free some disk space and repeat"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _rebuild(connection: sqlite3.Connection, found: int) -> None:
    """Make the tables anew and fill them from the old ones, which go."""
    indexes = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for (name,) in map(tuple, indexes):
        connection.execute(f"DROP INDEX {name}")
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in SCHEMA:
        connection.execute(statement)
    checksum = "checksum" if found >= CHECKSUMS else "x''"
    connection.execute(
        "INSERT INTO versions SELECT number, id, parent, environment, kind, digest, revision,"  # noqa: S608  # our own literals
        " author, time, message, source, value_digest, seal, changes, state, kept,"
        f" {checksum} FROM old_versions"
    )
    _carry_contents(connection, found)
    connection.execute("INSERT INTO heads SELECT environment, version FROM old_heads")
    connection.execute("INSERT INTO tags SELECT environment, name, version FROM old_tags")
    if found < CHECKSUMS:
        for (version,) in connection.execute("SELECT id FROM versions").fetchall():
            stamp(connection, version)
    for table in reversed(TABLES):
        connection.execute(f"DROP TABLE old_{table}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _carry_contents(connection: sqlite3.Connection, found: int) -> None:
    """Take the contents over, each near the one that its stream had before."""
    near: dict[str, str | None] = {}
    before: dict[str, str] = {}
    for row in connection.execute("SELECT environment, digest FROM versions ORDER BY number"):
        near.setdefault(row["digest"], before.get(row["environment"]))
        before[row["environment"]] = row["digest"]
    shelf = Shelf(connection)
    for row in connection.execute("SELECT * FROM old_contents ORDER BY rowid"):
        plain = _plain(row, found)
        if plain is not None:
            shelf.put(row["digest"], plain, near=near.get(row["digest"]))
        else:  # damaged: it stays as it is, for verification to tell
            shelf.put_damaged(row)


def _plain(row: sqlite3.Row, found: int) -> bytes | None:
    """Return a content of an earlier format, if it is as it was written."""
    try:
        if found >= CHECKSUMS and body_checksum(row["size"], row["body"]) != row["checksum"]:
            return None
        plain = unpack(row["body"], row["size"])
    except (ValueError, TypeError):
        return None
    return plain if hashlib.sha256(plain).hexdigest() == row["digest"] else None
