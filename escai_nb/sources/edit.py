"""
Surgical edits: a text changes where its data do, and nowhere else.

Comments, order, quotes and anchors stay. Each result is read again: its data
are exactly those asked for, or the edit is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from escai_nb import keypath
from escai_nb.errors import DocumentError, EditRefusedError, KeyPathError
from escai_nb.sources.document import BOM, parse
from escai_nb.sources.rewriting import Rewriting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.keypath import Path
    from escai_nb.sources.document import Document


class Unset(Enum):
    """What an edit gives to take a value out."""

    HERE = "unset"


UNSET: Final = Unset.HERE


class Action(Enum):
    """What an edit does with its value."""

    SET = "set"
    INSERT = "insert"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Edit:
    """
    One change of a document.

    Attributes:
        path: The place; a list index may be the first behind the end.

        value: What to set or insert there, `UNSET` to take the place out, or
            its new key.

        action: `Action.INSERT` puts an item before the one at *path*.
    """

    path: Path
    value: Any = field(repr=False)
    action: Action = Action.SET


_UNREAD = "the text would no longer be read"
_TOLD = frozenset({"key-path", "document-too-large"})
"""Codes of errors that say by themselves what stands against an edit."""

ROUNDS = 4
"""How often what an edit did to aliases elsewhere is put right, at most."""


def apply(document: Document, edits: Sequence[Edit]) -> str:
    """
    Return the text of *document* with all *edits* made, in order.

    Raises:
        EditRefusedError: If a path leads nowhere, a value cannot be written in
            this format, or the text cannot be changed without harm.
    """
    try:
        return _applied(document, edits)
    except EditRefusedError as error:
        refused = error.with_traceback(None)
    except (DocumentError, KeyPathError) as error:
        refused = EditRefusedError(str(error)) if error.code in _TOLD else EditRefusedError(_UNREAD)
        refused.hint = error.hint if error.code in _TOLD else ""
    refused.where = document.source
    refused.path = ", ".join(_shown(edit.path) for edit in edits[:3])
    refused.hint = refused.hint or "edit the file by hand at this place"
    refused.__context__ = refused.__cause__ = None
    raise refused


def _applied(document: Document, edits: Sequence[Edit]) -> str:
    text = document.text.removeprefix(BOM)
    mark = document.text[: len(document.text) - len(text)]
    found: Any = document.data
    wanted: Any = None
    for _ in range(ROUNDS):
        rewriting = Rewriting(text, found, is_json=document.format == "json")
        for edit in edits:
            _make(rewriting, edit)
        text = rewriting.text
        wanted = rewriting.data if wanted is None else wanted
        found = parse(text, source=document.source, format=document.format).data
        if same(found, wanted):
            return mark + text
        # aliases of what was changed have followed it, and are put right
        edits = edits_between(found, wanted)
    message = "the text cannot be made to say this without other changes"
    raise EditRefusedError(message)


def _make(rewriting: Rewriting, edit: Edit) -> None:
    if edit.action is Action.INSERT:
        rewriting.insert(edit.path, _plain(edit.value))
    elif edit.action is Action.RENAME:
        rewriting.rename(edit.path, edit.value)
    elif edit.value is UNSET:
        rewriting.unset(edit.path)
    elif keypath.has(rewriting.data, edit.path):
        old = keypath.get(rewriting.data, edit.path)
        for step in edits_between(old, _plain(edit.value), edit.path):
            if step.path == edit.path:
                rewriting.set(step.path, step.value)
            else:
                _make(rewriting, step)
    else:
        rewriting.set(edit.path, _plain(edit.value))


def edits_between(old: Any, new: Any, at: Path = ()) -> list[Edit]:  # noqa: ANN401  # any trees
    """Return the fewest edits that make *old*, which lies at *at*, into *new*."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        gone, fresh = [key for key in old if key not in new], [key for key in new if key not in old]
        if len(gone) == len(fresh) == 1 and _is_renamed(old[gone[0]], new[fresh[0]]):
            # its comments stay with it
            kept = {key: value for key, value in old.items() if key != gone[0]}
            rest = edits_between(kept | {fresh[0]: new[fresh[0]]}, new, at)
            return [Edit((*at, gone[0]), fresh[0], Action.RENAME), *rest]
        edits = [Edit((*at, key), UNSET) for key in old if key not in new]
        for key, value in new.items():
            inner = (*at, key)
            edits += edits_between(old[key], value, inner) if key in old else [Edit(inner, value)]
        return edits
    if isinstance(old, list) and isinstance(new, list):
        return _list_edits(old, new, at)
    return [] if same(old, new) else [Edit(at, new)]


def _is_renamed(old: object, new: object) -> bool:
    """Tell whether what lay under a name that is gone lies under a new one; null tells nothing."""
    return old is not None and same(old, new)


def _list_edits(old: list[Any], new: list[Any], at: Path) -> list[Edit]:
    """Keep what is alike at both ends; set, then insert or take out, in between."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if not same(old[i], new[i])), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if not same(old[~i], new[~i])), rest)
    kept = shorter - tail
    edits: list[Edit] = []
    for index in range(head, kept):
        edits += edits_between(old[index], new[index], (*at, index))
    for index in range(kept, len(new) - tail):
        edits.append(Edit((*at, index), new[index], Action.INSERT))
    for index in reversed(range(kept, len(old) - tail)):
        edits.append(Edit((*at, index), UNSET))
    return edits


def same(left: Any, right: Any) -> bool:  # noqa: ANN401
    """Tell whether two trees are equal in values and types: ``1``, ``1.0``, ``True`` differ."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return {(type(key), key) for key in left} == {(type(key), key) for key in right} and all(
            same(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    # repr tells -0.0 from 0.0, and takes one NaN for another
    return bool(left == right if not isinstance(left, float) else repr(left) == repr(right))


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Copy a tree, so that it consists of dicts and lists."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _shown(path: Path) -> str:
    """Write *path*; keys of YAML need be no texts."""
    return keypath.render([step if isinstance(step, int) else str(step) for step in path])
