"""Going back to what an earlier version said, as a new version."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from escai_nb.runbooks.parameters import Parameters
from escai_nb.runbooks.procedure import Check, Plan, Procedure, require_unchanged
from escai_nb.runbooks.procedures import preflight, verification
from escai_nb.views.sheet import counted
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class RollbackParameters(Parameters):
    """Which version to go back to, and whether its secrets come along."""

    version: Annotated[str, Field(description="HEAD~1, a tag, or the digits of an id")] = "HEAD~1"
    include_secrets: Annotated[bool, Field(description="bring the old secrets back, too")] = False


class Rollback(Procedure):
    """Make a new version that says what an earlier one said."""

    model = RollbackParameters
    parameters: RollbackParameters

    def preflight(self) -> Iterator[Check]:
        """Look at the file, its key, and the room to write."""
        yield preflight.opens(self.workspace, self.environment)
        yield preflight.writable(self.workspace)
        yield preflight.unlocked(self.workspace)
        yield preflight.room(self.workspace)

    def plan(self) -> Plan:
        """Show what would change."""
        with self._manager() as manager:
            diff = manager.preview_rollback(
                self._version, include_secrets=self.parameters.include_secrets
            )
            (head,) = manager.get_config_history(1)
        data = {"version": self._version, "last version": head.id, **diff.to_data()}
        return Plan(data, diff, Plan.of("", data).hash)

    def apply(
        self,
        plan: Plan,
        progress: Callable[[str, int, int], None],  # noqa: ARG002  # one write
    ) -> Mapping[str, Any]:
        """
        Write the old values as a new version.

        Raises:
            PlanRefusedError: If the environment changed since the plan.
            InvalidConfigurationError: If the old values would break a rule.
        """
        require_unchanged(plan, self.plan())
        with self._manager() as manager:
            made = manager.rollback_config(
                plan.data["version"],
                include_secrets=self.parameters.include_secrets,
                message=self.parameters.reason,
            )
        return {
            "went back to": plan.data["version"],
            "version": made.id if made is not None else "",
        }

    def verify(
        self,
        plan: Plan,
        done: Mapping[str, Any],  # noqa: ARG002
    ) -> Iterator[Check]:
        """Open the file again; nothing may differ from the old version any more."""
        yield preflight.opens(self.workspace, self.environment)
        with self._manager() as manager:
            left = manager.preview_rollback(
                plan.data["version"], include_secrets=self.parameters.include_secrets
            )
        yield Check("the file says what it said", ok=not left, detail=counted(len(left), "change"))
        reading = read_environment(self.workspace, self.environment)
        yield verification.recorded(reading)
        yield verification.valid(reading)

    @cached_property
    def _version(self) -> str:
        """The version that was meant when it was first asked for: HEAD~1 moves, an id does not."""
        with self._manager() as manager:
            return str(manager.version(self.parameters.version).id)

    def _manager(self) -> ConfigManager:
        return ConfigManager(
            self.workspace.root,
            self.environment,
            enable_hot_reload=False,
            enable_encryption=None,
            spec=self.workspace.spec,
        )
