"""What a rule is: a plain generator over facts, with an identity and a page of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from escai_nb import keypath
from escai_nb.origin import Origin
from escai_nb.validation.facts import ABSENT, MISFIT, SEALED, Facts, Unreadable, steps_of
from escai_nb.validation.finding import Severity
from escai_nb.validation.tier import Tier

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

    Attributes:
        message: What is the case, without the path; never carries a secret.

        related: Key paths of the other values that take part.

        patch: RFC 6902 operations that mend it; not shown, as they may bring a secret.

        safe: Applying the patch cannot hurt.

        origin: Where it stands, if not where the value at *path* comes from.

        related_origins: Where *related* stand, if not in this environment.
    """

    path: str
    message: str
    expected: str = ""
    related: tuple[str, ...] = ()
    patch: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    safe: bool = False
    origin: Origin | None = None
    related_origins: tuple[Origin | None, ...] = ()

    def __post_init__(self) -> None:
        """
        Return if a finding can be made of this.

        Raises:
            TypeError: If a part is not what it should be; the rule that makes it fails.
        """
        texts = (self.path, self.message, self.expected, *_listed(self.related))
        origins = (self.origin, *_listed(self.related_origins))
        if not all(isinstance(text, str) for text in texts):
            message = "path, message, expected and each related path are texts"
            raise TypeError(message)
        if not all(isinstance(origin, Origin | None) for origin in origins):
            message = "an origin is an Origin"
            raise TypeError(message)
        if self.related_origins and len(self.related_origins) != len(self.related):
            message = "related_origins has one for each of related"
            raise TypeError(message)
        if not all(map(_is_operation, _listed(self.patch))):
            message = "a patch is a tuple of RFC 6902 operations"
            raise TypeError(message)


def _listed(value: object) -> tuple[object, ...]:
    """
    Return *value*, a tuple or a list.

    Raises:
        TypeError: If it is something else, such as one text instead of several.
    """
    if isinstance(value, tuple | list):
        return tuple(value)
    message = f"a {type(value).__name__} is no tuple"
    raise TypeError(message)


_OPERATIONS = {"add": "value", "replace": "value", "remove": "path", "move": "from"}
"""What a patch may do, and what each needs beside its path."""


def _is_operation(value: object) -> bool:
    if not isinstance(value, Mapping) or not _is_pointer(value.get("path")):
        return False
    needed = _OPERATIONS.get(str(value.get("op")))
    if needed == "from" and not _is_pointer(value.get("from")):
        return False
    try:
        json.dumps(value.get("value"))
    except (TypeError, ValueError, RecursionError):
        return False
    return needed in value


def _is_pointer(value: object) -> bool:
    return isinstance(value, str) and (not value or value.startswith("/"))


Check = Callable[..., Iterator[Problem]]
"""A generator of problems: of facts alone, or of facts and the rule's limit."""


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

        check: Generator of problems; it reads values through `Facts` alone. A
            rule with a limit gets that as its second argument.

        remark: A comment that gives this finding.

        limit: The number from which on there is a problem, for each tier; a
            policy may set another one. None where there is none to set.

        unit: What *limit* counts.

        bad: Values by key path that give this finding and no other.

        good: Values by key path that do not give it.

        beside: Values by key path that another environment has in both examples.

        texts: Bad and good example where it is the text of a file that counts.

        instead_of: Ids of rules that this one tells the better of, at the same place:
            what mends its finding mends theirs.
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
    beside: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    limit: Mapping[Tier, float] | None = None
    unit: str = ""
    instead_of: tuple[str, ...] = ()
    texts: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        """
        Return if the rule can be asked.

        Raises:
            TypeError: If not.
        """
        if not isinstance(self.id, str) or not self.id.isprintable() or not self.id.strip():
            message = "the id of a rule is a text such as TEAM001"
            raise TypeError(message)
        said = (self.title, self.layer, self.why, self.fix, self.source)
        if not all(isinstance(text, str) for text in said):
            message = f"title, layer, why, fix and source of rule {self.id} are texts"
            raise TypeError(message)
        if not isinstance(self.severities, Mapping) or {*self.severities} != {*Tier}:
            message = f"rule {self.id} says no severity for some environment"
            raise TypeError(message)
        if not callable(self.check):
            message = f"the check of rule {self.id} is no function"
            raise TypeError(message)

    def problems(self, facts: Facts) -> Iterator[Problem]:
        """Return what the rule finds in *facts*."""
        if self.limit is None:
            return self.check(facts)
        return self.check(facts, self.limit[facts.tier])


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
    beside: Mapping[str, Any] | None = None,
    remark: str = "",
    limit: float | Mapping[Tier, float] | None = None,
    unit: str = "",
    instead_of: tuple[str, ...] = (),
) -> Callable[[Check], Rule]:
    """Make a `Rule` of the generator below; *severities* reads ``A/A/W/E``."""
    limits = dict.fromkeys(Tier, limit) if isinstance(limit, int | float) else limit

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
            beside=beside or {},
            remark=remark,
            limit=limits,
            unit=unit,
            instead_of=instead_of,
        )

    return make


def _layer_of(rule_id: str) -> str:
    is_ours = str(rule_id).startswith("ESC")
    return LAYERS.get(rule_id[3:4], "own") if is_ours else "own"


def replace_with(path: str, value: object) -> tuple[Mapping[str, Any], ...]:
    """
    Return the patch that puts *value* at *path*, whether or not it is written there.

    Of a list it replaces the item.
    """
    steps = steps_of(path)
    op = "replace" if isinstance(steps[-1], int) else "add"
    return ({"op": op, "path": keypath.pointer(steps), "value": value},)


def replacement(path: str, value: object) -> Mapping[str, Any]:
    """Return the operation that puts *value* in place of what lies at *path*."""
    return {"op": "replace", "path": keypath.pointer(steps_of(path)), "value": value}


def removal(path: str) -> Mapping[str, Any]:
    """Return the operation that takes away what lies at *path*."""
    return {"op": "remove", "path": keypath.pointer(steps_of(path))}


def repeated_ids(rules: Iterable[Rule]) -> list[str]:
    """List the ids that more than one of *rules* claims, in whatever case."""
    claims = Counter(each.id.upper() for each in rules)
    return sorted(name for name, count in claims.items() if count > 1)
