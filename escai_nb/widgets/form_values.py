"""Trees of a form's values: concealed, and never changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.history.change import changes
from escai_nb.schema.field_spec import MISSING
from escai_nb.schema.plain import Name
from escai_nb.secret import Secret
from escai_nb.widgets.form_input import Unread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from escai_nb.keypath import Path


def adopted(
    draft: Any,  # noqa: ANN401  # a concealed tree
    saved: Any,  # noqa: ANN401
    before: Mapping[Path, Any],
    now: Mapping[Path, Any],
) -> tuple[Any, tuple[str, ...]]:
    """
    Return *draft* with the edits of *now* for those of *before*, and where it keeps its own.

    What has no edit in *before* or *now* is as *saved* there.
    """
    kept = []
    for path in dict.fromkeys((*before, *now)):
        mine, given = at(draft, path, MISSING), at(saved, path, MISSING)
        old, new = before.get(path, given), now.get(path, given)
        if not differ(old, new) or not differ(mine, new):
            continue
        if differ(mine, old):
            kept.append(keypath.render(path))
        else:
            draft = put(draft, path, new)
    return draft, tuple(kept)


def at(tree: Any, path: Path, absent: object = None) -> Any:  # noqa: ANN401
    """Return what lies at *path* in *tree*, or *absent*."""
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return absent
    return tree


def put(tree: Any, path: Path, value: object) -> Any:  # noqa: ANN401
    """Return a copy of *tree* with *value* at *path*; `MISSING` takes the place away."""
    if value is not MISSING:
        return keypath.replace(tree, path, value)
    return keypath.without(tree, path) if keypath.has(tree, path) else tree


def places_in(tree: object) -> set[Path]:
    """Return the paths of all leaves, and of all that lies on the way to one."""
    return {path[:n] for path, _ in keypath.leaves(tree) for n in range(1, len(path) + 1)}


def differ(left: object, right: object) -> bool:
    """Tell whether two values differ, types included."""
    return bool(changes({"": left}, {"": right}))


def names_in(tree: Any, path: Path = ()) -> list[Path]:  # noqa: ANN401
    """List the places of what is no data."""
    if isinstance(tree, Name) or (isinstance(tree, Secret) and isinstance(tree.open(), Name)):
        return [path]
    if isinstance(tree, Mapping):
        steps: Iterable[tuple[Any, Any]] = tree.items()
    elif isinstance(tree, list):
        steps = enumerate(tree)
    else:
        return []
    return [
        place
        for step, value in steps
        if type(value) not in keypath.SCALARS
        for place in names_in(value, (*path, step))
    ]


def readable(tree: Any) -> Any:  # noqa: ANN401
    """Return a copy of *tree* with words in place of what could not be read."""
    if isinstance(tree, Unread):
        return "(cannot be read)"
    if isinstance(tree, Mapping):
        return {key: readable(value) for key, value in tree.items()}
    return [readable(value) for value in tree] if isinstance(tree, list) else tree
