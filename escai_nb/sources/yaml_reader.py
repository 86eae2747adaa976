"""
One pass over YAML events that gives data and the place of each key and value.

The events come from libyaml or, where that is missing, from PyYAML's parser in
Python. The data are those of ``yaml.SafeLoader``; what could mean two things
(duplicate keys, own tags, a second document) is refused by position.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.scanner import Scanner

from escai_nb.sources.places import (
    Mark,
    Place,
    Shared,
    bare,
    locating,
    mark_at,
    mark_of_place,
)
from escai_nb.sources.refusal import LIMITS, TOO_DEEP, refusal
from escai_nb.sources.scalars import (
    MERGE,
    NUMERIC,
    ODD_KEYS,
    WORDS,
    MeaninglessError,
    number,
    tagged,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml.events import Event

    from escai_nb.errors import DocumentError


class PythonParser(Reader, Scanner, Parser):
    """PyYAML's parser in Python: the same events, more slowly."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def get_event(self) -> Any:  # noqa: ANN401  # any event
        """Return the next event; half a surrogate pair is refused, as libyaml does."""
        event: Any = super().get_event()  # type: ignore[no-untyped-call]
        if event.__class__ is ScalarEvent and _SURROGATE.search(event.value):
            problem = "found invalid Unicode character escape code"
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        return event


def _fastest() -> Callable[[str], Any]:
    """Choose libyaml, unless PyYAML is built without it."""
    if not yaml.__with_libyaml__:
        return PythonParser
    from yaml import _yaml

    parser: Callable[[str], Any] = _yaml.CParser
    return parser


