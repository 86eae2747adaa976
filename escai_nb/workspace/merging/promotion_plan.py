"""What a promotion would do, as a value that can be shown, hashed and refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from escai_nb.display import Showable

if TYPE_CHECKING:
    from escai_nb.validation.finding import Finding

Side = Literal["source", "target"]
"""Whose value is taken where both sides changed it."""


class Action(StrEnum):
    """What a plan does with one place."""

    PROMOTE = "promote"
    REMOVE = "remove"
    KEEP = "keep"
    CONFLICT = "conflict"
    NEEDS_VALUE = "needs a value"


BLOCKING = frozenset({Action.CONFLICT, Action.NEEDS_VALUE})
CHANGING = frozenset({Action.PROMOTE, Action.REMOVE})


@dataclass(frozen=True, slots=True)
class PlanRow:
    """
    One place in which the two environments differ.

    Attributes:
        promotion: Promotion class of the field.

        base: What both came from, as the source saw it.

        result: What the target will say.

    Values are masked where they are secret; ``None`` also stands for absent.
    """

    path: str
    promotion: str
    base: object
    source: object
    target: object
    result: object
    action: Action
    reason: str


@dataclass(frozen=True, slots=True)
class PromotionPlan(Showable):
    """
    What a promotion would do; pure data, and a hash that names it.

    Attributes:
        source: Environment that values come from.

        target: Environment that values go to.

        rows: Every place in which they differ, in model order.

        source_version: Newest version of the source, as planned for.

        target_version: Newest version of the target, as planned for.

        findings: Error findings that the result would bring to the target.

        only: Key paths that the plan is limited to; empty for all.

        take: Decisions on conflicts, by key path.

        hash: SHA-256 over all of this.
    """

    source: str
    target: str
    rows: tuple[PlanRow, ...]
    source_version: str
    target_version: str
    findings: tuple[Finding, ...]
    only: tuple[str, ...] = ()
    take: tuple[tuple[str, Side], ...] = ()
    hash: str = ""

    @property
    def changes(self) -> tuple[PlanRow, ...]:
        """The rows that change the target."""
        return tuple(row for row in self.rows if row.action in CHANGING)

    @property
    def conflicts(self) -> tuple[PlanRow, ...]:
        """The rows that must be decided before the plan can be applied."""
        return tuple(row for row in self.rows if row.action in BLOCKING)

    @property
    def applicable(self) -> bool:
        """Tell that nothing stands against applying it."""
        return not self.conflicts and not self.findings

    def to_data(self) -> dict[str, Any]:
        """Return the plan as plain data, secrets masked."""
        return {
            "format": 1,
            "source": self.source,
            "target": self.target,
            "source_version": self.source_version,
            "target_version": self.target_version,
            "only": list(self.only),
            "take": dict(self.take),
            "rows": [
                {
                    "path": row.path,
                    "class": row.promotion,
                    "base": row.base,
                    "source": row.source,
                    "target": row.target,
                    "result": row.result,
                    "action": row.action.value,
                    "reason": row.reason,
                }
                for row in self.rows
            ],
            "findings": [finding.to_data() for finding in self.findings],
            "hash": self.hash,
        }
