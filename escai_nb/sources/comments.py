"""The comments of a YAML document, and the entry that each belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from escai_nb.sources.document import BOM, Document
from escai_nb.sources.outline import Kind, outline
from escai_nb.sources.places import LINE_BREAK, line_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.keypath import Path
    from escai_nb.sources.outline import Node

_SIGN = re.compile(r"(?:^|(?<=[ \t]))#(?=([^\r\n]*))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Remark:
    """
    One comment.

    Attributes:
        text: What it says, without its sign and the blanks around.

        path: The outermost entry that begins on its line or, of a comment on a
            line of its own, on the next line with one; empty where none follows.

        line: 1-based.

        column: That of its sign, 1-based, in characters.
    """

    text: str = field(repr=False)
    path: Path
    line: int
    column: int


def remarks(
    document: Document, matters: Callable[[str], bool] = lambda _: True
) -> tuple[Remark, ...]:
    """
    Return the comments of *document* whose text *matters*, in order.

    A ``#`` inside of a quoted or block text is none. JSON has none.
    """
    text = document.text.removeprefix(BOM)
    if document.format != "yaml" or "#" not in text:
        return ()
    signs = [sign for sign in _SIGN.finditer(text) if matters(_bare(sign))]
    if not signs:
        return ()
    starts, ends = _texts(text)
    entries = sorted(_entries(document), key=lambda entry: entry[:3])
    lines = [line for line, *_ in entries]
    begins = line_starts(text)
    found = []
    behind = 0
    for sign in signs:
        before = bisect_right(starts, sign.start()) - 1
        if sign.start() < behind or (before >= 0 and sign.start() < ends[before]):
            continue
        behind = sign.end(1)
        line = bisect_right(begins, sign.start())
        begin = begins[line - 1]
        stands_alone = not text[begin : sign.start()].strip()
        # a comment on a line of its own belongs to what follows, others to what begins there
        at = bisect_right(lines, line)
        at = at if stands_alone else bisect_left(lines, lines[at - 1]) if at else len(lines)
        path = entries[at][-1] if at < len(entries) else ()
        found.append(Remark(_bare(sign), path, line, sign.start() - begin + 1))
    return tuple(found)


def _bare(sign: re.Match[str]) -> str:
    return sign.group(1).lstrip("#").strip()


def _texts(text: str) -> tuple[list[int], list[int]]:
    """Return where the scalars of a document begin and end, in order."""
    stretches = sorted(_scalars(outline(text).root, text))
    return [start for start, _ in stretches], [end for _, end in stretches]


def _scalars(node: Node, text: str) -> Iterator[tuple[int, int]]:
    if node.kind is Kind.SCALAR:
        yield _stretch(node, text)
    for entry in node.children:
        if entry.key is not None:
            yield _stretch(entry.key, text)
        yield from _scalars(entry.value, text)


def _stretch(node: Node, text: str) -> tuple[int, int]:
    """Return the part of *node* in which a ``#`` is text; the head of a block is not."""
    if node.style not in {"|", ">"}:
        return node.start, node.end
    head = LINE_BREAK.search(text, node.body)
    return (head.end() if head else node.end), node.end


def _entries(document: Document) -> Iterator[tuple[int, int, int, Path]]:
    """Yield line, depth, column and path of each entry: of its name or, in a list, its value."""
    for path, mark in document.marks.items():
        if path and path not in document.key_marks:
            yield mark.line, len(path), mark.column, path
    for path, mark in document.key_marks.items():
        yield mark.line, len(path), mark.column, path
