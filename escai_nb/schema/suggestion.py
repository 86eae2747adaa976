"""The name that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE = 0.7
"""Least likeness, from 0 to 1, at which a name is worth suggesting."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of *names* that is most like *name*, or an empty string."""
    from difflib import get_close_matches  # most names are right

    found = get_close_matches(name, list(names), n=1, cutoff=ALIKE)
    return found[0] if found else ""
