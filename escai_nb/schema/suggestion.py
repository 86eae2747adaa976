"""The name that was probably meant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALIKE = 0.7
"""Least likeness, from 0 to 1, at which a name is worth suggesting."""

ASKS = "did you mean "
"""How a question after a name begins."""

MOST = 4
"""Names that are suggested at once; more are no help."""

REMEMBERED = 16_384
"""Names of which the answer is kept: each unknown one is asked about several times over."""

_SHORTEST_WORD = 3
"""Letters that a word begins with another one by."""
_QUANTITIES = frozenset(
    {"count", "default", "enabled", "events", "max", "min", "number", "per", "percent"}
    | {"rate", "second", "seconds", "size", "time", "timeout", "total", "type", "value"}
)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of *names* that is most like *name*, or an empty string."""
    return _nearest(name, tuple(names))


@lru_cache(maxsize=REMEMBERED)
def _nearest(name: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # most names are right

    found = get_close_matches(name, names, n=1, cutoff=ALIKE)
    return found[0] if found else ""


def sharing_a_word(name: str, names: Iterable[str]) -> list[str]:
    """
    Return those of *names* that share a telling word with *name*, or its beginning.

    So ``user`` may mean ``app_username``, and ``logging`` ``log_level``. A word that more
    than a few of them have tells nothing, nor does one of quantity.
    """
    listed = [(each, each.split("_")) for each in names]
    for word in name.lower().split("_"):
        if word in _QUANTITIES or len(word) < _SHORTEST_WORD:
            continue
        found = [each for each, words in listed if any(_is_one(word, other) for other in words)]
        if 0 < len(found) <= MOST:
            return found
    return []


def _is_one(word: str, other: str) -> bool:
    return len(other) >= _SHORTEST_WORD and (other.startswith(word) or word.startswith(other))


def question(paths: Sequence[str]) -> str:
    """
    Ask whether one of *paths* was meant; there is at least one.

    Several lie in one section (`Catalog.suggestions`) and are named without it.
    """
    if len(paths) == 1:
        return f"{ASKS}{paths[0]}?"
    names = [path.rpartition(".")[2] for path in paths]
    *first, last = names if len(names) <= MOST else [*names[: MOST - 1], "another"]
    return f"{ASKS}{', '.join(first)} or {last}?"
