"""A text that follows its data, one change after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from escai_nb import keypath
from escai_nb.sources import json_reader, outline
from escai_nb.sources.block_edit import BlockEdit
from escai_nb.sources.flow_edit import FlowEdit
from escai_nb.sources.outline import Kind, Merge, Node
from escai_nb.sources.splice import spliced
from escai_nb.sources.writing import is_filled, refuse, write_json, write_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.keypath import Path
    from escai_nb.sources.outline import Outline
    from escai_nb.sources.splice import Splice

Trail: TypeAlias = list[tuple[Node, int]]
"""The way from the root to a node: each collection, and the index in it."""


class Rewriting:
    """
    The text of one document, and the data that it is meant to have.

    Each change is made to the data first; then the text is changed at the
    place that says it. What an alias or ``<<`` brings in is written out where
    it must differ from its source. Whoever uses this reads the result again.
    """

    __slots__ = ("_drawn", "_is_json", "_pending", "_text", "_touched", "data")

    def __init__(self, text: str, data: Any, *, is_json: bool) -> None:  # noqa: ANN401
        self.data = data
        self._text = text
        self._is_json = is_json
        self._drawn: Outline | None = None
        self._pending: list[Splice] = []
        self._touched: set[int] = set()

    @property
    def text(self) -> str:
        """The text with all changes made."""
        self._flush()
        return self._text

    def set(self, path: Path, value: Any) -> None:  # noqa: ANN401
        """Make *path* say *value*; mappings on the way are made."""
        self.data = keypath.replace(self.data, path, value)
        self._put(path)

    def unset(self, path: Path) -> None:
        """Take *path* out."""
        after = keypath.without(self.data, path)
        if len(self._settled_trail(path)) == len(path):
            self._free(path)
            self.data = after
            self._take_out(self._settled_trail(path))
        else:
            self.data = after
            self._write_out(path)

    def insert(self, path: Path, value: Any) -> None:  # noqa: ANN401
        """Put an item before the one at *path*, or at the end of its list."""
        *above, at = path
        items = keypath.get(self.data, above)
        if not isinstance(items, list) or not isinstance(at, int) or not 0 <= at <= len(items):
            raise refuse("items can only be inserted into a list, at an index that it has")
        self.data = keypath.replace(self.data, above, [*items[:at], value, *items[at:]])
        trail = self._settled_trail(tuple(above))
        node = self._node(trail)
        if len(trail) < len(above) or not self._can_grow(trail, value):
            self._put(path[: len(trail)])
        elif node.flow:
            self._make(self._flow.insert_item(node, at, value))
        else:
            self._make(self._block.insert_item(node, at, value))

    def rename(self, path: Path, name: object) -> None:
        """Give the entry at *path* another key, at the same place."""
        *above, old = path
        entries = keypath.get(self.data, above)
        if not isinstance(entries, dict) or old not in entries or name in entries:
            raise refuse("only an entry of a mapping can be renamed, to a name that is free")
        renamed = {name if key == old else key: value for key, value in entries.items()}
        self.data = keypath.replace(self.data, above, renamed)
        trail = self._settled_trail(path)
        if len(trail) < len(path):
            self._write_out(path)
            return
        node, index = trail[-1]
        key = node.children[index].key
        if key is not None:
            text = write_key(name, style=key.style, flow=node.flow)
            text = write_json(name) if self._is_json else text
            self._make([key.renewed(text)])

    # The text, its outline, and ways through it

    @property
    def _outline(self) -> Outline:
        if self._drawn is None:
            draw = json_reader.outline if self._is_json else outline.outline
            self._drawn = draw(self._text)
        return self._drawn

    @property
    def _flow(self) -> FlowEdit:
        return FlowEdit(self._outline, is_json=self._is_json)

    @property
    def _block(self) -> BlockEdit:
        return BlockEdit(self._outline)

    def _make(self, splices: list[Splice]) -> None:
        self._pending += splices
        self._flush()

    def _flush(self) -> None:
        if self._pending:
            self._text = spliced(self._text, self._pending)
            self._pending = []
            self._touched = set()
            self._drawn = None

    def _trail(self, path: Path) -> Trail:
        """Go along *path* as far as the text itself does."""
        trail: Trail = []
        node = self._outline.root
        for step in path:
            index = node.find(step)
            if index is None:
                break
            trail.append((node, index))
            node = node.children[index].value
        return trail

    def _settled_trail(self, path: Path) -> Trail:
        self._flush()
        return self._trail(path)

    def _node(self, trail: Trail) -> Node:
        if not trail:
            return self._outline.root
        parent, index = trail[-1]
        return parent.children[index].value

    def _in_flow(self, trail: Trail) -> bool:
        """Whether the node at the end of *trail* stands inside brackets."""
        return self._is_json or any(parent.flow for parent, _ in trail)

    # Changes

    def _put(self, path: Path) -> None:
        """Make the text say at *path* what the data do."""
        if self._put_scalar(path):
            return
        trail = self._settled_trail(path)
        node, depth = self._node(trail), len(trail)
        if depth == len(path) and node.kind in {Kind.MAPPING, Kind.SEQUENCE}:
            self._free(path)
            trail = self._settled_trail(path)
        elif depth < len(path):
            value = keypath.get(self.data, path[: depth + 1])
            if self._can_grow(trail, value):
                self._add(trail, path[depth], value)
                return
        self._replace(trail, keypath.get(self.data, path[:depth]))

    def _put_scalar(self, path: Path) -> bool:
        """Note the change of one scalar into another, which moves no node."""
        trail, value = self._trail(path), keypath.get(self.data, path)
        node = self._node(trail)
        is_scalar = len(trail) == len(path) and node.kind is Kind.SCALAR
        if not is_scalar or is_filled(value) or id(node) in self._touched:
            return False
        self._touched.add(id(node))
        self._pending += self._replacing(trail, value)
        return True

    def _can_grow(self, trail: Trail, value: Any) -> bool:  # noqa: ANN401
        """Whether *value* can be put into the node; `{}` may better become a block."""
        node = self._node(trail)
        if node.kind not in {Kind.MAPPING, Kind.SEQUENCE} or node.bare:
            return False
        is_item = node.kind is Kind.SEQUENCE and not is_filled(value)
        is_noted = "#" in self._text[node.body : node.end]
        return bool(node.children) or self._in_flow(trail) or is_item or is_noted

    def _add(self, trail: Trail, step: object, value: Any) -> None:  # noqa: ANN401
        node = self._node(trail)
        if node.kind is Kind.SEQUENCE:
            edit = self._flow if node.flow else self._block
            self._make(edit.insert_item(node, len(node.children), value))
        elif node.flow:
            self._make(self._flow.insert_entry(node, step, value))
        else:
            self._make(self._block.insert_entry(node, step, value, is_root=not trail))

    def _replace(self, trail: Trail, value: Any) -> None:  # noqa: ANN401
        self._make(self._replacing(trail, value))

    def _replacing(self, trail: Trail, value: Any) -> list[Splice]:  # noqa: ANN401
        if not trail:
            return self._block.replace_root(self._outline.root, value)
        parent, index = trail[-1]
        edit = self._flow if parent.flow else self._block
        return edit.replace(parent, index, value)

    def _take_out(self, trail: Trail) -> None:
        """Take the last node of *trail* out; a collection left empty is written so."""
        parent, index = trail[-1]
        if parent.bare or (len(parent.children) == 1 and not parent.flow):
            self._replace(trail[:-1], {} if parent.kind is Kind.MAPPING else [])
        else:
            edit = self._flow if parent.flow else self._block
            self._make(edit.remove(parent, index))

    # What stands in several places

    def _free(self, path: Path) -> None:
        """Write out the aliases, elsewhere, of anchors at and below *path*."""
        while (user := self._user_of(path)) is not None:
            place, is_merge = user
            if is_merge:
                self._unmerge(place)
            else:
                trail = self._settled_trail(place)
                self._replace(trail, keypath.get(self.data, place))

    def _user_of(self, path: Path) -> tuple[Path, bool] | None:
        node = self._node(self._settled_trail(path))
        names = {inner.anchor for inner in node.walk() if inner.kind is not Kind.ALIAS}
        if names == {None}:
            return None
        inside = {id(inner) for inner in node.walk()}
        for place, alias, is_merge in _aliases(self._outline.root):
            if alias.anchor in names and id(alias) not in inside:
                return place, is_merge
        return None

    def _write_out(self, path: Path) -> None:
        """Write out what an alias or ``<<`` on the way to *path* stands for."""
        trail = self._settled_trail(path)
        if self._node(trail).kind is Kind.ALIAS:
            self._put(path[: len(trail)])
        else:
            self._unmerge(path[: len(trail)])

    def _unmerge(self, path: Path) -> None:
        """Write out what ``<<`` brings into the mapping at *path*, and drop it."""
        own = self._node(self._settled_trail(path))
        steps = [entry.step for entry in own.children]
        for key in keypath.get(self.data, path):
            if key not in steps:
                self._put((*path, key))
        trail = self._settled_trail(path)
        node = self._node(trail)
        index = node.find(Merge.HERE)
        if index is None:
            raise refuse("it comes from a place that cannot be told")
        self._take_out([*trail, (node, index)])


def _aliases(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node, bool]]:
    """Yield each alias with its path, or with that of the mapping it is merged into."""
    if node.kind is Kind.ALIAS:
        yield path, node, False
    for entry in node.children:
        if entry.step is Merge.HERE:
            yield from (
                (path, inner, True) for inner in entry.value.walk() if inner.kind is Kind.ALIAS
            )
        else:
            yield from _aliases(entry.value, (*path, entry.step))
