"""
Rules by others: of installed packages, and of modules that are named.

A package offers rules under the entry-point group ``escai_nb.rules``; what is
behind an entry, or behind ``module:NAME``, is one rule or several, or a module
that holds some.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from escai_nb.display import load
from escai_nb.errors import SpecError
from escai_nb.validation.model_rules import MODEL_RULES
from escai_nb.validation.rule import Rule
from escai_nb.validation.state_rules import RULES_MISSING, STATE_RULES, finding_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

    from escai_nb.validation.finding import Finding
    from escai_nb.validation.tier import Tier

GROUP = "escai_nb.rules"
"""Entry-point group under which other packages offer their rules."""


@dataclass(frozen=True, slots=True)
class Judges:
    """
    All rules that there are.

    Attributes:
        failures: What could not be loaded, each in a sentence.
    """

    rules: tuple[Rule, ...]
    failures: tuple[str, ...] = ()

    def findings(self, tier: Tier) -> Iterator[Finding]:
        """Say what is not checked because its rule could not be loaded."""
        for failure in self.failures:
            yield finding_of(RULES_MISSING, tier, failure, origin=None)


def with_installed(own: tuple[Rule, ...]) -> Judges:
    """Return *own* and what installed packages bring; an id that is taken is a failure."""
    found = _installed(tuple(sys.path))
    rules: list[Rule] = []
    failures = list(found.failures)
    taken = {rule.id for rule in (*MODEL_RULES, *STATE_RULES)}
    for whose, brought in (("the spec", own), ("a package", found.rules)):
        for rule in brought:
            if rule.id.upper() in taken:
                failures.append(f"{whose} brings a rule {rule.id}, and there is one already")
            else:
                rules.append(rule)
            taken.add(rule.id.upper())
    return Judges(tuple(rules), tuple(failures))


def load_rules(reference: str) -> tuple[Rule, ...]:
    """
    Return the rules that ``module:NAME`` names, or all that lie in ``module``.

    Raises:
        SpecError: If there are none.
    """
    try:
        return _rules_in(load(reference)) if ":" in reference else _rules_of(reference)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a module of others may raise anything, also to exit
        message = f"rules {reference} cannot be loaded: {type(error).__name__}: {error}"
        hint = "name a module with rules, or as module:NAME a Rule or a tuple of them"
        raise SpecError(message, hint=hint) from None


def _rules_of(name: str) -> tuple[Rule, ...]:
    """
    Return the rules that lie in the module *name*, by themselves or in tuples and lists.

    Raises:
        TypeError: If there are none.
    """
    values = [value for key, value in vars(load(name)).items() if key[:1] != "_"]
    listed = [each if isinstance(each, tuple | list) else (each,) for each in values]
    # a rule has a name of its own and may lie in a list as well
    found = {id(rule): rule for each in listed for rule in each if isinstance(rule, Rule)}
    if not found:
        message = f"there is no rule in {name}"
        raise TypeError(message)
    return tuple(found.values())


@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> Judges:
    if not any(map(_is_offering, path)):
        return Judges(())
    from importlib.metadata import entry_points  # slow, and seldom needed

    rules: list[Rule] = []
    failures: list[str] = []
    for entry in entry_points(group=GROUP):
        try:
            found = entry.load()
            rules += _rules_of(entry.module) if isinstance(found, ModuleType) else _rules_in(found)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # a package of others may raise anything, also to exit
            failures.append(f"rules {entry.name} of {_package(entry)}: {type(error).__name__}")
    return Judges(tuple(rules), tuple(failures))


def _is_offering(folder: str) -> bool:
    """Tell whether a package in *folder* may offer rules; this is what a search costs."""
    files = Path(folder or ".").glob("*.*-info/entry_points.txt")
    return any(GROUP.encode() in file.read_bytes() for file in files if file.is_file())


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _rules_in(value: object) -> tuple[Rule, ...]:
    """
    Return the rules in *value*.

    Raises:
        TypeError: If there is something else.
    """
    rules = (value,) if isinstance(value, Rule) else value
    if not isinstance(rules, Iterable):
        message = f"a {type(value).__name__} is no rule"
        raise TypeError(message)
    listed = tuple(rules)
    for each in listed:
        if not isinstance(each, Rule):
            message = f"a {type(each).__name__} is no rule"
            raise TypeError(message)
    return listed
