"""The preset of a new environment, with secrets and a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.looking import is_there
from escai_nb.runbooks.parameters import Parameters
from escai_nb.runbooks.procedure import Check, Plan, Procedure, require_unchanged
from escai_nb.runbooks.procedures import preflight, verification
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.loading.opening import read_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class BootstrapParameters(Parameters):
    """Nothing beside what every runbook is told."""


class Bootstrap(Procedure):
    """Write a new environment, sealed from its first moment."""

    model = BootstrapParameters

    def preflight(self) -> Iterator[Check]:
        """Look whether the place is free, and at the room to write."""
        path = self.workspace.file(self.environment)
        free = not is_there(path)
        yield Check("the place is free", ok=free, detail=f"{path.name} is {_STATES[free]}")
        yield preflight.writable(self.workspace)
        yield preflight.unlocked(self.workspace)
        yield preflight.room(self.workspace)

    def plan(self) -> Plan:
        """Name the file, and the secrets that are to be generated."""
        spec = self.workspace.spec
        data = {
            "environment": self.environment,
            "file": self.workspace.file(self.environment).name,
            "spec": spec.name,
            "secrets to generate": list(spec.generated_for(self.environment)),
            "others here": list(self.workspace.environments_present()),
        }
        return Plan.of("Plan: set up an environment", data)

    def apply(
        self,
        plan: Plan,
        progress: Callable[[str, int, int], None],  # noqa: ARG002  # one write
    ) -> Mapping[str, Any]:
        """
        Write key, keyring, file and first version.

        Raises:
            PlanRefusedError: If the workspace changed since the plan.
        """
        require_unchanged(plan, self.plan())
        created = initialise(self.workspace, self.environment)
        return {
            "file": created.file.name,
            "key file": str(created.key_file or "none: a passphrase opens it"),
            "version": created.version.id,
        }

    def verify(
        self,
        plan: Plan,
        done: Mapping[str, Any],  # noqa: ARG002
    ) -> Iterator[Check]:
        """Open everything again: sealed, recorded, and taken by the model."""
        yield preflight.opens(self.workspace, self.environment)
        reading = read_environment(self.workspace, self.environment)
        yield verification.sealed(reading, plan.data["secrets to generate"])
        yield verification.recorded(reading)
        yield verification.valid(reading)


_STATES = {True: "not there yet", False: "there already"}
