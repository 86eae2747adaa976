"""What a rule is: a plain generator over facts, with an identity and a page of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from escai_nb import keypath
from escai_nb.validation.finding import Severity
from escai_nb.validation.tier import Tier

if TYPE_CHECKING:
    from escai_nb.keypath import Path
    from escai_nb.origin import Origin

__all__ = [
    "ABSENT",
    "LAYERS",
    "MISFIT",
    "SEALED",
    "Check",
    "Facts",
    "Problem",
    "Rule",
    "Tier",
    "Unreadable",
    "page_only",
    "removal",
    "repeated_ids",
    "replace_with",
    "replacement",
    "rule",
    "severities_of",
]

T = TypeVar("T")

_LETTERS = {
    "E": Severity.ERROR,
    "W": Severity.WARNING,
    "A": Severity.ADVICE,
    "-": None,
}

LAYERS = {
    "0": "parse",
    "1": "schema",
    "2": "network",
    "3": "security",
    "4": "database",
    "5": "environment",
    "6": "dependency",
    "7": "resources",
    "8": "secrets",
    "9": "state",
}
"""First digit of an id ``ESCnxx`` → the layer it belongs to."""


def severities_of(text: str) -> dict[Tier, Severity | None]:
    """
    Read ``A/A/W/E``: one letter a tier, development first; ``-`` is off.

    Raises:
        ValueError: If *text* is not of that form.
    """
    letters = text.split("/")
    if len(letters) != len(Tier) or any(letter not in _LETTERS for letter in letters):
        message = f"{text!r} does not give one of E, W, A, - for each of four tiers"
        raise ValueError(message)
    return {tier: _LETTERS[letter] for tier, letter in zip(Tier, letters, strict=True)}


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What a rule yields; the validator makes a finding of it.

    The message never carries a secret. *patch* is a list of RFC 6902
    operations, *safe* says that applying it cannot hurt.
    """

    path: str
    message: str
    expected: str = ""
    related: tuple[str, ...] = ()
    patch: tuple[Mapping[str, Any], ...] = ()
    safe: bool = False


ABSENT = "is missing"
SEALED = "is sealed, and its key is not at hand"
MISFIT = "does not fit the model"


class Unreadable(Exception):  # noqa: N818  # a signal to the validator, not an error
    """A rule asked for a value that is not there to be judged."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.reason = reason


_steps = lru_cache(maxsize=8192)(keypath.parse)


class Facts:
    """
    The effective configuration as rules read it: defaults filled in, secrets opened.

    Attributes:
        environment: Name that was asked for; not what the file says of itself.

        tier: How serious that environment is.
    """

    __slots__ = (
        "_blocked",
        "_data",
        "_given",
        "_known",
        "_origin_of",
        "_unread",
        "environment",
        "tier",
    )

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        given: Mapping[str, Any],
        environment: str,
        tier: Tier,
        unreadable: Mapping[Path, str],
        origin_of: Callable[[Path], Origin | None],
    ) -> None:
        self._data = data
        self._given = given
        self.environment = environment
        self.tier = tier
        self._unread = unreadable
        # every container of an unreadable leaf cannot be read as a whole either
        self._blocked = {path[:depth]: path for path in unreadable for depth in range(len(path))}
        self._origin_of = origin_of
        self._known: dict[object, Any] = {}

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401  # any plain value
        """
        Return the value at *path*.

        Raises:
            Unreadable: If there is none, it does not fit the model, or is sealed.
        """
        return self.at(_steps(path))

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
        return here

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
        return not keypath.has(self._given, _steps(path))

    def origin(self, path: str) -> Origin | None:
        """Return where the value at *path* comes from."""
        return self._origin_of(_steps(path) if path else ())

    def once(self, compute: Callable[[Facts], T]) -> T:
        """Return what *compute* makes of these facts; several rules may share it."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        known: T = self._known[compute]
        return known

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


Check = Callable[[Facts], Iterator[Problem]]


def page_only(_: Facts) -> Iterator[Problem]:
    """Check nothing: for rules whose findings are made elsewhere."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule: what it checks, how serious that is where, and what it is founded on.

    Attributes:
        id: ``ESC`` and three digits, or a prefix of one's own and digits.

        severities: For each tier; None where the rule is off.

        why: Why it matters, one sentence.

        fix: What to do, one sentence.

        source: Public page or standard that says so, by its name.

        check: Generator of problems; it reads values through `Facts` alone.

        bad: Values by key path that give this finding and no other.

        good: Values by key path that do not give it.
    """

    id: str
    title: str
    layer: str
    severities: Mapping[Tier, Severity | None]
    why: str
    fix: str
    source: str
    check: Check
    bad: Mapping[str, Any] = field(default_factory=dict)
    good: Mapping[str, Any] = field(default_factory=dict)


def rule(  # noqa: PLR0913  # a rule has this many things to say
    rule_id: str,
    *,
    title: str,
    severities: str,
    why: str,
    fix: str,
    source: str,
    layer: str = "",
    bad: Mapping[str, Any] | None = None,
    good: Mapping[str, Any] | None = None,
) -> Callable[[Check], Rule]:
    """Make a `Rule` of the generator below; *severities* reads ``A/A/W/E``."""

    def make(check: Check) -> Rule:
        return Rule(
            id=rule_id,
            title=title,
            layer=layer or _layer_of(rule_id),
            severities=severities_of(severities),
            why=why,
            fix=fix,
            source=source,
            check=check,
            bad=bad or {},
            good=good or {},
        )

    return make


def _layer_of(rule_id: str) -> str:
    return LAYERS.get(rule_id[3:4], "own") if rule_id.startswith("ESC") else "own"


def replace_with(path: str, value: object) -> tuple[Mapping[str, Any], ...]:
    """Return the patch that puts *value* at *path*, whether or not it is written there."""
    return ({"op": "add", "path": keypath.pointer(_steps(path)), "value": value},)


def replacement(path: str, value: object) -> Mapping[str, Any]:
    """Return the operation that puts *value* in place of what lies at *path*."""
    return {"op": "replace", "path": keypath.pointer(_steps(path)), "value": value}


def removal(path: str) -> Mapping[str, Any]:
    """Return the operation that takes away what lies at *path*."""
    return {"op": "remove", "path": keypath.pointer(_steps(path))}


def repeated_ids(rules: Iterable[Rule]) -> list[str]:
    """List the ids that more than one of *rules* claims."""
    claims = Counter(each.id for each in rules)
    return sorted(name for name, count in claims.items() if count > 1)
