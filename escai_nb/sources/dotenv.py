"""Files of ``NAME=value`` lines, quoted as a shell quotes."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from escai_nb.sources.refusal import refusal

if TYPE_CHECKING:
    from escai_nb.errors import DocumentError

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_SINGLE = re.compile(r"'(?P<text>[^']*)'")
_DOUBLE = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"""(?P<text>(?:[^\s'"\\#]|(?<=\S)\#|\\.)+)""")
_INNER = re.compile(r"[ \t]+(?=[^\s#])")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\n": ""}


def parse_dotenv(text: str, *, source: str) -> dict[str, str]:
    r"""
    Read *text*; of a name that stands twice the last value counts, as in a shell.

    ``export`` may stand before a name, ``#`` begins a comment. Single quotes
    keep everything, double quotes know ``\n``, ``\"`` and the like, quoted and
    bare parts join. Nothing is looked up: ``$HOME`` stays what it is.

    Raises:
        DocumentError: By position, if a line is neither of these.
    """
    found: dict[str, str] = {}
    text = text.removeprefix("\ufeff")
    at = 0
    while at < len(text):
        if blank := _NOTHING.match(text, at):
            at = blank.end()
            continue
        name = _NAME.match(text, at)
        if name is None:
            raise _refused(text, at, source, "this is no NAME=value")
        value, at = _value(text, name.end(), source)
        found[name["name"]] = value
        rest = _NOTHING.match(text, at)
        if rest is None:
            raise _refused(text, at, source, "this quote is not closed")
        at = rest.end()
    return found


def _value(text: str, at: int, source: str) -> tuple[str, int]:
    """Read a value from *at*; return it and where it ends."""
    parts: list[str] = []
    while at < len(text):
        if single := _SINGLE.match(text, at):
            parts.append(single["text"])
            at = single.end()
        elif double := _DOUBLE.match(text, at):
            parts.append(re.sub(r"(?s)\\(.)", _unescaped, double["text"]))
            at = double.end()
        elif bare := _BARE.match(text, at):
            parts.append(re.sub(r"(?s)\\(.)", r"\1", bare["text"]))
            at = bare.end()
        elif parts and (gap := _INNER.match(text, at)):
            parts.append(gap.group())  # words of a bare value, which other readers take too
            at = gap.end()
        else:
            break
    if at < len(text) and text[at] in "'\"":
        raise _refused(text, at, source, "this quote is not closed")
    return "".join(parts), at


def _unescaped(code: re.Match[str]) -> str:
    return _ESCAPES.get(code[1], code[1] if code[1] in '"\\$`' else code.group())


def _refused(text: str, at: int, source: str, reason: str) -> DocumentError:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return refusal(source, line, column, reason, hint="write NAME='value', one on each line")


def write_dotenv(values: dict[str, str]) -> str:
    """Write *values* so that `parse_dotenv` and a shell read them back."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
