"""Changes by lines and indentation: YAML's block style."""

from __future__ import annotations

import re
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

from escai_nb.sources.outline import Kind
from escai_nb.sources.places import LINE_BREAK
from escai_nb.sources.splice import Splice
from escai_nb.sources.wrapping import block_scalar, rewrapped
from escai_nb.sources.writing import (
    block_lines,
    entry_lines,
    indented,
    is_filled,
    item_lines,
    write_flow,
    write_key,
    write_scalar,
)

if TYPE_CHECKING:
    from escai_nb.sources.outline import Node, Outline

_HEADER = re.compile(r"[|>][-+0-9]*")
_PROPERTIES = re.compile(r"[&!]\S*(?:[ \t]+[&!]\S*)*")
_BLANKS = re.compile(r"[ \t\r\n]*")


class BlockEdit:
    """What can be done to the collections in block style of one outline."""

    __slots__ = ("_newline", "_outline", "_text")

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._text = outline.text
        self._newline = outline.habits.newline

    def replace(self, parent: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Put *value* in place of the one at *index*."""
        node = parent.children[index].value
        if parent.kind is Kind.MAPPING and self._outline.colon(parent, index) is None:
            return self._complete(parent, index, value)
        if node.is_block:
            return (
                self._rebuild(parent, index, value)
                if is_filled(value)
                else self._collapse(parent, index, value)
            )
        if is_filled(value):
            return self._spread(parent, index, value)
        if node.style in {"|", ">"}:
            return self._rewrite_lines(parent, node, value)
        text = self._one_line(value, node.style)
        if node.kind is Kind.SCALAR and not node.tagged:
            text = rewrapped(self._text[node.body : node.end], text)
        return self._inline(node, text)

    def replace_root(self, root: Node, value: Any) -> list[Splice]:  # noqa: ANN401
        """Put another mapping in place of the whole document's."""
        lines = block_lines(value, self._outline.habits) if is_filled(value) else ["{}"]
        column = self._outline.column(root.body)
        if is_filled(value) and self._text[root.body - column : root.body].strip():
            lines, column = ["", *lines], 0  # no block can begin beside `---`
        return [Splice(root.body, root.end, self._joined(lines, column))]

    def _one_line(self, value: Any, style: str = "") -> str:  # noqa: ANN401
        if isinstance(value, dict | list):
            return write_flow(value)
        return write_scalar(value, style=style)

    def _joined(self, lines: list[str], column: int) -> str:
        """Join lines of which the first begins at *column* already."""
        return self._newline.join([lines[0], *indented(lines[1:], column)])

    def _inline(self, node: Node, text: str) -> list[Splice]:
        new = node.renewed(text)
        is_apart = self._text[new.start - 1 : new.start].isspace()
        return [new if is_apart or new.start < new.end else changed(new, text=" " + new.text)]

    def _complete(self, parent: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Give a value to ``? key``, which has none, on a line below it."""
        key = parent.children[index].key
        lines = indented(entry_lines(":", value, self._outline.habits), self._column(parent))
        return [self._lines_after(key.end if key else parent.end, lines)]

    def _rewrite_lines(self, parent: Node, node: Node, value: Any) -> list[Splice]:  # noqa: ANN401
        """Replace a block scalar, whose first line may end with a comment."""
        header = _HEADER.match(self._text, node.body)
        head_end = header.end() if header else node.body
        content = self._outline.line_end(node.body)
        head = self._text[node.body : head_end]
        old = LINE_BREAK.split(self._text[content : node.end])[1:]
        margin = self._outline.column(parent.body)
        width = next((len(line) - len(line.lstrip(" ")) for line in old if line.strip()), 0)
        digit = re.sub(r"\D", "", head)
        width = margin + int(digit) if digit else width or margin + self._outline.habits.step
        lines = None
        if isinstance(value, str) and not node.tagged and old:
            lines = block_scalar(
                head,
                [line[width:] for line in old],
                node.value,
                value,
                indent=width - margin,
                ends_text=node.end == len(self._text),
            )
        after = self._outline.next_line(node.end)
        is_apart = self._outline.line_end(after) > after or after == len(self._text)
        if lines is None or ("+" in lines[0] and "+" not in head and not is_apart):
            first = self._inline(node, self._one_line(value))[0]
            return [Splice(first.start, head_end, first.text), Splice(content, node.end)]
        text = "".join(self._newline + line for line in indented(lines[1:], width))
        return [Splice(node.body, head_end, lines[0]), Splice(content, node.end, text)]

    def _spread(self, parent: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Put a filled collection, as a block, in place of what is no block."""
        habits, node = self._outline.habits, parent.children[index].value
        lines = block_lines(value, habits)
        if parent.kind is Kind.SEQUENCE:
            dash = self._outline.column(self._outline.begin(parent, index))
            column = self._outline.column(node.start) if node.end > node.start else dash + 2
            if node.start < node.body and not node.tagged:
                lines = ["", *lines]  # a block goes below its anchor
            return self._inline(node, self._joined(lines, column))
        at = node.start if node.tagged else node.body
        while self._text[at - 1 : at] in {" ", "\t"}:
            at -= 1
        anchor = f" &{node.anchor}" if node.tagged and node.anchor else ""
        margin = self._outline.column(parent.body)
        margin += habits.step if isinstance(value, dict) else habits.dash
        tail = self._outline.line_end(node.end)
        block = "".join(self._newline + line for line in indented(lines, margin))
        return [Splice(at, node.end, anchor), Splice(tail, tail, block)]

    def _rebuild(self, parent: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Put a filled collection of the other kind in place of a block."""
        habits, node = self._outline.habits, parent.children[index].value
        lines = block_lines(value, habits)
        if not self._is_below(parent, index):
            return [Splice(node.body, node.end, self._joined(lines, self._column(node)))]
        margin = self._column(node)
        if parent.kind is Kind.MAPPING:
            margin = self._column(parent)
            margin += habits.step if isinstance(value, dict) else habits.dash
        block = self._newline.join(indented(lines, margin))
        return [
            Splice(self._outline.line_start(node.body), self._outline.line_end(node.end), block)
        ]

    def _collapse(self, parent: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Put a scalar or an empty collection in place of a block."""
        node, text = parent.children[index].value, self._one_line(value)
        if not self._is_below(parent, index):
            return [Splice(node.body, node.end, text)]
        at = self._outline.indicator(parent, index)
        if node.start < node.body:
            properties = _PROPERTIES.match(self._text, node.start)
            at = properties.end() if properties else at
        start = self._outline.line_start(node.body)
        return [Splice(at, at, " " + text), self._cut_lines(start, node.end)]

    def _column(self, node: Node) -> int:
        return self._outline.column(node.body)

    def _is_below(self, parent: Node, index: int) -> bool:
        """Whether a block begins on a line after its key or dash."""
        at = self._outline.indicator(parent, index)
        return self._outline.line_end(at) < parent.children[index].value.body

    def insert_entry(
        self,
        node: Node,
        key: object,
        value: Any,  # noqa: ANN401
        *,
        is_root: bool,
    ) -> list[Splice]:
        """Add an entry at the end of a mapping; at the end of the text for the root."""
        lines = entry_lines(write_key(key) + ":", value, self._outline.habits)
        lines = indented(lines, self._column(node))
        if not is_root:
            return [self._lines_after(node.end, lines)]
        at = self._outline.end
        before = self._text[:at]
        is_ended = before.endswith(("\n", "\r"))
        text = ("" if is_ended else self._newline) + self._newline.join(lines)
        return [Splice(at, at, text + (self._newline if is_ended else ""))]

    def insert_item(self, node: Node, index: int, value: Any) -> list[Splice]:  # noqa: ANN401
        """Add an item before that at *index*, or at the end of a list."""
        column, first = self._column(node), node.children[0].value
        gap = first.start - node.body
        is_beside = self._outline.line_end(node.body) > first.start and gap > 1
        habits = changed(self._outline.habits, gap=gap) if is_beside else self._outline.habits
        lines = item_lines(value, habits)
        if index:
            after = node.children[index - 1].value.end
            return [self._lines_after(after, indented(lines, column))]
        text = self._joined([*lines, ""], column) + " " * column
        return [Splice(node.body, node.body, text)]

    def _lines_after(self, at: int, lines: list[str]) -> Splice:
        end = self._outline.line_end(at)
        return Splice(end, end, "".join(self._newline + line for line in lines))

    def remove(self, node: Node, index: int) -> list[Splice]:
        """Take one of several entries out, with its lines and what stands in them."""
        begin, end = self._outline.begin(node, index), node.children[index].value.end
        line = self._outline.line_start(begin)
        if not self._text[line:begin].strip():
            return [self._cut_lines(line, end)]
        # first in a list's item, beside the dash: the next one takes its place
        blanks = _BLANKS.match(self._text, self._outline.next_line(end))
        return [Splice(begin, blanks.end() if blanks else end)]

    def _cut_lines(self, start: int, end: int) -> Splice:
        """Cut from the line that begins at *start* to that in which *end* lies."""
        stop = self._outline.next_line(end)
        if stop == len(self._text) and self._outline.line_end(end) == stop and start:
            # the last line had no break, so the new last one gets none either
            start -= 2 if self._text[start - 2 : start] == "\r\n" else 1
        return Splice(start, stop)
