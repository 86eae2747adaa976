"""The tree of a document's nodes with the exact stretch of text of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from escai_nb.errors import DocumentError
from escai_nb.sources.places import LINE_BREAK
from escai_nb.sources.scalars import MERGE, MeaninglessError, plain, tagged
from escai_nb.sources.splice import Splice
from escai_nb.sources.writing import DEFAULT, Habits
from escai_nb.sources.yaml_reader import FASTEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Kind(Enum):
    """What a node is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    SEQUENCE = "sequence"
    ALIAS = "alias"


class Merge(Enum):
    """The step to what a ``<<`` key merges in; it is no key of the data."""

    HERE = MERGE


@dataclass(slots=True)
class Node:
    """
    A value or key in the text.

    Attributes:
        start: Index of its first character, anchor and tag included.

        body: The same without anchor and tag.

        end: Index behind its last character; comments and blank lines after
            it are not part of it.

        style: ``'``, ``"``, ``|`` or ``>`` of a scalar, empty for a plain one.

        flow: Whether it stands in brackets, or is such a collection.

        bare: A one-entry mapping without its own braces, as in ``[a: 1]``.

        tagged: Whether a tag stands before it.

        anchor: Name of its anchor, or of the anchor that an alias means.
    """

    kind: Kind
    start: int
    body: int
    end: int
    style: str = ""
    flow: bool = False
    bare: bool = False
    tagged: bool = False
    anchor: str | None = None
    value: Any = None
    children: list[Entry] = field(default_factory=list)
    _indices: dict[Any, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_block(self) -> bool:
        """Whether it is a collection written by indentation."""
        return self.kind in {Kind.MAPPING, Kind.SEQUENCE} and not self.flow

    def renewed(self, text: str) -> Splice:
        """Put *text* in place of what it says; its anchor stays, and a tag goes with it."""
        if not self.tagged:
            return Splice(self.body, self.end, text)
        return Splice(self.start, self.end, f"&{self.anchor} {text}" if self.anchor else text)

    def find(self, step: object) -> int | None:
        """Return the index of the child at *step*; a merged entry is no child."""
        if self.kind is Kind.SEQUENCE:
            is_inside = isinstance(step, int) and 0 <= step < len(self.children)
            return step if is_inside else None  # type: ignore[return-value]
        for index in range(len(self._indices), len(self.children)):
            self._indices[self.children[index].step] = index
        return self._indices.get(step)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, keys left out."""
        yield self
        for entry in self.children:
            yield from entry.value.walk()


@dataclass(slots=True)
class Entry:
    """One entry of a mapping, or one item of a sequence, which has no key."""

    step: Any
    key: Node | None
    value: Node


@dataclass(frozen=True, slots=True)
class Outline:
    """
    A text and its nodes, with the habits of its author.

    Attributes:
        end: Where the document ends: before ``...`` or at the end of the text.
    """

    text: str
    root: Node
    end: int
    habits: Habits

    def column(self, at: int) -> int:
        """Count the characters between the start of the line and *at*."""
        return at - self.line_start(at)

    def line_start(self, at: int) -> int:
        """Return the index at which the line of *at* begins."""
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def line_end(self, at: int) -> int:
        """Return the index of the line break at or after *at*."""
        found = LINE_BREAK.search(self.text, at)
        return found.start() if found else len(self.text)

    def next_line(self, at: int) -> int:
        """Return the index at which the line after that of *at* begins."""
        found = LINE_BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def behind(self, at: int) -> int:
        """Return the index of what comes after blanks, line breaks and comments."""
        return behind(self.text, at)

    def begin(self, parent: Node, index: int) -> int:
        """Return where an entry begins: its key, ``?``, dash or, in brackets, item."""
        if not parent.flow or parent.bare:
            return self.behind(parent.children[index - 1].value.end if index else parent.body)
        at = self.behind(parent.children[index - 1].value.end if index else parent.body + 1)
        return self.behind(at + 1) if index and self.text[at : at + 1] == "," else at

    def colon(self, parent: Node, index: int) -> int | None:
        """Return the index of the colon of an entry; ``? a`` and ``{a}`` have none."""
        key = parent.children[index].key
        at = self.behind(key.end) if key else -1
        return at if self.text[at : at + 1] == ":" else None

    def indicator(self, parent: Node, index: int) -> int:
        """Return the index behind the dash or colon (or key, if it has none) of a value."""
        entry = parent.children[index]
        if entry.key is None:
            return self.begin(parent, index) + 1
        colon = self.colon(parent, index)
        return entry.key.end if colon is None else colon + 1


_ODD_KEYS = {MERGE: Merge.HERE, "=": "="}
_NOTHING = re.compile(r"(?:[ \t\r\n\x85\u2028\u2029]|#[^\r\n]*)*")
_PROPERTIES = re.compile(r"(?:(?:&[\w-]+|!<[^>]*>|![^\s,\[\]{}]*)(?:[ \t\r\n]+(?:#[^\r\n]*)?|$)+)*")


def behind(text: str, at: int) -> int:
    """Return the index of what comes in *text* after blanks, line breaks and comments."""
    found = _NOTHING.match(text, at)
    return found.end() if found else at


def newline_of(text: str) -> str:
    """Return the line break that *text* uses first."""
    found = LINE_BREAK.search(text)
    return found.group() if found else "\n"


def outline(text: str, *, parser: Callable[[str], Any] = FASTEST) -> Outline:
    """
    Lay out a YAML *text* without a byte order mark.

    Raises:
        DocumentError: If it is not one that `read` accepts.
    """
    try:
        events = parser(text)
        try:
            return _Drawing(text, events.get_event).document()
        finally:
            events.dispose()
    except (yaml.YAMLError, MeaninglessError, LookupError):
        pass
    raise DocumentError("the text is no YAML document")


class _Drawing:
    """The state of one pass over a text that was read before, and so is whole."""

    __slots__ = ("_get", "_text")

    def __init__(self, text: str, get: Callable[[], Any]) -> None:
        self._text = text
        self._get = get

    def document(self) -> Outline:
        while not isinstance(self._get(), DocumentStartEvent):
            pass
        root = self._node(self._get())
        ended = self._get()
        end = ended.start_mark.index if ended.explicit else len(self._text)
        drawn = Outline(self._text, root, end, Habits())
        return replace(drawn, habits=_habits(drawn))

    def _node(self, event: Any) -> Node:  # noqa: ANN401
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, AliasEvent):
            return Node(Kind.ALIAS, start, start, end, anchor=event.anchor)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event)
        return self._sequence(event)

    def _scalar(self, event: Any) -> Node:  # noqa: ANN401
        start, end = event.start_mark.index, event.end_mark.index
        body = start
        if event.anchor is not None or event.tag is not None:
            body = self._behind_properties(start, end)
        if event.style in {"|", ">"}:
            end = self._block_end(body, end, event.value)
        if event.implicit[0]:
            value = _ODD_KEYS[event.value] if event.value in _ODD_KEYS else plain(event.value)
        else:
            value = event.value if event.tag is None else tagged(event.tag, event.value)
        return Node(
            Kind.SCALAR,
            start,
            body,
            end,
            event.style or "",
            tagged=event.tag is not None,
            anchor=event.anchor,
            value=value,
        )

    def _behind_properties(self, start: int, end: int) -> int:
        found = _PROPERTIES.match(self._text, start)
        return min(found.end() if found else start, end)

    def _block_end(self, body: int, end: int, value: str) -> int:
        """Leave out the blank lines after a block scalar, where they do not count."""
        text, said = self._text[body:end], value.rstrip("\n")
        if "+" in text[:3] or not said.strip(" "):
            return end - len(newline_of(text)) if text.endswith(("\n", "\r")) else end
        breaks = LINE_BREAK.finditer(text, len(text.rstrip(" \r\n")))
        # a line of more blanks than the text is indented by is part of it
        blank = said.count("\n", len(said.rstrip(" \n")))
        tail = next(islice(breaks, blank, None), None)
        return body + tail.start() if tail else end

    def _mapping(self, event: Any) -> Node:  # noqa: ANN401
        flow, body = bool(event.flow_style), event.end_mark.index
        bare = flow and self._text[body - 1] != "{"
        node = Node(
            Kind.MAPPING,
            event.start_mark.index,
            event.start_mark.index if bare else body - flow,
            body,
            flow=flow,
            bare=bare,
            tagged=event.tag is not None,
            anchor=event.anchor,
        )
        while not isinstance(head := self._get(), MappingEndEvent):
            key, value = self._node(head), self._node(self._get())
            if value.start == value.end:  # the parser may have it where the next one begins
                at = behind(self._text, key.end)
                at = at + 1 if self._text[at : at + 1] == ":" else key.end
                value.start = value.body = value.end = at
            node.children.append(Entry(key.value, key, value))
        return self._closed(node, head)

    def _sequence(self, event: Any) -> Node:  # noqa: ANN401
        flow, body = bool(event.flow_style), event.end_mark.index
        # the mark stands before the dash, or behind that of a list that is
        # not indented under its key
        is_before = not flow and self._text[body : body + 1] == "-"
        node = Node(
            Kind.SEQUENCE,
            event.start_mark.index,
            body if is_before else body - 1,
            body,
            flow=flow,
            tagged=event.tag is not None,
            anchor=event.anchor,
        )
        while not isinstance(item := self._get(), SequenceEndEvent):
            node.children.append(Entry(len(node.children), None, self._node(item)))
        return self._closed(node, item)

    def _closed(self, node: Node, event: Any) -> Node:  # noqa: ANN401
        if node.flow and not node.bare:
            node.end = event.end_mark.index
        elif node.children:
            node.end = node.children[-1].value.end
        return node


def _habits(drawn: Outline) -> Habits:
    """See how the author indents, by the first place of each kind."""
    seen: dict[str, int] = {}
    for node in drawn.root.walk():
        if not node.is_block or not node.children:
            continue
        column = drawn.column(node.body)
        if node.kind is Kind.SEQUENCE:
            gap = drawn.column(node.children[0].value.start) - column
            seen.setdefault("gap", gap if gap > 1 else DEFAULT.gap)
            continue
        for inner in (entry.value for entry in node.children if entry.value.is_block):
            wider = drawn.column(inner.body) - column
            if inner.kind is Kind.SEQUENCE:
                seen.setdefault("dash", wider)
            elif wider > 0:
                seen.setdefault("step", wider)
    return Habits(
        newline_of(drawn.text),
        step=seen.get("step", DEFAULT.step),
        dash=seen.get("dash", DEFAULT.dash),
        gap=seen.get("gap", DEFAULT.gap),
        # a literal that ends the text would lack its last line break
        literals=drawn.text.endswith(("\n", "\r")),
    )
