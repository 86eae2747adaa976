"""Canonical bytes of plain data, and the name that follows from them."""

from __future__ import annotations

import datetime as dt
import json
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

    Raises:
        TypeError: If *data* holds something that is not plain.
    """
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_written
    ).encode("utf-8", "surrogatepass")


def sha256_hex(data: Any) -> str:  # noqa: ANN401
    """Name *data* by its content: 64 hexadecimal digits."""
    import hashlib  # OpenSSL is large, and who only reads names nothing

    return hashlib.sha256(canonical_bytes(data)).hexdigest()
