"""
Lines of a configuration file as they may be shown: no secret in any of them.

Values are masked by where they stand in the text, whatever the line that is
asked for; comments, which may hold anything, are left out.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

from escai_nb.keypath import render
from escai_nb.masking import SHORTEST, Redactor, mask_uris
from escai_nb.schema.catalog import Kind as FieldKind
from escai_nb.schema.shapes import is_service_token
from escai_nb.secret import MASK
from escai_nb.sources import json_reader
from escai_nb.sources.comments import remarks
from escai_nb.sources.cutting import HOLDER
from escai_nb.sources.document import BOM
from escai_nb.sources.outline import Kind, Merge, outline
from escai_nb.sources.places import LINE_BREAK, line_starts
from escai_nb.validation.level import Level
from escai_nb.validation.personal_data import Kind as Personal
from escai_nb.validation.personal_data import personal_data
from escai_nb.views.text import neutral, width

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog
    from escai_nb.sources.document import Document
    from escai_nb.sources.outline import Node

CONTEXT = 1
"""Lines that are shown before and after the one that is meant."""
LONGEST_LINE = 100
"""Characters of a line that are shown."""
TAB = 4
LONGEST_SLIP = 8
"""Characters from which on a text is masked that stands where none belongs."""
_TEXTLESS = frozenset({FieldKind.BOOLEAN, FieldKind.INTEGER, FieldKind.NUMBER, FieldKind.CHOICE})
_QUERY = re.compile(
    r"""(?P<head>[?&;][\w.-]*(?:token|secret|passw(?:or)?d|pwd|key|sig|signature|auth|credentials?)=)
    [^&;\s"']+""",
    re.IGNORECASE | re.VERBOSE,
)
"""A secret among the parameters of a URI."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """
    A stretch of the text, by indices.

    Attributes:
        shown: What is shown in its place; itself, if that is nothing.

        free: Path of a value that people write freely, and that may hold personal data.
    """

    start: int
    end: int
    shown: str | None = None
    free: Path | None = None


class Excerpts:
    """
    The text of one document, ready to be shown in parts.

    What the catalogue calls secret is masked, also where the same value stands
    once more, and so are *secrets* of other layers; access tokens of known services;
    longer texts where the model wants none; and the texts of fields that it does not
    know, whose names may be misspelt. Of personal data is shown what findings show.
    A name that the model gives stays, also where a poor password such as
    ``postgres`` is a part of it.
    """

    def __init__(self, document: Document, catalog: Catalog, secrets: Collection[str] = ()) -> None:
        self._text = document.text.removeprefix(BOM)
        self._starts = line_starts(self._text)
        root = _root(document, self._text)
        hidden = _Hidden(catalog, root)
        cuts = [*hidden.cuts(root), *self._comments(document)]
        self._cuts = sorted(cuts, key=attrgetter("start"))
        self._ends = [*accumulate((cut.end for cut in self._cuts), max)]
        known = hidden.known.union(each for each in secrets if len(each) >= SHORTEST)
        self._known = sorted(known, key=len, reverse=True)
        self._redactor = Redactor(self._known, encoded=False)

    def __repr__(self) -> str:
        return "Excerpts(text hidden)"

    def _comments(self, document: Document) -> Iterator[_Cut]:
        for remark in remarks(document):
            start = self._starts[remark.line - 1] + remark.column - 1
            found = LINE_BREAK.search(self._text, start)
            yield _Cut(start, found.start() if found else len(self._text), "# …")

    def frame(self, line: int, column: int) -> list[str]:
        """Return the lines around a place, numbered, with a mark below it."""
        if not 1 <= line <= len(self._starts):
            return []
        first, last = max(1, line - CONTEXT), min(len(self._starts), line + CONTEXT)
        room = len(str(last))
        lines = []
        for number in range(first, last + 1):
            shown = self._shown(number)
            if number == line or shown.strip():
                lines.append(f"{number:>{room}} | {_fitting(shown)}".rstrip())
            if number == line and column:
                before = width(self._shown(number, column - 1))
                mark = min(before, LONGEST_LINE)
                lines.append(f"{'':>{room}} | {' ' * mark}^")
        return lines

    def _shown(self, number: int, columns: int | None = None) -> str:
        """Return a line with its secrets masked, up to a column."""
        start = self._starts[number - 1]
        following = self._starts[number] if number < len(self._starts) else len(self._text)
        end = start + len(self._text[start:following].rstrip("\r\n"))
        end = end if columns is None else min(end, start + columns)
        line, names, at = "", [], start
        for cut in self._between(start, end):
            if cut.end <= at:
                continue
            line += HOLDER.sub("…", self._text[at : max(at, cut.start)])
            if cut.shown is None:
                name = self._text[max(at, cut.start) : min(cut.end, end)]
                names.append((len(line), len(line) + len(name)))
                line += name
            else:
                line += cut.shown
            at = cut.end
        line += HOLDER.sub("…", self._text[at:end] if at < end else "")
        if any(known in line for known in self._known):  # a pattern of many takes longer
            line = self._redactor(line, sparing=names)
        return _QUERY.sub(rf"\g<head>{MASK}", mask_uris(neutral(line.expandtabs(TAB))))

    def _between(self, start: int, end: int) -> Iterator[_Cut]:
        """Yield the cuts that touch a stretch; a free text is searched only when it is shown."""
        first = bisect_right(self._ends, start)
        for cut in self._cuts[first : bisect_left(self._cuts, end, key=attrgetter("start"))]:
            if cut.free is None:
                yield cut
                continue
            text = self._text[cut.start : cut.end]
            for match in personal_data(text, Level.MEDIUM, name=render(cut.free)):
                at = cut.start + match.start
                if match.kind is not Personal.IP and at < end:  # mostly a server has the address
                    yield _Cut(at, cut.start + match.end, match.shown)


def _fitting(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def _root(document: Document, text: str) -> Node:
    if document.format == "json":
        return json_reader.outline(text).root
    return outline(text).root


class _Hidden:
    """The walk over a document that finds what is hidden."""

    def __init__(self, catalog: Catalog, root: Node) -> None:
        self._catalog = catalog
        self._root = root
        self.known: set[str] = set()

    @cached_property
    def _anchors(self) -> set[str | None]:
        return {node.anchor for node in self._root.walk() if node.kind is not Kind.ALIAS}

    def cuts(self, node: Node, path: Path = ()) -> Iterator[_Cut]:
        """Yield what is masked at *node* and below it."""
        if node.kind is Kind.SCALAR:
            if self._is_hidden(path, node.value) or (node.anchor and self._is_unnamed(path)):
                yield _Cut(node.start, node.end, MASK)
            elif self._is_free(path):
                yield _Cut(node.start, node.end, free=path)
            return
        if node.kind is Kind.ALIAS:
            if self._is_unnamed(path) or node.anchor not in self._anchors:
                yield _Cut(node.start, node.end, MASK)
            return
        is_secret = bool(path) and self._catalog.is_sensitive(path)
        for entry in node.children:
            if entry.key is not None and is_secret:
                # names inside of a secret are as secret as its values
                yield _Cut(entry.key.start, entry.key.end, MASK)
            elif entry.key is not None and self._catalog.is_named((*path, entry.step)):
                yield _Cut(entry.key.start, entry.key.end)
            step = () if entry.step is Merge.HERE else (entry.step,)
            yield from self.cuts(entry.value, (*path, *step))

    def _is_free(self, path: Path) -> bool:
        field = self._catalog.find(path)
        return field is None or field.kind not in _TEXTLESS

    def _is_unnamed(self, path: Path) -> bool:
        """Tell whether a name at *path* that begins with ``*`` or ``&`` may be meant as a value."""
        return self._catalog.is_sensitive(path) or self._catalog.find(path) is None

    def _is_hidden(self, path: Path, value: object) -> bool:
        if value is None or isinstance(value, bool):
            return False
        if self._catalog.is_sensitive(path, value):
            if len(str(value)) >= SHORTEST:
                self.known.add(str(value))
            return True
        if not isinstance(value, str):
            return False
        field = self._catalog.find(path)
        if field is None or is_service_token(value):
            return True
        # what stands where a number belongs may be anything, also a secret that slipped
        return field.kind in _TEXTLESS and value not in field.choices and len(value) >= LONGEST_SLIP
