"""What can be done with a row or a part of it, besides typing: each action and its message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.origin import OriginKind
from escai_nb.schema.catalog import MISSING, Kind
from escai_nb.secret import Secret
from escai_nb.views.sheet import counted
from escai_nb.views.text import neutral
from escai_nb.widgets.form_input import Control
from escai_nb.widgets.form_parts import (
    Part,
    Role,
    alternative_names,
    chosen,
    member_of,
    takes_random_text,
)
from escai_nb.widgets.form_state import PRESET
from escai_nb.widgets.form_values import differ

if TYPE_CHECKING:
    from escai_nb.widgets.form_core import FormCore
    from escai_nb.widgets.form_tree import FormField
    from escai_nb.widgets.protocol import ActionData

LONGEST = 40
"""Characters of a value that a label shows."""


def of_part(part: Part, control: Control, *, replaced: bool) -> list[ActionData]:
    """List what is done with a value, by what it is, where it lies, and if it *replaced* one."""
    path = keypath.render(part.path)
    offered: list[ActionData] = []
    if control is Control.SECRET:
        offered += _of_secret(path, part, replaced=replaced)
    if control is Control.PARTS:
        offered += _of_container(path, part)
    if part.role is Role.ITEM and part.size:
        offered += _of_item(path, int(part.path[-1]), part.size)
    if part.role is Role.ENTRY:
        name = part.path[-1]
        offered += [
            _item(f"Duplicate entry {name}", path, "duplicate", icon="copy"),
            _item(f"Remove entry {name}", path, "remove", icon="cross"),
        ]
    return offered


def _of_secret(path: str, part: Part, *, replaced: bool) -> list[ActionData]:
    is_set = isinstance(part.value, Secret) and part.value.open() not in ("", None)
    offered = []
    if takes_random_text(part.spec):
        offered.append(action("Generate", "secret", path, op="generate"))
    if replaced:
        offered.append(action("Keep the old one", "secret", path, op="keep"))
    is_removed = part.role in {Role.ITEM, Role.ENTRY} and not part.spec.nullable
    if is_set and not is_removed:
        offered.append(action("Clear", "secret", path, op="clear"))
    return offered


def _of_container(path: str, part: Part) -> list[ActionData]:
    spec = chosen(part.spec, part.value)
    if part.value is None:
        if part.spec.kind is Kind.UNION:
            return []  # its switch does that
        return [_item("Set up", path, "set-up", icon="plus")]
    offered = []
    if spec.kind is Kind.LIST and spec.item is not None:
        offered.append(_item("Add item", path, "add", icon="plus"))
    if spec.kind is Kind.MAPPING:
        offered.append(_item("Add entry", path, "add", icon="plus"))
    if part.spec.nullable and part.spec.kind is not Kind.UNION:
        offered.append(_item("Leave unset", path, "unset"))
    return offered


def _of_item(path: str, at: int, size: int) -> list[ActionData]:
    name = f"item {at + 1}"
    return [
        _item(f"Move {name} up", path, "up", icon="up", off=at == 0),
        _item(f"Move {name} down", path, "down", icon="down", off=at == size - 1),
        _item(f"Duplicate {name}", path, "duplicate", icon="copy"),
        _item(f"Remove {name}", path, "remove", icon="cross"),
    ]


def of_row(core: FormCore, row: FormField, value: object, *, changed: bool) -> list[ActionData]:
    """List the ways back: to the saved value, to the default, to what the layers below say."""
    spec = row.spec
    offered: list[ActionData] = []
    if changed and row.control is not Control.SECRET:
        verb = "back to preset" if core.origin(row.path) == PRESET else "back to saved"
        offered.append(_back(core, row, "saved", verb, core.saved(row.path)))
    below = core.inherited(row.path) if core.origin(row.path).kind is OriginKind.FILE else MISSING
    if below is not MISSING and row.path not in core.released:
        offered.append(_back(core, row, "inherited", "inherit", below))
    plain = not (spec.required or spec.sensitive or spec.default is MISSING)
    is_other = below is MISSING or differ(below, spec.default)
    stays = changed and not differ(core.saved(row.path), spec.default)
    if plain and is_other and not stays and differ(value, spec.default):
        offered.append(_back(core, row, "default", "use default", spec.default))
    return offered


def _back(core: FormCore, row: FormField, to: str, verb: str, value: object) -> ActionData:
    brief = _brief(core, row, None if value is MISSING else core.hidden(row.path, value))
    return {**action(f"{verb}: {brief}", "reset", row.key, to=to), "shy": to != "saved"}


def _brief(core: FormCore, row: FormField, value: object) -> str:
    """Write a value as a label has room for it."""
    if row.control is Control.PARTS and isinstance(value, list | Mapping):
        if (number := member_of(row.spec, value)) is not None:
            return alternative_names(row.spec)[number]
        nouns = ("item",) if isinstance(value, list) else ("entry", "entries")
        return counted(len(value), *nouns)
    shown = said(core, row, value)
    text = "not set" if shown is None else " ".join(shown.split()) or "empty"
    return neutral(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def said(core: FormCore, row: FormField, value: object) -> str | None:
    """Write a value of *row* as people see it there; ``None`` where nothing is set."""
    if row.control is Control.CHECK and isinstance(value, bool):
        return "on" if value else "off"
    return core.text(row.path, row.spec, value)


def _item(label: str, path: str, op: str, *, icon: str = "", off: bool = False) -> ActionData:
    return {**action(label, "item", path, op=op), "icon": icon, "off": off}


def action(label: str, type: str, path: str, **rest: Any) -> ActionData:  # noqa: A002, ANN401
    """Say what a button is called and what it sends."""
    return {
        "label": label,
        "icon": "",
        "off": False,
        "shy": False,
        "send": {"type": type, "path": path, **rest},
    }
