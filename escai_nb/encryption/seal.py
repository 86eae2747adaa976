"""Whole documents: their secret leaves as tokens, and a seal over what must not change."""

from __future__ import annotations

import hmac
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.block import BLOCK, Block, Scope, read_block
from escai_nb.encryption.framing import frame
from escai_nb.encryption.refusal import refusal
from escai_nb.encryption.token import LeafCipher, is_token
from escai_nb.errors import UnavailableError, ValueRefusedError
from escai_nb.keypath import Path, filled, get, leaves, render
from escai_nb.secret import Guarded, Secret

if TYPE_CHECKING:
    from escai_nb.encryption.derivation import DataKey, KeySource
    from escai_nb.encryption.providers.provider import Wrap


@dataclass(frozen=True, slots=True, repr=False)
class Opened(Guarded):
    """The values of a document, its block, and each sealed leaf as it stands in the file."""

    data: dict[str, Any]
    block: Block
    tokens: Mapping[Path, str]
    is_edited: bool = False


def seal_document(  # noqa: PLR0913  # the facts of a block, each named
    data: Mapping[str, Any],
    *,
    secrets: Collection[Path],
    key: DataKey,
    scope: Scope,
    revision: int,
    document: str = "",
    keyring: int = 1,
    vouches: Mapping[str, str] | None = None,
    previous: Opened | None = None,
    wraps: Sequence[Wrap] = (),
) -> dict[str, Any]:
    """
    Return *data* with a token at every secret leaf, and the sealed block.

    A path in *secrets* may name a leaf, or a container for all leaves below;
    null and empty containers stay as they are. A leaf that has the value it had
    in *previous* keeps its token, if key and document are the same. The document
    id is that of *previous*, or new, unless given.

    Raises:
        ValueRefusedError: If *data* holds what cannot be sealed, a string that
            looks like a token, or a `Secret` at a path that is not to be sealed.
    """
    if BLOCK in data:
        raise _unfit((BLOCK,), "is reserved for the seal")
    frame(data)  # or refuse it
    block = Block(
        document=document or (previous.block.document if previous else os.urandom(16).hex()),
        kid=key.kid,
        scope=Scope(scope),
        revision=revision,
        keyring=keyring,
        vouches=dict(vouches or {}),
        wraps=tuple(wraps),
    )
    chosen = frozenset(secrets)
    cipher = LeafCipher(key, block.document)
    if previous and (previous.block.kid, previous.block.document) != (key.kid, block.document):
        previous = None
    tokens = {
        path: _kept(previous, path, value) or cipher.seal(path, value)
        for path, value in leaves(data)
        if _is_for_sealing(data, path, value, chosen)
    }
    sealed = {**filled(data, tokens), BLOCK: block.to_data()}
    message, _tokens = _examined(sealed, block.scope)
    sealed[BLOCK]["seal"] = key.mac(message, purpose="seal", document=block.document)
    read_block(sealed)  # what is written is what is read
    return sealed


def open_document(
    data: Mapping[str, Any], keys: KeySource, *, least: Scope = Scope.SECRETS
) -> Opened:
    """
    Return the values of a sealed document; its seal is checked before any token is opened.

    *least* is the scope that the environment's policy asks for.

    Raises:
        SealError: If it is not as it was sealed; the code says in what.
        KeyUnavailableError: If *keys* has not got its key.
        NewerFormatError: If it was sealed by a newer version of this package.
    """
    block = _require_block(data)
    message, tokens = _examined(data, block.scope)
    key = keys.find(block.kid)
    cipher = LeafCipher(key, block.document)
    seal = key.mac(message, purpose="seal", document=block.document)
    if not hmac.compare_digest(seal, block.seal):
        raise _broken(tokens, cipher)
    if 0 < keys.generation < block.keyring:
        found = f"the keyring has generation {keys.generation}, the file needs {block.keyring}"
        raise refusal("keyring-rolled-back", found)
    if least is Scope.STRICT and block.scope is not Scope.STRICT:
        raise refusal("scope-loosened", f"sealed with scope {block.scope}, policy asks for {least}")
    return _opened(data, block, tokens, cipher)


