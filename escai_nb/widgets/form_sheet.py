"""A form's values as rows, for where no widget runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.masking import mask_uris
from escai_nb.secret import MASK
from escai_nb.views.sheet import Column, Sheet, Tone
from escai_nb.widgets.form_input import Control
from escai_nb.widgets.form_values import at

if TYPE_CHECKING:
    from escai_nb.widgets.form_core import FormCore
    from escai_nb.widgets.form_tree import FormField

COLUMNS = (
    Column("path", "Key path", "path"),
    Column("value", "Value", "code"),
    Column("unit", "Unit"),
    Column("origin", "From"),
    Column("state", "State", "badge", ("as saved", "changed", "advice", "warning", "error")),
    Column("message", "What stands against it"),
)
_TONES = {
    "as saved": Tone.NEUTRAL,
    "changed": Tone.CALM,
    "advice": Tone.CALM,
    "warning": Tone.CAUTION,
    "error": Tone.DANGER,
}


def values_sheet(core: FormCore, *, title: str) -> Sheet:
    """Lay out every value of *core*, secrets masked."""
    masked, dirty = core.masked(), frozenset(core.dirty)
    rows = [_row(core, row, masked, changed=row.key in dirty) for row in core.fields]
    return Sheet(
        caption=f"Configuration of {title}",
        columns=COLUMNS,
        rows=tuple(rows),
        tones=tuple(_TONES[str(row[4])] for row in rows),
        summary=f"{title}: {core.summary}",
        empty="the model has no fields.",
        notes=core.form_errors,
        index="path",
    )


def _row(
    core: FormCore, row: FormField, masked: dict[str, Any], *, changed: bool
) -> tuple[str, str | None, str, str, str, str]:
    problems = core.problems(row)
    state = "changed" if changed else "as saved"
    if problems:
        state = max(problems, key=lambda finding: finding.severity.rank).severity.value
    said = "; ".join(finding.message for finding in problems)
    value = _value(core, row, masked)
    return row.key, value, row.spec.unit, str(core.origin(row.path)), state, said


def _value(core: FormCore, row: FormField, masked: dict[str, Any]) -> str | None:
    value = at(masked, row.path)
    if value is None or row.control is Control.SECRET:
        return None if value is None else MASK
    text = core.text(row.path, row.spec, value)
    return mask_uris(text) if text is not None else None
