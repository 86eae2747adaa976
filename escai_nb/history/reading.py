"""Finding versions: every question that can be put to a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from escai_nb.errors import VersionUnknownError
from escai_nb.history.database import damaged, exists, read
from escai_nb.history.listing import Listing
from escai_nb.history.marks import marks_in
from escai_nb.history.rows import FACTS, checked, checked_content, version_of
from escai_nb.history.version import written_time

if TYPE_CHECKING:
    import datetime as dt
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.history.address import Name
    from escai_nb.history.version import Version

CANDIDATES = 5
"""Versions that an error lists when a prefix names several."""
_NO_LIMIT = 2**53
_FEW = 50
"""Versions whose tags are asked for one by one; of more, all tags are read."""
_AT_ONCE = 256
"""Rows that are turned into columns together; they are then still at hand in the processor."""
_FILTERS = {
    "environment": "environment = :environment",
    "author": "author = :author",
    "since": "time >= :since",
    "tag": "id IN (SELECT version FROM tags WHERE name = :tag)",
}
_UNINDEXED = (":environment", "COALESCE(:environment, environment)")
_FACTS = ", ".join(f"versions.{name}" for name in FACTS)
_HEAD = (
    "FROM heads JOIN versions ON versions.id = heads.version WHERE heads.environment = :environment"
)


class HistoryReader:
    """
    The versions in one file, which may be missing: then there are none.

    Each question opens the file read-only and for as long as it takes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def pending(self) -> list[Version]:
        """List the versions that are neither confirmed nor dropped, oldest first."""
        found = self._find("FROM versions WHERE state = 'pending'")
        return list(reversed(found))

    def head(self, environment: str) -> Version | None:
        """Return the newest version of a stream; ``None`` if it has none yet."""
        found = self._find(_HEAD, environment=environment)
        return checked(found[0], self.path) if found else None

    def head_and_marks(self, environment: str) -> tuple[Version | None, dict[str, str]]:
        """Return the newest version of a stream, and every mark, of one moment."""
        if not exists(self.path):
            return None, {}

        def work(connection: sqlite3.Connection) -> tuple[Listing, dict[str, str]]:
            found = self._found(connection, _HEAD, {"environment": environment})
            return found, marks_in(connection)

        found, marks = read(self.path, work)
        return checked(found[0], self.path) if found else None, marks

    def get(self, version: str) -> Version:
        """
        Return the recorded version with this id.

        Raises:
            VersionUnknownError: If there is none.
        """
        found = self._find("FROM versions WHERE id = :id AND state = 'recorded'", id=version)
        if not found:
            raise unknown(version)
        return checked(found[0], self.path)

    def content(self, version: str) -> dict[str, Any]:
        """
        Return what the version holds, checked against its digest and id.

        A pending version can be read too, because whoever finishes it must.

        Raises:
            VersionUnknownError: If there is no such version, or its content was
                dropped (code ``content-dropped``).
        """
        from escai_nb.history.shelf import stored_content  # a version is looked at more often

        def work(connection: sqlite3.Connection) -> tuple[Version, bytes | None]:
            found = version_of(version_row(connection, version), self.path)
            try:
                return found, stored_content(connection, found.digest)
            except ValueError:
                return found, b""

        if not exists(self.path):
            raise unknown(version)
        found, content = read(self.path, work)
        checked(found, self.path)
        if not found.kept:
            message = f"the content of version {found.short} was dropped"
            raise VersionUnknownError(
                message, code="content-dropped", hint="its row stays; choose another version"
            )
        if content is None:
            raise damaged(self.path, f"has lost the content of version {found.short}")
        return checked_content(content, found, self.path)

    def versions(
        self,
        environment: str | None = None,
        *,
        limit: int | None = None,
        since: dt.datetime | None = None,
        author: str | None = None,
        tag: str | None = None,
    ) -> Listing:
        """List recorded versions, newest first; each filter narrows the list."""
        asked = {
            "environment": environment,
            "author": author,
            "since": written_time(since) if since is not None else None,
            "tag": tag,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        conditions = "".join(f" AND {_FILTERS[name]}" for name in given)
        if limit is None:  # nearly all rows are faster in their order than by an index
            conditions = conditions.replace(*_UNINDEXED)
        return self._find(
            f"FROM versions WHERE state = 'recorded'{conditions} ORDER BY number DESC LIMIT :limit",
            limit=_NO_LIMIT if limit is None else limit,
            **given,
        )

    def resolve(self, environment: str, address: str) -> Version:
        """
        Return the one version of the stream that *address* names.

        Raises:
            VersionUnknownError: If none or several answer; these are listed.
        """
        from escai_nb.history.address import Back, Moment, Name, parse_address

        named = parse_address(address)
        match named:
            case Back():
                found = self._find(
                    "FROM versions WHERE environment = :environment"
                    " AND state = 'recorded' ORDER BY number DESC LIMIT 1 OFFSET :steps",
                    environment=environment,
                    steps=named.steps,
                )
            case Moment():
                found = self._find(
                    "FROM versions WHERE environment = :environment"
                    " AND state = 'recorded' AND time <= :time ORDER BY number DESC LIMIT 1",
                    environment=environment,
                    time=written_time(named.time),
                )
            case Name():
                found = self._named(environment, named)
            case _:
                assert_never(named)
        if not found:
            raise unknown(address, environment)
        if len(found) > 1:
            raise _ambiguous(address, found)
        return checked(found[0], self.path)

    def _named(self, environment: str, name: Name) -> Listing:
        """Find a tag, else the ids that begin like this."""
        tagged = self._find(
            "FROM tags JOIN versions ON versions.id = tags.version"
            " WHERE tags.environment = :environment AND tags.name = :name",
            environment=environment,
            name=name.text,
        )
        if tagged or not name.prefix:
            return tagged
        # "g" follows the hexadecimal digits, so the range holds what begins alike
        return self._find(
            f"FROM versions WHERE {_FILTERS['environment'].replace(*_UNINDEXED)}"
            " AND state = 'recorded' AND id >= :first AND id < :past"
            " ORDER BY number DESC LIMIT :limit",
            environment=environment,
            first=name.prefix,
            past=f"{name.prefix}g",
            limit=CANDIDATES + 1,
        )

    def statistics(self) -> dict[str, Any]:
        """Count versions by stream, tags, contents and their bytes, stored and unpacked."""

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            streams = connection.execute(
                "SELECT environment, COUNT(*) FROM versions WHERE state = 'recorded'"
                " GROUP BY environment ORDER BY environment"
            ).fetchall()
            contents, unpacked, stored = connection.execute(
                "SELECT COUNT(*), COALESCE(SUM(size), 0), COALESCE(SUM(LENGTH(body)), 0)"
                " FROM contents"
            ).fetchone()
            tags, oldest, newest = connection.execute(
                "SELECT (SELECT COUNT(*) FROM tags), MIN(time), MAX(time) FROM versions"
                " WHERE state = 'recorded'"
            ).fetchone()
            return {
                "versions": sum(count for _, count in streams),
                "environments": dict(streams),
                "tags": tags,
                "contents": contents,
                "bytes_stored": stored,
                "bytes_unpacked": unpacked,
                "oldest": oldest,
                "newest": newest,
            }

        if not exists(self.path):
            return {
                "versions": 0,
                "environments": {},
                "tags": 0,
                "contents": 0,
                "bytes_stored": 0,
                "bytes_unpacked": 0,
                "oldest": None,
                "newest": None,
            }
        return read(self.path, work)

    def sizes(self) -> dict[str, int]:
        """Return the stored bytes of each content, by its digest."""
        if not exists(self.path):
            return {}
        query = "SELECT digest, LENGTH(body) AS size FROM contents"
        found = read(self.path, lambda c: c.execute(query).fetchall())
        return {row["digest"]: row["size"] for row in found}

    def bases(self) -> dict[str, str]:
        """Return of each content that is written against another one which that is, by digests."""
        from escai_nb.history.shelf import FORMAT_WITH_BASES

        def work(connection: sqlite3.Connection) -> dict[str, str]:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found < FORMAT_WITH_BASES:
                return {}
            query = (
                "SELECT c.digest, b.digest FROM contents AS c"
                " JOIN contents AS b ON b.number = c.base"
            )
            return dict(map(tuple, connection.execute(query)))

        return read(self.path, work) if exists(self.path) else {}

    def _find(self, chosen: str, **values: object) -> Listing:
        """Return the versions that a query yields, which goes on from its columns; with tags."""
        if not exists(self.path):
            return Listing([()] * len(FACTS), {}, self.path)
        return read(self.path, lambda connection: self._found(connection, chosen, values))

    def _found(
        self, connection: sqlite3.Connection, chosen: str, values: Mapping[str, object]
    ) -> Listing:
        cursor = connection.cursor()
        cursor.row_factory = None  # plain tuples, of which there may be many
        cursor.execute(f"SELECT {_FACTS} {chosen}", values)  # ours
        facts: list[list[Any]] = [[] for _ in FACTS]
        while rows := cursor.fetchmany(_AT_ONCE):
            for fact, found in zip(facts, zip(*rows, strict=True), strict=True):
                fact.extend(found)
        query, ids = "SELECT version, name FROM tags ORDER BY name", facts[0]
        if len(ids) <= _FEW:
            marks = ", ".join("?" * len(ids))
            query = f"SELECT version, name FROM tags WHERE version IN ({marks}) ORDER BY name"  # noqa: S608
        tags: dict[str, tuple[str, ...]] = {}
        for version, name in cursor.execute(query, ids if len(ids) <= _FEW else ()):
            tags[version] = (*tags.get(version, ()), name)
        return Listing(facts, tags, self.path)


def version_row(connection: sqlite3.Connection, version: str) -> sqlite3.Row:
    """
    Return the row of a version, pending or recorded.

    Raises:
        VersionUnknownError: If there is none.
    """
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM versions WHERE id = ?", (version,)
    ).fetchone()
    if row is None:
        raise unknown(version)
    return row


def unknown(address: str, environment: str = "") -> VersionUnknownError:
    """Make the error for an address that nothing answers to."""
    message = f"no version {address!r}" + (f" of {environment}" if environment else "")
    hint = f"`escai config history -e {environment}` lists them" if environment else ""
    return VersionUnknownError(message, hint=hint)


def _ambiguous(address: str, found: Listing) -> VersionUnknownError:
    listed = [f"{v.short} ({written_time(v.time)[:16]} {v.message})" for v in found[:CANDIDATES]]
    more = ", …" if len(found) > CANDIDATES else ""
    message = f"{address!r} begins several ids: {', '.join(listed)}{more}"
    return VersionUnknownError(message, hint="write more digits")
