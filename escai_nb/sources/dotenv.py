"""Dotenv files: lines of ``NAME=value``, quoted as a shell quotes, each with its place."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from escai_nb.errors import DocumentError, FileUnavailableError
from escai_nb.safefile import read_bytes
from escai_nb.secret import untraced
from escai_nb.sources.places import locating
from escai_nb.sources.refusal import LIMITS, refusal, too_large, without_traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from escai_nb.errors import EscaiError
    from escai_nb.sources.places import Mark

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_SINGLE = re.compile(r"'(?P<text>[^']*)'")
_DOUBLE = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"(?:(?<=\s)(?=#)|[^\r\n]*?(?=[ \t]*(?:[ \t]#[^\n]*)?(?:\r?\n|\Z)))")
_PART = re.compile(r"""[^\s'"\\#]+""")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\n": ""}
_REPLACED = re.compile(r"(?<!\\)\$\{")


@dataclass(frozen=True, slots=True)
class Assignment:
    """
    What one name is set to.

    Attributes:
        line: That of the value, 1-based.

        column: That of the value, 1-based.

        refers: Whether ``${…}`` stands in it, which other tools replace.
    """

    value: str = field(repr=False)
    line: int
    column: int
    refers: bool = False


@untraced
def read(path: Path, faults: list[EscaiError] | None = None) -> dict[str, Assignment]:
    """
    Read the dotenv file at *path*; what is broken is added to *faults*, if those are given.

    Raises:
        FileUnavailableError: If it is missing or may not be read.
        DocumentError: As `assignments` does, or if it is too large or no UTF-8.
    """
    try:
        content = read_bytes(path, limit=LIMITS.size)
        return assignments(content.decode(), source=path.name, faults=faults)
    except FileUnavailableError as error:
        if error.code != "file-too-large":
            raise
        refused = too_large(path.name)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        refused = refusal(path.name, line, 1, "this is not UTF-8", hint="save the file as UTF-8")
    if faults is None:
        raise refused
    faults.append(refused)
    return {}


@untraced
def parse_dotenv(text: str, *, source: str) -> dict[str, str]:
    """
    Return the values of *text* alone; see `assignments`.

    Raises:
        DocumentError: By position, if a line is no assignment.
    """
    return {name: found.value for name, found in assignments(text, source=source).items()}


def assignments(
    text: str, *, source: str, faults: list[EscaiError] | None = None
) -> dict[str, Assignment]:
    r"""
    Read *text*; of a name that stands twice the last value counts, as in a shell.

    ``export`` may stand before a name, ``#`` begins a comment. Single quotes
    keep everything, double quotes know ``\n``, ``\"`` and the like, and what is
    joined to a quoted part belongs to it. A value that begins bare is what
    stands there, quotes and all. Nothing is looked up: ``$HOME`` stays what it is.
    With *faults*, a broken line is added to them, and the next one is read.

    Raises:
        DocumentError: By position, if a line is neither of these.
    """
    found: dict[str, Assignment] = {}
    text = text.removeprefix("\ufeff")
    locate = locating(text)
    at = 0
    while at < len(text):
        if blank := _NOTHING.match(text, at):
            at = blank.end()
            continue
        try:
            name, assignment, at = _assignment(text, at, source, locate)
        except DocumentError as error:
            if faults is None:
                raise
            faults.append(without_traces(error))
            at = text.find("\n", at) + 1 or len(text)
        else:
            found[name] = assignment
    return found


def _assignment(
    text: str, at: int, source: str, locate: Callable[[int], Mark]
) -> tuple[str, Assignment, int]:
    """Read the line at *at*; return the name, what it is set to, and where the next line begins."""
    name = _NAME.match(text, at)
    if name is None:
        raise _refused(locate(at), source, "this is no NAME=value")
    mark = locate(name.end())
    value, at, refers = _value(text, name.end())
    rest = _NOTHING.match(text, at)
    if rest is None:
        raise _refused(locate(at), source, "this quote is not closed")
    return name["name"], Assignment(value, mark.line, mark.column, refers), rest.end()


def _value(text: str, at: int) -> tuple[str, int, bool]:
    """Read a value from *at*; return it, where it ends, and whether it refers to others."""
    if text[at : at + 1] not in {"'", '"'} and (bare := _BARE.match(text, at)):
        return bare.group(), bare.end(), _REPLACED.search(bare.group()) is not None
    parts: list[str] = []
    refers = False
    while at < len(text):
        if part := _SINGLE.match(text, at):
            parts.append(part["text"])
        elif part := _DOUBLE.match(text, at):
            refers = refers or _REPLACED.search(part["text"]) is not None
            parts.append(re.sub(r"(?s)\\(.)", _unescaped, part["text"]))
        elif part := _PART.match(text, at):
            refers = refers or _REPLACED.search(part.group()) is not None
            parts.append(part.group())
        else:
            break
        at = part.end()
    return "".join(parts), at, refers


def _unescaped(code: re.Match[str]) -> str:
    return _ESCAPES.get(code[1], code[1] if code[1] in '"\\$`' else code.group())


def _refused(mark: Mark, source: str, reason: str) -> DocumentError:
    hint = "write NAME='value', one on each line"
    return refusal(source, mark.line, mark.column, reason, hint=hint)


def write_dotenv(values: dict[str, str]) -> str:
    """Write *values* so that `parse_dotenv` and a shell read them back."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
