"""One row of a form as data for its view: what it is, how it stands, and what lies in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.origin import Origin, OriginKind
from escai_nb.schema.catalog import MISSING, Kind
from escai_nb.schema.field_spec import ONE_LINE
from escai_nb.schema.modelling import check_value
from escai_nb.schema.plain import Name
from escai_nb.secret import Secret
from escai_nb.validation.finding import Finding, Severity
from escai_nb.views.sheet import value_text
from escai_nb.widgets import form_actions as actions
from escai_nb.widgets.form_input import Control, Unread, choices
from escai_nb.widgets.form_parts import Part, Role, alternative_names, member_of, parts_of
from escai_nb.widgets.form_state import PRESET
from escai_nb.widgets.form_values import at, differ

if TYPE_CHECKING:
    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import FieldSpec
    from escai_nb.widgets.form_core import FormCore
    from escai_nb.widgets.form_tree import FormField
    from escai_nb.widgets.protocol import (
        ActionData,
        FieldData,
        PartData,
        ProblemData,
        StateData,
    )

MANY = 200
"""Items of one list, or entries of one mapping, beyond which they are edited as text."""
_NUMERIC = {Kind.INTEGER: "numeric", Kind.NUMBER: "decimal"}

_DOTS = "••••••••"
"""What stands for a secret of any length."""

_Problems = tuple[tuple[Finding, "Path"], ...]


def row_data(row: FormField) -> FieldData:
    """Say what a row is."""
    title = row.spec.title or row.spec.name or getattr(row.spec.declared, "__name__", "value")
    return _field(row.key, row.spec, row.control, label=title, section=row.section)


def _field(
    key: str,
    spec: FieldSpec,
    control: Control,
    *,
    label: str,
    name: str | None = None,
    section: str = "",
    role: str = "",
) -> FieldData:
    options = alternative_names(spec) if control is Control.PARTS else choices(spec)
    return {
        "path": key,
        "section": section,
        "role": role,
        "name": spec.name if name is None else name,
        "label": label,
        "doc": spec.doc,
        "unit": spec.unit,
        "control": control.value,
        "choices": [value_text(choice) for choice in options],
        "nullable": spec.nullable,
        "required": spec.required,
        "bounds": spec.bounds or (f"such as {spec.example}" if spec.example else ""),
        "numeric": _NUMERIC.get(spec.kind, ""),
        "sensitive": spec.sensitive or control is Control.SECRET,
        "advanced": spec.advanced,
    }


def row_state(core: FormCore, row: FormField, value: object, *, changed: bool) -> StateData:
    """Say how a row stands whose control shows *value*."""
    unset = value is None and row.spec.default is MISSING
    origin, locked = core.origin(row.path), core.locked(row.path)
    part = Part(row.path, row.spec, value, Role.FIELD)
    problems = tuple((f, keypath.parse(f.path)) for f in core.problems(row))
    drawing = _Drawing(core, title=row.spec.title or row.spec.name, locked=locked)
    state = drawing.state(part, row.control, problems, changed=changed)
    if drawing.free:
        state["actions"] += actions.of_row(core, row, value, changed=changed)
    return {
        **state,
        "origin": "" if changed or unset else _brief(origin),
        "where": str(origin),
        "locked": locked,
    }


def _brief(origin: Origin) -> str:
    """Name the origin; of the form's own file, which its title names, only the line."""
    if origin.kind is OriginKind.FILE and origin.line:
        return f"line {origin.line}"
    return str(origin)


