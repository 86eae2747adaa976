"""Looking through a whole history for anything that is not as it was written."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from escai_nb.digest import sha256_hex
from escai_nb.display import Showable
from escai_nb.errors import HistoryDamagedError
from escai_nb.history.checksum import COVERED, row_checksum
from escai_nb.history.database import exists, read
from escai_nb.history.joining import JOINT
from escai_nb.history.log import has_lost_commits
from escai_nb.history.marks import marks_in
from escai_nb.history.rows import by_name, version_of
from escai_nb.history.salvage import CHANGED, CHANGED_BASE, surviving, surviving_contents
from escai_nb.history.tables import MADE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.history.salvage import Stored
    from escai_nb.history.version import Version

MOST_PAGES = 20
"""Broken pages that are told."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """
    One thing that is not as it was written.

    Attributes:
        version: Id of the version that it is about; empty where it is about none.

        environment: Stream of the version, empty where that cannot be told.
    """

    version: str
    environment: str
    what: str

    def __str__(self) -> str:
        about = f"version {self.version[:12]} of {self.environment}: " if self.version else ""
        return f"{about}{self.what}"


@dataclass(frozen=True, slots=True)
class Inspection(Showable):
    """
    What looking through a history has found.

    Attributes:
        versions: How many were looked at.

        contents: How many of them still have their content.

        flaws: What is wrong, in the order of the history; empty when nothing is.

        notes: What was not looked at, and why.
    """

    versions: int = 0
    contents: int = 0
    flaws: tuple[Flaw, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell that nothing is wrong."""
        return not self.flaws

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "verified": self.is_whole,
            "versions": self.versions,
            "contents": self.contents,
            "flaws": [
                {"version": flaw.version, "environment": flaw.environment, "what": flaw.what}
                for flaw in self.flaws
            ],
            "notes": list(self.notes),
        }


def inspect_history(path: Path) -> Inspection:
    """
    Look at every byte of the history at *path* that means something; nothing is written.

    Each version must follow from what it says and from the one before it; each
    row and each content must have its checksum, each head be the newest of its
    stream, each tag be one that its version knows. A file that is damaged is
    read as far as it goes.

    Raises:
        NewerFormatError: If a later release made it.
        UnavailableError: If it cannot be read for another reason than damage.
    """
    if not exists(path):
        return Inspection(notes=("there is no history yet",))
    try:
        found = read(path, lambda connection: _Search(connection, path).run())
    except HistoryDamagedError as error:
        return Inspection(flaws=(Flaw("", "", str(error)),))
    except (LookupError, UnicodeError):  # columns have other names
        return Inspection(flaws=(Flaw("", "", "its tables are not as they were made"),))
    if has_lost_commits(path):
        found = replace(found, flaws=(*found.flaws, Flaw("", "", LOST)))
    return found


