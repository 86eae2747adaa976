"""The name that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALIKE = 0.7
"""Least likeness, from 0 to 1, at which a name is worth suggesting."""

MOST = 4
"""Names that are suggested at once; more are no help."""

_SHORTEST_WORD = 3
"""Letters that a word begins with another one by."""
_QUANTITIES = frozenset(
    {"count", "default", "enabled", "events", "max", "min", "number", "per", "percent"}
    | {"rate", "second", "seconds", "size", "time", "timeout", "total", "type", "value"}
)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of *names* that is most like *name*, or an empty string."""
    from difflib import get_close_matches  # most names are right

    found = get_close_matches(name, list(names), n=1, cutoff=ALIKE)
    return found[0] if found else ""


def sharing_a_word(name: str, names: Iterable[str]) -> list[str]:
    """
    Return those of *names* that share a telling word with *name*, or its beginning.

    So ``user`` may mean ``app_username``, and ``logging`` ``log_level``. A word that more
    than a few of them have tells nothing, nor does one of quantity.
    """
    listed = list(names)
    for word in name.lower().split("_"):
        found = [each for each in listed if any(_is_one(word, w) for w in each.split("_"))]
        if word not in _QUANTITIES and 0 < len(found) <= MOST:
            return found
    return []


def _is_one(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return len(short) >= _SHORTEST_WORD and long.startswith(short)


def question(paths: Sequence[str]) -> str:
    """
    Ask whether one of *paths* was meant; there is at least one.

    Several lie in one section (`Catalog.suggestions`) and are named without it.
    """
    if len(paths) == 1:
        return f"did you mean {paths[0]}?"
    names = [path.rpartition(".")[2] for path in paths]
    *first, last = names if len(names) <= MOST else [*names[: MOST - 1], "another"]
    return f"did you mean {', '.join(first)} or {last}?"