@dataclass(frozen=True)
class _Drawing:
    """One row on its way to the view, with all that lies in it."""

    core: FormCore
    title: str
    locked: str

    @property
    def free(self) -> bool:
        """Tell that it may be edited."""
        return not self.locked and not self.core.start.read_only

    def state(
        self, part: Part, control: Control, problems: _Problems, *, changed: bool
    ) -> StateData:
        """Say how a value stands."""
        parts = self._parts(part) if control is Control.PARTS else ()
        own = [
            found
            for found in problems
            if not any(found[1][: len(below.path)] == below.path for below, _ in parts)
        ]
        return {
            "text": self._text(part, control, changed=changed),
            "changed": changed,
            "origin": "",
            "where": "",
            "beside": "",
            "locked": self.locked or _no_data(part),
            "problems": [_problem(part, *found) for found in own],
            "below": _errors(problems) - _errors(own),
            "parts": [self._part(below, c, problems) for below, c in parts],
            "actions": self._actions(part, control, changed=changed) if self.free else [],
        }

    def _actions(self, part: Part, control: Control, *, changed: bool) -> list[ActionData]:
        replaced = changed and self.core.saved(part.path) is not None
        return actions.of_part(part, control, replaced=replaced)

    def _text(self, part: Part, control: Control, *, changed: bool) -> str | None:
        if control is Control.SECRET:
            return self._secret(part, changed=changed)
        if control is Control.CODE and not isinstance(part.value, Unread | None):
            return self.core.code(part.path, part.value)
        if control is not Control.PARTS:
            return self.core.text(part.path, part.spec, part.value)
        number = member_of(part.spec, part.value)
        return None if number is None else alternative_names(part.spec)[number]

    def _secret(self, part: Part, *, changed: bool) -> str:
        """Say whether there is a secret, and no more than that."""
        if self.locked.startswith("sealed"):
            return f"{_DOTS} sealed, no key here"
        if isinstance(part.value, Secret) and part.value.open() not in ("", None):
            is_made = self.core.origin(part.path) == PRESET
            said = "new, not saved yet" if changed else "generated" if is_made else "set"
            return f"{_DOTS} {said}{', type to replace' if self.free and not changed else ''}"
        return "cleared with the next save" if changed else "not set"

    def _parts(self, part: Part) -> tuple[tuple[Part, Control], ...]:
        """List what lies in a value; of many it is one text, which is edited faster."""
        inside = parts_of(part.spec, part.path, part.value)
        if len(inside) > MANY:
            return ((replace(part, role=Role.WHOLE), Control.CODE),)
        return tuple((below, self._control(below)) for below in inside)

    def _control(self, part: Part) -> Control:
        """Choose a control: names of entries tell secrets where the model says nothing."""
        told = self.core.tree.catalog.is_sensitive(part.path)
        return Control.SECRET if told and part.spec.kind in ONE_LINE else part.control

    def _part(self, part: Part, control: Control, problems: _Problems) -> PartData:
        size = len(part.path)
        mine = tuple(found for found in problems if found[1][:size] == part.path)
        changed = differ(part.value, at(self.core.start_values, part.path))
        return {
            "desc": _field(
                keypath.render(part.path),
                part.spec,
                control,
                label=self._label(part),
                name=str(part.path[-1]) if part.role is Role.ENTRY else None,
                role=part.role.value,
            ),
            "state": self.state(part, control, mine, changed=changed),
        }

    def _label(self, part: Part) -> str:
        match part.role:
            case Role.ITEM:
                return f"{self.title}, item {int(part.path[-1]) + 1}"
            case Role.ENTRY:
                return f"{self.title}, {part.path[-1]}"
            case Role.FIELD:
                return part.spec.title or part.spec.name
            case Role.WHOLE:
                return f"{self.title}, value"


def _no_data(part: Part) -> str:
    """Say of what no text can hold that it is that; nothing of all else."""
    if isinstance(part.value, Name) and check_value(part.spec, str(part.value)):
        return "cannot be written as data"
    return ""


def _errors(problems: _Problems | list[tuple[Finding, Path]]) -> int:
    return sum(finding.severity is Severity.ERROR for finding, _ in problems)


def _problem(part: Part, finding: Finding, path: Path) -> ProblemData:
    inside = keypath.render(path[len(part.path) :])
    return {
        "severity": finding.severity.value,
        "text": f"{inside}: {finding.message}" if inside else finding.message,
        "code": finding.code,
    }
