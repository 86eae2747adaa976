"""Exact shapes of what is read from a file before anything vouches for it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

TEXT = r"(?s).+"
HEX16, HEX32, HEX64 = (f"[0-9a-f]{{{length}}}" for length in (16, 32, 64))
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"


def written_time(time: dt.datetime) -> str:
    """Write *time* as `TIME` asks for it: in UTC, to the second."""
    return f"{time.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def fits(data: Any, shape: Any) -> bool:  # noqa: ANN401  # any tree
    """
    Tell whether *data* has just this *shape*.

    A pattern asks for text that it matches as a whole, a number for an integer
    from it on, a tuple for one of its shapes, ``[shape]`` for a list, ``{"*": shape}``
    for a mapping of any names, and a mapping for just its names, those that end
    in ``?`` being optional.
    """
    match shape:
        case str():
            return isinstance(data, str) and re.fullmatch(shape, data) is not None
        case int():
            return type(data) is int and data >= shape
        case tuple():
            return any(fits(data, one) for one in shape)
        case [item]:
            return isinstance(data, list) and all(fits(one, item) for one in data)
        case _:
            return isinstance(data, Mapping) and _fits_names(data, shape)


def _fits_names(data: Mapping[Any, Any], shape: Mapping[str, Any]) -> bool:
    if "*" in shape:
        return all(fits(name, TEXT) and fits(data[name], shape["*"]) for name in data)
    needed = {name for name in shape if not name.endswith("?")}
    known = {name.removesuffix("?"): one for name, one in shape.items()}
    is_known = needed <= data.keys() <= known.keys()
    return is_known and all(fits(data[name], known[name]) for name in data)
