"""How a file stands to those who know what it says, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from escai_nb.history.change import ChangeKind
from escai_nb.views.sheet import Column, Sheet, Tone, counted, value_text
from escai_nb.workspace.drift import Agreement

if TYPE_CHECKING:
    from escai_nb.views.sheet import Cell
    from escai_nb.workspace.drift import Drift, Observation

COLUMNS = (
    Column("observer", "Observer"),
    Column("agreement", "Agreement", "badge", tuple(each.value for each in Agreement)),
    Column("path", "Key path", "path"),
    Column("known", "Known as", "code"),
    Column("file", "In the file", "code"),
    Column("reason", "Reason"),
)


def drift_sheet(drift: Drift) -> Sheet:
    """Lay out each leaf in which an observer differs, or that it agrees, or why nobody knows."""
    found = [(row, each.agreement) for each in drift.observations for row in _rows(each)]
    differing = sum(len(each.changes) for each in drift.observations)
    unknown = sum(bool(each.why) for each in drift.observations)
    verdict = counted(differing, "difference") if differing else "no difference"
    return Sheet(
        caption=f"Drift of {drift.environment}",
        columns=COLUMNS,
        rows=tuple(row for row, _ in found),
        tones=tuple(_tone(agreement) for _, agreement in found),
        summary=f"{drift.source}: {verdict}" + (f", {unknown} unknown" if unknown else ""),
        empty="nobody knows it.",
        index="observer",
    )


def _rows(seen: Observation) -> list[tuple[Cell, ...]]:
    head = (seen.observer.value, seen.agreement.value)
    if not seen.changes:
        return [(*head, None, None, None, seen.why or None)]
    return [
        (
            *head,
            change.path,
            None if change.kind is ChangeKind.ADDED else value_text(change.old),
            None if change.kind is ChangeKind.REMOVED else value_text(change.new),
            None,
        )
        for change in seen.changes
    ]


def _tone(agreement: Agreement) -> Tone:
    match agreement:
        case Agreement.SAME:
            return Tone.GOOD
        case Agreement.DRIFTED:
            return Tone.CAUTION
        case Agreement.UNKNOWN:
            return Tone.NEUTRAL
        case _:
            assert_never(agreement)
