"""
How a secret may look in an output, written down independently of the program.

What is searched for is the middle of a canary: letters and digits only, so that
URL, JSON, YAML, HTML and shell escapes leave it as it is, while the canary
around it has signs that each of them treats in another way.
"""

from __future__ import annotations

import base64
import hashlib
import string
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LENGTH = 24
"""Characters of the middle: nothing else in an output looks like it by chance."""
_LETTERS = string.ascii_letters + string.digits


def middle(name: str) -> str:
    """Return the middle of the canary of *name*; always the same for the same name."""
    digest = hashlib.shake_256(f"canary {name}".encode()).digest(LENGTH)
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)


def canary(name: str) -> str:
    """Return the canary of *name*, with signs that every escape treats in its own way."""
    return f"é\"<{middle(name)}>&'/+ %"


def forms(text: str) -> dict[str, bytes]:
    """List the encodings in which *text* would be a leak, by what they are called."""
    raw = text.encode()
    listed = {"raw": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    listed["utf-16"] = text.encode("utf-16-le")
    listed["reversed"] = raw[::-1]
    for offset in range(3):
        coded = base64.b64encode(b"x" * offset + raw + b"x" * (-(offset + len(raw)) % 3))
        # what mixes with the neighbours is left away: whole groups of four at both ends
        listed[f"base64+{offset}"] = coded[4 if offset else 0 : -4]
    return listed


def found(canaries: Iterable[str], outputs: Mapping[str, bytes]) -> Iterator[str]:
    """Name each canary that stands in an output, with the output and the encoding."""
    wanted = [
        (name, encoding, form)
        for name in canaries
        for encoding, form in forms(middle(name)).items()
    ]
    for where, content in outputs.items():
        looks = (content, _urlsafe(content), *_unpacked(content))
        for name, encoding, form in wanted:
            if any(form in look for look in looks):
                yield f"{where}: {name} ({encoding})"


def _urlsafe(content: bytes) -> bytes:
    return content.translate(bytes.maketrans(b"-_", b"+/"))


def _unpacked(content: bytes) -> Iterator[bytes]:
    """Give what is compressed inside *content*, such as the contents of a history."""
    for head in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        at = content.find(head)
        while at >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(content[at:])
            at = content.find(head, at + 1)
