"""A text that follows its data, one change after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from escai_nb import keypath
from escai_nb.sources import json_reader, outline
from escai_nb.sources.block_edit import BlockEdit
from escai_nb.sources.flow_edit import FlowEdit
from escai_nb.sources.outline import Kind, Merge, Node
from escai_nb.sources.splice import Batch
from escai_nb.sources.writing import is_filled, refuse, write_json, write_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from escai_nb.keypath import Path
    from escai_nb.sources.outline import Outline
    from escai_nb.sources.splice import Splice

Steps: TypeAlias = "Sequence[object]"
"""A path, or one that ends with `Merge.HERE`."""
Trail: TypeAlias = list[tuple[Node, int]]
"""The way from the root to a node: each collection, and the index in it."""


class Rewriting:
    """
    The text of one document, and the data that it is meant to have.

    Each change is made to the data first; then the text is changed at the
    place that says it. What an alias or ``<<`` brings in is written out where
    it must differ from its source. Whoever uses this reads the result again.
    """

    __slots__ = ("_drawn", "_gone", "_grown", "_is_json", "_pending", "_text", "_touched", "data")

    def __init__(self, text: str, data: Any, *, is_json: bool) -> None:  # noqa: ANN401
        self.data = data
        self._text = text
        self._is_json = is_json
        self._drawn: Outline | None = None
        # changes wait, until one needs to see what others made of the outline
        self._pending = Batch()
        self._touched: set[int] = set()  # ids of nodes that are not what they were
        self._grown: dict[int, set[Any]] = {}  # id of a node: steps that are new in it
        self._gone: dict[int, set[int]] = {}  # id of a node: indices of entries it lost

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
            self._take_out(path)
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
        if len(trail) < len(above) or not self._can_grow(trail, value):
            self._put(path[: len(trail)])
        elif at == len(items):
            self._add(path[:-1], at, value)
        else:
            if id(self._node(trail)) in self._grown:
                self._flush()
            trail, _ = self._change(
                path[:-1], lambda trail: self._edit(trail).insert_item(self._node(trail), at, value)
            )
            self._touched.add(id(self._node(trail)))

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
        self._change(path, lambda trail: self._renaming(trail, name))
        parent, index = self._trail(path)[-1]
        self._gone.setdefault(id(parent), set()).add(index)
        self._grown.setdefault(id(parent), set()).add(name)

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

    def _edit(self, trail: Trail) -> FlowEdit | BlockEdit:
        """Return what changes the collection at the end of *trail*."""
        return self._flow if self._node(trail).flow else self._block

    def _flush(self) -> None:
        if self._pending:
            self._text = self._pending.made(self._text)
            self._pending, self._drawn = Batch(), None
            self._touched, self._grown, self._gone = set(), {}, {}

    def _trail(self, path: Steps) -> Trail:
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

    def _settled_trail(self, path: Steps) -> Trail:
        """Go along *path*, once what is pending there is made."""
        trail = self._trail(path)
        if self._is_stale(trail, path[len(trail) :]):
            self._flush()
            trail = self._trail(path)
        return trail

    def _is_stale(self, trail: Trail, rest: Steps) -> bool:
        """Whether what is pending changed the way along *trail*, or has the *rest* of it."""
        end = self._node(trail)
        is_empty = end.children and len(self._gone.get(id(end), ())) == len(end.children)
        if id(end) in self._touched or (
            rest and (is_empty or rest[0] in self._grown.get(id(end), ()))
        ):
            return True
        return any(
            id(parent) in self._touched or index in self._gone.get(id(parent), ())
            for parent, index in trail
        )

    def _node(self, trail: Trail) -> Node:
        if not trail:
            return self._outline.root
        parent, index = trail[-1]
        return parent.children[index].value

    def _in_flow(self, trail: Trail) -> bool:
        """Whether the node at the end of *trail* stands inside brackets."""
        return self._is_json or any(parent.flow for parent, _ in trail)

    # Changes

    def _change(
        self, path: Steps, draw: Callable[[Trail], list[Splice]], *, is_whole: bool = False
    ) -> tuple[Trail, list[Splice]]:
        """Note what *draw* makes of the way along *path*; *is_whole* if all there goes."""
        trail = self._settled_trail(path)
        node, splices = self._node(trail), draw(trail)
        tail = self._outline.line_end(node.end)
        is_free = not (is_whole and node.children and self._pending.holds(node.start, tail))
        if not (is_free and self._pending.admits(splices, id(node))):
            self._flush()
            trail = self._trail(path)
            node, splices = self._node(trail), draw(trail)
        self._pending.add(splices, id(node))
        return trail, splices

    def _put(self, path: Path) -> None:
        """Make the text say at *path* what the data do."""
        trail = self._settled_trail(path)
        node, depth = self._node(trail), len(trail)
        if depth == len(path) and node.kind in {Kind.MAPPING, Kind.SEQUENCE}:
            self._free(path)
        elif depth < len(path):
            value = keypath.get(self.data, path[: depth + 1])
            if self._can_grow(trail, value):
                self._add(path[:depth], path[depth], value)
                return
        self._replace(path[:depth], keypath.get(self.data, path[:depth]))

    def _can_grow(self, trail: Trail, value: Any) -> bool:  # noqa: ANN401
        """Whether *value* can be put into the node; `{}` may better become a block."""
        node = self._node(trail)
        if node.kind not in {Kind.MAPPING, Kind.SEQUENCE} or node.bare:
            return False
        is_item = node.kind is Kind.SEQUENCE and not is_filled(value)
        is_noted = "#" in self._text[node.body : node.end]
        return bool(node.children) or self._in_flow(trail) or is_item or is_noted

    def _add(self, path: Path, step: object, value: Any) -> None:  # noqa: ANN401
        """Put a new entry behind all that the collection at *path* has."""
        trail, splices = self._change(path, lambda trail: self._adding(trail, step, value))
        node = self._node(trail)
        # another entry can follow at the same place, unless brackets needed more than that
        is_plain = node.children and len(splices) == 1 and splices[0].start == splices[0].end
        if is_plain:
            self._grown.setdefault(id(node), set()).add(step)
        else:
            self._touched.add(id(node))

    def _adding(self, trail: Trail, step: object, value: Any) -> list[Splice]:  # noqa: ANN401
        node = self._node(trail)
        if node.kind is Kind.SEQUENCE:
            return self._edit(trail).insert_item(node, len(node.children), value)
        if node.flow:
            return self._flow.insert_entry(node, step, value)
        return self._block.insert_entry(node, step, value, is_root=not trail)

    def _replace(self, path: Path, value: Any) -> None:  # noqa: ANN401
        trail, _ = self._change(path, lambda trail: self._replacing(trail, value), is_whole=True)
        self._touched.add(id(self._node(trail)))

    def _replacing(self, trail: Trail, value: Any) -> list[Splice]:  # noqa: ANN401
        if not trail:
            return self._block.replace_root(self._outline.root, value)
        return self._edit(trail[:-1]).replace(*trail[-1], value)

    def _renaming(self, trail: Trail, name: object) -> list[Splice]:
        node, index = trail[-1]
        key = node.children[index].key
        if key is None:
            return []
        text = write_key(name, style=key.style, flow=node.flow)
        return [key.renewed(write_json(name) if self._is_json else text)]

    def _take_out(self, path: Any) -> None:  # noqa: ANN401  # a path, or with `Merge` at its end
        """Take the entry at *path* out; a collection left empty is written so."""
        parent, _ = self._settled_trail(path)[-1]
        lost = len(self._gone.get(id(parent), ()))
        if (lost or id(parent) in self._grown) and len(parent.children) - lost <= 1:
            self._flush()
            parent, _ = self._trail(path)[-1]
        if parent.bare or (len(parent.children) == 1 and not parent.flow):
            self._replace(path[:-1], {} if parent.kind is Kind.MAPPING else [])
            return
        trail, _ = self._change(
            path, lambda trail: self._edit(trail[:-1]).remove(*trail[-1]), is_whole=True
        )
        parent, index = trail[-1]
        if parent.kind is Kind.SEQUENCE:
            self._touched.add(id(parent))  # what follows has another index now
        else:
            self._gone.setdefault(id(parent), set()).add(index)

    # What stands in several places

    def _free(self, path: Path) -> None:
        """Write out the aliases, elsewhere, of anchors at and below *path*."""
        while (user := self._user_of(path)) is not None:
            place, is_merge = user
            if is_merge:
                self._unmerge(place)
            else:
                self._replace(place, keypath.get(self.data, place))

    def _user_of(self, path: Path) -> tuple[Path, bool] | None:
        node = self._node(self._settled_trail(path))
        names = {inner.anchor for inner in node.walk() if inner.kind is not Kind.ALIAS}
        if names == {None}:
            return None
        if self._pending:
            self._flush()
            return self._user_of(path)
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
        self._flush()
        own = self._node(self._trail(path))
        steps = [entry.step for entry in own.children]
        for key in keypath.get(self.data, path):
            if key not in steps:
                self._put((*path, key))
        if self._node(self._settled_trail(path)).find(Merge.HERE) is None:
            raise refuse("it comes from a place that cannot be told")
        self._take_out((*path, Merge.HERE))


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
