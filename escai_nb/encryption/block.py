"""The block that a sealed document carries: what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from escai_nb.encryption.providers.provider import WRAP, Wrap
from escai_nb.encryption.refusal import refusal
from escai_nb.encryption.token import SUITE
from escai_nb.shape import HEX16, HEX32, HEX64, TEXT, fits

BLOCK = "_escai"
"""Reserved key at the top of a document."""
FORMAT = 1


class Scope(StrEnum):
    """What a seal covers: everything, or the sealed leaves and their places."""

    STRICT = "strict"
    SECRETS = "secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """
    What a sealed document says of itself, by the entries of its format page.

    True once its seal is checked. *keyring* is the lowest generation of a keyring
    that may open it, 0 if it carries its own key in *wraps*; *vouches* are the
    SHA-256 of other files that were in force, by their names.
    """

    format: int = FORMAT
    document: str
    suite: str = SUITE
    kid: str
    scope: Scope
    revision: int
    keyring: int = 1
    vouches: Mapping[str, str] = field(default_factory=dict)
    wraps: tuple[Wrap, ...] = ()
    seal: str = ""

    def to_data(self) -> dict[str, Any]:
        """Return what the file holds of it, without the seal."""
        data = {**asdict(self), "scope": self.scope.value, "wraps": list(self.wraps)}
        del data["seal"]
        if not self.wraps:
            del data["wraps"]
        return data


_SHAPE = {"format": 1, "document": HEX32, "suite": TEXT, "kid": HEX16, "scope": "strict|secrets"}
_SHAPE |= {"revision": 1, "keyring": 0, "vouches": {"*": HEX64}, "wraps?": [WRAP], "seal": HEX64}


def read_block(data: Mapping[Any, Any]) -> Block | None:
    """
    Return the block of *data*, unchecked, or None if it has none; needs no key.

    Raises:
        NewerFormatError: If it was sealed by a newer version of this package.
        SealError: If the block is not as a writer makes it (``seal-malformed``).
    """
    if BLOCK not in data:
        return None
    facts = data[BLOCK]
    if isinstance(facts, Mapping):
        refuse_newer(facts, "the document")
    if not fits(facts, _SHAPE) or (facts["keyring"] == 0) != ("wraps" in facts):
        raise refusal("seal-malformed", f"the block {BLOCK} is not one that escai writes")
    wraps = tuple(facts.get("wraps", ()))
    if not wraps and "wraps" in facts:
        raise refusal("seal-malformed", f"the block {BLOCK} names no key")
    return Block(**{**facts, "scope": Scope(facts["scope"]), "wraps": wraps})


def refuse_newer(facts: Mapping[Any, Any], what: str) -> None:
    """Raise `NewerFormatError` if this package is too old for what *facts* say of *what*."""
    number, suite = facts.get("format"), facts.get("suite", SUITE)
    is_newer = type(number) is int and number > FORMAT
    if is_newer or (isinstance(suite, str) and suite != SUITE):
        told = f"{what} has format {number}, suite {suite!r}"
        raise refusal("newer-format", f"{told}; this package reads format {FORMAT}, {SUITE!r}")
