"""
Findings put aside on purpose: where, why, and until when.

A comment says it beside the entry: ``# escai: ignore ESC203 until=2027-01-31
reason="moves in spring"``. The policy of a workspace says it for key paths.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import KeyPathError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.origin import Origin
    from escai_nb.validation.facts import Comment

IGNORE = "ignore"
_CALL = re.compile(
    r"(?:^|[#;]\s*)escai:\s*(?P<verb>[a-z]+)\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
"""A comment that speaks to us from its beginning, or behind a ``#`` or ``;`` of its own."""
_RULES = re.compile(r"\s*(?P<rules>[A-Za-z]+\d+(?:[\s,]+[A-Za-z]+\d+)*)(?=\s|$)")
_OPTION = re.compile(
    r"""\s+(?P<name>[a-z]+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|“(?P<curly>[^”]*)”
    |(?P<bare>\S+))""",
    re.VERBOSE,
)
_OPTIONS = frozenset({"until", "environments", "reason"})


@dataclass(frozen=True, slots=True)
class Suppression:
    """
    One finding, or several of one rule, put aside.

    Attributes:
        rule: Id of the rule.

        reason: Why; nothing is put aside without one.

        until: Last day on which it holds; None for ever.

        path: Key path at and below which it holds; empty for all. A ``*`` stands for any
            part of a name, or for any number of an item.

        environments: Where it holds; empty for everywhere.

        origin: Where it stands.

        in_file: It holds only for what stands in that file too, as a comment does.

        trouble: Why it cannot be understood; empty if it can.
    """

    rule: str
    reason: str = ""
    until: date | None = None
    path: str = ""
    environments: tuple[str, ...] = ()
    origin: Origin | None = field(default=None, compare=False)
    in_file: bool = False
    trouble: str = ""

    def holds_in(self, environment: str) -> bool:
        """Tell whether it is meant for *environment*."""
        return not self.environments or environment in self.environments

    def is_over(self, today: date) -> bool:
        """Tell whether its last day lies before *today*."""
        return self.until is not None and self.until < today

    def reaches(self, path: str) -> bool:
        """Tell whether *path* lies at or below its own."""
        if not self.path:
            return True
        if "*" in self.path:
            return _pattern(self.path).match(path) is not None
        try:
            own, steps = keypath.parse(self.path), keypath.parse(path) if path else ()
        except KeyPathError:
            return False
        return steps[: len(own)] == own

    def to_data(self) -> dict[str, Any]:
        """Return it as an entry of a policy file."""
        entry: dict[str, Any] = {"rule": self.rule}
        if self.path:
            entry["path"] = self.path
        if self.environments:
            entry["environments"] = list(self.environments)
        if self.until is not None:
            entry["until"] = self.until.isoformat()
        if self.reason:
            entry["reason"] = self.reason
        return entry


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    """Return what matches the key paths at and below *path*, in which a ``*`` is any text."""
    return re.compile(r"[^.\[\]]*".join(map(re.escape, path.split("*"))) + r"(?=[.\[]|\Z)")


def speaks_to_us(text: str) -> bool:
    """Tell whether a comment may be a suppression; cheap, and never wrong about one that is."""
    return "escai:" in text.lower()


def before_call(text: str) -> str:
    """Return what a comment says before it speaks to us; all of it if it never does."""
    call = _CALL.search(text)
    return text if call is None else text[: call.start()]


def of_comment(comment: Comment) -> Iterator[Suppression]:
    """Yield what *comment* puts aside; nothing if it is an ordinary one."""
    call = _CALL.search(comment.text)
    if call is None:
        return
    verb = call["verb"].lower()
    blank = Suppression("", path=comment.path, origin=comment.origin, in_file=True)
    if verb != IGNORE:
        if difflib.get_close_matches(verb, [IGNORE], cutoff=0.7):
            yield replace(blank, trouble=f"says {verb!r}; did you mean {IGNORE}?")
        return
    named = _RULES.match(call["rest"])
    if named is None:
        yield replace(blank, trouble="names no rule")
        return
    meant = _with_options(blank, call["rest"][named.end() :])
    for name in re.findall(r"\w+", named["rules"]):
        yield replace(meant, rule=name.upper())


def _with_options(blank: Suppression, text: str) -> Suppression:
    """Return *blank* with the options that *text* writes out, or with its trouble."""
    options: dict[str, str] = {}
    at = 0
    while option := _OPTION.match(text, at):
        at = option.end()
        quoted = (option["double"], option["single"], option["curly"], option["bare"])
        options[option["name"]] = next(value for value in quoted if value is not None)
    strange = sorted(set(options) - _OPTIONS)
    if text[at:].strip() or strange:
        rest = strange[0] if strange else text[at:].split(maxsplit=1)[0]
        hint = 'write: escai: ignore ESC203 until=2027-01-31 reason="…"'
        return replace(blank, trouble=f"has {rest!r}, which means nothing ({hint})")
    try:
        until = date.fromisoformat(options["until"]) if "until" in options else None
    except ValueError:
        return replace(blank, trouble="has an until that is no date like 2027-01-31")
    names = [name.strip() for name in options.get("environments", "").split(",")]
    return replace(
        blank,
        until=until,
        environments=tuple(filter(None, names)),
        reason=options.get("reason", "").strip(),
    )
