"""What rules judge: the effective values of one environment, and what lies around them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from escai_nb import keypath
from escai_nb.validation.level import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from escai_nb.keypath import Path
    from escai_nb.origin import Origin
    from escai_nb.validation.live.outcome import Outcome
    from escai_nb.validation.tier import Tier

T = TypeVar("T")

ABSENT = "is missing"
SEALED = "is sealed, and its key is not at hand"
MISFIT = "does not fit the model"
UNPARSED = "could not be read"


class Unreadable(Exception):  # noqa: N818  # a signal to the validator, not an error
    """A rule asked for a value that is not there to be judged."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.reason = reason


steps_of = lru_cache(maxsize=8192)(keypath.parse)
"""Read a key path; rules ask for the same ones again and again."""


@dataclass(frozen=True, slots=True)
class Comment:
    """
    A comment in a configuration file.

    Attributes:
        text: What it says, without its sign.

        path: Key path of the entry that it stands at or before; empty for the whole.
    """

    text: str = field(repr=False)
    path: str
    origin: Origin | None = None


class Neighbour:
    """
    Another environment of the same workspace, as far as it can be read.

    Its secrets are not in here: they are known by a keyed hash, which tells
    whether a secret is the same, and nothing else.

    Args:
        data: Its effective values; secrets absent.

        unreadable: Paths that are sealed and did not open.

        marks: Keyed hash of each secret → the path that it lies at.

        mark: Makes the keyed hash.

        problem: Why nothing of it can be read; empty where it can.
    """

    __slots__ = ("_data", "_mark", "_marks", "_origin_of", "_problem", "_unread", "environment")

    def __init__(  # one fact each, by keyword
        self,
        environment: str,
        *,
        data: Mapping[str, Any],
        unreadable: Sequence[Path] = (),
        marks: Mapping[bytes, Path] | None = None,
        mark: Callable[[str], bytes] = str.encode,
        origin_of: Callable[[Path], Origin | None] = lambda _: None,
        problem: str = "",
    ) -> None:
        self.environment = environment
        self._data = data
        self._unread = tuple(unreadable)
        self._marks = marks or {}
        self._mark = mark
        self._origin_of = origin_of
        self._problem = problem

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401
        """
        Return the value at *path*.

        Raises:
            Unreadable: If there is none, or nothing of this environment can be read.
        """
        if self._problem:
            raise Unreadable(self.environment, self._problem)
        steps = steps_of(path)
        if steps in self._unread:
            raise Unreadable(self.named(path), SEALED)
        if not keypath.has(self._data, steps):
            raise Unreadable(self.named(path), ABSENT)
        return keypath.get(self._data, steps)

    def holder_of(self, secret: str) -> str:
        """Return the key path that holds the same *secret* there, or an empty string."""
        return keypath.render(self._marks.get(self._mark(secret), ()))

    def require_secrets(self) -> None:
        """
        Return if all its secrets could be compared.

        Raises:
            Unreadable: Otherwise.
        """
        if self._problem:
            raise Unreadable(self.environment, self._problem)
        if self._unread:
            raise Unreadable(self.named(keypath.render(self._unread[0])), SEALED)

    def named(self, path: str) -> str:
        """Write *path* so that it is told from one of this environment."""
        return f"{path} of {self.environment}"

    def origin(self, path: str) -> Origin | None:
        """Return where the value at *path* comes from there."""
        return self._origin_of(steps_of(path))

    def __repr__(self) -> str:
        return f"Neighbour({self.environment!r}, values hidden)"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What lies around the values; each part is looked up when a rule first asks.

    Attributes:
        comments: Gives the comments of the files whose text matters, in order.

        neighbours: Gives the other environments.

        level: How readily something is taken for personal data or a stray secret.

        live: Asks what the values name outside; nothing where that is not wished for.
    """

    comments: Callable[[Callable[[str], bool]], Sequence[Comment]] = lambda _: ()
    neighbours: Callable[[], Sequence[Neighbour]] = tuple
    level: Level = Level.MEDIUM
    live: Callable[[Facts], tuple[Outcome, ...]] | None = None


NOTHING_AROUND = Surroundings()


class Facts:
    """
    The effective configuration as rules read it: defaults filled in, secrets opened.

    Attributes:
        environment: Name that was asked for; not what the file says of itself.

        tier: How serious that environment is.

        level: How readily something is taken for personal data or a stray secret.
    """

    __slots__ = (
        "_around",
        "_blocked",
        "_data",
        "_given",
        "_known",
        "_origin_of",
        "_unread",
        "environment",
        "level",
        "tier",
    )

    def __init__(  # one fact each, by keyword
        self,
        data: Mapping[str, Any],
        *,
        given: Mapping[str, Any],
        environment: str,
        tier: Tier,
        unreadable: Mapping[Path, str],
        origin_of: Callable[[Path], Origin | None],
        around: Surroundings = NOTHING_AROUND,
    ) -> None:
        self._data = data
        self._given = given
        self.environment = environment
        self.tier = tier
        self._unread = unreadable
        # every container of an unreadable leaf cannot be read as a whole either
        self._blocked = {path[:depth]: path for path in unreadable for depth in range(len(path))}
        self._origin_of = origin_of
        self._around = around
        self.level = around.level
        self._known: dict[object, Any] = {}

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401  # any plain value
        """
        Return the value at *path*.

        Raises:
            Unreadable: If there is none, it does not fit the model, or is sealed.
        """
        return self.at(steps_of(path))

    def at(self, steps: Path) -> Any:  # noqa: ANN401
        """Return the value at the path *steps*, as ``facts["…"]`` does."""
        if self._unread:
            self._refuse_unreadable(steps)
        here: Any = self._data
        try:
            for step in steps:
                here = here[step]
        except (KeyError, IndexError, TypeError):
            raise Unreadable(keypath.render(steps), ABSENT) from None
        # what one rule does to a list must not reach the next
        return deepcopy(here) if isinstance(here, list | dict) else here

    def _refuse_unreadable(self, steps: Path) -> None:
        for depth in range(len(steps) + 1):
            reason = self._unread.get(steps[:depth])
            if reason is not None:
                raise Unreadable(keypath.render(steps[:depth]), reason)
        below = self._blocked.get(steps)
        if below is not None:
            raise Unreadable(keypath.render(below), self._unread[below])

    def has(self, path: str) -> bool:
        """
        Tell whether there is a value at *path*, be it a default, that is not null.

        Raises:
            Unreadable: If there is one that cannot be judged.
        """
        try:
            return self[path] is not None
        except Unreadable as gap:
            if gap.reason != ABSENT:
                raise
            return False

    def each(self, *paths: str) -> Iterator[tuple[str, Any]]:
        """
        Yield each of *paths* with its value; one that cannot be read waits for the end.

        Raises:
            Unreadable: After all others, for the first that cannot be judged.
        """
        first: Unreadable | None = None
        for path in paths:
            try:
                value = self[path]
            except Unreadable as gap:
                first = first or gap
            else:
                yield path, value
        if first is not None:
            raise first

    def is_default(self, path: str) -> bool:
        """Tell whether no layer gives *path* a value of its own."""
        return not keypath.has(self._given, steps_of(path))

    def origin(self, path: str) -> Origin | None:
        """Return where the value at *path* comes from."""
        return self._origin_of(steps_of(path) if path else ())

    def once(self, compute: Callable[[Facts], T]) -> T:
        """Return what *compute* makes of these facts; several rules may share it."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        known: T = self._known[compute]
        return known

    def comments(self, matters: Callable[[str], bool] = lambda _: True) -> Sequence[Comment]:
        """Return the comments of the files whose text *matters*, in order."""
        return self._around.comments(matters)

    def neighbours(self) -> Sequence[Neighbour]:
        """Return the other environments of the workspace."""
        return self._around.neighbours()

    def live(self) -> tuple[Outcome, ...] | None:
        """Return what came out of live checks; nothing where nothing was asked."""
        return self.once(self._around.live) if self._around.live is not None else None

    def place(self, pointer: str) -> Path:
        """Read a JSON Pointer, which tells list positions from names by what lies there."""
        return keypath.from_pointer(pointer, self._data)

    def gaps(self) -> Mapping[Path, str]:
        """Return the paths that cannot be read, with the reason."""
        return self._unread

    def leaves(self) -> Iterator[tuple[Path, Any]]:
        """Walk all leaves that can be read, in order."""
        if not self._unread:
            yield from keypath.leaves(self._data)
            return
        for path, value in keypath.leaves(self._data):
            if not any(path[:depth] in self._unread for depth in range(len(path) + 1)):
                yield path, value

    def __repr__(self) -> str:
        return f"Facts({self.environment!r}, values hidden)"
