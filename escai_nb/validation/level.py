"""How readily something is taken for personal data or a stray secret."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """Each level finds what the one before it finds, and more; the surest come first."""

    OFF = "off"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for off to 3 for high."""
        return _RANKS[self]

    def covers(self, other: Level) -> bool:
        """Tell whether what counts from *other* on counts at this level."""
        return self.rank >= other.rank


_RANKS = {level: rank for rank, level in enumerate(Level)}
