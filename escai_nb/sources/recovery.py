"""
What can still be read of a broken document, and everything that is broken in it.

For reports only: what is recovered is judged, never loaded, and never written.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from escai_nb import keypath, safefile
from escai_nb.errors import DocumentError, FileUnavailableError
from escai_nb.sources import json_reader, yaml_reader
from escai_nb.sources.cutting import cut
from escai_nb.sources.document import BOM, Document, Format, format_of, parse
from escai_nb.sources.gathering import JsonGathering, YamlGathering, without_lost
from escai_nb.sources.places import Mark, Places, line_starts, locating
from escai_nb.sources.refusal import LIMITS, refusal, too_large, without_traces

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable, Mapping, Sequence

    from escai_nb.errors import EscaiError
    from escai_nb.keypath import Path

BAD_BYTE = "\0"
"""Stands for a byte that is not UTF-8: no document may hold it, so its entry is cut out."""
_POSITION = re.compile(r":([0-9]+)(?::([0-9]+))?$")
_SURROGATE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Recovered:
    """
    A document as far as it can be read.

    Attributes:
        document: What can be read; nothing where that is too little to judge.

        faults: Everything that is broken in it, in the order of the text.

        lost: Paths at or below which something stands that could not be read.
    """

    document: Document | None
    faults: tuple[EscaiError, ...] = ()
    lost: tuple[Path, ...] = ()


def recover(path: pathlib.Path, *, source: str = "") -> Recovered:
    """
    Read the file at *path* as far as that goes.

    Raises:
        FileUnavailableError: If it is missing or may not be read.
        DocumentError: If its suffix tells no format.
    """
    source, form = source or path.name, format_of(path)
    try:
        content = safefile.read_bytes(path, limit=LIMITS.size)
    except FileUnavailableError as error:
        if error.code != "file-too-large":
            raise
        return Recovered(None, (too_large(source),), ((),))
    return recovered(content, source=source, form=form)


def recovered(content: bytes, *, source: str, form: Format = "yaml") -> Recovered:
    """Return what *content* says, as far as it can be read."""
    try:
        return Recovered(parse(content, source=source, format=form))
    except DocumentError as error:
        first = without_traces(error)
    unread = Recovered(None, (first,), ((),))
    if len(content) > LIMITS.size:
        return unread
    text = content.decode(errors="surrogateescape").removeprefix(BOM)
    try:
        found = (_yaml if form == "yaml" else _json)(_SURROGATE.sub(BAD_BYTE, text), source)
    except DocumentError:
        return unread
    starts = line_starts(text)
    faults = sorted((_told(fault, text, starts) for fault in found.faults), key=position)
    return replace(found, faults=tuple(faults)) if faults else unread


def position(error: EscaiError) -> tuple[int, int]:
    """Return line and column that *error* names, both 1-based; zeros where it names none."""
    found = _POSITION.search(error.where)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def _told(fault: EscaiError, text: str, starts: Sequence[int]) -> EscaiError:
    """Return *fault* as what it is, where the parser met a byte that is not UTF-8."""
    line, column = position(fault)
    is_inside = 0 < line <= len(starts)
    if not is_inside or not _SURROGATE.match(text, starts[line - 1] + column - 1):
        return fault
    source = fault.where.rsplit(":", 2)[0]
    reason = "this byte is not UTF-8"
    told = refusal(source, line, column, reason, hint="save the file as UTF-8")
    told.path = fault.path
    return told


def _json(text: str, source: str) -> Recovered:
    reading = JsonGathering(text, source)
    root = reading.outline().root
    noted = json_reader.place_of(root)
    everywhere = Places(root.value, noted, locating(text))
    _name_paths(reading.faults, everywhere, {})
    _name_repeated(reading.faults, everywhere, reading.twice, {})
    data, place, lost = without_lost(root.value, noted, {})
    places = Places(data, place, locating(text))
    return Recovered(
        Document(source, "json", text, data, places), tuple(reading.faults), _once(lost)
    )


def _yaml(text: str, source: str) -> Recovered:
    cutting = cut(text, source)
    events = yaml_reader.FASTEST(cutting.text)
    try:
        reading = YamlGathering(events.get_event, source)
        root, noted = reading.document()
    finally:
        events.dispose()
    faults = (*cutting.faults, *reading.faults)
    everywhere = Places(root, noted, yaml_reader.locate)
    _name_paths(faults, everywhere, cutting.names)
    _name_repeated(reading.faults, everywhere, reading.twice, cutting.names)
    data, place, lost = without_lost(root, noted, cutting.names)
    places = Places(data, place, yaml_reader.marking(cutting.text))
    document = Document(source, "yaml", cutting.text, data, places)
    for line, indent, name in cutting.blanked:
        lost.append(_about(document, line, indent, name))
        for fault in cutting.faults:
            if position(fault)[0] == line:
                fault.path = keypath.render(lost[-1])
    lost += [()] if cutting.rest else []
    return Recovered(document, faults, _once(lost))


def _name_paths(
    faults: Iterable[DocumentError], places: Places, holders: Mapping[str, str]
) -> None:
    """Tell of each fault the path of what stands at it, or last before it on its line."""
    marks = [*places.values.items(), *places.keys.items()]
    known = [(mark.line, mark.column, len(path), path) for path, mark in marks if path]
    known.sort(key=lambda each: each[:3])  # paths cannot be compared: keys need not be texts
    where = [each[:2] for each in known]
    for fault in faults:
        line, column = position(fault)
        at = bisect_left(where, (line, column + 1)) - 1
        if holders and (at < 0 or where[at][0] != line):
            at = bisect_left(where, (line, 0))  # a dash stands before its item
        if 0 <= at < len(known) and where[at][0] == line:
            fault.path = keypath.render(_named(known[at][-1], holders))


def _name_repeated(
    faults: Iterable[DocumentError],
    places: Places,
    twice: Mapping[Mark, Mark],
    holders: Mapping[str, str],
) -> None:
    """Tell of each repeated key the path of the one that was there first."""
    named: dict[Mark, Path] = {}
    for path, mark in places.keys.items():
        named.setdefault(mark, path)
    for fault in faults:
        first = twice.get(Mark(*position(fault)))
        if first in named:
            fault.path = keypath.render(_named(named[first], holders))


def _named(path: Path, holders: Mapping[str, str]) -> Path:
    """Return *path* up to what was lost without a name, with the names of place-holders."""
    named: list[str | int] = []
    for step in path:
        name = holders.get(step, step) if isinstance(step, str) else step
        if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
            break
        named.append(name)
    return tuple(named)


def _about(document: Document, line: int, indent: int, name: str) -> Path:
    """Return where an entry of *line* that left no trace belonged, by what stands before it."""
    above = [(mark, path) for path, mark in document.key_marks.items() if mark.line < line]
    for mark, path in sorted(above, key=lambda each: each[0], reverse=True):
        if mark.column <= indent and _may_hold(keypath.get(document.data, path)):
            return (*path, name) if name else path
    return (name,) if name else ()


def _may_hold(value: object) -> bool:
    return value is None or isinstance(value, dict | list)


def _once(paths: list[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))
