"""What a look at a workspace and its machine has found, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb.views.sheet import Column, Sheet, Tone
from escai_nb.workspace.diagnosis import Health

if TYPE_CHECKING:
    from escai_nb.workspace.diagnosis import Diagnosis

COLUMNS = (
    Column("health", "Health", "badge", tuple(health.value for health in Health)),
    Column("area", "Area"),
    Column("subject", "What", "path"),
    Column("found", "Found"),
    Column("remedy", "Remedy"),
)


def diagnosis_sheet(diagnosis: Diagnosis) -> Sheet:
    """Lay out every check of *diagnosis*."""
    checks = diagnosis.checks
    bad = sum(check.health is Health.BAD for check in checks)
    noticed = sum(check.health is Health.NOTICE for check in checks)
    return Sheet(
        caption="State of the workspace",
        columns=COLUMNS,
        rows=tuple((c.health.value, c.area, c.subject, c.found, c.remedy or None) for c in checks),
        tones=tuple(_tone(check.health) for check in checks),
        summary=f"{len(checks)} looked at: {bad} bad, {noticed} to be noticed",
        empty="nothing was looked at.",
    )


def _tone(health: Health) -> Tone:
    match health:
        case Health.GOOD:
            return Tone.GOOD
        case Health.NOTICE:
            return Tone.CAUTION
        case Health.BAD:
            return Tone.DANGER
        case _:
            assert_never(health)
