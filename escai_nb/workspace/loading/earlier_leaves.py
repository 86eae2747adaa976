"""Leaves that the earlier system sealed, opened where they lie; the next save seals them anew."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import KeyUnavailableError, SealError, UsageError, ValueRefusedError
from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes
from escai_nb.secret import Secret, conceal, untraced
from escai_nb.workspace.access.unlocking import KEY_FILE_VARIABLE
from escai_nb.workspace.loading.plain_tokens import is_legacy, open_legacy, plain_key
from escai_nb.workspace.loading.reading import json_like, without_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from escai_nb.errors import EscaiError
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.schema.catalog import Catalog
    from escai_nb.workspace.layout import Workspace

KEY_NAMES = ("master_key", ".master_key", "master.key")
"""Files in which the earlier system kept its key, beside the configuration."""
LARGEST_KEY_FILE = 4096
"""Bytes."""


def earlier_paths(node: Any, at: KeyPath = ()) -> tuple[KeyPath, ...]:  # noqa: ANN401  # any tree
    """List where *node* holds leaves that the earlier system sealed."""
    if is_legacy(node):
        return (at,)
    steps: Iterable[tuple[Any, Any]] = ()
    if isinstance(node, dict | list):
        steps = node.items() if isinstance(node, dict) else enumerate(node)
    return tuple(path for step, value in steps for path in earlier_paths(value, (*at, step)))


def read_earlier_key(path: Path) -> Secret[str]:
    """
    Read a key of the earlier system, of 44 or 60 characters.

    Raises:
        FileUnavailableError: If the file cannot be read.
        KeyUnavailableError: If it holds no such key.
    """
    return plain_key(read_bytes(path, limit=LARGEST_KEY_FILE).decode(errors="replace"))


@untraced
def open_with(
    key: Secret[str], data: Mapping[str, Any], sealed: Iterable[KeyPath], catalog: Catalog
) -> dict[str, Any]:
    """
    Return what *data* says, the *sealed* leaves opened and of their field's type.

    Each secret is concealed; the earlier system sealed everything as text.

    Raises:
        SealError: If a leaf does not open with *key*.
    """
    own = conceal(open_legacy(json_like(without_block(data)), key), catalog.is_sensitive)
    for path in sealed:
        value = keypath.get(own, path)
        text = value.open() if isinstance(value, Secret) else value
        with suppress(UsageError, ValueRefusedError):  # what is wrong is found by validation
            text = catalog.parse_text(path, text)
        own = keypath.replace(own, path, Secret(text))
    concealed: dict[str, Any] = own
    return concealed


@untraced
def open_in_place(
    workspace: Workspace, folder: Path, data: Mapping[str, Any], sealed: Iterable[KeyPath]
) -> dict[str, Any]:
    """
    Open a file of the earlier system that lies in *folder*, with the first key that fits.

    That is the file named by ``ESCAI_MASTER_KEY_FILE``, else one beside it.

    Raises:
        KeyUnavailableError: If no key is there, or what is there is none.
        SealError: If a leaf opens with none of them.
    """
    hint = f"name the earlier system's key file in {KEY_FILE_VARIABLE}"
    message = "the earlier system sealed values in it, and its key is not here"
    refusal: EscaiError = KeyUnavailableError(message, hint=hint)
    named = workspace.environ.get(KEY_FILE_VARIABLE)
    places = [folder.joinpath(name) for name in ((named,) if named else KEY_NAMES)]
    for place in places:
        if is_there(place):
            try:
                return open_with(read_earlier_key(place), data, sealed, workspace.spec.catalog)
            except (KeyUnavailableError, SealError) as error:
                refusal = error
    raise refusal
