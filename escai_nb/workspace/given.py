"""What a caller hands in, taken as configuration: plain data with text for keys, or refused."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import ValueRefusedError
from escai_nb.secret import Secret, conceal, untraced
from escai_nb.sources.refusal import LIMITS, TOO_DEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.keypath import Path


@untraced
def taken(
    given: Any,  # noqa: ANN401  # whatever a caller has at hand
    is_secret: Callable[[Path, object], bool],
    at: Path = (),
) -> Any:  # noqa: ANN401  # any plain tree
    """
    Return *given* as plain data that no local variable gives away, for the place *at*.

    Model objects, sets, dates and the like are written as a file has them; a
    `Secret` stays closed.

    Raises:
        ValueRefusedError: If a part of it is nothing that a file can hold, or
            lies too deep; by key path and type.
    """
    return conceal(_plain(given, at), is_secret, at)


@untraced
def taken_section(
    given: Any,  # noqa: ANN401
    is_secret: Callable[[Path, object], bool],
) -> dict[str, Any]:
    """
    Return the mapping *given* of top-level names; see `taken`.

    Raises:
        ValueRefusedError: As there, or if it is no mapping.
    """
    tree = taken(given, is_secret)
    if not isinstance(tree, dict):
        message = f"a value of type {type(given).__name__} is no mapping of names to values"
        raise ValueRefusedError(message, hint='give nested mappings, as in {"api": {"port": 8080}}')
    return tree


def _plain(value: Any, at: Path) -> Any:  # noqa: ANN401
    if isinstance(value, Secret):
        return value
    if type(value) in keypath.SCALARS:
        return _text(value, at) if type(value) is str else value
    if isinstance(value, Mapping | list | tuple):
        if len(at) >= LIMITS.depth:
            raise _refused(at[:3], TOO_DEEP, "a file holds no deeper values")
        if isinstance(value, Mapping):
            return {
                (name := _name(key, at)): _plain(each, (*at, name)) for key, each in value.items()
            }
        return [_plain(each, (*at, index)) for index, each in enumerate(value)]
    return _plain(_written(value, at), at)


def _written(value: Any, at: Path) -> Any:  # noqa: ANN401
    """Write what is neither scalar nor collection as a file has it."""
    from escai_nb.schema.plain import plain_value  # most values are plain already

    if type(value).__module__ == "numpy":  # a cell of a frame, or a column
        return value.tolist()
    if isinstance(value, bytes | bytearray):
        with suppress(UnicodeDecodeError):
            return value.decode()
    elif _has_text(value):
        with suppress(TypeError, ValueError, RecursionError):
            return plain_value(value, shut=True)  # a secret stays one, whatever it is called
    reason = f"a value of type {type(value).__name__} cannot stand in a file"
    raise _refused(at, reason, "give text, numbers, true or false, lists and mappings")


def _has_text(value: object) -> bool:
    """Tell whether *value* can be written, rather than only named by its type."""
    if hasattr(value, "get_secret_value"):
        return True
    if isinstance(value, str | int | float | AbstractSet | deque | re.Pattern):
        return True
    is_object_of_fields = is_dataclass(value) and not isinstance(value, type)
    return is_object_of_fields or type(value).__str__ is not object.__str__


def _name(key: Any, at: Path) -> str:  # noqa: ANN401
    if key is None:
        return "null"
    written = key if type(key) is str else _written(key, at)
    if isinstance(written, str):
        return _text(written, at)
    if isinstance(written, bool):
        return str(written).lower()
    if isinstance(written, int | float):
        return str(written)
    reason = f"a key of type {type(key).__name__} cannot stand in a file"
    raise _refused(at, reason, "give names as text")


def _text(text: str, at: Path) -> str:
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _refused(at, "half of a surrogate pair is no text", "give whole characters")
    return text


def _refused(at: Path, reason: str, hint: str) -> ValueRefusedError:
    place = keypath.render(at)
    return ValueRefusedError(f"{place}: {reason}" if place else reason, path=place, hint=hint)
