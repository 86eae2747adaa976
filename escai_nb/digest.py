"""Canonical bytes of plain data, and the name that follows from them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from operator import itemgetter
from typing import Any


def _written(value: object) -> str:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    message = f"{type(value).__name__} has no canonical form"
    raise TypeError(message)


def canonical_bytes(data: Any) -> bytes:  # noqa: ANN401  # any plain tree
    """
    Write *data* so that equal trees give equal bytes: UTF-8 JSON, keys sorted.

    Where keys of YAML have no order or no name in JSON, the mappings are written
    as lists of pairs, behind a mark that no JSON begins with.

    Raises:
        TypeError: If *data* holds something that is not plain.
    """
    try:
        return _json(data)
    except TypeError:
        return _PAIRS + _json(_in_pairs(data))


def bytes_named(data: Any, digest: str) -> bytes:  # noqa: ANN401  # any plain tree
    """
    Return the canonical bytes of *data*, in the form that *digest* names if one is.

    What was written with dates as keys is read with text in their place, which has
    both forms.
    """
    if sha256_hex(data) != digest:
        pairs = _PAIRS + _json(_in_pairs(data))
        if _sha256(pairs) == digest:
            return pairs
    return canonical_bytes(data)


def plain_of(written: bytes) -> Any:  # noqa: ANN401  # any plain tree
    """
    Return what `canonical_bytes` was given, dates and bytes as text.

    Raises:
        ValueError: If it did not write that.
    """
    if not written.startswith(_PAIRS):
        return json.loads(written)
    return _of_pairs(json.loads(written.removeprefix(_PAIRS)))


_PAIRS = b"~"


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_written
)


def _json(data: object) -> bytes:
    return _ENCODER.encode(data).encode("utf-8", "surrogatepass")


def _in_pairs(data: object) -> object:
    if isinstance(data, list | tuple):
        return [_in_pairs(item) for item in data]
    if not isinstance(data, Mapping):
        return data
    pairs = [(_json(key).decode("utf-8", "surrogatepass"), _in_pairs(data[key])) for key in data]
    return {"": sorted(pairs, key=itemgetter(0))}


def _of_pairs(data: Any) -> Any:  # noqa: ANN401
    if isinstance(data, list):
        return [_of_pairs(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {json.loads(key): _of_pairs(value) for key, value in data[""]}


def sha256_hex(data: Any) -> str:  # noqa: ANN401
    """Name *data* by its content: 64 hexadecimal digits."""
    return _sha256(canonical_bytes(data))


def _sha256(written: bytes) -> str:
    import hashlib  # OpenSSL is large, and who only reads names nothing

    return hashlib.sha256(written).hexdigest()
