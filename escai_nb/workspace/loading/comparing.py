"""Concealed trees beside each other, and sealed documents made ready for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.encryption.token import is_token
from escai_nb.keypath import get, has
from escai_nb.secret import Secret, conceal
from escai_nb.workspace.loading.reading import without_block

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.encryption.seal import Opened
    from escai_nb.history.change import Diff
    from escai_nb.keypath import Path


def concealed(opened: Opened) -> dict[str, Any]:
    """Return the opened values with each one that was sealed inside a `Secret`."""
    tokens = opened.tokens
    tree: dict[str, Any] = conceal(opened.data, lambda path, _: path in tokens)
    return tree


def tokens_as_secrets(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sealed document's values with its tokens in place of what they hold."""
    tree: dict[str, Any] = conceal(without_block(content), lambda _, value: is_token(value))
    return tree


def difference(
    old: Mapping[str, Any], new: Mapping[str, Any], *, left: str = "", right: str = ""
) -> Diff:
    """Compare two concealed trees; secrets are told as changed, never shown."""
    from escai_nb.history.change import Diff  # who only reads compares nothing

    def is_hidden(path: Path) -> bool:
        return any(has(tree, path) and isinstance(get(tree, path), Secret) for tree in (old, new))

    return Diff.between(old, new, left=left, right=right, is_hidden=is_hidden)
