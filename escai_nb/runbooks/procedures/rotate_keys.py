"""A new key for an environment, everything sealed under it, the old one retired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.errors import EscaiError
from escai_nb.runbooks.parameters import Parameters
from escai_nb.runbooks.procedure import Check, Plan, Procedure, require_unchanged
from escai_nb.runbooks.procedures import preflight, verification
from escai_nb.views.sheet import counted
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.past.past import history_of
from escai_nb.workspace.writing.saving import version_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from escai_nb.workspace.loading.reading import Reading


class RotateKeysParameters(Parameters):
    """Nothing beside what every runbook is told."""


class RotateKeys(Procedure):
    """Give one environment a new key, and leave everything readable."""

    model = RotateKeysParameters

    def preflight(self) -> Iterator[Check]:
        """Look at the file, its key, and the room to write."""
        yield preflight.opens(self.workspace, self.environment)
        yield preflight.writable(self.workspace)
        yield preflight.unlocked(self.workspace)
        yield preflight.room(self.workspace)

    def plan(self) -> Plan:
        """Name the key that is to go, and what it seals."""
        found = rotate_keys(self.workspace, self.environment, dry_run=True)
        reading = read_environment(self.workspace, self.environment)
        data = {
            "environment": self.environment,
            "key to retire": found.old_kid,
            "keyring generation": found.generation,
            "to seal anew": list(found.resealed),
            "last version": reading.head.id if reading.head is not None else "",
        }
        return Plan.of("Plan: rotate the key", data)

    def apply(self, plan: Plan, progress: Callable[[str, int, int], None]) -> Mapping[str, Any]:
        """
        Rotate.

        Raises:
            PlanRefusedError: If the environment changed since the plan.
        """
        require_unchanged(plan, self.plan())
        done = rotate_keys(self.workspace, self.environment, progress=progress)
        return {
            "retired key": done.old_kid,
            "new key": done.new_kid,
            "keyring generation": done.generation,
            "sealed anew": list(done.resealed),
            "version": done.version.id if done.version is not None else "",
        }

    def verify(self, plan: Plan, done: Mapping[str, Any]) -> Iterator[Check]:
        """Open everything again: the file under the new key, old versions under theirs."""
        yield preflight.opens(self.workspace, self.environment)
        reading = read_environment(self.workspace, self.environment)
        kid = reading.block.kid if reading.block is not None else ""
        changed = kid == done["new key"] != plan.data["key to retire"]
        yield Check("sealed under the new key", ok=changed, detail=kid or "not sealed")
        yield verification.sealed(reading, plan.data["to seal anew"])
        yield self._old_versions(reading)
        yield verification.recorded(reading)
        yield verification.valid(reading)

    def _old_versions(self, reading: Reading) -> Check:
        with history_of(self.workspace) as store:
            versions = store.versions(self.environment)
        for version in versions:
            try:
                version_values(reading, version)
            except EscaiError as error:
                return Check("old versions open", ok=False, detail=f"{version.short}: {error}")
        return Check("old versions open", ok=True, detail=counted(len(versions), "version"))
