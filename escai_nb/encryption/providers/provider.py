"""What a keyring needs of those who hold a master key, and what they leave in it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, NotRequired, Protocol, TypedDict

from escai_nb.encryption.derivation import KEY_LENGTH, DataKey, hkdf, name_of
from escai_nb.encryption.fernet import decrypt, encrypt
from escai_nb.encryption.refusal import refusal
from escai_nb.secret import Guarded, Secret
from escai_nb.shape import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence


class Wrap(TypedDict):
    """A data key as one recipient can open it, just as it stands in a file."""

    provider: str
    recipient: str  # names a master key among those of the provider
    wrapped: str
    parameters: NotRequired[dict[str, int | str]]


WRAP = {"provider": TEXT, "recipient": TEXT, "wrapped": TEXT, "parameters?": {"*": (TEXT, 0)}}


class KeyProvider(Protocol):
    """Holds one or more master keys, and wraps data keys with them."""

    def wrap(self, key: DataKey, *, context: bytes) -> list[Wrap]:
        """Return *key* wrapped for each recipient; it opens in *context* alone."""

    def unwrap(self, wraps: Sequence[Wrap], *, context: bytes) -> DataKey:
        """
        Return the data key in one of *wraps*.

        Raises:
            KeyUnavailableError: If none of them is for a key of this provider
                (code ``key-wrong``), or there is no key (``key-missing``).
            SealError: If one is, and is damaged (code ``wrap-broken``).
        """

    @abstractmethod
    def describe(self) -> str:
        """Say in a few words where the key is."""


class MasterProvider(Guarded, KeyProvider):
    """One over 32 bytes that are at hand; how they come, its children say."""

    name: ClassVar[str]

    @abstractmethod
    def master(self, wrap: Wrap | None) -> Secret[bytes]:
        """Return the master key that *wrap* asks for, or the one for new wraps."""

    def wrap(self, key: DataKey, *, context: bytes) -> list[Wrap]:
        """Return *key* wrapped; it opens in *context* alone."""
        master = self.master(None)
        wrapped = encrypt(_wrapping_key(master, context), key.open())
        recipient = name_of(master, kind="recipient")
        return [{"provider": self.name, "recipient": recipient, "wrapped": wrapped}]

    def unwrap(self, wraps: Sequence[Wrap], *, context: bytes) -> DataKey:
        """Return the data key in the one of *wraps* that is for this key."""
        for wrap in wraps:
            if wrap["provider"] == self.name:
                master = self.master(wrap)
                if wrap["recipient"] == name_of(master, kind="recipient"):
                    key = decrypt(_wrapping_key(master, context), wrap["wrapped"])
                    if key is None or len(key.open()) != KEY_LENGTH:
                        told = f"a key wrapped for {self.describe()} does not open"
                        raise refusal("wrap-broken", told)
                    return DataKey(key.open())
        raise refusal("key-wrong", f"{self.describe()} opens nothing here")


def _wrapping_key(master: Secret[bytes], context: bytes) -> bytes:
    return hkdf(master, b"escai/1/wrap" + context)
