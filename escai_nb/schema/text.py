"""Values as people write them on a command line or in a variable."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import ValueRefusedError
from escai_nb.schema.field_spec import FieldSpec, Kind, choice_text
from escai_nb.schema.modelling import check_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.keypath import Path

WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_ON_A_LINE = {
    Kind.LIST: """; on a line a,b or '["a", "b"]'""",
    Kind.MAPPING: """; on a line '{"name": "value"}'""",
    Kind.SECTION: """; on a line '{"name": "value"}'""",
}
"""How what has parts is written here, for those who know it from YAML."""
NULLS = frozenset({"null", "none", "~"})


def parse_field(spec: FieldSpec, text: str, path: Path) -> object:
    """
    Read *text* for the field *spec* at *path*.

    Raises:
        ValueRefusedError: If it does not fit.
    """
    readings = list(_readings(spec, text))
    for value in readings:
        if not check_value(spec, value):
            return value
    misfits = check_value(spec, readings[0]) if readings else ()
    place = keypath.render((*path, *misfits[0].path) if misfits else path)
    reason = misfits[0].message if misfits else f"must be {spec.expected}"
    text, readings, value = "", [], None  # a traceback that shows locals shows nothing
    message = f"{place} {reason}"
    hint = f"expected: {spec.expected}{_ON_A_LINE.get(spec.kind, '')}"
    raise ValueRefusedError(message, path=keypath.render(path), hint=hint)


def _readings(spec: FieldSpec, text: str) -> Iterator[object]:
    """Yield what *text* may mean, the likeliest first."""
    bare = text.strip()
    if spec.nullable and bare.lower() in NULLS:
        yield None
    match spec.kind:
        case Kind.BOOLEAN:
            if bare.lower() in WORDS:
                yield WORDS[bare.lower()]
        case Kind.INTEGER | Kind.NUMBER:
            yield _number(spec.kind, bare)
        case Kind.CHOICE:
            yield from _choice(spec, bare)
        case Kind.LIST:
            yield _list(spec, bare)
        case Kind.UNION:
            yield from _alternatives(spec, text)
        case Kind.TEXT:
            yield from _texts(spec, text)
        case _:
            yield json_or_text(bare)


def _alternatives(union: FieldSpec, text: str) -> Iterator[object]:
    """Yield what *text* means to each alternative: what it is most plainly, first."""
    if text.startswith('"') and isinstance(quoted := json_or_text(text), str):
        yield quoted  # in quotes, as it would be something else without them
    found = [(member, value) for member in union.members for value in _readings(member, text)]
    yield from (
        value for member, value in sorted(found, key=lambda each: _doubt(each[0], each[1], text))
    )


def _doubt(member: FieldSpec, value: object, text: str) -> int:
    """Rank a reading of one alternative; text is what all else is taken for in the end."""
    match member.kind:
        case Kind.LIST if "," not in text and not text.startswith("["):
            return 3
        case Kind.CHOICE if value in member.choices:
            return 0
        case _ if isinstance(value, str):
            return 2
        case Kind.INTEGER if isinstance(value, float):
            return 3
        case Kind.INTEGER | Kind.BOOLEAN:
            is_exact = text.strip().isdigit() is (member.kind is Kind.INTEGER)
            return 0 if is_exact or text.startswith(("-", "+")) else 1
        case _:
            return 0


def _texts(spec: FieldSpec, text: str) -> Iterator[object]:
    quoted = json_or_text(text) if spec.nullable and text.startswith('"') else None
    if isinstance(quoted, str) and quoted.strip().lower() in NULLS:
        yield quoted  # the word, and not nothing
    yield text
    if spec.annotation is timedelta:  # seconds, as a file may say them
        yield _number(Kind.NUMBER, text.strip())


def json_or_text(text: str) -> object:
    """Read *text* as JSON; what is not JSON is text."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _number(kind: Kind, text: str) -> object:
    """Read a number; what is none stays text, which types with units may take."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if kind is Kind.INTEGER and number.is_integer() else number


def _choice(spec: FieldSpec, text: str) -> Iterator[object]:
    exact = [choice for choice in spec.choices if choice_text(choice) == text]
    alike = [choice for choice in spec.choices if choice_text(choice).lower() == text.lower()]
    yield from exact or alike or [text]


def _list(spec: FieldSpec, text: str) -> object:
    """Read a list, as JSON or with commas between its items."""
    if text.startswith("["):
        return json_or_text(text)
    parts = [part.strip() for part in text.split(",")] if text else []
    positions = [spec.item] * len(parts) if spec.item else [*spec.members, *[None] * len(parts)]
    return [_item(item, part) for item, part in zip(positions, parts, strict=False)]


def _item(spec: FieldSpec | None, text: str) -> Any:  # noqa: ANN401
    """Read an item of a list; one that is too many stays text."""
    return next(_readings(spec, text), text) if spec is not None else text
