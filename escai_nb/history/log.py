"""The write-ahead log beside a history: whether all that was committed to it can be read."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_ORDERS = {0x377F0682: "<", 0x377F0683: ">"}
"""Magic number → order of the bytes that checksums are made of (sqlite.org/fileformat2, 4)."""
_WORD = 0xFFFFFFFF


def log_of(path: Path) -> Path:
    """Name the write-ahead log of the database at *path*."""
    return path.with_name(f"{path.name}-wal")


def has_lost_commits(path: Path) -> bool:
    """
    Tell whether the log of the database at *path* holds a commit that is not as it was written.

    SQLite reads a log up to the first such frame, and says nothing of the rest. What a
    writer that was killed had not committed, and what is left of an earlier log, is no loss.
    Nor is the last commit of all, if it alone does not read: whoever wrote it may have been
    stopped in the middle. The one before it was on the disk by then.
    """
    try:
        log = log_of(path).read_bytes()
    except FileNotFoundError:
        return False
    if len(log) <= _HEADER.size:
        return False
    magic, _version, size, _number, *salts, first, second = _HEADER.unpack_from(log)
    order = _ORDERS.get(magic, "")
    if not order or _checksum(order, log[:24], (0, 0)) != (first, second):
        return any(log)
    is_read, seed, broken = True, (first, second), 0
    for at in range(_HEADER.size, len(log) - _FRAME.size - size + 1, _FRAME.size + size):
        _page, commit, *marks, first, second = _FRAME.unpack_from(log, at)
        if is_read and marks == salts:
            seed = _checksum(order, log[at : at + 8], seed)
            seed = _checksum(order, log[at + _FRAME.size : at + _FRAME.size + size], seed)
        is_read = is_read and marks == salts and seed == (first, second)
        # all frames of an earlier log have two other salts
        if not is_read and commit and (marks[0] == salts[0] or marks[1] == salts[1]):
            broken += 1
    return broken > 1


def _checksum(order: str, data: bytes, seed: tuple[int, int]) -> tuple[int, int]:
    first, second = seed
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
