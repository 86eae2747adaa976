"""Where a value came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class OriginKind(StrEnum):
    """The layer that a value comes from, lowest first."""

    DEFAULT = "default"
    PRESET = "preset"
    SHARED = "shared file"
    FILE = "environment file"
    DOTENV = "dotenv file"
    VARIABLE = "environment variable"
    OVERRIDE = "override"
    MISSING = "missing"


IN_FILES = frozenset({OriginKind.SHARED, OriginKind.FILE})
"""Layers that are configuration files."""
IN_SURROUNDINGS = frozenset({OriginKind.DOTENV, OriginKind.VARIABLE, OriginKind.OVERRIDE})
"""Layers that belong to a machine or a call, and are never saved."""
_UNWRITTEN = frozenset({OriginKind.DEFAULT, OriginKind.MISSING})


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A layer and the place in it.

    Attributes:
        kind: The layer.

        source: File as the reader would name it, or the variable's name. Of a
            default or a missing value: the file in which it would be written.

        line: 1-based; 0 where there is none.

        column: 1-based, in characters; 0 where there is none.

        end: Column behind it in the same line; 0 where that is not known.
    """

    kind: OriginKind
    source: str = ""
    line: int = 0
    column: int = 0
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.kind is OriginKind.VARIABLE:
            return f"env {self.source}"
        if not self.source:
            return self.kind.value
        place = ":".join([self.source, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place} ({self.kind.value})" if self.kind in _UNWRITTEN else place


DEFAULT = Origin(OriginKind.DEFAULT)
OVERRIDE = Origin(OriginKind.OVERRIDE)
