"""How a secret is weak, if it is: known, a placeholder, of low variety, or short."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

from escai_nb.validation import known_secrets

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


# Each alternative is so long, or so anchored, that a random url-safe token of
# 43 characters meets one less than once in a million.
_PLACEHOLDER = re.compile(
    r"""
      change[-_. ]?(?:me|it|this|now|in[-_. ]prod) | to[-_. ]?be[-_. ]?(?:set|changed|defined)
    | place[-_. ]?holder | replace[-_. ]?(?:me|this|with) | insert[-_. ](?:your|here)
    | ^your[-_. ]? | \byour[-_. ](?:secret|password|token|api|key) | ^my[-_. ]?(?:secret|password)
    | (?:^|[-_. ])(?:example|sample|dummy|todo|fixme|secret[-_. ]?key|test[-_. ]?secret)(?:$|[-_. ])
    | super[-_. ]?secret | top[-_. ]?secret | not[-_. ](?:a[-_. ]|so[-_. ])?secret
    | secure[-_. ](?:random|secret|password|key) | default[-_. ]?(?:secret|password|key)
    | ^(?:[x*.?_-]\s*){3,}$ | ^<.*>$ | ^\$\{.*\}$ | ^\{\{.*\}\}$ | ^%.*%$ | ^\[.*\]$
    | ^(?:none|null|nil|undefined|unset|tbd|n/a|empty)$
    """,
    re.IGNORECASE | re.VERBOSE,
)

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_NEIGHBOURS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_SHORTEST_RUN = 4


def weakness(secret: str) -> Weakness | None:
    """Return the first thing that makes *secret* weak, or None."""
    if known_secrets.is_known(secret):
        return Weakness.KNOWN
    bare = secret.strip()
    if _PLACEHOLDER.search(bare):
        return Weakness.PLACEHOLDER
    if len(bare) < SHORTEST:
        return Weakness.SHORT
    if _has_low_variety(bare.lower()):
        return Weakness.LOW_VARIETY
    return None


def _has_low_variety(text: str) -> bool:
    return (
        len(set(text)) < FEWEST_DISTINCT
        or text in (text + text)[1:-1]  # one piece over and over
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