FASTEST = _fastest()
_MERGE_KEY = object()
_BREAKS_OF_YAML = re.compile("[\x85\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_QUOTED = re.compile(r"""(['"])(.*?)\1""")
_COLLECTION_TAGS = {
    MappingStartEvent: (None, "!", "tag:yaml.org,2002:map"),
    SequenceStartEvent: (None, "!", "tag:yaml.org,2002:seq"),
}
_HINTS = {
    "mapping values are not allowed": "check the indentation, and quote a value that holds ': '",
    "cannot start any token": "quote a value that begins with @, ` or %; indent with spaces",
    "could not find expected ':'": "write a colon and a blank behind the name",
    "did not find expected key": "check the quotes and the indentation of this line",
    "did not find expected '-' indicator": "check the indentation of this line",
    "did not find expected ',' or": "close the bracket, or separate the entries by commas",
    "unexpected end of stream": "a quote or bracket is not closed",
}


class _Anchored:
    """What an anchor names; *extent* is the count of its values and its depth."""

    __slots__ = ("extent", "place", "value")

    def __init__(self, value: Any, place: Place) -> None:  # noqa: ANN401
        self.value = value
        self.place = place
        self.extent: tuple[int, int] | None = None


def locate(mark: Any) -> Mark:  # noqa: ANN401  # a mark of yaml
    """Turn a mark of the parser into one of ours."""
    return Mark(mark.line + 1, mark.column + 1)


def marking(text: str) -> Callable[[Any], Mark]:
    """Return what turns a mark of the parser over *text* into one of ours."""
    if text.isascii() or _BREAKS_OF_YAML.search(text) is None:
        return locate
    place = locating(text)
    return lambda mark: place(mark.index)


def read(
    text: str, source: str, *, parser: Callable[[str], Any] = FASTEST
) -> tuple[dict[Any, Any], Place]:
    """
    Return the data of the one document in *text*, and their places.

    Raises:
        DocumentError: If it is broken, empty, no mapping, or refused.
    """
    try:
        events = parser(text)
        try:
            return Reading(events.get_event, source).document()
        finally:
            events.dispose()
    except (yaml.MarkedYAMLError, ReaderError) as error:
        raise broken(error, text, source) from None


def broken(error: yaml.YAMLError, text: str, source: str) -> DocumentError:
    """Say of *error*, which a parser raised over *text*, where it is and what."""
    if isinstance(error, yaml.MarkedYAMLError):
        return _broken(error, source)
    return _unprintable(text, source)


def _broken(error: yaml.MarkedYAMLError, source: str) -> DocumentError:
    """Take over position and problem, but no word that is quoted from the document."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "it is not YAML"
    hint = next((hint for sign, hint in _HINTS.items() if sign in problem), "")
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return refusal(source, line, column, _QUOTED.sub(_sign_or_nothing, problem), hint=hint)


def _sign_or_nothing(quoted: re.Match[str]) -> str:
    return "…" if re.search(r"\w", quoted.group(2)) else quoted.group()


def _unprintable(text: str, source: str) -> DocumentError:
    found = Reader.NON_PRINTABLE.search(text)
    at = found.start() if found else 0
    mark = mark_at(text, at)
    reason = "a control character cannot stand here"
    hint = 'write it as an escape in "double quotes"'
    return refusal(source, mark.line, mark.column, reason, hint=hint)


class Reading:
    """The state of one pass; see `read`."""

    __slots__ = ("_aliased", "_anchors", "_get", "_source")

    def __init__(self, get: Callable[[], Any], source: str) -> None:
        self._get = get
        self._source = source
        self._anchors: dict[str, _Anchored | None] = {}
        self._aliased = 0

    def document(self) -> tuple[dict[Any, Any], Place]:
        """Read the one document to its end."""
        get = self._get
        get()  # the stream's start
        first = get()
        root = get() if isinstance(first, yaml.DocumentStartEvent) else None
        if root is None or (root.__class__ is ScalarEvent and self._scalar(root) is None):
            raise refusal(
                self._source,
                0,
                0,
                "the document is empty",
                code="document-empty",
                hint="write at least one setting, or {}",
            )
        if root.__class__ is not MappingStartEvent:
            reason = "the document is not a mapping of names to values"
            self._refuse(root, reason, code="document-not-mapping")
        data, place = self._collection(root, 1)
        get()  # the document's end
        after = get()
        if not isinstance(after, yaml.StreamEndEvent):
            self._fault(after, "a second document begins here", hint="keep one in each file")
        return data, place

    def _refuse(self, event: Any, reason: str, *, hint: str = "", code: str = "") -> NoReturn:  # noqa: ANN401
        mark = event.start_mark
        raise refusal(
            self._source, mark.line + 1, mark.column + 1, reason, hint=hint, code=code
        ) from None

    def _fault(self, event: Any, reason: str, *, hint: str = "", code: str = "") -> Any:  # noqa: ANN401
        """Refuse *event*; who gathers faults returns what stands for it instead."""
        self._refuse(event, reason, hint=hint, code=code)

    # Each of the methods below returns (value, place) of the node that begins
    # with the given event.

    def _node(self, event: Any, depth: int) -> tuple[Any, Place]:  # noqa: ANN401
        if event.__class__ is ScalarEvent:
            value, place = self._scalar(event), event.start_mark
            if event.anchor is not None:
                place = self._named(event, value, place)
            return value, place
        if event.__class__ is AliasEvent:
            return self._alias(event, depth)
        return self._collection(event, depth + 1)

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401
        text = event.value
        try:
            if event.implicit[0]:
                value = WORDS.get(text, text)
                return number(text) if value is text and text[0] in NUMERIC else value
            return text if event.tag is None else tagged(event.tag, text)
        except MeaninglessError:
            reason = "this is no text in YAML, and no valid value either"
            return self._fault(event, reason, hint="quote it if it is a text")
        except KeyError:
            return self._fault_tag(event)

    def _fault_tag(self, event: Event) -> Any:  # noqa: ANN401
        hint = "write the value without a tag"
        return self._fault(event, "a tag that is not taken here", hint=hint, code="tag-refused")

    def _collection(self, event: Any, depth: int) -> tuple[Any, Place]:  # noqa: ANN401
        kind = event.__class__
        if event.tag not in _COLLECTION_TAGS[kind]:
            self._fault_tag(event)
        if depth > LIMITS.depth:
            self._fault(event, TOO_DEEP)
        if event.anchor is not None:
            self._refuse_known(event)
            self._anchors[event.anchor] = None  # until it is read to its end
        read = self._mapping if kind is MappingStartEvent else self._sequence
        value, place = read(event, depth)
        if event.anchor is not None:
            place = self._named(event, value, place)
        return value, place

    def _sequence(self, event: Any, depth: int) -> tuple[list[Any], Place]:  # noqa: ANN401
        data: list[Any] = []
        places = [event.start_mark]
        get, node = self._get, self._node
        while (item := get()).__class__ is not SequenceEndEvent:
            value, place = node(item, depth)
            data.append(value)
            places.append(place)
        return data, places

    def _mapping(self, event: Any, depth: int) -> tuple[dict[Any, Any], Place]:  # noqa: ANN401
        data: dict[Any, Any] = {}
        places = [event.start_mark]
        merged: list[tuple[dict[Any, Any], Place]] = []
        get, scalar = self._get, self._scalar
        while (head := get()).__class__ is not MappingEndEvent:
            key = head.value if head.__class__ is ScalarEvent and head.implicit[0] else ""
            if key in WORDS or key[0] in NUMERIC or head.anchor is not None:
                key = self._key(head, depth)  # mostly it is a name as it stands
            body = get()
            if body.__class__ is ScalarEvent and body.anchor is None:
                value, place = scalar(body), body.start_mark
            else:
                value, place = self._node(body, depth)
            if key is _MERGE_KEY and not merged:
                merged = self._merged(head, value, place)
                continue
            if key in data or key is _MERGE_KEY:
                self._repeated(head, key, (data, places), (value, place))
                continue
            data[key] = value
            places += (head.start_mark, place)
        return _joined(merged, data, places) if merged else (data, places)

    def _repeated(self, head: Any, *_: Any) -> None:  # noqa: ANN401
        self._fault(head, "this key stands in this mapping already", code="duplicate-key")

    def _key(self, event: Any, depth: int) -> Any:  # noqa: ANN401
        if event.__class__ is ScalarEvent and event.value in ODD_KEYS and event.tag is None:
            is_merge = event.value == MERGE and event.implicit[0]
            return _MERGE_KEY if is_merge else event.value
        if event.__class__ in _COLLECTION_TAGS:
            return self._collection_as_key(event, depth)
        key, _ = self._node(event, depth)
        if isinstance(key, list | dict):
            return self._fault(event, "a key must be a scalar")
        return key

    def _collection_as_key(self, event: Any, _: int) -> Any:  # noqa: ANN401
        return self._fault(event, "a key must be a scalar")

    def _merged(
        self,
        event: Event,
        value: Any,  # noqa: ANN401
        place: Place,
    ) -> list[tuple[dict[Any, Any], Place]]:
        """List the mappings behind a ``<<`` key, strongest last."""
        sources = [(value, place)]
        if isinstance(value, list):
            sources = list(zip(value, bare(place)[1:], strict=True))[::-1]
        if not all(isinstance(data, dict) for data, _ in sources):
            self._fault(event, "only mappings can be merged by <<")
            sources = []
        return sources or [({}, [event.start_mark])]

    # Anchors and aliases

    def _refuse_known(self, event: Any) -> None:  # noqa: ANN401
        if event.anchor in self._anchors:
            self._fault(event, "this anchor stands here already", code="anchor-refused")

    def _named(self, event: Any, value: Any, place: Place) -> Place:  # noqa: ANN401
        if event.__class__ is ScalarEvent:
            self._refuse_known(event)
        self._anchors[event.anchor] = _Anchored(value, place)
        return Shared(event.start_mark, place)

    def _alias(self, event: Any, depth: int) -> tuple[Any, Place]:  # noqa: ANN401
        if event.anchor not in self._anchors:
            reason = "no such anchor before this alias"
            return self._fault(event, reason, code="anchor-refused"), event.start_mark
        named = self._anchors[event.anchor]
        if named is None:
            reason = "this alias lies inside what it stands for"
            return self._fault(event, reason, code="anchor-refused"), event.start_mark
        if named.extent is None:
            named.extent = _extent(named.value)
        count, height = named.extent
        self._aliased += count
        if self._aliased > LIMITS.aliased or depth + height > LIMITS.depth:
            reason = "aliases make this document larger or deeper than is taken in"
            return self._fault(event, reason, code="anchor-refused"), event.start_mark
        return named.value, Shared(event.start_mark, named.place)


def _extent(value: Any) -> tuple[int, int]:  # noqa: ANN401
    """Count the values of a tree, and the collections inside each other."""
    if not isinstance(value, list | dict):
        return 1, 0
    inner = [_extent(item) for item in (value.values() if isinstance(value, dict) else value)]
    return 1 + sum(n for n, _ in inner), 1 + max((depth for _, depth in inner), default=0)


def _joined(
    merged: list[tuple[dict[Any, Any], Place]], own: dict[Any, Any], places: Place
) -> tuple[dict[Any, Any], Place]:
    """Lay a mapping's own entries over those that it merges in."""
    entries: dict[Any, tuple[Any, Any, Place]] = {}
    for data, place in merged:
        below = bare(place)
        for (key, value), at, inner in zip(data.items(), below[1::2], below[2::2], strict=True):
            entries[key] = (value, at, Shared(mark_of_place(inner), inner))
    for (key, value), at, inner in zip(own.items(), places[1::2], places[2::2], strict=True):
        entries[key] = (value, at, inner)
    joined = [places[0]]
    for _, at, inner in entries.values():
        joined += (at, inner)
    return {key: value for key, (value, _, _) in entries.items()}, joined
