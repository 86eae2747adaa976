"""A `FormCore` as data for its view, secrets left out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.masking import mask_uris
from escai_nb.origin import OriginKind
from escai_nb.schema.catalog import MISSING, Kind
from escai_nb.secret import Secret
from escai_nb.views.sheet import value_text
from escai_nb.widgets.form_input import (
    Control,
    Handles,
    Unread,
    choices,
    shown,
    shown_items,
)
from escai_nb.widgets.form_state import differ

if TYPE_CHECKING:
    from escai_nb.origin import Origin
    from escai_nb.validation.finding import Finding
    from escai_nb.widgets.form_core import FormCore
    from escai_nb.widgets.form_state import Start
    from escai_nb.widgets.form_tree import FormField
    from escai_nb.widgets.protocol import (
        BarData,
        ErrorData,
        FieldData,
        ProblemData,
        RowData,
        SectionData,
        StateData,
    )

_NUMERIC = {Kind.INTEGER: "numeric", Kind.NUMBER: "decimal"}
EXACT_IN_BROWSER = 2**53
"""Whole numbers from here on lose digits in JavaScript, so they travel as text."""


def fields_data(core: FormCore) -> list[FieldData]:
    """Describe every row."""
    return [_field(row) for row in core.fields]


def _field(row: FormField) -> FieldData:
    spec = row.spec
    item = spec.item if row.control is Control.LIST and spec.item else spec
    return {
        "path": row.key,
        "section": row.section,
        "name": spec.name,
        "label": spec.title or spec.name,
        "doc": spec.doc,
        "unit": spec.unit,
        "control": row.control.value,
        "choices": [value_text(choice) for choice in choices(item)],
        "nullable": spec.nullable,
        "required": spec.required,
        "bounds": spec.bounds,
        "default": _default(row),
        "numeric": _NUMERIC.get(spec.kind, ""),
        "sensitive": spec.sensitive,
        "advanced": spec.advanced,
    }


def _default(row: FormField) -> str | None:
    if row.spec.sensitive or row.spec.default is MISSING:
        return ""
    return shown(row.spec, row.spec.default, Handles())


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

    def repaint(self, core: FormCore) -> dict[str, StateData]:
        """Say how each row stands that does not stand as before."""
        if core.start is not self._start:
            self._start, self._seen = core.start, {}
        dirty = frozenset(core.dirty)
        fresh: dict[str, StateData] = {}
        for row in core.fields:
            raw = core.raw(row.path)
            value = raw if isinstance(raw, Unread) else core.get(row.path)
            sight = (value, row.key in dirty, core.problems(row))
            if _is_seen(self._seen.get(row.key), sight):
                continue
            self._seen[row.key] = sight
            state = _state(core, row, value, changed=row.key in dirty)
            if self.states.get(row.key) != state:
                self.states[row.key] = fresh[row.key] = state
        return fresh


def _is_seen(old: tuple[object, ...] | None, new: tuple[object, ...]) -> bool:
    """Compare two sights of a row; of a scalar the type counts too."""
    if old is None or old[1:] != new[1:]:
        return False
    before, now = old[0], new[0]
    if isinstance(now, dict | list):
        return not differ(before, now)
    return type(before) is type(now) and before == now


def _state(core: FormCore, row: FormField, value: object, *, changed: bool) -> StateData:
    secret = row.control is Control.SECRET
    unset = value is None and row.spec.default is MISSING
    origin, locked = core.origin(row.path), core.locked(row.path)
    return {
        "text": None if secret else core.text(row, value),
        "items": shown_items(row.spec, value) if row.control is Control.LIST else [],
        "changed": changed,
        "origin": "" if changed or unset else _brief(origin),
        "where": str(origin),
        "quiet": origin.kind is OriginKind.DEFAULT,
        "locked": locked,
        "saved": (core.text(row, core.saved(row.path)) or "not set") if changed else "",
        "is_default": row.spec.default is MISSING or not differ(value, row.spec.default),
        "problems": [_problem(row, finding) for finding in core.problems(row)],
        "secret": _secret(value, changed=changed, locked=locked) if secret else "",
    }


def _brief(origin: Origin) -> str:
    """Name the origin; of the form's own file, which its title names, only the line."""
    if origin.kind is OriginKind.FILE and origin.line:
        return f"line {origin.line}"
    return str(origin)


def _secret(value: object, *, changed: bool, locked: str) -> str:
    """Say in one word whether there is a secret, and no more than that."""
    if locked.startswith("sealed"):
        return "sealed"
    if isinstance(value, Secret) and value.open() not in {"", None}:
        return "new" if changed else "set"
    return "gone" if changed else "none"


def _problem(row: FormField, finding: Finding) -> ProblemData:
    rest = keypath.parse(finding.path)[len(row.path) :] if finding.path else ()
    inside = keypath.render(rest) if rest and row.control is not Control.LIST else ""
    item = rest[0] if row.control is Control.LIST and rest and isinstance(rest[0], int) else None
    where = f"item {item + 1}: " if item is not None else f"{inside}: " if inside else ""
    return {
        "severity": finding.severity.value,
        "text": f"{where}{finding.message}",
        "code": finding.code,
        "item": item,
    }


def bar_data(core: FormCore, *, saves: bool, trouble: str) -> BarData:
    """Say how the whole stands; *trouble* keeps it from being saved at all."""
    stopped: list[ErrorData] = [{"path": "", "label": trouble}] if trouble else []
    blocking = [(finding, _row(core, finding)) for finding in core.blocking]
    return {
        "changes": len(core.dirty),
        "errors": [
            {"path": row.key, "label": str(finding)} for finding, row in blocking if row is not None
        ],
        "form_errors": stopped
        + [
            {"path": _stranger(core, finding), "label": str(finding)}
            for finding, row in blocking
            if row is None
        ],
        "absent": [s.key for s in core.tree.sections if s.optional and core.get(s.path) is None],
        "undo": core.can_undo,
        "redo": core.can_redo,
        "saves": saves,
    }


def _row(core: FormCore, finding: Finding) -> FormField | None:
    return core.tree.owner(keypath.parse(finding.path)) if finding.path else None


def _stranger(core: FormCore, finding: Finding) -> str:
    """Name the entry that the model does not know, if the finding is about one."""
    if not finding.path or core.tree.catalog.find(keypath.parse(finding.path)) is not None:
        return ""
    return finding.path


def preview_data(core: FormCore) -> list[RowData]:
    """List what a save would change."""
    return [
        {
            "path": change.path,
            "kind": change.kind.value,
            "old": value_text(change.old),
            "new": value_text(change.new),
        }
        for change in core.diff()
    ]


def value_data(core: FormCore) -> dict[str, Any]:
    """Return the masked values as JSON that any browser reads without loss."""
    data: dict[str, Any] = _jsonable(core.masked())
    return data


def _jsonable(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if type(value) is int and abs(value) >= EXACT_IN_BROWSER:
        return str(value)
    return mask_uris(value) if isinstance(value, str) else value
