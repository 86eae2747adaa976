"""Where versions are kept: one SQLite file, written in two steps."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Protocol

from escai_nb.digest import canonical_bytes
from escai_nb.errors import (
    EscaiError,
    HeadMovedError,
    RefusedError,
    TargetExistsError,
    UnavailableError,
    VersionUnknownError,
)
from escai_nb.history.address import require_tag_name
from escai_nb.history.checksum import stamp
from escai_nb.history.database import (
    connect,
    create,
    damaged,
    exists,
    failures,
    has_remains,
    identity,
    transaction,
)
from escai_nb.history.joining import take_in
from escai_nb.history.log import has_lost_commits
from escai_nb.history.reading import HistoryReader, unknown, version_row
from escai_nb.history.rows import checked, drafted, insert_version, version_of
from escai_nb.history.shelf import Shelf, sweep
from escai_nb.history.version import SHORT, VersionId

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from escai_nb.history.joining import TakenIn
    from escai_nb.history.version import Draft, Version


class VersionStore(Protocol):
    """
    What a workspace needs of a place that keeps versions.

    A version is written in two steps, so that a crash between them leaves the
    head where it was: `begin` makes a pending row, `confirm` moves the head to
    it. The next writer confirms or drops what it finds `pending`.
    """

    def begin(self, draft: Draft, content: Mapping[str, Any]) -> Version:
        """Keep *content* as a pending version on top of the head of its stream."""

    def confirm(self, *versions: str) -> Version:
        """Make each of the pending *versions* the head of its stream, or none."""

    def drop(self, *versions: str) -> None:
        """Forget the pending *versions*."""

    def tidy(self) -> None:
        """Take in what a writer that was killed left beside the file."""

    def pending(self) -> list[Version]:
        """List the versions that are neither confirmed nor dropped, oldest first."""

    def head(self, environment: str) -> Version | None:
        """Return the newest version of a stream."""

    def get(self, version: str) -> Version:
        """Return the version with this id."""

    def content(self, version: str) -> dict[str, Any]:
        """Return what the version holds, checked against its id."""

    def versions(
        self,
        environment: str | None = None,
        *,
        limit: int | None = None,
        since: dt.datetime | None = None,
        author: str | None = None,
        tag: str | None = None,
    ) -> Sequence[Version]:
        """List versions, newest first; each filter narrows the list."""

    def resolve(self, environment: str, address: str) -> Version:
        """Return the one version of the stream that *address* names."""

    def tag(self, version: str, name: str) -> None:
        """Give the version a name that is unique in its stream."""

    def untag(self, version: str, name: str) -> None:
        """Take the name away from the version."""

    def drop_content(self, *versions: str) -> None:
        """Forget what each of the versions holds, or none; their rows stay in the chain."""

    def statistics(self) -> dict[str, Any]:
        """Count what is kept."""

    def close(self) -> None:
        """Let go of the file."""


class SQLiteStore(HistoryReader):
    """
    A `VersionStore` in one file.

    Reading opens the file read-only and for as long as it takes; a missing file
    reads as an empty history. The first write makes the file, and keeps it open
    until `close`. One object may serve several threads.

    Every method raises `HistoryDamagedError` for a file or row that is not as
    it was written, `NewerFormatError` for a later format, and another
    `UnavailableError` where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._file = (0, 0)

    def begin(self, draft: Draft, content: Mapping[str, Any]) -> Version:
        """
        Keep *content* as a pending version on top of the head of its stream.

        Raises:
            HeadMovedError: If the head is not the one that the draft expects.
        """
        body = canonical_bytes(content)
        digest = hashlib.sha256(body).hexdigest()
        with self._writing() as connection:
            parent = _head_id(connection, draft.environment)
            if draft.expected_head is not None and draft.expected_head != (parent or ""):
                raise _moved(draft.environment, parent)
            made = drafted(draft, parent, digest)
            Shelf(connection).put(digest, body, near=_digest_of(connection, parent))
            (last,) = connection.execute("SELECT COALESCE(MAX(number), 0) FROM versions").fetchone()
            insert_version(connection, last + 1, made, state="pending")
        return made

    def confirm(self, *versions: str) -> Version:
        """
        Make each of the pending *versions* the head of its stream, or none; return the last.

        Twice is as good as once.

        Raises:
            HeadMovedError: If another version became the head since one was begun.
            VersionUnknownError: If there is no such version.
        """
        try:
            with self._writing() as connection:
                return [_move_head(connection, each, self.path) for each in versions][-1]
        except UnavailableError:
            # the disk may have failed after it was done
            with contextlib.suppress(EscaiError):
                return [self.get(each) for each in versions][-1]
            raise

    def drop(self, *versions: str) -> None:
        """Forget the pending *versions*; what is recorded or unknown stays as it is."""
        with self._writing() as connection:
            for version in versions:
                row = connection.execute(
                    "SELECT digest FROM versions WHERE id = ? AND state = 'pending'", (version,)
                ).fetchone()
                if row is not None:
                    connection.execute("DELETE FROM versions WHERE id = ?", (version,))
                    sweep(connection, row["digest"])

    def tidy(self) -> None:
        """
        Take in what a writer that was killed left in a log beside the file.

        Raises:
            HistoryDamagedError: If the log was changed, so that SQLite would drop a commit.
        """
        if exists(self.path) and has_remains(self.path):
            if has_lost_commits(self.path):
                raise damaged(self.path, "has a log that was changed: what was saved last is lost")
            with self._writing():
                pass
            self.close()

    def tag(self, version: str, name: str) -> None:
        """
        Give the version a name that is unique in its stream; twice is as good as once.

        Raises:
            ValueRefusedError: If *name* cannot stand as a tag.
            TargetExistsError: If another version of the stream has it.
            VersionUnknownError: If there is no such version.
        """
        require_tag_name(name)
        environment = self.get(version).environment
        with self._writing() as connection:
            row = connection.execute(
                "SELECT version FROM tags WHERE environment = ? AND name = ?", (environment, name)
            ).fetchone()
            if row is None:
                connection.execute(
                    "INSERT INTO tags (environment, name, version) VALUES (?, ?, ?)",
                    (environment, name, version),
                )
                stamp(connection, version)
            elif row["version"] != version:
                message = f"tag {name!r} of {environment} names version {row['version'][:SHORT]}"
                raise TargetExistsError(message, hint="untag it first, or choose another name")

    def untag(self, version: str, name: str) -> None:
        """
        Take the name away from the version.

        Raises:
            VersionUnknownError: If the version does not have it.
        """
        found = self.get(version)
        if name not in found.tags:
            message = f"version {found.short} has no tag {name!r}"
            raise VersionUnknownError(message, hint="the history lists tags")
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM tags WHERE environment = ? AND name = ?", (found.environment, name)
            )
            stamp(connection, version)

    def drop_content(self, *versions: str) -> None:
        """
        Forget what each of the versions holds, or none; their rows stay in the chain.

        Raises:
            RefusedError: If one is tagged, a head or its parent, or another
                version was made from it.
            VersionUnknownError: If there is no such version.
        """
        if not exists(self.path):
            raise unknown(versions[0])
        with self._writing() as connection:
            reasons = _reasons_to_keep(connection)
            for version in versions:
                row = version_row(connection, version)
                found = checked(version_of(row, self.path), self.path)
                if row["state"] == "pending":
                    raise unknown(version)
                if found.id in reasons:
                    message = f"version {found.short} keeps its content: {reasons[found.id]}"
                    hint = "choose an older version"
                    raise RefusedError(message, code="version-kept", hint=hint)
                connection.execute("UPDATE versions SET kept = 0 WHERE id = ?", (found.id,))
                stamp(connection, found.id)
                sweep(connection, found.digest)

    def compact(self) -> None:
        """
        Give the room of what was forgotten back to the disk.

        Raises:
            WriteFailedError: If the disk has no room to do it in; nothing is lost.
        """
        if not exists(self.path):
            return
        self.close()
        with (
            contextlib.closing(connect(self.path)) as connection,
            failures(self.path, writing=True),
        ):
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def take_in(
        self, versions: Sequence[Version], contents: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> TakenIn:
        """
        Take *versions* in, all or none, with *contents* by digest; what is there already stays.

        Contents that were dropped here come back; a tag that names another
        version here keeps doing so.

        Raises:
            HistoryDamagedError: If a stream went another way (``histories-parted``).
        """
        with self._writing() as connection:
            return take_in(connection, versions, contents, self.path)

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
            self._writer = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction for the time of the block."""
        with self._lock:
            if not exists(self.path):
                self.close()
                create(self.path)
            if self._writer is None or identity(self.path) != self._file:
                self.close()
                self._writer = connect(self.path)
                self._file = identity(self.path)
            with failures(self.path, writing=True):
                try:
                    with transaction(self._writer):
                        yield self._writer
                except sqlite3.Error:
                    self.close()
                    raise


def _move_head(connection: sqlite3.Connection, version: str, path: Path) -> Version:
    row = version_row(connection, version)
    found = version_of(row, path)
    if row["state"] != "pending":
        return found
    head = _head_id(connection, found.environment)
    if head != found.parent:
        raise _moved(found.environment, head)
    connection.execute("UPDATE versions SET state = 'recorded' WHERE id = ?", (version,))
    connection.execute(
        "INSERT INTO heads (environment, version) VALUES (?, ?)"
        " ON CONFLICT (environment) DO UPDATE SET version = excluded.version",
        (found.environment, version),
    )
    stamp(connection, version)
    return found


def _head_id(connection: sqlite3.Connection, environment: str) -> VersionId | None:
    row = connection.execute(
        "SELECT version FROM heads WHERE environment = ?", (environment,)
    ).fetchone()
    return None if row is None else VersionId(row["version"])


def _digest_of(connection: sqlite3.Connection, version: str | None) -> str | None:
    row = connection.execute("SELECT digest FROM versions WHERE id = ?", (version,)).fetchone()
    return None if row is None else str(row["digest"])


def _reasons_to_keep(connection: sqlite3.Connection) -> dict[str, str]:
    """Say of each version whose content may not go why that is."""
    rows = connection.execute(
        "SELECT source, 'version ' || id || ' was made from it' FROM versions"
        " WHERE source IS NOT NULL"
        " UNION ALL SELECT versions.parent, 'it lies before the head' FROM heads"
        " JOIN versions ON versions.id = heads.version"
        " UNION ALL SELECT version, 'it is the head' FROM heads"
        " UNION ALL SELECT version, 'it is tagged' FROM tags"
    )
    return dict(map(tuple, rows))


def _moved(environment: str, head: str | None) -> HeadMovedError:
    now = f"is version {head[:SHORT]} now" if head else "has no version"
    message = f"somebody else saved {environment}: its head {now}"
    return HeadMovedError(message, hint="load again, look at the difference, and repeat")
