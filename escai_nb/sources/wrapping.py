"""Texts over several lines: what stays the same in one keeps the lines that it is on."""

from __future__ import annotations

import re

from escai_nb.sources.writing import ON_LINES

_BREAK = re.compile(r"([ \t]*(?:\r\n|\n|\r)[ \t]*)")
_MARKERS = ("---", "...")


def rewrapped(old: str, new: str) -> str:
    """Break the line *new* where *old* is broken, before and behind the words that differ."""
    pieces = _BREAK.split(old)
    words, breaks = pieces[::2], pieces[1::2]
    head, rest, tail = "", new, ""
    first, last = 0, len(breaks)
    while first < last and _goes_on(words[first]) and rest.startswith(words[first] + " "):
        head += words[first] + breaks[first]
        rest = rest[len(words[first]) + 1 :]
        first += 1
    while first < last and _goes_on(words[last - 1]) and rest.endswith(" " + words[last]):
        tail = breaks[last - 1] + words[last] + tail
        rest = rest[: -len(words[last]) - 1]
        last -= 1
    is_safe = rest and rest == rest.strip(" \t") and not rest.startswith(_MARKERS)
    return head + rest + tail if is_safe else new


def _goes_on(words: str) -> bool:
    """Tell whether a line break behind *words* stands for a blank."""
    return words != "" and not words.endswith("\\")


def block_scalar(
    head: str, old: list[str], said: str, value: str, *, indent: int, ends_text: bool
) -> list[str] | None:
    """
    Return the head and lines of a block scalar for *value*, or None if it must be quoted.

    Args:
        head: The present one, as ``>-``, which is kept where it can be.

        old: The present lines without their indentation.

        said: What they say.

        value: What the new ones are to say.

        indent: By how much they are indented more than their parent, a count.

        ends_text: Whether they are the last, and no line break follows.
    """
    body = value.rstrip("\n")
    blank = len(value) - len(body)
    if not body.strip() or not ON_LINES.fullmatch(value) or (ends_text and blank):
        return None
    lines = _folded(old, said, body) if head[0] == ">" else None
    style = "|" if lines is None else ">"
    lines = body.split("\n") if lines is None else lines
    digit = "".join(re.findall("[1-9]", head))
    if not digit and next(line for line in lines if line)[0] in " \t":
        digit = str(indent)
    chomp = "-" if not blank else "+" if blank > 1 or "+" in head else ""
    if ends_text:
        chomp = head.strip("|>123456789")
    made = style + digit + chomp
    made = head if sorted(made) == sorted(head) else made
    return [made, *lines, *[""] * (blank - 1)]


def _folded(old: list[str], said: str, body: str) -> list[str] | None:
    """Return lines that fold to *body*, those of *old* where they say the same."""
    paragraphs = body.split("\n")
    if any(line[:1] in {" ", "\t"} for line in paragraphs):
        return None
    groups = [group.split("\n") for group in re.split(r"\n\n+", "\n".join(old).strip("\n"))]
    before = [line for line in said.split("\n") if line]
    if [" ".join(group) for group in groups] != before or any(map(_is_deeper, old)):
        groups, before = [], []
    after = [line for line in paragraphs if line]
    shorter = min(len(before), len(after))
    same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    rest = shorter - same
    tail = next((at for at in range(rest) if before[~at] != after[~at]), rest)
    kept = groups[:same] + [[line] for line in after[same : len(after) - tail]]
    kept += groups[len(groups) - tail :]
    if len(before) == len(after) == same + 1 + tail:
        kept[same] = rewrapped("\n".join(groups[same]), after[same]).split("\n")
    lines: list[str] = []
    for paragraph in paragraphs:
        if not paragraph:
            lines.append("")
            continue
        if any(lines):
            lines.append("")
        lines += kept.pop(0)
    return lines


def _is_deeper(line: str) -> bool:
    return line[:1] in {" ", "\t"}
