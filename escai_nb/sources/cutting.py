"""
A broken YAML text made whole by cutting out the entries that break it.

The parser stops at the first fault and often notices it lines too late. So the
entries around it are cut out in turn, each on its own, and the cut that lets
the parser get farthest is where the fault is. A cut entry leaves a place-holder
behind: the lines keep their numbers, and where the entry belonged is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent, StreamEndEvent
from yaml.reader import ReaderError

from escai_nb.sources.refusal import TOO_DEEP, refusal
from escai_nb.sources.yaml_reader import FASTEST, broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.errors import DocumentError

MOST_FAULTS = 50
"""Faults of syntax that are looked for in one text; what follows is left unread."""
EFFORT = 10_000_000
"""Characters that are parsed before the rest of a text is given up, about a second's work."""
DEEPEST = 256
"""Collections inside each other that are gone through; at each, libyaml looks at all around it."""
SIGN = "\ue000"
"""Begins each place-holder: a private character, which no text of people has."""
HOLDER = re.compile(rf'"{SIGN}[0-9]+"(?:: ~)?')
"""A place-holder as it stands in the text."""
_REACH = 40
"""Lines before a fault that may hold the quote which is not closed."""
_PARENTS = 3
_TAB = 4
"""Blanks that a tab is taken for; it cannot indent, but people mean something by it."""

_LINE = re.compile(r".*?(?:\r\n|\n|\r|\Z)", re.DOTALL)
_NAME = re.compile(r"""[ \t]*(?:-[ ]+)*["']?([A-Za-z_][\w.-]*)["']?[ ]*:(?:\s|$)""")
"""A name as a whole file has it; what has no colon may be a line of a secret."""
_WELL_FORMED = re.compile(r"""^\s*-(?:\s|$)|:(?:\s|$)|^\s*[\[\]{}"'#]""")
_ITEM = re.compile(r" *-(?: |(?![^\r\n]*:))")
_CLOSING = ("}", "]")


@dataclass(frozen=True, slots=True)
class _Stop:
    """
    Where the parser stopped.

    Attributes:
        line: 0-based, of what it could not take.

        context: 0-based, of what it was reading then.

        cause: 0-based, of the earliest line that may be why it stopped: of an open
            quote, bracket or name that is where it begins.

        is_character: Whether it is a character that no text may hold, wherever it stands.
    """

    error: DocumentError = field(repr=False)
    line: int
    context: int
    cause: int
    is_character: bool = False

    @property
    def reason(self) -> str:
        """What the parser says, without the place."""
        return str(self.error).removeprefix(f"{self.error.where}: ")


@dataclass(frozen=True, slots=True)
class Cutting:
    """
    What was made of a text.

    Attributes:
        text: Without the entries that break it; the same number of lines.

        faults: One for each cut, at the entry that was cut.

        names: Name of each cut entry by its place-holder; empty where unknown.

        blanked: 1-based line, indentation and name of each entry that left none.

        rest: 1-based line from which on all was given up; 0 where nothing was.
    """

    text: str = field(repr=False)
    faults: tuple[DocumentError, ...]
    names: dict[str, str]
    blanked: tuple[tuple[int, int, str], ...]
    rest: int = 0


def cut(text: str, source: str, *, parser: Callable[[str], Any] = FASTEST) -> Cutting:
    """Cut out of *text* whatever the parser does not take; a whole text stays as it is."""
    return _Knife(text, source, parser).work()


