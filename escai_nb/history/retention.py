"""Which contents a history may let go of: decided here, done by the store."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb.display import Showable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from escai_nb.history.version import Version


@dataclass(frozen=True, slots=True)
class Retention:
    """
    What is to be kept; a version that any of the first two keeps is kept.

    Attributes:
        keep: Newest versions of each stream, a count.

        keep_days: Age up to which versions are kept, in days.

        max_size: Bytes that all contents may take, as they are stored; the
            oldest go first, also those that the other two would keep.
    """

    keep: int | None = None
    keep_days: int | None = None
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class RetentionPlan(Showable):
    """
    What a clean-up would do.

    Attributes:
        dropped: Versions whose content goes, oldest first; their rows stay.

        kept: How many contents stay.

        protected: Id of each version that stays whatever is asked → why.

        freed: Bytes that the dropped contents take.
    """

    dropped: tuple[Version, ...]
    kept: int
    protected: Mapping[str, str]
    freed: int

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "dropped": [version.to_data() for version in self.dropped],
            "kept": self.kept,
            "protected": dict(self.protected),
            "freed": self.freed,
        }


def protected_versions(versions: Sequence[Version]) -> dict[str, str]:
    """
    Tell which of *versions*, newest first, keep their content whatever is asked, and why.

    These are tagged ones, each stream's head and the one before it, and those
    that others were made from.
    """
    why: dict[str, str] = {}
    heads: dict[str, Version] = {}
    for version in versions:
        if version.source is not None:
            why[version.source] = f"version {version.short} was made from it"
        heads.setdefault(version.environment, version)
    for version in versions:
        if version.tags:
            why[version.id] = f"it is tagged {', '.join(version.tags)}"
    for head in heads.values():
        if head.parent is not None:
            why[head.parent] = "it lies before the head"
        why[head.id] = "it is the head"
    return why


def plan_retention(
    versions: Sequence[Version],
    wanted: Retention,
    *,
    now: dt.datetime,
    sizes: Mapping[str, int] | None = None,
    bases: Mapping[str, str] | None = None,
    only: str | None = None,
) -> RetentionPlan:
    """
    Decide which of *versions*, newest first, lose their content.

    *sizes* are the stored bytes of each content by its digest, *bases* say which
    content one is written against. A content that several versions share, or
    that others are written against, is freed with the last of them. With
    *only*, versions of other streams stay.
    """
    versions = tuple(versions)
    protected = protected_versions(versions)
    if only is not None:
        others = (v.id for v in versions if v.environment != only)
        protected |= dict.fromkeys(others, "it is of another environment")
    kept = [version for version in versions if version.kept]
    going = {v.id for v in _outdated(kept, wanted, now)} - protected.keys()
    room = _Room(sizes or {}, bases or {})
    for version in kept:
        room.take(version.digest)
    taken = room.total
    for version in kept:
        if version.id in going:
            room.give(version.digest)
    for version in reversed(kept) if wanted.max_size is not None else ():
        if room.total <= (wanted.max_size or 0):
            break
        if version.id not in going and version.id not in protected:
            going.add(version.id)
            room.give(version.digest)
    dropped = tuple(v for v in reversed(kept) if v.id in going)
    return RetentionPlan(dropped, len(kept) - len(dropped), protected, taken - room.total)


class _Room:
    """What contents take on the disk, each as long as something needs it."""

    def __init__(self, sizes: Mapping[str, int], bases: Mapping[str, str]) -> None:
        self.total = 0
        self._sizes, self._bases = sizes, bases
        self._uses: Counter[str] = Counter()

    def take(self, digest: str) -> None:
        """Need a content once more."""
        self._uses[digest] += 1
        if self._uses[digest] == 1:
            self.total += self._sizes.get(digest, 0)
            if digest in self._bases:
                self.take(self._bases[digest])

    def give(self, digest: str) -> None:
        """Need a content once less."""
        self._uses[digest] -= 1
        if not self._uses[digest]:
            self.total -= self._sizes.get(digest, 0)
            if digest in self._bases:
                self.give(self._bases[digest])


def _outdated(kept: Sequence[Version], wanted: Retention, now: dt.datetime) -> list[Version]:
    """List what neither its place nor its age keeps."""
    if wanted.keep is None and wanted.keep_days is None:
        return []
    seen: defaultdict[str, int] = defaultdict(int)
    found = []
    for version in kept:
        seen[version.environment] += 1
        is_among_newest = wanted.keep is not None and seen[version.environment] <= wanted.keep
        is_young = wanted.keep_days is not None and version.time > now - dt.timedelta(
            days=wanted.keep_days
        )
        if not is_among_newest and not is_young:
            found.append(version)
    return found
