"""Changes inside brackets: YAML's flow style, and all of JSON."""

from __future__ import annotations

import re
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

from escai_nb.sources.outline import Kind
from escai_nb.sources.splice import Splice
from escai_nb.sources.wrapping import rewrapped
from escai_nb.sources.writing import is_filled, write_flow, write_json, write_key, write_scalar

if TYPE_CHECKING:
    from escai_nb.sources.outline import Node, Outline

_COMMENTED = re.compile(r"[ \t]*(?P<comma>,?)[ \t]*#")


class FlowEdit:
    """What can be done to the collections in brackets of one outline."""

    __slots__ = ("_is_json", "_outline", "_text")

    def __init__(self, outline: Outline, *, is_json: bool) -> None:
        self._outline = outline
        self._text = outline.text
        self._is_json = is_json

    def replace(self, parent: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Put *value* in place of the one at *index*."""
        node = parent.children[index].value
        text = self._written(value, node.start, style=node.style)
        key = parent.children[index].key
        if key is not None and self._outline.colon(parent, index) is None:
            return [Splice(key.end, key.end, ": " + text)]
        if node.kind is Kind.SCALAR and not node.tagged:
            text = rewrapped(self._text[node.body : node.end], text)
        new = node.renewed(text)
        return [new if new.start < new.end else changed(new, text=" " + text)]

    def insert_entry(self, node: Node, key: object, value: Any) -> list[Splice]:  # noqa: ANN401
        """Add an entry at the end of a mapping."""
        index = len(node.children)
        at = self._outline.begin(node, index - 1) if index else node.body
        name = write_json(key) if self._is_json else write_key(key, flow=True)
        return self._insert(node, index, f"{name}: {self._written(value, at, child=not index)}")

    def insert_item(self, node: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Add an item before that at *index*, or at the end of a list."""
        at = self._outline.begin(node, max(index - 1, 0)) if node.children else node.body
        return self._insert(node, index, self._written(value, at, child=not node.children))

    def _written(self, value: Any, at: int, *, style: str = "", child: bool = False) -> str:  # noqa: ANN401
        if self._is_json:
            unit = self._outline.habits.unit
            text = write_json(value, indent=unit)
            margin = self._margin(at) + (unit or "" if child else "")
            return text.replace("\n", self._outline.habits.newline + margin)
        if is_filled(value) or isinstance(value, dict | list):
            return write_flow(value)
        return write_scalar(value, style=style, flow=True)

    def _margin(self, at: int) -> str:
        """Return the blanks that begin the line of *at*."""
        line = self._text[self._outline.line_start(at) : self._outline.line_end(at)]
        return line[: len(line) - len(line.lstrip())]

    def _insert(self, node: Node, index: int, piece: str) -> list[Splice]:
        newline, children = self._outline.habits.newline, node.children
        if not children:
            return self._fill(node, piece)
        neighbour = self._outline.begin(node, max(index - 1, 0))
        line = self._outline.line_start(neighbour)
        is_own_line = line > node.body and not self._text[line:neighbour].strip()
        gap = newline + self._text[line:neighbour] if is_own_line else " "
        if index == 0:
            return [Splice(neighbour, neighbour, piece + "," + gap)]
        end, apart = children[index - 1].value.end, _apart(children[index - 1].value)
        commented = _COMMENTED.match(self._text, end)
        if is_own_line and commented:
            # the comment stays with its item
            tail = self._outline.line_end(end)
            first = [] if commented["comma"] else [Splice(end, end, apart + ",")]
            return [*first, Splice(tail, tail, gap + piece + commented["comma"])]
        return [Splice(end, end, apart + "," + gap + piece)]

    def _fill(self, node: Node, piece: str) -> list[Splice]:
        inside = self._text[node.body + 1 : node.end - 1]
        unit = self._outline.habits.unit
        if unit is not None:
            margin = self._outline.habits.newline + self._margin(node.body)
            piece = margin + unit + piece + margin
        return [Splice(node.body + 1, node.body + 1 if "#" in inside else node.end - 1, piece)]

    def _comma(self, end: int) -> int | None:
        """Return the index of the comma behind an entry that ends at *end*."""
        at = self._outline.behind(end)
        return at if self._text[at : at + 1] == "," else None

    def remove(self, node: Node, index: int) -> list[Splice]:
        """Take the entry at *index* out, with one comma."""
        children = node.children
        start, end = self._outline.begin(node, index), children[index].value.end
        comma = self._comma(end)
        if len(children) == 1:
            if "#" not in self._text[node.body : start] + self._text[end : node.end]:
                return [Splice(node.body + 1, node.end - 1)]
            return [Splice(start, end if comma is None else comma + 1)]
        if index + 1 < len(children):
            following = self._outline.begin(node, index + 1)
            if "#" not in self._text[end:following]:
                return [Splice(start, following)]
            return [self._cut_before_comment(start, end if comma is None else comma + 1)]
        before = children[index - 1].value.end
        if "#" not in self._text[before:start]:
            return [Splice(before, end, _apart(children[index - 1].value))]
        return [Splice(start, end if comma is None else comma + 1)]

    def _cut_before_comment(self, start: int, end: int) -> Splice:
        """Cut a whole line with its comment, or just the entry and its comma."""
        line, tail = self._outline.line_start(start), self._outline.line_end(start)
        if end <= tail and not self._text[line:start].strip() and "#" in self._text[end:tail]:
            return Splice(line, self._outline.next_line(tail))
        return Splice(start, end)


def _apart(node: Node) -> str:
    """Return what must stand between *node* and a comma: a blank behind `a:` or a tag alone."""
    return " " if node.body == node.end else ""