class _Knife:
    """The state of one `cut`."""

    def __init__(self, text: str, source: str, parser: Callable[[str], Any]) -> None:
        self._lines: list[str] = [line for line in _LINE.findall(text) if line]
        self._source = source
        self._parser = parser
        self._spent = 0
        self._faults: list[DocumentError] = []
        self._names: dict[str, str] = {}
        self._blanked: list[tuple[int, int, str]] = []

    def work(self) -> Cutting:
        stop = self._scan(self._lines)
        while stop is not None:
            found = self._best(stop) if len(self._faults) < MOST_FAULTS else None
            if found is None:
                return self._give_up(stop)
            span, holder, stop_then, lines = found
            self._faults.append(self._fault(stop, span))
            name = self._name(span.start)
            if holder:
                self._names[holder] = name
            elif not self._is_comment(span.start):
                self._blanked.append((span.start + 1, self._indent(span.start), name))
            self._lines, stop = lines, stop_then
        return self._done()

    def _done(self, rest: int = 0) -> Cutting:
        text = "".join(self._lines)
        return Cutting(text, tuple(self._faults), self._names, tuple(self._blanked), rest)

    def _give_up(self, stop: _Stop) -> Cutting:
        """Leave unread what begins with the outermost entry that the parser stopped in."""
        self._faults.append(stop.error)
        start = min(stop.context, stop.line, len(self._lines) - 1)
        while start > 0 and not (self._is_entry(start) and self._indent(start) == 0):
            start -= 1
        self._lines[start:] = [_line_break(line) for line in self._lines[start:]]
        if self._scan(self._lines) is not None:
            self._lines = [_line_break(line) for line in self._lines]
            start = 0
        return self._done(start + 1)

    def _scan(self, lines: list[str]) -> _Stop | None:
        """Return where the parser stops in *lines*; nothing if it takes all."""
        text = "".join(lines)
        self._spent += len(text)
        try:
            events = self._parser(text)
            try:
                deep = _deepest(events)
            finally:
                events.dispose()
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            line = at.line if at else 0
            context = error.context_mark.line if error.context_mark else line
            cause = line if "block" in (error.context or "") else min(line, context)
            return _Stop(broken(error, text, self._source), line, context, cause)
        except ReaderError as error:
            refused = broken(error, text, self._source)
            line = int(refused.where.split(":")[-2]) - 1
            return _Stop(refused, line, line, line, is_character=True)
        if deep is None:
            return None
        line, column = deep.start_mark.line, deep.start_mark.column
        refused = refusal(self._source, line + 1, column + 1, TOO_DEEP)
        return _Stop(refused, line, line, line)

    def _best(self, stop: _Stop) -> tuple[range, str, _Stop | None, list[str]] | None:
        """
        Return the first cut with which the parser stops no more, or for another reason.

        Where there is none: that which lets it get farthest, if one gets it on at all.
        """
        best, reached = None, stop.line
        for span in self._spans(stop):
            holders = ("",) if self._is_comment(span.start) else (f"{SIGN}{len(self._faults)}", "")
            for holder in holders:
                if self._spent > EFFORT:
                    return best
                if holder and "\t" in self._head(span.start):
                    continue  # nothing can stand behind a tab
                lines = self._without(span, holder)
                then = self._scan(lines)
                if then is None or _is_another(then, stop, span):
                    return span, holder, then, lines
                if then.line > reached:
                    best, reached = (span, holder, then, lines), then.line
        return best

    def _spans(self, stop: _Stop) -> list[range]:
        """List what may be cut, the likeliest and smallest first."""
        found: list[range] = []
        last = len(self._lines) - 1
        for line in self._suspects(min(stop.line, last), min(stop.context, last)):
            span = self._entry(line)
            if span not in found:
                found.append(span)
        return sorted(found, key=self._likelihood)

    def _likelihood(self, span: range) -> tuple[bool, bool, int]:
        """Tell, least first, how likely an entry is at fault; to cut an innocent one is in vain."""
        line = span.start
        return not self._has_odd_quotes(line), not self._is_odd(line), len(span)

    def _suspects(self, line: int, context: int) -> Iterator[int]:
        yield line
        before = self._before(line)
        yield before
        yield context
        for above in range(line, max(-1, line - _REACH), -1):
            if self._has_odd_quotes(above):
                yield above
        parent = line
        for _ in range(_PARENTS):
            parent = self._parent(parent)
            yield parent

    def _entry(self, line: int) -> range:
        """Return the lines of the entry that begins at *line*: it, and what is indented deeper."""
        indent, end = self._indent(line), line + 1
        while end < len(self._lines):
            bare = self._lines[end].strip()
            deeper = self._indent(end) > indent
            closes = self._indent(end) == indent and bare.startswith(_CLOSING)
            if bare and not (deeper or closes):
                break
            end += 1
        while end > line + 1 and not self._lines[end - 1].strip():
            end -= 1
        return range(line, end)

    def _without(self, span: range, holder: str) -> list[str]:
        lines = list(self._lines)
        for line in span:
            lines[line] = _line_break(lines[line])
        if holder:
            first, head = self._lines[span.start], self._head(span.start)
            is_item = _ITEM.match(first) is not None
            body = f'- "{holder}"' if is_item else f'"{holder}": ~'
            lines[span.start] = f"{head}{body}{_line_break(first)}"
        return lines

    def _fault(self, stop: _Stop, span: range) -> DocumentError:
        """Return the error of *stop*, told at the entry that turned out to be at fault."""
        if stop.line == span.start:
            return stop.error
        noticed = f" (noticed in line {stop.line + 1})"
        column = len(self._head(span.start)) + 1
        hint = stop.error.hint
        return refusal(self._source, span.start + 1, column, f"{stop.reason}{noticed}", hint=hint)

    def _is_odd(self, line: int) -> bool:
        """Tell whether an entry of a block neither names a value nor is an item."""
        return self._is_entry(line) and not _WELL_FORMED.search(self._lines[line].rstrip("\r\n"))

    def _before(self, line: int) -> int:
        """Return the nearest line above that says something."""
        at = line - 1
        while at > 0 and not self._is_entry(at):
            at -= 1
        return max(at, 0)

    def _parent(self, line: int) -> int:
        at, indent = line, self._indent(line)
        while at > 0 and not (self._is_entry(at) and self._indent(at) < indent):
            at -= 1
        return at

    def _is_entry(self, line: int) -> bool:
        bare = self._lines[line].strip()
        return bool(bare) and not bare.startswith("#")

    def _is_comment(self, line: int) -> bool:
        return self._lines[line].lstrip().startswith("#")

    def _indent(self, line: int) -> int:
        return len(self._head(line).expandtabs(_TAB))

    def _head(self, line: int) -> str:
        text = self._lines[line]
        return text[: len(text) - len(text.lstrip(" \t"))]

    def _has_odd_quotes(self, line: int) -> bool:
        text = self._lines[line]
        return self._is_entry(line) and any(text.count(quote) % 2 for quote in "\"'")

    def _name(self, line: int) -> str:
        found = _NAME.match(self._lines[line].rstrip("\r\n"))
        return found.group(1) if found else ""


def _deepest(events: Any) -> Any:  # noqa: ANN401  # a parser, which has no type
    """Go through all *events*; return the one of a collection that lies too deep to go on."""
    depth = 0
    while not isinstance(event := events.get_event(), StreamEndEvent):
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            return event
    return None


def _is_another(then: _Stop, stop: _Stop, span: range) -> bool:
    """Tell whether the parser stops for another reason once *span* is cut out."""
    # two open quotes are both noticed at the end of the text; the context tells them apart
    is_same = (then.line, then.context, then.reason) == (stop.line, stop.context, stop.reason)
    # a forbidden character stops the parser before it has read what else may be wrong
    return not is_same and (stop.is_character or then.cause > span[-1])


def _line_break(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
