"""How a secret is weak, if it is: known, a placeholder, of low variety, or short."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

from escai_nb.validation import known_secrets
from escai_nb.validation.placeholders import is_placeholder

SHORTEST = 14
"""Characters; what the CIS Password Policy Guide asks where a password stands alone."""
FEWEST_DISTINCT = 6
"""Distinct characters; a random one of 32 hexadecimal digits has fewer once in 10^13."""
LONGEST_RUN_SHARE = 0.5
"""Share of characters in runs like ``abcd`` or ``qwert`` from which a secret is no secret."""


class Weakness(StrEnum):
    """Why a secret is none."""

    KNOWN = "publicly listed"
    PLACEHOLDER = "placeholder"
    LOW_VARIETY = "low variety"
    SHORT = "short"


_WORD_AND_NUMBER = re.compile(
    r"(?=[A-Za-z]{4,12}[^A-Za-z])(?:[A-Z]+|(?:[A-Z]?[a-z]{2,}){1,3})"
    r"[@#_.-]?[0-9]{1,4}[!?@#$%*.]{0,2}"
)
"""Such as ``Acme2026!``: the first thing that is tried where rules ask for every kind of sign."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_NEIGHBOURS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_SHORTEST_RUN = 4


def weakness(secret: str) -> Weakness | None:
    """Return the first thing that makes *secret* weak, or None."""
    if known_secrets.is_known(secret):
        return Weakness.KNOWN
    bare = secret.strip()
    if is_placeholder(bare):
        return Weakness.PLACEHOLDER
    if _WORD_AND_NUMBER.fullmatch(bare) or _is_pattern(bare.lower()):
        return Weakness.LOW_VARIETY
    if len(bare) < SHORTEST:
        return Weakness.SHORT
    return Weakness.LOW_VARIETY if len(set(bare.lower())) < FEWEST_DISTINCT else None


def _is_pattern(text: str) -> bool:
    return (
        text in (text + text)[1:-1]  # one piece over and over
        or _in_runs(text) > LONGEST_RUN_SHARE * len(text)
    )


def _in_runs(text: str) -> int:
    """Count the characters of *text* that lie in runs of four or more neighbours."""
    total, run = 0, 1
    previous: int | None = None
    for left, right in zip(text, text[1:] + "\0", strict=True):
        step = ord(right) - ord(left)
        kind = step if -1 <= step <= 1 else 2 if left + right in _NEIGHBOURS else None
        if kind is not None and kind == previous:
            run += 1
        else:
            total += run if run >= _SHORTEST_RUN else 0
            run = 2 if kind is not None else 1
        previous = kind
    return total + (run if run >= _SHORTEST_RUN else 0)
