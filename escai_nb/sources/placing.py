"""Where the keys and values of one document stand, as origins that can be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.origin import Origin, OriginKind
from escai_nb.sources.document import BOM
from escai_nb.sources.places import LINE_BREAK

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.keypath import Path
    from escai_nb.sources.document import Document
    from escai_nb.sources.places import Mark

_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")
_UNQUOTED = re.compile(r"[^\s,\]}#\"'&*!|>][^\s,\]}]*")


class Placing:
    """
    The origins of what stands in *document*, read as the layer *kind* from the file *name*.

    An origin says where a value ends, too, if its line tells; of a *hidden* one
    never, as this would tell how long a secret is.
    """

    __slots__ = ("_document", "_hidden", "_kind", "_lines", "_name")

    def __init__(
        self,
        document: Document,
        kind: OriginKind,
        name: str,
        *,
        hidden: Callable[[Path, object], bool],
    ) -> None:
        self._document = document
        self._kind = kind
        self._name = name
        self._hidden = hidden
        self._lines: list[str] = []

    def of_value(self, path: Path) -> Origin:
        """Return the origin of the value at *path*, or of the nearest above it that is there."""
        mark = self._document.mark_of(path)
        return self._origin(mark, self._width(path, mark) if path in self._document.marks else 0)

    def of_key(self, path: Path) -> Origin:
        """Return the origin of the name of *path*; of a list item, that of its value."""
        mark = self._document.key_marks.get(path)
        if mark is None:
            return self.of_value(path)
        name = str(path[-1])
        return self._origin(mark, len(name) if self._rest(mark).startswith(name) else 0)

    def _origin(self, mark: Mark, width: int) -> Origin:
        end = mark.column + width if width else 0
        return Origin(self._kind, self._name, mark.line, mark.column, end)

    def _width(self, path: Path, mark: Mark) -> int:
        """Count the characters of a value that begins and ends in one line; else 0."""
        value = keypath.get(self._document.data, path)
        if isinstance(value, dict | list) or self._hidden(path, value):
            return 0
        rest = self._rest(mark)
        if isinstance(value, str) and value and rest.startswith(value):
            return len(value)
        if isinstance(value, str):
            found = _QUOTED.match(rest)
        elif value is None or isinstance(value, int | float):
            found = _UNQUOTED.match(rest)
        else:
            found = None
        return found.end() if found else 0

    def _rest(self, mark: Mark) -> str:
        self._lines = self._lines or LINE_BREAK.split(self._document.text.removeprefix(BOM))
        line = self._lines[mark.line - 1] if mark.line <= len(self._lines) else ""
        return line[mark.column - 1 :]
