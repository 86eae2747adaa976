"""Rows of the database as versions and contents, checked on the way in."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from escai_nb.digest import plain_of
from escai_nb.history.address import is_tag_name
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
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from escai_nb.history.version import Draft

_KINDS = {kind.value: kind for kind in VersionKind}


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
        return Version(**facts, kind=_KINDS[said["kind"]], time=time, tags=tuple(tags))
    except (KeyError, TypeError, ValueError):
        return None


def versions_of(
    rows: Iterable[sqlite3.Row], named: Iterable[sqlite3.Row], path: Path
) -> list[Version]:
    """
    Read *rows* in their order, with the tags that *named* gives to some of them.

    Raises:
        HistoryDamagedError: If a row cannot be read.
    """
    tags: dict[str, tuple[str, ...]] = {}
    for version, name in named:
        tags[version] = (*tags.get(version, ()), name)
    found = (version_of(row, path) for row in rows)
    return [replace(v, tags=tags[v.id]) if v.id in tags else v for v in found]


def version_of(row: sqlite3.Row, path: Path) -> Version:
    """
    Read one row, without its tags.

    Raises:
        HistoryDamagedError: If it cannot be read.
    """
    said = dict(zip(row.keys(), row, strict=True))  # a row looks each name up from its first column
    try:
        return Version(
            id=VersionId(said["id"]),
            parent=said["parent"],
            environment=said["environment"],
            kind=_KINDS[said["kind"]],
            digest=said["digest"],
            revision=said["revision"],
            author=said["author"],
            time=dt.datetime.fromisoformat(said["time"]),
            message=said["message"],
            source=said["source"],
            value_digest=said["value_digest"],
            seal=said["seal"],
            changes=said["changes"],
            kept=bool(said["kept"]),
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
