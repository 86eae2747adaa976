"""Text that a viewer only shows and never obeys, how wide it is, and its beginning."""

from __future__ import annotations

import unicodedata

_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories: controls, direction marks, lone surrogates, line separators."""
_WIDE = frozenset({"W", "F"})


def neutral(text: str) -> str:
    """Return *text* in one line, with each control character written as its escape."""
    if text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _HARMFUL else c for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def clipped(text: str, most: int) -> str:
    """Return *text*, or its first *most* characters and how many there are in all."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def width(text: str) -> int:
    """Count the columns that *text* takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in _WIDE else 1
        for c in text
    )
