"""What looking through a history has found, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.views.sheet import Column, Sheet, Tone, counted

if TYPE_CHECKING:
    from escai_nb.history.inspection import Inspection

COLUMNS = (
    Column("version", "Version", "id"),
    Column("environment", "Environment"),
    Column("what", "What is wrong"),
)


def inspection_sheet(inspection: Inspection) -> Sheet:
    """Lay out the flaws of *inspection*."""
    flaws = inspection.flaws
    looked = f"{counted(inspection.versions, 'version')}, {inspection.contents} with content"
    verdict = counted(len(flaws), "flaw") if flaws else "all as it was written"
    return Sheet(
        caption="Check of the history",
        columns=COLUMNS,
        rows=tuple((flaw.version or None, flaw.environment, flaw.what) for flaw in flaws),
        tones=(Tone.DANGER,) * len(flaws),
        summary=f"{looked}: {verdict}",
        empty="nothing is wrong.",
        notes=inspection.notes,
        index="version",
    )
