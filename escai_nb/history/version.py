"""The values of a history: what a version is, and how it gets its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType, Protocol, overload, runtime_checkable

from escai_nb.digest import sha256_hex
from escai_nb.display import Showable
from escai_nb.safefile import storable

VersionId = NewType("VersionId", str)
"""SHA-256 over what a version is and what it follows: 64 hexadecimal digits."""

SHARED = "shared"
"""Stream of the shared file's versions, beside those of the environments."""
SHORT = 12
"""Digits of an id that are shown to people."""


class VersionKind(StrEnum):
    """Why a version was made."""

    INIT = "init"
    SAVE = "save"
    IMPORT = "import"
    ROLLBACK = "rollback"
    PROMOTION = "promotion"
    ROTATION = "rotation"
    ADOPTED = "adopted"
    ACCEPTED = "accepted"
    RESEAL = "reseal"


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What a writer says of a version to be.

    Attributes:
        environment: Stream that the version belongs to; may be `SHARED`.

        time: When it is made; any time zone, kept as UTC.

        revision: Revision in the sealed block of the content.

        value_digest: Keyed digest of the opened values, which tells "unchanged".

        seal: The content's seal.

        source: Id of the version that it was promoted from or rolled back to.

        changes: How many leaves differ from the parent, a count.

        expected_head: Id of the head that the writer has seen; an empty string
            if it saw none, ``None`` if it does not mind.
    """

    environment: str
    kind: VersionKind
    author: str
    time: dt.datetime
    message: str = ""
    revision: int = 0
    value_digest: str = ""
    seal: str = ""
    source: str | None = None
    changes: int = 0
    expected_head: str | None = None

    def __post_init__(self) -> None:
        """Write what a database cannot hold of message and author as escapes."""
        object.__setattr__(self, "author", storable(self.author))
        object.__setattr__(self, "message", storable(self.message))


@dataclass(frozen=True, slots=True)
class Version:
    """
    One entry of a history.

    Attributes:
        parent: Id of the version before it in its stream; ``None`` for the first.

        digest: SHA-256 of the canonical sealed content.

        time: When it was made, UTC.

        kept: Whether its content is still stored.

    The other attributes are those of its `Draft`.
    """

    id: VersionId
    parent: VersionId | None
    environment: str
    kind: VersionKind
    digest: str
    revision: int
    author: str
    time: dt.datetime
    message: str
    tags: tuple[str, ...] = ()
    source: str | None = None
    value_digest: str = ""
    seal: str = ""
    changes: int = 0
    kept: bool = True

    @property
    def short(self) -> str:
        """The beginning of the id, enough for people."""
        return self.id[:SHORT]

    def to_data(self) -> dict[str, Any]:
        """Return what may be told of the version, as plain data."""
        return {
            "id": self.id,
            "parent": self.parent,
            "environment": self.environment,
            "kind": self.kind.value,
            "revision": self.revision,
            "author": self.author,
            "time": written_time(self.time),
            "message": self.message,
            "tags": list(self.tags),
            "source": self.source,
            "changes": self.changes,
            "digest": self.digest,
            "kept": self.kept,
        }


def written_time(time: dt.datetime) -> str:
    """Write *time* as UTC, so that the order of the texts is that of the times."""
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds")


def version_id(
    *,
    parent: str | None,
    environment: str,
    digest: str,
    author: str,
    time: dt.datetime,
    message: str,
) -> VersionId:
    """Name a version by its content and all that lies before it."""
    return VersionId(sha256_hex([parent, environment, digest, author, written_time(time), message]))


def id_of(version: Version) -> VersionId:
    """Return the id that follows from what *version* says."""
    return version_id(
        parent=version.parent,
        environment=version.environment,
        digest=version.digest,
        author=version.author,
        time=version.time,
        message=version.message,
    )


@runtime_checkable
class Tabular(Protocol):
    """Versions that give one attribute of all of them at once."""

    def column(self, name: str) -> list[Any]:
        """Return it for each version, in their order."""


@dataclass(frozen=True, slots=True)
class History(Showable, Sequence[Version]):
    """
    Versions of one stream or of all, newest first.

    Attributes:
        environment: Whose versions these are; an empty string for all.
    """

    versions: Sequence[Version] = ()
    environment: str = ""

    @overload
    def __getitem__(self, at: int) -> Version: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Version]: ...
    def __getitem__(self, at: int | slice) -> Version | Sequence[Version]:
        return self.versions[at]

    def __len__(self) -> int:
        return len(self.versions)

    def __iter__(self) -> Iterator[Version]:
        return iter(self.versions)

    def column(self, name: str) -> list[Any]:
        """Return one attribute of every version, from a listing without making them all."""
        if isinstance(self.versions, Tabular):
            return self.versions.column(name)
        return [getattr(version, name) for version in self.versions]

    def to_data(self) -> list[dict[str, Any]]:
        """Return the versions as plain data, newest first."""
        return [version.to_data() for version in self.versions]