def open_edited(data: Mapping[str, Any], keys: KeySource, *, block: Block | None = None) -> Opened:
    """
    Return the values of a document that was edited after it was sealed.

    Nothing vouches for its plain values or for what is missing; only each token
    is one that was sealed at its place. For showing a person what differs, not
    for loading. *block* stands in where that of the document is damaged.

    Raises:
        As `open_document`, except for what the seal would have told.
    """
    block = block or _require_block(data)
    cipher = LeafCipher(keys.find(block.kid), block.document)
    data = {**data, BLOCK: block.to_data()}
    return replace(_opened(data, block, _examined(data, block.scope)[1], cipher), is_edited=True)


def sealed_paths(data: Mapping[str, Any]) -> tuple[Path, ...]:
    """List where *data* holds tokens, in its order; needs no key."""
    return tuple(_tokens(data))


def value_digest(key: DataKey, data: Mapping[str, Any]) -> str:
    """Name opened values, so that equal ones are told without keeping them."""
    return key.mac(frame(data), purpose="values")


def _is_for_sealing(
    data: Mapping[str, Any], path: Path, value: object, chosen: frozenset[Path]
) -> bool:
    is_chosen = path in chosen or any(path[:end] in chosen for end in range(len(path)))
    if is_token(value):
        raise _unfit(path, "looks like a sealed value already")
    if not is_chosen and isinstance(value, Secret):
        raise _unfit(path, "is secret and would not be sealed")
    if not is_chosen or value is None or isinstance(value, (list, Mapping)):
        return False
    if not _is_named(data, path):
        raise _unfit(path, "lies below a key that is not text")
    return True


def _unfit(path: Path, why: str) -> ValueRefusedError:
    hint = "open a sealed document before sealing it; quote keys that are not text"
    return ValueRefusedError(f"{render(path)} {why}", path=render(path), hint=hint)


def _kept(previous: Opened | None, path: Path, value: object) -> str:
    if previous is None or path not in previous.tokens:
        return ""
    is_unchanged = frame(get(previous.data, path)) == frame(value)
    return previous.tokens[path] if is_unchanged else ""


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in data if name != BLOCK}


def _tokens(data: Mapping[str, Any]) -> dict[Path, str]:
    return {path: value for path, value in leaves(_plain(data)) if is_token(value)}


def _require_block(data: Mapping[str, Any]) -> Block:
    block = read_block(data)
    if block is None:
        raise refusal("seal-missing", "the document has no seal")
    return block


def _examined(data: Mapping[str, Any], scope: Scope) -> tuple[bytes, dict[Path, str]]:
    """Return what the seal covers, and the tokens; refuse what no writer makes."""
    facts = {name: fact for name, fact in data[BLOCK].items() if name != "seal"}
    whole, where = b"", ""
    try:
        whole = frame({**data, BLOCK: facts})
    except ValueRefusedError as error:
        where = error.path
    tokens = _tokens(data) if whole else {}
    strays = [render(path) for path in tokens if not _is_named(data, path)]
    if strays or not whole:
        where = strays[0] if strays else where
        found = f"{where or 'the document'} holds something that escai never seals"
        raise refusal("seal-malformed", found, path=where)
    if scope is Scope.STRICT:
        return frame("escai/1/strict") + whole, tokens
    placed = {frame(list(path)): token for path, token in tokens.items()}
    return frame("escai/1/secrets") + frame(facts) + frame(placed), tokens


def _is_named(data: Any, path: Path) -> bool:  # noqa: ANN401  # any tree
    """Tell whether every mapping key on the way is text, so that no two ways look alike."""
    odd = [at for at, step in enumerate(path) if not isinstance(step, str)]
    return all(isinstance(get(data, path[:at]), list) for at in odd)


def _broken(tokens: Mapping[Path, str], cipher: LeafCipher) -> UnavailableError:
    moved = []
    for path, token in tokens.items():
        try:
            cipher.open(path, token)  # only to tell where: what it holds is not used
        except UnavailableError as error:
            moved.append(error.path)
    found = "a plain value, a key or the block was edited, or a token is missing"
    if moved:
        found = f"what is at {', '.join(moved[:3])} was not sealed there"
    told = f"the document is not as it was sealed: {found}"
    return refusal("seal-broken", told, path=moved[0] if moved else "")


def _opened(
    data: Mapping[str, Any], block: Block, tokens: Mapping[Path, str], cipher: LeafCipher
) -> Opened:
    values = {path: cipher.open(path, token) for path, token in tokens.items()}
    opened = {path: value.open() for path, value in values.items()}  # all of them, or none
    return Opened(filled(_plain(data), opened), block, tokens)
