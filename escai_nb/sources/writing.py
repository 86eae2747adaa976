"""
Values as text, so that every reader takes them for what they are.

Plain where YAML 1.1 and 1.2 agree on the meaning, quoted where they do not.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from escai_nb.errors import EditRefusedError
from escai_nb.sources.scalars import MERGE, is_plain_text


@dataclass(frozen=True, slots=True)
class Habits:
    """
    How an author lays out a document.

    Attributes:
        newline: The line break in use.

        step: Spaces by which an inner mapping is indented.

        dash: The same for a list's dashes under their key.

        gap: From a dash to its item, the dash included.

        literals: Whether texts of several lines may be written as such.

        unit: What JSON is indented by; None where it stands on one line.
    """

    newline: str = "\n"
    step: int = 2
    dash: int = 2
    gap: int = 2
    literals: bool = True
    unit: str | None = None


DEFAULT = Habits()

_SPECIAL = r"\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
_ESCAPED = re.compile(f"[{_SPECIAL}]")
_ON_ONE_LINE = re.compile(f"[^{_SPECIAL}\t\n]*")
ON_LINES = re.compile(f"[^{_SPECIAL}]*")
"""A text that can stand on lines of its own as it is."""
_PLAIN = re.compile(
    r"""(?:[^\s\-?:,\[\]{}#&*!|>'"%@`]|-(?=[^\s\-]))(?:[^\s:]|:(?=\S)|[ ](?=[^\s#]))*"""
)
_PLAIN_IN_FLOW = re.compile(
    r"""(?:[^\s\-?:,\[\]{}#&*!|>'"%@`]|-(?=[\w]))(?:[^\s:?,\[\]{}]|[ ](?=[^\s#:?,\[\]{}]))*"""
)
LONGEST_KEY = 1000
"""Characters; YAML takes no longer one on a single line."""


def refuse(reason: str, hint: str = "") -> EditRefusedError:
    """Make the error for what cannot be written."""
    return EditRefusedError(reason, hint=hint)


def write_text(text: str, *, style: str = "", flow: bool = False) -> str:
    """Write a text on one line: in the given quotes, plain, or in double quotes."""
    fits = text != "" and text[:3] != "..." and _ON_ONE_LINE.fullmatch(text)
    if fits and style not in {"'", '"'}:
        form = _PLAIN_IN_FLOW if flow else _PLAIN
        if form.fullmatch(text) and is_plain_text(text):
            return text
    if style == "'" and _ON_ONE_LINE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    if re.search(r"[\ud800-\udfff]", text):
        raise refuse("half of a surrogate pair cannot be written", "give whole characters")
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def write_literal(text: str) -> list[str] | None:
    """Write a text as ``|`` and the lines below it, or return None if it cannot be."""
    if not ON_LINES.fullmatch(text) or text[:1].isspace() or text.endswith("\n\n"):
        return None
    lines = text.removesuffix("\n").split("\n")
    if any(line.isspace() for line in lines):
        return None
    return ["|" if text.endswith("\n") else "|-", *lines]


def write_scalar(value: object, *, style: str = "", flow: bool = False) -> str:
    """
    Write a scalar of YAML on one line.

    Raises:
        EditRefusedError: If YAML has no such scalar.
    """
    if isinstance(value, str):
        return write_text(value, style=style, flow=flow)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    reason = f"a value of type {type(value).__name__} cannot be written as YAML"
    raise refuse(reason, "give text, numbers, booleans, null, lists and mappings")


def _number(value: float) -> str:
    """Write a float with the dot that YAML 1.1 wants."""
    text = repr(value)
    if text in {"inf", "-inf", "nan"}:
        return text.replace("inf", ".inf").replace("nan", ".nan")
    return text if "." in text else text.replace("e", ".0e")


def write_key(key: object, *, style: str = "", flow: bool = False) -> str:
    """
    Write the key of a mapping entry.

    Raises:
        EditRefusedError: If it is too long for one line, or no scalar.
    """
    text = write_scalar(key, style=style, flow=flow)
    if len(text) > LONGEST_KEY:
        raise refuse("a key of this length cannot be written")
    return f'"{MERGE}"' if text == MERGE else text


def write_flow(value: object) -> str:
    """Write any value of YAML on one line, collections in brackets."""
    if isinstance(value, Mapping):
        inner = (f"{write_key(key, flow=True)}: {write_flow(v)}" for key, v in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write_flow(item) for item in value) + "]"
    return write_scalar(value, flow=True)


def write_json(value: object, *, indent: str | None = None) -> str:
    """
    Write any value of JSON, on one line or indented.

    Raises:
        EditRefusedError: If JSON has no such value.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    except (TypeError, ValueError):
        pass
    reason = "a value that JSON does not know cannot be written"
    raise refuse(reason, "give text, finite numbers, booleans, null, lists and mappings")


def is_filled(value: object) -> bool:
    """Tell whether *value* is a collection with something in it."""
    return isinstance(value, Mapping | list | tuple) and len(value) > 0


def block_lines(value: Any, habits: Habits) -> list[str]:  # noqa: ANN401  # any tree
    """Write a filled collection as lines of a block that begins at column 0."""
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            lines += entry_lines(write_key(key) + ":", inner, habits)
        return lines
    for item in value:
        lines += item_lines(item, habits)
    return lines


def entry_lines(head: str, value: Any, habits: Habits) -> list[str]:  # noqa: ANN401
    """Write a mapping entry whose key and colon are *head*."""
    if is_filled(value):
        step = habits.step if isinstance(value, Mapping) else habits.dash
        return [head, *indented(block_lines(value, habits), step)]
    first, *rest = _scalar_lines(value, habits)
    return [f"{head} {first}", *indented(rest, habits.step)]


def item_lines(value: Any, habits: Habits) -> list[str]:  # noqa: ANN401
    """Write a list item with its dash."""
    first, *rest = block_lines(value, habits) if is_filled(value) else _scalar_lines(value, habits)
    return ["-".ljust(habits.gap) + first, *indented(rest, habits.gap)]


def _scalar_lines(value: object, habits: Habits) -> list[str]:
    if not isinstance(value, str):
        return [write_flow(value)]
    as_lines = write_literal(value) if "\n" in value and habits.literals else None
    return as_lines or [write_text(value)]


def indented(lines: list[str], by: int) -> list[str]:
    """Move *lines* to the right, but for empty ones."""
    return [" " * by + line if line else line for line in lines]


def render(data: Mapping[str, Any], format: str = "yaml") -> str:  # noqa: A002
    """
    Write *data* as a fresh document: block style, or JSON indented by 2.

    Raises:
        EditRefusedError: If the format has no form for a value.
    """
    if format == "json":
        return write_json(data, indent="  ") + "\n"
    return "\n".join(block_lines(data, DEFAULT) if data else ["{}"]) + "\n"
