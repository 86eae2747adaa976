"""The walk that turns data into bytes: equal data equal bytes, different data different ones."""

from __future__ import annotations

import datetime as dt
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

from escai_nb.errors import ValueRefusedError
from escai_nb.keypath import Path, render
from escai_nb.secret import Secret

DEPTH = 128
"""Containers inside each other; deeper data is refused."""
PADDING = 32
"""Bytes; the length of a sealed value shows in steps of this."""
UNREADABLE = object()
"""Stands for bytes that are no padded scalar."""

_NAN = bytes.fromhex("7ff8000000000000")
_WRITERS: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    type(None): (b"n", lambda _: b""),
    bool: (b"b", lambda value: b"1" if value else b"0"),
    int: (b"i", lambda value: f"{value:x}".encode()),
    float: (b"f", lambda value: _NAN if math.isnan(value) else struct.pack(">d", value)),
    str: (b"s", lambda value: value.encode("utf-8", "surrogatepass")),
    dt.date: (b"d", lambda value: value.isoformat().encode()),
    dt.datetime: (b"t", lambda value: value.isoformat().encode()),
    bytes: (b"y", bytes),
}
_READERS: dict[bytes, Callable[[bytes], object]] = {
    b"b": lambda payload: payload == b"1",
    b"i": lambda payload: int(payload, 16),
    b"f": lambda payload: struct.unpack(">d", payload)[0],
    b"s": lambda payload: payload.decode("utf-8", "surrogatepass"),
    b"d": lambda payload: dt.date.fromisoformat(payload.decode()),
    b"t": lambda payload: dt.datetime.fromisoformat(payload.decode()),
    b"y": bytes,
}


def frame(data: Any, at: Path = ()) -> bytes:  # noqa: ANN401  # any plain tree
    """
    Write *data*, which lies at path *at*, as typed frames that carry their length.

    A `Secret` is written as its content, and stays closed in every local variable.

    Raises:
        ValueRefusedError: If it holds what is not plain data, or too many levels.
    """
    if type(data) is str:  # every name, and most values
        return _typed(b"s", data.encode("utf-8", "surrogatepass"))
    if (writer := _WRITERS.get(type(data))) is not None:
        return _typed(writer[0], writer[1](data))
    if type(data) is Secret:
        return frame(data.open())
    if isinstance(data, list) and len(at) < DEPTH:
        return _typed(b"l", b"".join([frame(each, (*at, n)) for n, each in enumerate(data)]))
    if isinstance(data, Mapping) and len(at) < DEPTH and _WRITERS.keys() >= set(map(type, data)):
        entries = sorted([(frame(key), frame(data[key], (*at, key))) for key in data])
        return _typed(b"m", b"".join([part for entry in entries for part in entry]))
    where = render(at[:8])
    message = f"{where or 'the document'} holds a {type(data).__name__} that cannot be sealed"
    hint = "plain data is text, numbers, dates, and lists and mappings of sensible depth"
    raise ValueRefusedError(message, path=where, hint=hint)


def _typed(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(8, "big") + payload


def padded(value: object) -> bytes:
    """Write a scalar as its frame and zeros up to a multiple of 32 bytes; refuse all else."""
    framed = frame(value)
    if framed[:1] not in _READERS:
        message = "a list, a mapping and nothing at all are no single values to be sealed"
        raise ValueRefusedError(message)
    return framed + bytes(-len(framed) % PADDING)


def unpadded(plain: bytes) -> object:
    """Read what `padded` wrote; anything else, even by one bit, is `UNREADABLE`."""
    try:
        value = _READERS[plain[:1]](plain[9 : 9 + int.from_bytes(plain[1:9], "big")])
    except (KeyError, ValueError, struct.error):
        return UNREADABLE
    return value if padded(value) == plain else UNREADABLE
