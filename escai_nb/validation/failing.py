"""Rules that fail: whatever they raise is a finding of its own, and harms no other rule."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

from escai_nb.validation.rule import Problem
from escai_nb.validation.state_rules import RULE_FAILED, finding_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.validation.facts import Facts
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.rule import Rule
    from escai_nb.validation.tier import Tier

MOST_PROBLEMS = 25_000
"""Problems of one rule; GitHub's code scanning takes no more results in a run."""


class EndlessRuleError(Exception):
    """A rule went on finding problems."""


def checked_problems(rule: Rule, facts: Facts) -> Iterator[Problem]:
    """
    Yield what *rule* finds, as long as these are problems.

    Raises:
        TypeError: If the rule yields something else.
        EndlessRuleError: Instead of more than `MOST_PROBLEMS`.
    """
    problems = iter(rule.problems(facts))
    for problem in islice(problems, MOST_PROBLEMS):
        if not isinstance(problem, Problem):
            message = f"a {type(problem).__name__} is no Problem"
            raise TypeError(message)
        yield problem
    for _ in problems:
        if isinstance(problems, Generator):
            with suppress(StopIteration):  # it may catch that, and end
                problems.throw(EndlessRuleError())  # from its own line, which is told then
        raise EndlessRuleError


def rule_failed(rule: Rule, tier: Tier, error: BaseException) -> Finding:
    """
    Say that *rule* raised; it weighs as much as what the rule would have found.

    Only the type of *error* and the line of the rule are told, as its text may be a secret.
    """
    message = f"rule {rule.id} failed with {type(error).__name__}{_place(rule, error)}"
    finding = finding_of(RULE_FAILED, tier, message, origin=None)
    return replace(finding, severity=rule.severities[tier] or finding.severity, layer=rule.layer)


def waiting_for(rule: Rule, stopped: KeyboardInterrupt) -> str:
    """Say which rule somebody did not wait for, and where it was."""
    return f"while rule {rule.id} was asked{_place(rule, stopped)}"


def _place(rule: Rule, error: BaseException) -> str:
    """Name the last line of the rule's own file that was reached."""
    file = getattr(getattr(rule.check, "__code__", None), "co_filename", "")
    lines = [
        line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == file
    ]
    if not lines:
        return ""
    if "ipykernel" in file:
        return f" (line {lines[-1]} of its cell)"
    return f" ({Path(file).name}:{lines[-1]})"
