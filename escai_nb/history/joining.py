"""Taking the versions of a bundle into a history: planned first, done in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb.digest import bytes_named
from escai_nb.errors import HistoryDamagedError
from escai_nb.history.checksum import stamp
from escai_nb.history.marks import put_marks
from escai_nb.history.rows import insert_version, version_of
from escai_nb.history.shelf import Shelf

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from escai_nb.history.version import Version

JOINT = "joint."
"""Begins the name of the mark that says behind which version a second chain begins."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """
    What came in.

    Attributes:
        versions: Those that were not there, oldest first.

        refilled: Those that were there without their content, and have it again.

        known: Those that were there already.

        tags: Names that already stand for another version here, each as
            ``environment: name``.
    """

    versions: tuple[Version, ...]
    refilled: tuple[Version, ...]
    known: tuple[Version, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joining:
    """
    How the versions of a bundle find their place in a history; made without touching it.

    Attributes:
        before: A chain of its own, which is put before the stream's.

        after: What follows the stream's head.

        known: Versions that are there already.
    """

    before: tuple[Version, ...]
    after: tuple[Version, ...]
    known: tuple[Version, ...]


def plan_joining(known: Mapping[str, Sequence[str]], versions: Iterable[Version]) -> Joining:
    """
    Find the place of *versions* beside the streams that are *known*, ids oldest first.

    A stream that a bundle continues is continued; one that shares nothing with
    it keeps its head, and the bundle's lies before it. Ids that begin a chain
    more than once in a stream are followed as well.

    Raises:
        HistoryDamagedError: Code ``histories-parted``, if both went on from one version.
    """
    streams: dict[str, list[Version]] = {}
    for version in versions:
        streams.setdefault(version.environment, []).append(version)
    before: list[Version] = []
    after: list[Version] = []
    present: list[Version] = []
    for environment, chain in streams.items():
        here = list(known.get(environment, ()))
        there = set(here)
        shared = [version for version in chain if version.id in there]
        new = chain[len(shared) :]
        present += shared
        if not new:
            continue
        if shared and shared[-1].id != here[-1]:
            last = shared[-1]
            message = f"the histories of {environment} have parted after version {last.short}"
            raise HistoryDamagedError(
                message,
                code="histories-parted",
                hint="import into a folder of its own, and take over values from there",
            )
        (after if shared or not here else before).extend(new)
    return Joining(tuple(before), tuple(after), tuple(present))


def take_in(
    connection: sqlite3.Connection,
    versions: Sequence[Version],
    contents: Iterable[tuple[str, Mapping[str, Any]]],
    path: Path,
) -> TakenIn:
    """Do what `plan_joining` says, within the transaction of *connection*."""
    known: dict[str, list[str]] = {}
    for row in connection.execute(
        "SELECT id, environment FROM versions WHERE state = 'recorded' ORDER BY number"
    ):
        known.setdefault(row["environment"], []).append(row["id"])
    joining = plan_joining(known, versions)
    first, last = connection.execute(
        "SELECT COALESCE(MIN(number), 1), COALESCE(MAX(number), 0) FROM versions"
    ).fetchone()
    for number, version in enumerate(joining.before, first - len(joining.before)):
        insert_version(connection, number, version)
    put_marks(connection, _joints(joining, known))
    for number, version in enumerate(joining.after, last + 1):
        insert_version(connection, number, version)
        connection.execute(
            "INSERT INTO heads (environment, version) VALUES (?, ?)"
            " ON CONFLICT (environment) DO UPDATE SET version = excluded.version",
            (version.environment, version.id),
        )
    refilled = _refilled(connection, joining.known, path)
    _keep_contents(connection, versions, contents)
    tags = _tagged(connection, versions)
    changed = {version.id for version in refilled}
    changed |= {version.id for version in versions if version.tags}
    for each in changed:  # the others have their checksum already
        stamp(connection, each)
    return TakenIn((*joining.before, *joining.after), refilled, joining.known, tags)


def _joints(joining: Joining, known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Say which chain now begins behind which version."""
    last = {version.environment: version.id for version in joining.before}
    return {f"{JOINT}{known[environment][0]}": before for environment, before in last.items()}


def _refilled(
    connection: sqlite3.Connection, known: Iterable[Version], path: Path
) -> tuple[Version, ...]:
    """Let those of *known* that lack their content have it again, where the bundle brings it."""
    refilled = []
    for version in known:
        row = connection.execute("SELECT * FROM versions WHERE id = ?", (version.id,)).fetchone()
        if version.kept and not version_of(row, path).kept:
            connection.execute("UPDATE versions SET kept = 1 WHERE id = ?", (version.id,))
            refilled.append(version)
    return tuple(refilled)


def _keep_contents(
    connection: sqlite3.Connection,
    versions: Iterable[Version],
    contents: Iterable[tuple[str, Mapping[str, Any]]],
) -> None:
    """Keep *contents*, each near the one that its stream had before."""
    before: dict[str, str] = {}
    near: dict[str, str | None] = {}
    for version in versions:
        near.setdefault(version.digest, before.get(version.environment))
        before[version.environment] = version.digest
    shelf = Shelf(connection)
    for digest, content in contents:
        shelf.put(digest, bytes_named(content, digest), near=near.get(digest))


def _tagged(connection: sqlite3.Connection, versions: Iterable[Version]) -> tuple[str, ...]:
    taken = []
    for version in versions:
        for name in version.tags:
            row = connection.execute(
                "SELECT version FROM tags WHERE environment = ? AND name = ?",
                (version.environment, name),
            ).fetchone()
            if row is None:
                connection.execute(
                    "INSERT INTO tags (environment, name, version) VALUES (?, ?, ?)",
                    (version.environment, name, version.id),
                )
            elif row["version"] != version.id:
                taken.append(f"{version.environment}: {name}")
    return tuple(taken)