@dataclass
class _Search:
    """The working state of one `inspect_history`."""

    connection: sqlite3.Connection
    path: Path
    flaws: list[Flaw] = field(default_factory=list)
    versions: dict[str, Version] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    holders: dict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))
    tags: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    joints: dict[str, str] = field(default_factory=dict)
    gaps: int = 0

    def run(self) -> Inspection:
        (found,) = self.connection.execute("PRAGMA user_version").fetchone()
        # what is no text any more is a flaw of its row, not the end of reading
        self.connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        self._pages()
        if has_checksums := found > 1:
            self._tables(MADE[found])
        self._joints()
        tags = list(surviving(self.connection, "tags"))
        for row in tags:
            self.tags[row["version"]].append(row["name"])
        for row in surviving(self.connection, "versions"):
            self._version(by_name(row), has_checksums=has_checksums)
        kept = self._contents(has_checksums=has_checksums)
        self._heads()
        for row in tags:
            named = self.versions.get(row["version"])
            if named is None or named.environment != row["environment"]:
                what = f"tag {row['name']!r} does not name a version of {row['environment']}"
                self.flaws.append(Flaw(str(row["version"]), str(row["environment"]), what))
        notes: tuple[str, ...] = () if has_checksums else (OLD_FORMAT,)
        if self.gaps:
            notes += (GAPS.format(n=self.gaps),)
        return Inspection(len(self.versions), kept, tuple(self.flaws), notes)

    def _say(self, version: Version | None, what: str) -> None:
        name, stream = (version.id, version.environment) if version is not None else ("", "")
        self.flaws.append(Flaw(name, stream, what))

    def _pages(self) -> None:
        """Let SQLite look at the pages: whether they hang together, and the indexes agree."""
        try:
            rows = self.connection.execute(f"PRAGMA integrity_check({MOST_PAGES})").fetchall()
        except sqlite3.DatabaseError:
            rows = [("a page cannot be read",)]
        for (said,) in map(tuple, rows):
            if said != "ok":
                self._say(None, f"the file is damaged: {said}")

    def _tables(self, made: tuple[str, ...]) -> None:
        rows = self.connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        missing = {*made} - {row["sql"] for row in rows}
        if missing:
            self._say(None, "its tables are not as they were made")

    def _version(self, said: dict[str, Any], *, has_checksums: bool) -> None:
        try:
            version = version_of(said, self.path) if _is_typed(said) else None
        except HistoryDamagedError:
            version = None
        if version is None:
            self.flaws.append(Flaw(str(said["id"]), str(said["environment"]), "cannot be read"))
            return
        self.versions[version.id] = version
        self._chain(version, said)
        try:
            is_right = row_checksum(said, self.tags.get(version.id, ())) == said["checksum"]
        except (LookupError, TypeError):
            is_right = not has_checksums
        if not is_right:
            self._say(version, "an entry or a tag of it was changed")
        if version.kept:
            self.holders[version.digest].append(version)

    def _joints(self) -> None:
        """Learn where a chain of its own was put before another one."""
        with suppress(sqlite3.DatabaseError):
            self.joints = {
                name.removeprefix(JOINT): before
                for name, before in marks_in(self.connection).items()
                if name.startswith(JOINT)
            }

    def _chain(self, version: Version, said: Mapping[str, Any]) -> None:
        """Look at what the id of *version* stands for."""
        if sha256_hex(_named(said)) != version.id:
            self._say(version, "does not say what its id stands for")
        if said["state"] != "recorded":
            return
        before = self.newest.get(version.environment)
        if version.parent != before and self.joints.get(version.id) == (before or ""):
            self.gaps += version.parent is not None
        elif version.parent is not None and version.parent not in self.versions:
            self._say(version, f"the version before it, {version.parent[:12]}, is missing")
        elif version.parent != before:
            self._say(version, "does not follow the version before it")
        self.newest[version.environment] = version.id

    def _contents(self, *, has_checksums: bool) -> int:
        kept = 0
        followers: dict[int | None, list[Version]] = defaultdict(list)
        unheld: list[Stored] = []
        for content in surviving_contents(self.connection):
            holders = self.holders.pop(content.digest, [])
            kept += len(holders)
            followers[content.base] += holders
            unheld += [] if holders else [content]
            if content.flaw or (has_checksums and not content.is_stamped):
                for version in holders:
                    self._say(version, content.flaw or CHANGED)
        for content in unheld:
            if content.number not in followers:
                self._say(None, f"content {content.digest!s:.12} belongs to no version")
            elif not content.flaw and not content.is_stamped:
                for version in followers[content.number]:
                    self._say(version, CHANGED_BASE)
        for holders in self.holders.values():
            for version in holders:
                self._say(version, "its content is missing")
        return kept

    def _heads(self) -> None:
        heads = {row["environment"]: row["version"] for row in surviving(self.connection, "heads")}
        for environment in sorted({*heads, *self.newest}, key=str):
            head, newest = heads.get(environment), self.newest.get(environment)
            if head != newest:
                what = f"the head of {environment} is not its newest version"
                self.flaws.append(Flaw(str(head or newest), str(environment), what))


LOST = "its log was changed: what was saved last, after all that is listed, cannot be read"
GAPS = "versions are missing in {n} places, since the history was rescued"
OLD_FORMAT = "the file has format 1, without checksums; the next write brings it up to date"


_named = itemgetter("parent", "environment", "digest", "author", "time", "message")
"""What an id is made of, see `version_id`; the time as it is written."""
_TYPES: dict[str, Any] = {
    **dict.fromkeys(COVERED, str),
    **dict.fromkeys(("number", "revision", "changes", "kept"), int),
    **dict.fromkeys(("parent", "source"), (str, type(None))),
}


def _is_typed(row: Mapping[str, Any]) -> bool:
    """Tell whether each entry of a version's row is of the type that it was made with."""
    return all(map(isinstance, map(row.__getitem__, _TYPES), _TYPES.values()))
