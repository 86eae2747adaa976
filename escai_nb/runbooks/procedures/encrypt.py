"""Sealing the secrets of an environment that lie there in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.runbooks.parameters import Parameters
from escai_nb.runbooks.procedure import Check, Plan, Procedure, require_unchanged
from escai_nb.runbooks.procedures import preflight, verification
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.sealing import seal_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class EncryptParameters(Parameters):
    """Nothing beside what every runbook is told."""


class Encrypt(Procedure):
    """Seal every secret of one environment, in place and as one version."""

    model = EncryptParameters

    def preflight(self) -> Iterator[Check]:
        """Look at the file, its key, and the room to write."""
        yield preflight.opens(self.workspace, self.environment)
        yield preflight.writable(self.workspace)
        yield preflight.unlocked(self.workspace)
        yield preflight.room(self.workspace)

    def plan(self) -> Plan:
        """List the secrets that are to be sealed."""
        found = seal_environment(self.workspace, self.environment, dry_run=True)
        reading = read_environment(self.workspace, self.environment)
        data = {
            "environment": self.environment,
            "file": reading.files.path.name,
            "to seal": list(() if found.already else found.sealed),
            "sealed already": found.already,
            "last version": reading.head.id if reading.head is not None else "",
        }
        return Plan.of("Plan: seal the secrets", data)

    def apply(
        self,
        plan: Plan,
        progress: Callable[[str, int, int], None],  # noqa: ARG002  # one write
    ) -> Mapping[str, Any]:
        """
        Seal what was planned.

        Raises:
            PlanRefusedError: If the environment changed since.
        """
        require_unchanged(plan, self.plan())
        done = seal_environment(self.workspace, self.environment)
        return {
            "sealed": list(done.sealed),
            "version": done.version.id if done.version is not None else "",
        }

    def verify(self, plan: Plan, done: Mapping[str, Any]) -> Iterator[Check]:
        """Open the file again; nothing secret may lie in clear."""
        yield preflight.opens(self.workspace, self.environment)
        reading = read_environment(self.workspace, self.environment)
        yield verification.sealed(reading, [*plan.data["to seal"], *done["sealed"]])
        yield verification.recorded(reading)
        yield verification.valid(reading)
