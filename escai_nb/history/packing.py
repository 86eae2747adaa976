"""Contents as they are stored: compressed, against one that is nearly the same if there is one."""

from __future__ import annotations

import zlib

PIECE = 16 * 1024
"""Bytes of a content that are compressed as one, where there is a dictionary."""
REACH = 8 * 1024
"""
Bytes on both sides of a piece's own place in the dictionary that it is compressed against.

With the piece these are the 32 KiB that zlib looks back.
"""


def pack(plain: bytes, dictionary: bytes = b"") -> bytes:
    """Compress *plain*; against *dictionary*, unless that is empty, piece by piece."""
    if not dictionary:
        return zlib.compress(plain)
    packed = []
    for at in range(0, len(plain), PIECE):
        packer = zlib.compressobj(zdict=_part(dictionary, at))
        packed += [packer.compress(plain[at : at + PIECE]), packer.flush()]
    return b"".join(packed)


def unpack(body: bytes, size: int, dictionary: bytes = b"") -> bytes:
    """
    Return the *size* bytes that `pack` was given.

    Raises:
        ValueError: If *body* is not what `pack` returned.
    """
    step = PIECE if dictionary else max(size, 1)
    pieces, left = [], body
    try:
        for at in range(0, size, step):
            packer = (
                zlib.decompressobj(zdict=_part(dictionary, at))
                if dictionary
                else zlib.decompressobj()
            )
            due = min(step, size - at)
            pieces.append(packer.decompress(left, due + 1))
            if not packer.eof or len(pieces[-1]) != due:
                raise ValueError(_UNFIT)
            left = packer.unused_data
    except (zlib.error, TypeError, OverflowError):
        raise ValueError(_UNFIT) from None
    if left or not pieces:
        raise ValueError(_UNFIT)
    return b"".join(pieces)


_UNFIT = "this is no packed content"


def _part(dictionary: bytes, at: int) -> bytes:
    """Return the part of *dictionary* in which what stands at *at* is looked for."""
    place = min(at, len(dictionary))  # behind its end, its end
    return dictionary[max(0, place - REACH) : place + PIECE + REACH]
