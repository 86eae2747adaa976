"""Documents that carry their own data key, wrapped."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.block import Scope, read_block
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.framing import frame
from escai_nb.encryption.refusal import refusal
from escai_nb.encryption.seal import Opened, open_document, seal_document

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from escai_nb.encryption.providers.provider import KeyProvider
    from escai_nb.keypath import Path


def seal_file_data(
    data: Mapping[str, Any], *, secrets: Collection[Path], provider: KeyProvider
) -> dict[str, Any]:
    """Return *data* sealed under a new key of its own, or raise as `seal_document`."""
    key, document = DataKey.generate(), token_hex(16)
    return seal_document(
        data,
        secrets=secrets,
        key=key,
        scope=Scope.STRICT,
        revision=1,
        document=document,
        keyring=0,
        wraps=provider.wrap(key, context=_context(document)),
    )


def open_file_data(data: Mapping[str, Any], provider: KeyProvider) -> Opened:
    """Return the values of a document that carries its own key, or raise as `open_document`."""
    block = read_block(data)
    if block is None or not block.wraps:
        raise refusal("seal-missing", "the document carries no seal with a key of its own")
    key = provider.unwrap(block.wraps, context=_context(block.document))
    if key.kid != block.kid:
        raise refusal("wrap-broken", f"the key wrapped as {block.kid} is another one")
    return open_document(data, key)


def _context(document: str) -> bytes:
    return frame(["standalone", document])
