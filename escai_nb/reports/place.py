"""Where a finding stands, as tools outside want it told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from escai_nb.origin import IN_FILES, IN_SURROUNDINGS, OriginKind
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.origin import Origin
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.report import Report

_PLACED = IN_FILES | {OriginKind.DEFAULT, OriginKind.MISSING}
"""Kinds of origins whose source, if they name one, is a file."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    A file and a position in it.

    Attributes:
        file: As the reader would name it; empty where none is known.

        line: 1-based; 0 for the file as a whole.

        column: 1-based, in characters; 0 for the line as a whole.

        end: Column behind it in the same line; 0 where that is not known.
    """

    file: str
    line: int = 0
    column: int = 0
    end: int = 0


def place_of(origin: Origin | None, report: Report) -> Place:
    """Return the place of *origin*; what is in no file is told of the report's own."""
    if origin is None or origin.kind not in _PLACED or not origin.source:
        return Place(report.source)
    end = origin.end if origin.kind in IN_FILES else 0
    # the report knows the folder, which other tools need, also of a file beside its own
    folder = report.source.rpartition("/")[0]
    file = f"{folder}/{origin.source}" if folder and origin.source[0] != "/" else origin.source
    return Place(file, origin.line, origin.column, end)


def expectation(finding: Finding) -> str:
    """Return what was expected as the end of a sentence, unless the message says it itself."""
    return "" if finding.expected in finding.message else f"; expected {finding.expected}"


def told(finding: Finding) -> str:
    """Return the message with key path, what set the value if no file did, and the expected."""
    origin = finding.origin
    by = ""
    if origin and origin.kind in IN_SURROUNDINGS:
        by = f" (set by {origin})"
    elif origin and origin.kind is OriginKind.DEFAULT:
        by = " (by default)"
    head = f"{finding.path}: " if finding.path else ""
    return neutral(f"{head}{finding.message}{by}{expectation(finding)}")
