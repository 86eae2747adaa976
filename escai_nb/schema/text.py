"""Values as people write them on a command line or in a variable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from escai_nb.errors import ValueRefusedError
from escai_nb.schema.field_spec import FieldSpec, Kind, choice_text
from escai_nb.schema.modelling import check_value

if TYPE_CHECKING:
    from collections.abc import Iterator

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
NULLS = frozenset({"null", "none", "~"})


def parse_field(spec: FieldSpec, text: str, written: str) -> object:
    """
    Read *text* for the field *spec*, which errors call *written*.

    Raises:
        ValueRefusedError: If it does not fit.
    """
    candidates = list(_readings(spec, text))
    for value in candidates:
        if not check_value(spec, value):
            return value
    misfits = check_value(spec, candidates[0]) if candidates else ()
    message = f"{written} {misfits[0].message}" if misfits else f"{written} must be {spec.expected}"
    raise ValueRefusedError(message, path=written, hint=f"expected: {spec.expected}")


def _readings(spec: FieldSpec, text: str) -> Iterator[object]:
    """Yield what *text* may mean, the likeliest first."""
    bare = text.strip()
    if spec.nullable and bare.lower() in NULLS:
        yield None
    match spec.kind:
        case Kind.BOOLEAN:
            if bare.lower() in WORDS:
                yield WORDS[bare.lower()]
        case Kind.CHOICE:
            yield from _choice(spec, bare)
        case Kind.LIST:
            yield from _list(spec, bare)
        case Kind.UNION:
            for member in sorted(spec.members, key=lambda member: member.kind is Kind.TEXT):
                yield from _readings(member, text)
        case Kind.TEXT:
            yield text
        case _:
            yield from _json(spec, bare)


def _json(spec: FieldSpec, text: str) -> Iterator[object]:
    """Read a number, a mapping or anything as JSON; what is not JSON is text."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if spec.kind is Kind.INTEGER and isinstance(value, bool):
        return
    yield value


def _choice(spec: FieldSpec, text: str) -> Iterator[object]:
    exact = [choice for choice in spec.choices if choice_text(choice) == text]
    alike = [choice for choice in spec.choices if choice_text(choice).lower() == text.lower()]
    yield from exact or alike or [text]


def _list(spec: FieldSpec, text: str) -> Iterator[object]:
    if text.startswith("["):
        try:
            yield json.loads(text)
        except ValueError:
            yield text
        return
    parts = [part.strip() for part in text.split(",")] if text else []
    items = [
        spec.item or (spec.members[index] if index < len(spec.members) else None)
        for index in range(len(parts))
    ]
    yield [_first(item, part) for item, part in zip(items, parts, strict=True)]


def _first(item: FieldSpec | None, text: str) -> Any:  # noqa: ANN401
    if item is None:
        return text
    return next(iter(_readings(item, text)), text)
