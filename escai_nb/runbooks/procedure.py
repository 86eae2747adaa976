"""What the steps of one runbook do, apart from how they are shown and recorded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from escai_nb.digest import sha256_hex
from escai_nb.display import Showable
from escai_nb.errors import PlanRefusedError
from escai_nb.views.sheet import Column, Sheet, Tone, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from escai_nb.runbooks.parameters import Parameters
    from escai_nb.workspace.layout import Workspace


@dataclass(frozen=True, slots=True)
class Check:
    """
    One question that was asked, and its answer.

    Attributes:
        subject: What was looked at.

        ok: Whether it is as it should be.

        detail: What was found, and what to do where it is not.
    """

    subject: str
    ok: bool
    detail: str


class Checks(Showable):
    """Several checks under one caption."""

    def __init__(self, caption: str, checks: tuple[Check, ...]) -> None:
        self.caption = caption
        self.checks = checks

    def __repr__(self) -> str:
        return self.to_sheet().summary

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.ok)

    def to_data(self) -> list[dict[str, object]]:
        """Write the checks as plain data."""
        return [{"subject": c.subject, "ok": c.ok, "detail": c.detail} for c in self.checks]

    def to_sheet(self) -> Sheet:
        """Lay the checks out as rows, in the order in which they were made."""
        bad = len(self.failed)
        return Sheet(
            caption=self.caption,
            columns=(
                Column("subject", "Checked"),
                Column("verdict", "Verdict", "badge", ("failed", "passed")),
                Column("detail", "Found"),
            ),
            rows=tuple((c.subject, "passed" if c.ok else "failed", c.detail) for c in self.checks),
            tones=tuple(Tone.GOOD if c.ok else Tone.DANGER for c in self.checks),
            summary=f"{self.caption}: {counted(len(self.checks), 'check')}, {bad} failed",
            empty="nothing to check.",
            index="subject",
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What would be done, decided before anything is.

    Attributes:
        data: All of it as plain data, without a secret.

        table: The same for people.

        hash: Names the plan and the world that it was made for.
    """

    data: Mapping[str, Any]
    table: Showable
    hash: str

    @classmethod
    def of(cls, caption: str, data: Mapping[str, Any]) -> Plan:
        """Return a plan that is named by its *data* alone, and shown as facts."""
        return cls(data, Facts(caption, data), sha256_hex(data))


class Facts(Showable):
    """A few named values, shown as a table of two columns."""

    def __init__(self, caption: str, facts: Mapping[str, object]) -> None:
        self.caption = caption
        self.facts = dict(facts)

    def __repr__(self) -> str:
        return self.to_sheet().summary

    def to_sheet(self) -> Sheet:
        """Lay the facts out as rows, in their order."""
        rows = tuple((name, _said(value)) for name, value in self.facts.items())
        return Sheet(
            caption=self.caption,
            columns=(Column("fact", "What"), Column("value", "Value", "code")),
            rows=rows,
            tones=(Tone.NEUTRAL,) * len(rows),
            summary=f"{self.caption}: " + ", ".join(f"{name} {value}" for name, value in rows),
            empty="nothing.",
            index="fact",
        )


def _said(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


class Procedure(ABC):
    """
    The work of one runbook, step by step; each step may be called again.

    Attributes:
        model: What the runbook may be told.

        parameters: What it was told.

        workspace: The workspace that it works on.
    """

    model: ClassVar[type[Parameters]]

    def __init__(self, parameters: Parameters, workspace: Workspace) -> None:
        self.parameters = parameters
        self.workspace = workspace

    @property
    def environment(self) -> str:
        """The environment that may be changed."""
        return self.parameters.environment

    @abstractmethod
    def preflight(self) -> Iterator[Check]:
        """Look at everything that could stop the work, without touching it."""

    @abstractmethod
    def plan(self) -> Plan:
        """Decide what is to be done; the same world gives the same plan."""

    @abstractmethod
    def apply(self, plan: Plan, progress: Callable[[str, int, int], None]) -> Mapping[str, Any]:
        """Do what *plan* says, if the world is still the planned one; tell what was done."""

    @abstractmethod
    def verify(self, plan: Plan, done: Mapping[str, Any]) -> Iterator[Check]:
        """Look at the result with fresh eyes, and compare it with the plan."""


def require_unchanged(planned: Plan, now: Plan) -> None:
    """
    Return only if the same plan would be made *now*.

    Raises:
        PlanRefusedError: Otherwise.
    """
    if planned.hash != now.hash:
        message = "the environment changed since the plan was made"
        raise PlanRefusedError(message, hint="run the plan again, look at it, and apply that")
