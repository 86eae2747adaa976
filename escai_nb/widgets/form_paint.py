"""A `FormCore` as data for its view, secrets left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.masking import mask_uris
from escai_nb.secret import Secret
from escai_nb.views.sheet import value_text
from escai_nb.views.text import clipped, neutral
from escai_nb.widgets import form_rows as rows
from escai_nb.widgets.form_actions import action, said
from escai_nb.widgets.form_input import Control
from escai_nb.widgets.form_values import at, differ

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from escai_nb.validation.finding import Finding
    from escai_nb.widgets.form_core import FormCore
    from escai_nb.widgets.form_state import Start
    from escai_nb.widgets.form_tree import FormField
    from escai_nb.widgets.protocol import (
        BarData,
        ErrorData,
        FieldData,
        RowData,
        SectionData,
        StateData,
    )

BOTH = "changed on both sides"
MOST_SHOWN = 500
"""Characters of a value that is shown beside a control or in the list of changes."""
EXACT_IN_BROWSER = 2**53
"""Whole numbers from here on lose digits in JavaScript, so they travel as text."""


def fields_data(core: FormCore) -> list[FieldData]:
    """Describe every row."""
    return [rows.row_data(row) for row in core.fields]


def sections_data(core: FormCore) -> list[SectionData]:
    """Describe every heading."""
    return [
        {
            "path": section.key,
            "parent": section.parent,
            "title": section.title,
            "doc": section.doc,
            "optional": section.optional,
        }
        for section in core.tree.sections
    ]


class Painter:
    """Paints the rows of a form, and paints again only what is not as it was."""

    def __init__(self) -> None:
        self.states: dict[str, StateData] = {}
        self._start: Start | None = None
        self._seen: dict[str, tuple[object, ...]] = {}
        self._beside: tuple[str, Mapping[str, Any]] | None = None

    def compare(self, environment: str, values: Mapping[str, Any] | None) -> None:
        """Tell at each row how it differs from *values* of another *environment*."""
        self._beside = None if values is None else (environment, values)
        self._start = None

    def repaint(self, core: FormCore) -> dict[str, StateData]:
        """Say how each row stands that does not stand as before."""
        if core.start is not self._start:
            self._start, self._seen = core.start, {}
        dirty = frozenset(core.dirty)
        fresh: dict[str, StateData] = {}
        for row in core.fields:
            value = core.seen_in(row)
            sight = (value, row.key in dirty, core.problems(row))
            if _is_seen(self._seen.get(row.key), sight):
                continue
            self._seen[row.key] = sight
            state = rows.row_state(core, row, value, changed=row.key in dirty)
            if self._beside is not None:
                state["beside"] = _beside(core, row, value, *self._beside)
            if self.states.get(row.key) != state:
                self.states[row.key] = fresh[row.key] = state
        return fresh


def _beside(
    core: FormCore, row: FormField, value: object, name: str, others: Mapping[str, Any]
) -> str:
    """Say what a row is in another environment; nothing where it is the same."""
    other = at(others, row.path)
    if not differ(value, other):
        return ""
    if isinstance(other, Secret) and row.control is Control.SECRET:
        return f"{name}: another secret" if value is not None else f"{name}: set"
    text = said(core, row, other)
    return f"{name}: {'not set' if text is None else _brief(text) or 'empty'}"


def _is_seen(old: tuple[object, ...] | None, new: tuple[object, ...]) -> bool:
    """Compare two sights of a row; of a scalar the type counts too."""
    if old is None or old[1:] != new[1:]:
        return False
    before, now = old[0], new[0]
    if isinstance(now, dict | list):
        return not differ(before, now)
    return type(before) is type(now) and before == now


def bar_data(core: FormCore, *, saves: bool, is_new: bool, trouble: str) -> BarData:
    """
    Say how the whole stands.

    *trouble* keeps it from being saved at all; what *is_new* is saved unedited too.
    """
    stopped: list[ErrorData] = [{"path": "", "at": "", "label": trouble}] if trouble else []
    blocking = [(finding, _row(core, finding)) for finding in core.blocking]
    return {
        "changes": len(core.dirty),
        "errors": [
            {"path": row.key, "at": finding.path, "label": str(finding)}
            for finding, row in blocking
            if row is not None
        ],
        "form_errors": stopped
        + [
            {"path": _stranger(core, finding), "at": "", "label": str(finding)}
            for finding, row in blocking
            if row is None
        ],
        "absent": [s.key for s in core.tree.sections if s.optional and core.get(s.path) is None],
        "undo": core.can_undo,
        "redo": core.can_redo,
        "saves": saves,
        "ready": core.valid and not trouble and bool(core.dirty or is_new),
    }


def _row(core: FormCore, finding: Finding) -> FormField | None:
    return core.tree.owner(keypath.parse(finding.path)) if finding.path else None


def _stranger(core: FormCore, finding: Finding) -> str:
    """Name the entry that the model does not know, if the finding is about one."""
    if not finding.path or core.tree.catalog.find(keypath.parse(finding.path)) is not None:
        return ""
    return finding.path


def preview_data(core: FormCore, contested: Collection[str] = ()) -> list[RowData]:
    """
    List what a save would change.

    At *contested* rows, which were changed elsewhere too, the old value is
    theirs, and comes with a way to take it.
    """
    data: list[RowData] = []
    for change in core.diff():
        row: RowData = {
            "path": change.path,
            "kind": change.kind.value,
            "old": _brief(value_text(change.old)),
            "new": _brief(value_text(change.new)),
        }
        if (place := core.tree.place(change.path)) in contested:
            row["kind"] = BOTH
            row["action"] = action("Take theirs", "reset", place, to="saved")
        data.append(row)
    return data


def _brief(text: str) -> str:
    return neutral(clipped(text, MOST_SHOWN))


def value_data(core: FormCore) -> dict[str, Any]:
    """Return the masked values as JSON that any browser reads without loss."""
    data: dict[str, Any] = _jsonable(core.masked())
    return data


def _jsonable(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {sendable(str(key)): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if type(value) is int and abs(value) >= EXACT_IN_BROWSER:
        return str(value)
    return sendable(mask_uris(value)) if isinstance(value, str) else value


def sendable(content: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return *content* with escapes for the halves of characters that no UTF-8 can hold."""
    if isinstance(content, str):
        if content.isascii():
            return content
        return content.encode("utf-8", "backslashreplace").decode()
    if isinstance(content, dict):
        return {sendable(key): sendable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [sendable(value) for value in content]
    return content
