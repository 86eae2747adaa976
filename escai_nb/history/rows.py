"""Rows of the database as versions and contents, checked on the way in."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from escai_nb.digest import plain_of
from escai_nb.history.address import is_tag_name
from escai_nb.history.checksum import COVERED, row_checksum
from escai_nb.history.database import damaged
from escai_nb.history.version import (
    Version,
    VersionId,
    VersionKind,
    id_of,
    version_id,
    written_time,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.history.version import Draft

KINDS = {kind.value: kind for kind in VersionKind}
FACTS = tuple(name for name in COVERED if name not in {"number", "state"})
"""Columns of a version's row that tell of the version."""


def drafted(draft: Draft, parent: VersionId | None, digest: str) -> Version:
    """Make the version that *draft* becomes on top of *parent*."""
    return Version(
        id=version_id(
            parent=parent,
            environment=draft.environment,
            digest=digest,
            author=draft.author,
            time=draft.time,
            message=draft.message,
        ),
        parent=parent,
        environment=draft.environment,
        kind=draft.kind,
        digest=digest,
        revision=draft.revision,
        author=draft.author,
        time=draft.time.astimezone(dt.UTC),
        message=draft.message,
        source=draft.source,
        value_digest=draft.value_digest,
        seal=draft.seal,
        changes=draft.changes,
    )


def columns(version: Version) -> dict[str, object]:
    """Write *version* as the values of its row."""
    return {
        "id": version.id,
        "parent": version.parent,
        "environment": version.environment,
        "kind": version.kind.value,
        "digest": version.digest,
        "revision": version.revision,
        "author": version.author,
        "time": written_time(version.time),
        "message": version.message,
        "source": version.source,
        "value_digest": version.value_digest,
        "seal": version.seal,
        "changes": version.changes,
    }


def insert_version(
    connection: sqlite3.Connection, number: int, version: Version, *, state: str = "recorded"
) -> None:
    """Write the row of *version*, without its tags, unless it is there already."""
    row = {**columns(version), "number": number, "state": state, "kept": int(version.kept)}
    connection.execute(
        "INSERT INTO versions (number, id, parent, environment, kind, digest, revision,"
        " author, time, message, source, value_digest, seal, changes, state, kept, checksum)"
        " VALUES (:number, :id, :parent, :environment, :kind, :digest, :revision, :author,"
        " :time, :message, :source, :value_digest, :seal, :changes, :state, :kept, :checksum)"
        " ON CONFLICT (id) DO NOTHING",
        {**row, "checksum": row_checksum(row, ())},
    )


_TEXTS = ("id", "environment", "digest", "author", "message", "value_digest", "seal")
_NUMBERS = ("revision", "changes")


def version_of_data(said: Mapping[str, Any]) -> Version | None:
    """Read what `columns` wrote, with ``kept`` and ``tags``; nothing if it is not that."""
    try:
        tags = said["tags"]
        is_typed = (
            all(isinstance(said[name], str) for name in _TEXTS)
            and all(type(said[name]) is int for name in _NUMBERS)
            and all(isinstance(said[name], str | None) for name in ("parent", "source"))
            and isinstance(said["kept"], bool)
            and isinstance(tags, list)
            and all(isinstance(tag, str) and is_tag_name(tag) for tag in tags)
        )
        time = dt.datetime.fromisoformat(said["time"])
        if not is_typed or written_time(time) != said["time"]:
            return None
        facts = {name: said[name] for name in (*_TEXTS, *_NUMBERS, "parent", "source", "kept")}
        facts["id"] = VersionId(facts["id"])
        return Version(**facts, kind=KINDS[said["kind"]], time=time, tags=tuple(tags))
    except (KeyError, TypeError, ValueError):
        return None


def by_name(row: sqlite3.Row) -> dict[str, Any]:
    """Return *row* as a mapping, which finds a name faster than a row does."""
    return dict(zip(row.keys(), row, strict=True))


def version_of(row: sqlite3.Row | Mapping[str, Any], path: Path) -> Version:
    """
    Read one row, without its tags.

    Raises:
        HistoryDamagedError: If it cannot be read.
    """
    try:
        facts = tuple([row[name] for name in FACTS])
    except LookupError:
        raise damaged(path, "holds a row that cannot be read") from None
    return version_of_facts(facts, (), path)


def version_of_facts(facts: tuple[Any, ...], tags: tuple[str, ...], path: Path) -> Version:
    """
    Make the version that *facts*, in the order of `FACTS`, tell of.

    Raises:
        HistoryDamagedError: If they cannot be read.
    """
    (id_, parent, environment, kind, digest, revision, author, time, message, *rest) = facts
    source, value_digest, seal, changes, kept = rest
    try:
        return Version(
            id_,
            parent,
            environment,
            KINDS[kind],
            digest,
            revision,
            author,
            dt.datetime.fromisoformat(time),
            message,
            tags,
            source,
            value_digest,
            seal,
            changes,
            kept == 1,
        )
    except (KeyError, ValueError, TypeError):
        raise damaged(path, "holds a row that cannot be read") from None


def checked(version: Version, path: Path) -> Version:
    """
    Return *version* if its id follows from what it says.

    Raises:
        HistoryDamagedError: If the row was changed after it was written.
    """
    if id_of(version) != version.id:
        raise damaged(path, f"holds version {version.short}, which was changed")
    return version


def checked_content(content: bytes, version: Version, path: Path) -> dict[str, Any]:
    """
    Return *content*, as it was stored, if it is that of *version*.

    Raises:
        HistoryDamagedError: If it is not what the version was made with.
    """
    if hashlib.sha256(content).hexdigest() != version.digest:
        raise damaged(path, f"holds version {version.short}, whose content was changed")
    data: dict[str, Any] = plain_of(content)
    return data
