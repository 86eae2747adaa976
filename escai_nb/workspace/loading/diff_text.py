"""A configuration file as text that may be shown: for `git diff`, and without any key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.encryption.block import BLOCK
from escai_nb.encryption.token import is_token
from escai_nb.errors import EscaiError
from escai_nb.masking import mask_leaves
from escai_nb.secret import MASK
from escai_nb.sources.document import parse
from escai_nb.sources.edit import UNSET, Edit, apply
from escai_nb.workspace.loading.reading import json_like, without_block

if TYPE_CHECKING:
    from escai_nb.schema.catalog import Catalog

UNREADABLE = "# this is no configuration that could be read, and so nothing of it is shown\n"


def masked_text(text: bytes, catalog: Catalog, *, form: str) -> str:
    """
    Return *text* with a mask at each secret, every comment kept.

    A sealed value is told by a few digits of its token, so that a change of it
    shows; of the seal only its revision and key are left.
    """
    try:
        document = parse(text, source="", format=form)
        edits = [
            Edit(path, shown)
            for path, value in keypath.leaves(without_block(document.data))
            if (shown := _shown(path, value, catalog)) != value
        ]
        if BLOCK in document.data:
            edits.append(Edit((BLOCK,), UNSET))
        return apply(document, edits) + _told(document.data.get(BLOCK))
    except EscaiError:
        return UNREADABLE


def _shown(path: keypath.Path, value: Any, catalog: Catalog) -> Any:  # noqa: ANN401  # any scalar
    if is_token(value):
        return f"{MASK} (sealed {hashlib.sha256(value.encode()).hexdigest()[:8]})"
    plain = json_like(value)
    if plain is None or not catalog.is_sensitive(path, plain):
        return mask_leaves(value, lambda _: False)
    return MASK


def _told(block: object) -> str:
    if not isinstance(block, dict):
        return ""
    said = [f"{name} {block[name]}" for name in ("revision", "scope", "kid") if name in block]
    return f"# sealed: {', '.join(said)}\n"
