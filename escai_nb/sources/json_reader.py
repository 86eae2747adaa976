"""JSON read into nodes with their places; strict, and without double names."""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, NoReturn

from escai_nb.sources.outline import Entry, Kind, Node, Outline, newline_of
from escai_nb.sources.places import Place, locating
from escai_nb.sources.refusal import LIMITS, TOO_DEEP, refusal
from escai_nb.sources.writing import Habits

if TYPE_CHECKING:
    from collections.abc import Callable

_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"true|false|null")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_INDENT = re.compile(r"\A\s*\{[ \t]*\r?\n([ \t]+)\S")


def read(text: str, source: str) -> tuple[dict[str, Any], Place]:
    """
    Return the data of a JSON *text* and their places, as indices.

    Raises:
        DocumentError: If it is broken, empty, no mapping, or refused.
    """
    root = outline(text, source).root
    return root.value, place_of(root)


def place_of(node: Node) -> Place:
    """Return the places of *node* and all below it."""
    if node.kind is Kind.SCALAR:
        return node.start
    places: list[Any] = [node.start]
    for entry in node.children:
        if entry.key is not None:
            places.append(entry.key.start)
        places.append(place_of(entry.value))
    return places


def outline(text: str, source: str = "") -> Outline:
    """
    Lay out a JSON *text*.

    Raises:
        DocumentError: If it is broken, empty, no mapping, or refused.
    """
    return Reading(text, source).outline()


class Reading:
    """The state of one pass: the text, and who it is of."""

    __slots__ = ("_locate", "_source", "_text")

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._locate = locating(text)

    def outline(self) -> Outline:
        """Lay out the whole text."""
        start = self.skip(0)
        if start == len(self._text):
            hint = "write at least {}"
            reason = "the document is empty"
            raise refusal(self._source, 0, 0, reason, code="document-empty", hint=hint)
        root = self.node(start, 1)
        if root.kind is not Kind.MAPPING:
            reason = "the document is not a mapping of names to values"
            self.refuse(start, reason, code="document-not-mapping")
        if self.skip(root.end) != len(self._text):
            self.surplus(self.skip(root.end))
        indent = _INDENT.search(self._text)
        habits = Habits(newline_of(self._text), unit=indent.group(1) if indent else None)
        return Outline(self._text, root, len(self._text), habits)

    def refuse(self, at: int, reason: str, *, hint: str = "", code: str = "") -> NoReturn:
        """Refuse the text at the index *at*."""
        mark = self._locate(at)
        raise refusal(self._source, mark.line, mark.column, reason, hint=hint, code=code) from None

    def repeated(self, at: int) -> None:
        """Refuse a name that its mapping has already."""
        self.refuse(at, "this key stands in this mapping already", code="duplicate-key")

    def surplus(self, at: int) -> None:
        """Refuse what follows the document."""
        self.refuse(at, "something follows the document")

    def skip(self, at: int) -> int:
        """Return the index behind blanks."""
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def node(self, at: int, depth: int) -> Node:
        """Read the value that begins at *at*."""
        first = self._text[at : at + 1]
        if first in {"{", "["} and depth > LIMITS.depth:
            self.refuse(at, TOO_DEEP)
        if first == "{":
            return self._collection(at, depth, "}", self._member)
        if first == "[":
            return self._collection(at, depth, "]", self._item)
        if first == '"':
            return self._string(at)
        return self._literal(at)

    def _collection(
        self, at: int, depth: int, close: str, read: Callable[[Node, int, int], int]
    ) -> Node:
        kind = Kind.MAPPING if close == "}" else Kind.SEQUENCE
        node = Node(kind, at, at, at, flow=True, value={} if close == "}" else [])
        here = self.skip(at + 1)
        is_open = self._text[here : here + 1] != close
        while is_open:
            here = self.skip(read(node, here, depth + 1))
            is_open = self._text[here : here + 1] == ","
            if is_open:
                here = self.skip(here + 1)
        if self._text[here : here + 1] != close:
            self.refuse(here, "a comma or a closing bracket is missing")
        node.end = here + 1
        return node

    def _member(self, node: Node, at: int, depth: int) -> int:
        if self._text[at : at + 1] != '"':
            self.refuse(at, "a name in double quotes is missing")
        key = self._string(at)
        if key.value in node.value:
            self.repeated(at)
        colon = self.skip(key.end)
        if self._text[colon : colon + 1] != ":":
            self.refuse(colon, "a colon is missing")
        value = self.node(self.skip(colon + 1), depth)
        self.add(node, key, value)
        return value.end

    def add(self, node: Node, key: Node, value: Node) -> None:
        """Add a member to the mapping *node*."""
        node.children.append(Entry(key.value, key, value))
        node.value[key.value] = value.value

    def _item(self, node: Node, at: int, depth: int) -> int:
        item = self.node(at, depth)
        node.children.append(Entry(len(node.children), None, item))
        node.value.append(item.value)
        return item.end

    def _string(self, at: int) -> Node:
        try:
            value, end = scanstring(self._text, at + 1, True)  # noqa: FBT003  # strict
        except JSONDecodeError as error:
            self.refuse(error.pos, "a string is broken or not closed")
        if _SURROGATE.search(value):
            self.refuse(at, "half of a surrogate pair is no character")
        return Node(Kind.SCALAR, at, at, end, '"', flow=True, value=value)

    def _literal(self, at: int) -> Node:
        if word := _WORD.match(self._text, at):
            return Node(Kind.SCALAR, at, at, word.end(), flow=True, value=_WORDS[word.group()])
        number = _NUMBER.match(self._text, at)
        if number is None:
            self.refuse(at, "a value is missing", hint="texts stand in double quotes")
        is_whole = number.group(1) is None and number.group(2) is None
        try:
            value = int(number.group()) if is_whole else float(number.group())
        except ValueError:  # Python limits the digits of an integer
            value = float("inf")
        if value in {float("inf"), float("-inf")}:
            self.refuse(at, "a number is too large")
        return Node(Kind.SCALAR, at, at, number.end(), flow=True, value=value)
