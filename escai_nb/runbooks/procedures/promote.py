"""Carrying from one environment to the next what may move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from escai_nb import keypath
from escai_nb.errors import ParameterError
from escai_nb.runbooks.parameters import Parameters
from escai_nb.runbooks.procedure import Check, Plan, Procedure
from escai_nb.runbooks.procedures import preflight, verification
from escai_nb.secret import reveal
from escai_nb.views.sheet import counted
from escai_nb.workspace.approving import read_approval
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.merging.promotion_plan import Action
from escai_nb.workspace.promotion import apply_promotion, plan_promotion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from escai_nb.workspace.merging.promotion_plan import PromotionPlan


class PromoteParameters(Parameters):
    """Where to promote from, and decisions on conflicts; the environment is the target."""

    source: Annotated[
        str, Field(description="environment to promote from; empty for the next below")
    ] = ""
    only: list[str] = Field(default_factory=list, description="key paths to keep to; empty for all")
    take: dict[str, Literal["source", "target"]] = Field(
        default_factory=dict,
        description="whose value to take where both sides changed it, by key path",
    )
    approvals: list[str] = Field(
        default_factory=list, description="files with approvals of the plan, where the policy asks"
    )


class Promote(Procedure):
    """Merge the source into the target field by field, as one version with its lineage."""

    model = PromoteParameters
    parameters: PromoteParameters

    @property
    def source(self) -> str:
        """
        The environment that values come from.

        Raises:
            ParameterError: If none is named and none here is below the target.
        """
        if self.parameters.source:
            return self.workspace.spec.require_environment(self.parameters.source)
        order = self.workspace.spec.environments
        below = order[: order.index(self.environment)]
        here = [name for name in self.workspace.environments_present() if name in below]
        if not here:
            message = f"nothing here lies below {self.environment} to promote from"
            raise ParameterError(message, hint='name it, as in source = "staging"')
        return here[-1]

    def preflight(self) -> Iterator[Check]:
        """Look at both files, their keys, and the room to write."""
        yield preflight.opens(self.workspace, self.source)
        yield preflight.opens(self.workspace, self.environment)
        yield preflight.writable(self.workspace)
        yield preflight.unlocked(self.workspace)
        yield preflight.room(self.workspace)

    def plan(self) -> Plan:
        """Merge on paper."""
        self._planned = self._merged()
        return Plan(self._planned.to_data(), self._planned, self._planned.hash)

    def _merged(self) -> PromotionPlan:
        told = self.parameters
        return plan_promotion(
            self.workspace, self.source, self.environment, only=told.only, take=told.take
        )

    def apply(
        self,
        plan: Plan,  # noqa: ARG002  # it is kept here with its rows
        progress: Callable[[str, int, int], None],  # noqa: ARG002  # one write
    ) -> Mapping[str, Any]:
        """
        Write the result, as one version of the target.

        Raises:
            PlanRefusedError: If conflicts are open, it would break a rule, or
                one of the sides changed since the plan.
        """
        version = apply_promotion(
            self.workspace,
            self._planned,
            message=self.parameters.reason,
            approvals=[read_approval(Path(name)) for name in self.parameters.approvals],
        )
        return {
            "source": self.source,
            "changed": [row.path for row in self._planned.changes],
            "version": version.id if version is not None else "",
        }

    def verify(
        self,
        plan: Plan,  # noqa: ARG002
        done: Mapping[str, Any],  # noqa: ARG002
    ) -> Iterator[Check]:
        """Open the target again and compare each value with the plan."""
        yield preflight.opens(self.workspace, self.environment)
        reading = read_environment(self.workspace, self.environment)
        data = reveal(reading.own)
        wrong = [
            row.path
            for row in self._planned.changes
            if keypath.has(data, keypath.parse(row.path)) is (row.action is Action.REMOVE)
            or (
                row.action is Action.PROMOTE
                and keypath.get(data, keypath.parse(row.path)) != row.result
            )
        ]
        found = counted(len(self._planned.changes), "changed value")
        detail = f"not as planned: {', '.join(wrong)}" if wrong else found
        yield Check("the target says what was planned", ok=not wrong, detail=detail)
        yield verification.recorded(reading)
        yield verification.valid(reading)
