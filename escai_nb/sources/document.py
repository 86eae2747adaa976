"""A configuration document: its text, its data, and where everything stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from escai_nb import safefile
from escai_nb.errors import DocumentError, FileUnavailableError
from escai_nb.keypath import render as render_path
from escai_nb.secret import untraced
from escai_nb.sources import yaml_reader
from escai_nb.sources.places import Mark, Places, locating, mark_at
from escai_nb.sources.refusal import LIMITS, refusal, too_large

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable, Iterator, Mapping

    from escai_nb.keypath import Path

__all__ = ["BOM", "Document", "Mark", "format_of", "parse", "read", "refuse_shared", "render"]

Format = Literal["yaml", "json"]
BOM = "\ufeff"
"""The byte order mark that some editors put first; it stays where it is."""

_FORMATS: dict[str, Format] = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """
    One document as it was read.

    Attributes:
        source: The file as the reader would name it.

        format: ``yaml`` or ``json``.

        text: All of it, also a byte order mark; encoded as UTF-8 it is the
            content of the file.

        data: What it says.

        places: Where each key and value stands.
    """

    source: str
    format: Format
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)
    places: Places = field(repr=False)

    @property
    def marks(self) -> Mapping[Path, Mark]:
        """Where each value begins."""
        return self.places.values

    @property
    def key_marks(self) -> Mapping[Path, Mark]:
        """Where the key of each mapping entry begins."""
        return self.places.keys

    @property
    def shared(self) -> Mapping[Path, Mark]:
        """Where values stand that an anchor or ``<<`` lets stand in several places."""
        # without an anchor there is none, and no place need be looked at
        return self.places.shared if "&" in self.text else {}

    def mark_of(self, path: Path) -> Mark:
        """Return where *path* stands, or else the nearest place above it that is there."""
        marks = self.places.values
        while path not in marks:
            path = path[:-1]
        return marks[path]

    def where(self, path: Path) -> str:
        """Return ``file:line:column`` of *path*."""
        return f"{self.source}:{self.mark_of(path)}"


@untraced
def parse(
    text: str | bytes,
    *,
    source: str,
    format: str = "yaml",  # noqa: A002
    known: Document | None = None,
) -> Document:
    """
    Read *text* as one configuration document; it is *known* if nothing differs.

    Raises:
        DocumentError: If it is broken, empty, not a mapping, beyond the limits
            of size, depth or aliases, or has duplicate keys or its own tags;
            the message says where, and nothing of the text.
    """
    if format not in get_args(Format):
        message = f"{source}: there is no format {format!r}"
        raise DocumentError(message, where=source, hint="use yaml or json")
    whole = _decoded(text, source)
    if known and (known.source, known.format, known.text) == (source, format, whole):
        return known
    naked = whole.removeprefix(BOM)
    if format == "json":
        from escai_nb.sources import json_reader  # most documents are YAML

        data, root = json_reader.read(naked, source)
        places = Places(data, root, locating(naked))
        return Document(source, "json", whole, data, places)
    data, root = yaml_reader.read(naked, source)
    return Document(source, "yaml", whole, data, Places(data, root, yaml_reader.marking(naked)))


def read(path: pathlib.Path, *, source: str = "", known: Document | None = None) -> Document:
    """
    Read the file at *path*; its suffix tells the format, and it is *known* if nothing differs.

    Raises:
        FileUnavailableError: If it is missing or may not be read.
        DocumentError: As `parse` does, or if the suffix tells no format.
    """
    source = source or path.name
    form = format_of(path)
    try:
        # no local holds the content: a traceback may be shown with its locals
        return parse(
            safefile.read_bytes(path, limit=LIMITS.size), source=source, format=form, known=known
        )
    except FileUnavailableError as error:
        if error.code == "file-too-large":
            raise too_large(source) from None
        raise


def render(data: Mapping[str, Any], format: str = "yaml") -> str:  # noqa: A002
    """Write *data* as a fresh document; see `escai_nb.sources.writing.render`."""
    from escai_nb.sources.writing import render as written  # who reads does not write

    return written(data, format)


def format_of(path: pathlib.Path) -> Format:
    """
    Tell the format by the suffix of *path*.

    Raises:
        DocumentError: If it is not .yaml, .yml or .json.
    """
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        message = f"{path} is neither YAML nor JSON by its name"
        raise DocumentError(message, where=str(path), hint="use .yaml, .yml or .json") from None


def refuse_shared(document: Document, paths: Iterable[Path]) -> None:
    """
    Make sure that none of *paths* stands in more than one place.

    A secret behind an anchor would be sealed here and stay in clear there.

    Raises:
        DocumentError: Code ``anchor-refused``, for the first that does.
    """
    for refused in shared_refusals(document, paths):
        raise refused


def shared_refusals(document: Document, paths: Iterable[Path]) -> Iterator[DocumentError]:
    """Yield what `refuse_shared` would raise, one for each of *paths* that it is about."""
    shared = document.shared
    if not shared:
        return
    for path in paths:
        above = (path[:depth] for depth in range(1, len(path) + 1))
        mark = next((shared[each] for each in above if each in shared), None)
        if mark is not None:
            name = render_path(path)
            reason = f"{name} stands behind an anchor, which a secret may not"
            hint = "write the value out, without anchor and alias"
            refused = refusal(
                document.source, mark.line, mark.column, reason, hint=hint, code="anchor-refused"
            )
            refused.path = name
            yield refused


def _decoded(text: str | bytes, source: str) -> str:
    """Return *text* as characters that UTF-8 can write."""
    try:
        if len(text) > LIMITS.size:
            raise too_large(source)
        if isinstance(text, bytes):
            return text.decode()
        if not text.isascii() and len(text.encode()) > LIMITS.size:
            raise too_large(source)
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, _column(before)
        reason = "this byte is not UTF-8"
        raise refusal(source, line, column, reason, hint="save the file as UTF-8") from None
    except UnicodeEncodeError as error:
        mark = mark_at(error.object, error.start)
        reason = "half of a surrogate pair is no character"
        raise refusal(source, mark.line, mark.column, reason) from None
    return text


def _column(before: bytes) -> int:
    """Count the characters on the last line of valid UTF-8."""
    return len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
