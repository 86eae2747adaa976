"""Readers that go on behind a fault: every fault is gathered, what it spoils is marked as lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from escai_nb.errors import DocumentError
from escai_nb.sources import json_reader, yaml_reader
from escai_nb.sources.cutting import MOST_FAULTS
from escai_nb.sources.outline import Entry, Kind, Node
from escai_nb.sources.places import Mark, bare, mark_of_place
from escai_nb.sources.refusal import LIMITS, TOO_DEEP, refusal, without_traces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from escai_nb.keypath import Path
    from escai_nb.sources.places import Place

_OPENING = {"{": "}", "[": "]"}


class Lost:
    """Stands for a key or value that could not be understood; each is another one."""

    __slots__ = ()


class YamlGathering(yaml_reader.Reading):
    """
    A pass over events that leaves no fault out.

    Of a repeated key the first value holds; the entries that only the second
    mapping has are taken in, so that they are judged too.

    Attributes:
        faults: What was met.

        twice: Place of a repeated key → that of the key which was there first.
    """

    __slots__ = ("_positions", "faults", "twice")

    def __init__(self, get: Callable[[], Any], source: str) -> None:
        super().__init__(get, source)
        self.faults: list[DocumentError] = []
        self.twice: dict[Mark, Mark] = {}
        # id of a mapping: it, which keeps the id its own, and the position of each key
        self._positions: dict[int, tuple[dict[Any, Any], dict[Any, int]]] = {}

    def _fault(self, event: Any, reason: str, *, hint: str = "", code: str = "") -> Any:  # noqa: ANN401
        mark = event.start_mark
        self.faults.append(
            refusal(self._source, mark.line + 1, mark.column + 1, reason, hint=hint, code=code)
        )
        return Lost()

    def _collection(self, event: Any, depth: int) -> tuple[Any, Place]:  # noqa: ANN401
        if depth <= LIMITS.depth:
            return super()._collection(event, depth)
        self._skip()
        return self._fault(event, TOO_DEEP), event.start_mark

    def _skip(self) -> None:
        """Pass by the collection that has begun."""
        depth = 1
        while depth:
            event = self._get()
            depth += isinstance(event, MappingStartEvent | SequenceStartEvent)
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)

    def _collection_as_key(self, event: Any, _: int) -> Any:  # noqa: ANN401
        self._skip()
        return self._fault(event, "a key must be a scalar")

    def _repeated(self, head: Any, *parts: Any) -> None:  # noqa: ANN401
        super()._repeated(head)
        key, (data, places), (value, place) = parts
        if key not in data:
            return  # a second <<
        at = 2 * self._position(data, key) + 1
        self.twice[yaml_reader.locate(head.start_mark)] = yaml_reader.locate(places[at])
        self._take_in(data[key], places[at + 1], value, bare(place))

    def _take_in(self, below: Any, noted: Place, above: Any, place: Place) -> None:  # noqa: ANN401
        """Add to the mapping *below* the entries of *above* that it has not."""
        if not (isinstance(below, dict) and isinstance(above, dict) and noted.__class__ is list):
            return
        for (key, value), at, inner in zip(above.items(), place[1::2], place[2::2], strict=True):
            if key not in below:
                below[key] = value
                noted += (at, inner)
            else:
                index = 2 * self._position(below, key) + 2
                self._take_in(below[key], noted[index], value, bare(inner))

    def _position(self, data: dict[Any, Any], key: Any) -> int:  # noqa: ANN401
        """Return the position of *key* in *data*, from which no key is ever taken out."""
        _, known = self._positions.setdefault(id(data), (data, {}))
        fresh = range(len(data) - 1, len(known) - 1, -1)
        known.update(zip(reversed(data), fresh, strict=False))
        return known[key]


class JsonGathering(json_reader.Reading):
    """
    A pass over JSON that goes on behind a fault at the next comma or bracket.

    Attributes:
        faults: What was met.

        twice: Place of a repeated name → that of the name which was there first.
    """

    __slots__ = ("_is_resuming", "_open", "faults", "twice")

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text, source)
        self.faults: list[DocumentError] = []
        self.twice: dict[Mark, Mark] = {}
        self._open: list[str] = []
        self._is_resuming = False  # behind a string that took the comma with it

    def _note(self, at: int, reason: str, *, hint: str = "", code: str = "") -> None:
        mark = self._locate(at)
        self.faults.append(
            refusal(self._source, mark.line, mark.column, reason, hint=hint, code=code)
        )

    def repeated(self, at: int) -> None:
        """Note a name that its mapping has already."""
        self._note(at, "this key stands in this mapping already", code="duplicate-key")

    def surplus(self, at: int) -> None:
        """Note what follows the document."""
        self._note(at, "something follows the document")

    def add(self, node: Node, key: Node, value: Node) -> None:
        """Add a member to the mapping *node*, or what is new in it to the one that is there."""
        there = node.find(key.value)
        if there is None:
            super().add(node, key, value)
            return
        known = node.children[there].key or key
        self.twice[self._locate(key.start)] = self._locate(known.start)
        if node.children[there].value.kind is value.kind is Kind.MAPPING:
            first = node.children[there].value
            for entry in value.children:
                if entry.key is not None:
                    self.add(first, entry.key, entry.value)

    def _collection(
        self, at: int, depth: int, close: str, read: Callable[[Node, int, int], int]
    ) -> Node:
        kind = Kind.MAPPING if close == "}" else Kind.SEQUENCE
        node = Node(kind, at, at, at, flow=True, value={} if close == "}" else [])
        self._open.append(close)
        try:
            here = self.skip(at + 1)
            while not self._is_end(here):
                if self._text[here] in "}]":
                    behind = self._past_surplus(here)
                else:
                    behind = self.skip(self._patiently(read, node, here, depth + 1))
                here = self.skip(self._behind_comma(behind))
        finally:
            self._open.pop()
        if not self._text[here : here + 1]:
            self._note(at, "a bracket is not closed")
        elif self._text[here] != close:
            self._note(here, f"another bracket than {close} closes here")
            here -= 1  # it closes what is around
        node.end = here + 1
        return node

    def _is_end(self, at: int) -> bool:
        """Tell whether the innermost open collection ends at *at*, alone or with one around it."""
        sign = self._text[at : at + 1]
        if len(self.faults) >= MOST_FAULTS:
            return sign in {"", "}", "]"}
        if len(self._open) == 1 and sign == self._open[0]:
            return self._text[self._past_closing(at) :][:1] != ","
        return not sign or sign in self._open

    def _past_closing(self, at: int) -> int:
        """Return the index of the first sign from *at* on that is no closing bracket."""
        while self._text[at : at + 1] in {"}", "]"}:
            at = self.skip(at + 1)
        return at

    def _past_surplus(self, at: int) -> int:
        """Note a bracket that closes nothing, or all too early; return the index behind it."""
        self._note(at, "no bracket is open that this one closes")
        return self._past_closing(at) if self._text[at] in self._open else self.skip(at + 1)

    def _behind_comma(self, at: int) -> int:
        sign = self._text[at : at + 1]
        is_resuming, self._is_resuming = self._is_resuming, False
        if sign != ",":
            if sign not in {"", "}", "]"} and not is_resuming:
                self._note(at, "a comma or a closing bracket is missing")
            return at
        following = self.skip(at + 1)
        if self._text[following : following + 1] in {"}", "]"}:
            self._note(at, "a comma stands before a closing bracket")
        return at + 1

    def _patiently(
        self, read: Callable[[Node, int, int], int], node: Node, at: int, depth: int
    ) -> int:
        """Read a member or item; where that fails, note it and go to where the next may begin."""
        try:
            return read(node, at, depth)
        except DocumentError as error:
            self.faults.append(without_traces(error))
        if self._text[at] == "," and node.kind is Kind.MAPPING:
            return at  # nothing stands there
        gap = Node(Kind.SCALAR, at, at, at, flow=True, value=Lost())
        if node.kind is Kind.SEQUENCE:
            node.children.append(Entry(len(node.children), None, gap))
            node.value.append(gap.value)
        elif node.find((name := self._name(at)).value) is None:
            super().add(node, name, gap)
        return self._resumption(at)

    def _name(self, at: int) -> Node:
        """Return the name of a broken member; without its quotes it may be a piece of a secret."""
        if self._text[at] == '"' and self._behind_string(at) is not None:
            return self._string(at)
        return Node(Kind.SCALAR, at, at, at, flow=True, value=Lost())

    def _resumption(self, at: int) -> int:
        """Return the index of the next comma or closing bracket outside of strings."""
        open_: list[str] = []
        while at < len(self._text):
            sign = self._text[at]
            if sign == '"':
                behind = self._behind_string(at)
                if behind is None:
                    line_end = self._text.find("\n", at)
                    self._is_resuming = True
                    return line_end if line_end >= 0 else len(self._text)
                at = behind
                continue
            if not open_ and sign in ",}]":
                break
            if sign in _OPENING:
                open_.append(_OPENING[sign])
            elif open_ and sign == open_[-1]:
                open_.pop()
            at += 1
        return at

    def _behind_string(self, at: int) -> int | None:
        """Return the index behind a string, if it is one."""
        try:
            return self._string(at).end
        except DocumentError:
            return None


def without_lost(
    data: Any,  # noqa: ANN401  # any tree
    place: Place,
    holders: Mapping[str, str],
    path: Path = (),
) -> tuple[Any, Place, list[Path]]:
    """
    Return a tree and its places without what is `Lost`, and the paths of that.

    *holders* are place-holders that were put into the text, with the name of what
    stood there. Of a lost key without a name the path is that of its mapping; a
    lost item of a list is null there, as the others keep their positions.
    """
    noted = bare(place)
    if isinstance(data, dict):
        return _mapping_without_lost(data, noted, holders, path)
    if not isinstance(data, list):
        return data, place, []
    kept: list[Any] = []
    places, lost = [noted[0]], []
    for index, (value, inner) in enumerate(zip(data, noted[1:], strict=True)):
        if _is_lost(value, holders):
            lost.append((*path, index))
            value, inner = None, mark_of_place(inner)  # noqa: PLW2901
        clean, at, below = without_lost(value, inner, holders, (*path, index))
        kept.append(clean)
        places.append(at)
        lost += below
    return kept, places, lost


def _mapping_without_lost(
    data: dict[Any, Any], noted: Place, holders: Mapping[str, str], path: Path
) -> tuple[dict[Any, Any], Place, list[Path]]:
    kept: dict[Any, Any] = {}
    places, lost = [noted[0]], []
    for (key, value), at, inner in zip(data.items(), noted[1::2], noted[2::2], strict=True):
        if _is_lost(key, holders):
            name = holders.get(key, "") if isinstance(key, str) else ""
            lost.append((*path, name) if name else path)
        elif _is_lost(value, holders):
            lost.append((*path, key))
        else:
            clean, place, below = without_lost(value, inner, holders, (*path, key))
            kept[key] = clean
            places += (at, place)
            lost += below
    return kept, places, lost


def _is_lost(value: object, holders: Mapping[str, str]) -> bool:
    return isinstance(value, Lost) or (isinstance(value, str) and value in holders)
