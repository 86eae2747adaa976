"""Between a value and the control it is edited in, both ways and without loss."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from escai_nb.errors import DocumentError, EditRefusedError
from escai_nb.masking import has_uri_password, mask_uris, uri_passwords
from escai_nb.schema.catalog import Kind
from escai_nb.schema.field_spec import ONE_LINE
from escai_nb.schema.plain import Name, plain_key, plain_value
from escai_nb.schema.text import json_or_text
from escai_nb.secret import MASK, Secret
from escai_nb.sources.document import parse
from escai_nb.sources.writing import render
from escai_nb.views.sheet import value_text

if TYPE_CHECKING:
    from escai_nb.schema.catalog import FieldSpec

_WHOLE = re.compile(r"[+-]?[0-9]{1,4000}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_HANDLE = re.compile(r"<secret ([0-9]+)>")


class Control(StrEnum):
    """What a value is edited in."""

    CHECK = "check"
    CHOICE = "choice"
    LINE = "line"
    SECRET = "secret"  # noqa: S105  # a kind of control
    PARTS = "parts"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Unread:
    """
    Text that could not be read as any value; it stays in its control.

    Attributes:
        text: As typed; it may hold anything, secrets too.

        message: What is wrong with it.
    """

    text: Secret[str]
    message: str


class Handles:
    """The secrets inside one field's text, each under a number that stays its own."""

    def __init__(self) -> None:
        self._secrets: list[Secret[Any]] = []
        self._numbers: dict[tuple[type, bytes], int] = {}

    def handle(self, secret: Secret[Any]) -> str:
        """Return what stands for *secret* in text."""
        mark = (type(secret.open()), sha256(repr(secret.open()).encode()).digest())
        if mark not in self._numbers:
            self._secrets.append(secret)
            self._numbers[mark] = len(self._secrets)
        return f"<secret {self._numbers[mark]}>"

    def hidden(self, value: Any) -> Any:  # noqa: ANN401  # any plain tree
        """Return *value* with a handle in place of each secret."""
        if isinstance(value, Secret):
            return self.handle(value)
        if isinstance(value, Unread):
            return value.text.open()
        if isinstance(value, Mapping):
            return {key: self.hidden(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.hidden(item) for item in value]
        return value

    def found(self, value: Any) -> Any:  # noqa: ANN401
        """
        Return *value* with the secret in place of each handle.

        Raises:
            LookupError: If a handle stands for nothing.
        """
        if isinstance(value, Mapping):
            return {key: self.found(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.found(item) for item in value]
        match = _HANDLE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return value
        if not 0 < int(match[1]) <= len(self._secrets):
            message = f"{value} stands for no secret of this field"
            raise LookupError(message)
        return self._secrets[int(match[1]) - 1]


def control_of(spec: FieldSpec) -> Control:
    """Choose the control of a field."""
    if spec.kind in ONE_LINE and spec.sensitive:
        return Control.SECRET
    if spec.kind is Kind.BOOLEAN:
        return Control.CHOICE if spec.nullable else Control.CHECK
    if spec.kind is Kind.CHOICE:
        return Control.CHOICE
    if spec.kind in ONE_LINE or is_scalar_union(spec):
        return Control.LINE
    return Control.PARTS if _is_known(spec) else Control.CODE


def _is_known(spec: FieldSpec) -> bool:
    """Tell whether the model says what a list, mapping, section or union consists of."""
    if spec.kind is Kind.UNION:
        return all(member.kind in ONE_LINE or _is_known(member) for member in spec.members)
    if spec.kind is Kind.LIST and spec.members:
        return True
    if spec.kind in {Kind.LIST, Kind.MAPPING}:
        return spec.item is not None and spec.item.kind is not Kind.ANY
    return spec.kind is Kind.SECTION


def is_scalar_union(spec: FieldSpec) -> bool:
    """Tell whether every alternative fits on one line."""
    return (
        spec.kind is Kind.UNION
        and not spec.sensitive
        and all(member.kind in ONE_LINE for member in spec.members)
    )


def choices(spec: FieldSpec) -> tuple[object, ...]:
    """List what can be chosen, besides nothing at all."""
    return (False, True) if spec.kind is Kind.BOOLEAN else spec.choices


def shown(  # noqa: PLR0911  # one return for each kind
    spec: FieldSpec, value: object, handles: Handles
) -> str | None:
    """
    Write *value* as its control shows it; ``None`` where nothing is set.

    `read` makes the same value of it again. No secret is in it.
    """
    if isinstance(value, Unread):
        return value.text.open()
    control = control_of(spec)
    if control is Control.CODE or (control is Control.PARTS and not _is_short(spec, value)):
        return None if value is None and spec.kind is not Kind.ANY else code(value, handles)
    if value is None:
        return None
    if isinstance(value, Secret):
        return _masked(value)
    if control is Control.LINE and isinstance(value, str) and not is_scalar_union(spec):
        return value
    is_typed = control is Control.CHOICE and isinstance(value, str) and value not in spec.choices
    if is_typed and read_scalar(spec, str(value)) is value:
        return str(value)  # no choice, so it stays as it was typed
    return value_text(value)


def _is_short(spec: FieldSpec, value: object) -> bool:
    """Tell whether a value is a list of scalars, which is written on one line."""
    if isinstance(value, list) and any(isinstance(item, Secret) for item in value):
        return False  # each needs a handle that can be read back
    return (
        spec.kind is Kind.LIST
        and not (spec.sensitive or spec.nullable)
        and spec.item is not None
        and spec.item.kind in ONE_LINE
        and not spec.item.nullable
    )


def _masked(secret: Secret[Any]) -> str:
    text = secret.open()
    return mask_uris(text) if isinstance(text, str) and has_uri_password(text) else MASK


def read(spec: FieldSpec, raw: Any, current: object, handles: Handles) -> Any:  # noqa: ANN401
    """
    Make plain data of what a control gave, or of a Python value.

    What cannot be read stays as it is for the model to complain about, or, if
    not even the model could, becomes `Unread`. *current* is what the field
    holds now, whose secrets stay where their place-holders were left alone.
    """
    value = _plain(raw, spec.coding)
    if isinstance(value, str) and not isinstance(raw, str) and not _on_a_line(spec):
        return value  # written of bytes, a path or the like, and no YAML
    return as_named(_read(spec, value, current, handles), current)


def _read(spec: FieldSpec, raw: Any, current: object, handles: Handles) -> Any:  # noqa: ANN401
    if isinstance(raw, list) and spec.item is not None and spec.item.kind in ONE_LINE:
        olds = current if isinstance(current, list) else []
        return [
            read(spec.item, item, olds[n] if n < len(olds) else None, handles)
            for n, item in enumerate(raw)
        ]
    return _from_text(spec, raw, current, handles) if isinstance(raw, str) else raw


def as_named(value: Any, current: Any) -> Any:  # noqa: ANN401
    """Return *value* with the names of what is no data where *current* has them already."""
    if isinstance(current, Name):
        return current if value == current else value
    if isinstance(value, dict) and isinstance(current, dict):
        return {key: as_named(item, current.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(current, list):
        return [*map(as_named, value, current), *value[len(current) :]]
    return value


def _on_a_line(spec: FieldSpec) -> bool:
    return control_of(spec) not in {Control.CODE, Control.PARTS}


def _from_text(spec: FieldSpec, raw: str, current: object, handles: Handles) -> object:
    """Read what was typed into a control."""
    if not _on_a_line(spec):
        return _from_code(spec, raw, handles)
    if isinstance(current, Secret) and MASK in raw:
        return _kept(raw, current)
    return _from_scalar_text(spec, raw) if is_scalar_union(spec) else read_scalar(spec, raw)


def _plain(raw: Any, coding: str) -> Any:  # noqa: ANN401
    """Take Python's own types down to plain data, bytes in *coding*; what is secret stays shut."""
    if isinstance(raw, Secret):
        return raw
    if isinstance(raw, Mapping):
        return {plain_key(key, coding): _plain(item, coding) for key, item in raw.items()}
    if isinstance(raw, list | tuple):
        return [_plain(item, coding) for item in raw]
    return raw if isinstance(raw, Unread) else plain_value(raw, shut=True, coding=coding)


def read_scalar(spec: FieldSpec, raw: str) -> object:
    """Read the text of a control with one kind of value; what cannot be read stays text."""
    text = raw.strip()
    match spec.kind:
        case Kind.INTEGER if _WHOLE.fullmatch(text):
            return int(text)
        case Kind.NUMBER if _NUMBER.fullmatch(text):
            return float(text)
        case Kind.BOOLEAN if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        case Kind.CHOICE:  # as it is shown, which tells 1 from "1"; else to the letter
            return next((each for each in spec.choices if value_text(each) == raw), raw)
        case _:
            return raw


def _from_scalar_text(spec: FieldSpec, raw: str) -> object:
    """Read a scalar as JSON writes it; what is not JSON is text."""
    if all(member.kind is Kind.TEXT for member in spec.members) and not raw.startswith('"'):
        return raw
    value = json_or_text(raw)
    return raw if isinstance(value, dict | list) else value


def _kept(raw: str, current: Secret[Any]) -> object:
    """Put back what the mask in *raw* stands for."""
    if raw == MASK:
        return current
    text = current.open()
    for password in uri_passwords(text) if isinstance(text, str) else ():
        raw = raw.replace(f":{MASK}@", f":{password}@", 1)
    if MASK in raw:
        return Unread(Secret(raw), f"{MASK} stands for a password that is not there")
    return Secret(raw)


def code(value: object, handles: Handles) -> str:
    """Write any plain data as YAML, without the name in front, secrets as handles."""
    value = handles.hidden(value)
    try:
        text = render({"value": value}, "yaml")
    except EditRefusedError:  # no YAML for it, as for a lone surrogate: JSON escapes all
        return json.dumps(value)
    first, *rest = text.removesuffix("\n").split("\n")
    head = first.removeprefix("value:").strip()
    return "\n".join([*filter(None, [head]), *(line.removeprefix("  ") for line in rest)])


def _from_code(spec: FieldSpec, raw: str, handles: Handles) -> object:
    """Read YAML (and so JSON too); an empty text is the field's emptiest value."""
    if not raw.strip():
        empty: dict[Kind, object] = {Kind.MAPPING: {}, Kind.LIST: []}
        return None if spec.nullable else empty.get(spec.kind)
    try:
        document = parse("value:\n" + textwrap.indent(raw, "  "), source="")
        return handles.found(_plain(document.data["value"], spec.coding))
    except DocumentError as error:
        return Unread(Secret(raw), f"cannot be read as YAML{_place(error.where)}")
    except LookupError as error:
        return Unread(Secret(raw), str(error))


def _place(where: str) -> str:
    """Name the place in the reader's own text, which lies one line further down."""
    numbers = re.findall(r"[0-9]+", where)
    return f" (line {max(int(numbers[0]) - 1, 1)})" if numbers else ""
