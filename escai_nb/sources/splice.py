"""Stretches of text to replace, and the way to replace several at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """Put *text* in place of what stands from *start* to *end*."""

    start: int
    end: int
    text: str = field(default="", repr=False)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return *text* with all *splices* made; they must not overlap."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        parts += (text[at : splice.start], splice.text)
        at = splice.end
    return "".join([*parts, text[at:]])
