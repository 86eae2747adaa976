"""A damaged history made whole again out of what can still be read of it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from escai_nb.errors import HistoryDamagedError, WriteFailedError
from escai_nb.history.checksum import body_checksum, stamp
from escai_nb.history.database import connect, create, damaged, failures, read, transaction
from escai_nb.history.joining import JOINT
from escai_nb.history.marks import put_marks
from escai_nb.history.rows import insert_version, version_of
from escai_nb.history.salvage import Stored, surviving, surviving_contents
from escai_nb.history.version import id_of
from escai_nb.safefile import remove_durably, sync_folder

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from escai_nb.history.version import Version


@dataclass(frozen=True, slots=True)
class Rescued:
    """
    What was saved of a damaged history.

    Attributes:
        kept: Path of the damaged file, which nobody has changed.

        versions: How many can be read.

        contents: How many of them with their content.

        gaps: Ids of versions behind which the ones before them are lost.
    """

    kept: Path
    versions: int
    contents: int
    gaps: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "damaged_file": str(self.kept),
            "versions": self.versions,
            "contents": self.contents,
            "gaps": list(self.gaps),
        }


@dataclass(frozen=True, slots=True)
class _Remains:
    """
    What can be read.

    Attributes:
        versions: Each with whether it is pending, in their order.

        contents: Number → content, if it can be read.

        tags: Environment and name → id.
    """

    versions: list[tuple[Version, bool]]
    contents: dict[int, Stored]
    tags: dict[tuple[str, str], str]
    marks: dict[str, str]

    def digests(self) -> set[str]:
        """Return by which digests a content can be had."""
        return {content.digest for content in self.contents.values()}


def rescue_history(path: Path, *, stamped: str) -> Rescued:
    """
    Put a whole history in the place of the damaged one at *path*.

    The caller holds the workspace's lock. What is damaged, with its log, is
    kept beside it under a name with *stamped*. Versions whose row is not as it
    was written are left out; one whose content is, keeps its row.

    Raises:
        HistoryDamagedError: If nothing can be read; nothing is done then.
        WriteFailedError: If the disk refuses; nothing is done then.
    """
    remains = read(path, lambda connection: _read(connection, path))
    if not remains.versions:
        raise damaged(path, "is damaged, and no version in it can be read")
    fresh = path.with_name(f"{path.name}.rescue")
    for left in (fresh, *_beside(fresh)):
        left.unlink(missing_ok=True)
    create(fresh)
    with contextlib.closing(connect(fresh)) as connection, failures(fresh, writing=True):
        with transaction(connection):
            gaps = _write(connection, remains)
        connection.execute("PRAGMA journal_mode = DELETE")  # all of it lies in the one file
    kept = path.with_name(f"{path.name}.damaged-{stamped}")
    try:
        for old, name in zip((path, *_beside(path)), (kept, *_beside(kept)), strict=True):
            if old.exists():
                os.link(old, name)
        sync_folder(path.parent)
        for log in _beside(path):
            remove_durably(log)  # it would be taken for one of the new file
        fresh.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        message = f"{path} was not replaced: {error.strerror}"
        raise WriteFailedError(message, where=str(path), hint="check the disk") from None
    readable = remains.digests()
    contents = sum(version.kept and version.digest in readable for version, _ in remains.versions)
    return Rescued(kept, len(remains.versions), contents, gaps)


def _beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _read(connection: sqlite3.Connection, path: Path) -> _Remains:
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    versions: dict[str, tuple[Version, bool]] = {}
    for row in surviving(connection, "versions"):
        with contextlib.suppress(HistoryDamagedError):
            version = version_of(row, path)
            if id_of(version) == version.id:
                versions[version.id] = (version, row["state"] == "pending")
    contents = {each.number: each for each in surviving_contents(connection) if not each.flaw}
    tags = {
        (row["environment"], row["name"]): row["version"]
        for row in surviving(connection, "tags")
        if row["version"] in versions
        and versions[row["version"]][0].environment == row["environment"]
    }
    marks = {row["name"]: row["value"] for row in surviving(connection, "marks")}
    return _Remains(list(versions.values()), contents, tags, marks)


def _write(connection: sqlite3.Connection, remains: _Remains) -> tuple[str, ...]:
    """Write what remains; return the ids of the versions behind a gap."""
    put_marks(connection, remains.marks)
    readable = remains.digests()
    _write_contents(connection, remains)
    newest: dict[str, str] = {}
    gaps = []
    for number, (version, is_pending) in enumerate(remains.versions, 1):
        before = newest.get(version.environment)
        if not is_pending and version.parent != before:
            if remains.marks.get(f"{JOINT}{version.id}") is None or before is None:
                gaps.append(version.id)
            put_marks(connection, {f"{JOINT}{version.id}": before or ""})
        kept = version.kept and version.digest in readable
        state = "pending" if is_pending else "recorded"
        insert_version(connection, number, replace(version, kept=kept), state=state)
        if not is_pending:
            newest[version.environment] = version.id
    connection.executemany("INSERT INTO heads (environment, version) VALUES (?, ?)", newest.items())
    connection.executemany(
        "INSERT INTO tags (environment, name, version) VALUES (?, ?, ?)",
        [(environment, name, version) for (environment, name), version in remains.tags.items()],
    )
    for tagged in set(remains.tags.values()):
        stamp(connection, tagged)
    return tuple(gaps)


def _write_contents(connection: sqlite3.Connection, remains: _Remains) -> None:
    """Write the contents of the versions, and what they are written against, as they are."""
    held = {version.digest for version, _ in remains.versions if version.kept}
    used = {each.number for each in remains.contents.values() if each.digest in held}
    used |= {each.base for each in remains.contents.values() if each.number in used and each.base}
    connection.executemany(
        "INSERT INTO contents (number, digest, size, body, base, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                each.number,
                each.digest,
                each.size,
                each.body,
                each.base,
                body_checksum(each.size, each.body, each.base),
            )
            for number, each in sorted(remains.contents.items())
            if number in used
        ],
    )
