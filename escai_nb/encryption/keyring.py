"""The data keys of one environment: their states, their wraps, and the file that holds them."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from escai_nb.encryption.block import FORMAT, refuse_newer
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.framing import frame
from escai_nb.encryption.providers.provider import WRAP, KeyProvider, Wrap
from escai_nb.encryption.refusal import refusal
from escai_nb.errors import KeyUnavailableError, RefusedError
from escai_nb.secret import Guarded
from escai_nb.shape import HEX16, HEX32, HEX64, TEXT, TIME, fits, written_time

if TYPE_CHECKING:
    import datetime as dt


class KeyState(StrEnum):
    """What a key is still good for."""

    PRIMARY = "primary"  # seals; opens
    DECRYPT_ONLY = "decrypt-only"  # opens; on its way in or out
    RETIRED = "retired"  # opens history, and no present file
    DESTROYED = "destroyed"  # opens nothing; can still be named


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What the file says of one key; *generation* counts the keys of a keyring."""

    kid: str
    generation: int
    state: KeyState
    created: str
    wraps: tuple[Wrap, ...] = ()

    @property
    def recipients(self) -> frozenset[str]:
        """The master keys that open it."""
        return frozenset(wrap["recipient"] for wrap in self.wraps)


@dataclass(frozen=True, slots=True)
class Keyring:
    """
    What a keyring file says, which nobody has vouched for before it is unlocked.

    *generation* is higher at each change; *seals* is ``file``, or ``history`` where
    the environment's file is left clear.
    """

    workspace: str
    environment: str
    generation: int
    seals: str
    entries: tuple[KeyEntry, ...]
    mac: str = ""

    @property
    def primary_entry(self) -> KeyEntry:
        """The key that seals."""
        return next(entry for entry in self.entries if entry.state is KeyState.PRIMARY)

    def to_data(self) -> dict[str, Any]:
        """Return what the file holds of it, without the MAC."""
        names = ("workspace", "environment", "generation", "seals")
        keys = [
            {**asdict(entry), "state": entry.state.value, "wraps": list(entry.wraps)}
            for entry in self.entries
        ]
        return {"format": FORMAT, **{name: getattr(self, name) for name in names}, "keys": keys}

    def context(self, state: KeyState) -> bytes:
        """Return what a wrapped key is bound to, so that none but the primary passes for it."""
        role = "primary" if state is KeyState.PRIMARY else "other"
        return frame(["keyring", self.workspace, self.environment, role])


_STATES = "|".join(KeyState)
_KEY = {"kid": HEX16, "generation": 1, "state": _STATES, "created": TIME, "wraps": [WRAP]}
_SHAPE = {"format": 1, "workspace": HEX32, "environment": TEXT, "generation": 1}
_SHAPE |= {"seals": "file|history", "keys": [_KEY], "mac": HEX64}


def peek(file: bytes) -> Keyring:
    """
    Return what a keyring *file* says; needs no key, and checks no MAC.

    Raises:
        NewerFormatError: If a newer version of this package wrote it.
        SealError: If it is no keyring (``keyring-broken``).
    """
    data: Any = None
    with suppress(ValueError, RecursionError):
        data = json.loads(file)
    if isinstance(data, Mapping):
        refuse_newer(data, "the keyring")
    if not fits(data, _SHAPE):
        raise refusal("keyring-broken", "the keyring file is not one that escai writes")
    entries = tuple(
        KeyEntry(**{**key, "state": KeyState(key["state"]), "wraps": tuple(key["wraps"])})
        for key in data["keys"]
    )
    is_wrapped = all(bool(key.wraps) != (key.state is KeyState.DESTROYED) for key in entries)
    primaries = [key for key in entries if key.state is KeyState.PRIMARY]
    if len(primaries) != 1 or len({key.kid for key in entries}) != len(entries) or not is_wrapped:
        raise refusal("keyring-broken", "the keyring has no single primary key, or a key twice")
    facts = {name: data[name] for name in data if name not in {"format", "keys"}}
    return Keyring(**facts, entries=entries)


@dataclass(frozen=True, slots=True, repr=False)
class UnlockedKeyring(Guarded, Keyring):
    """
    A keyring and its keys; each change gives a new one, of a higher generation.

    As a `KeySource` it opens present files; its `archive` opens history too.
    """

    keys: Mapping[str, DataKey] = field(default_factory=dict)
    opens_history: bool = False

    @property
    def primary(self) -> DataKey:
        """The key that seals."""
        return self.keys[self.primary_entry.kid]

    @property
    def archive(self) -> UnlockedKeyring:
        """The same, for history, where retired keys open as well."""
        return replace(self, opens_history=True)

    def find(self, kid: str) -> DataKey:
        """Return the key of that name, or raise `KeyUnavailableError`."""
        if kid not in self.keys:
            told = f"the keyring of {self.environment}, generation {self.generation}"
            raise refusal("key-unknown", f"{told}, has no key {kid} for this master key")
        states = {entry.kid: entry.state for entry in self.entries}
        if states[kid] is KeyState.RETIRED and not self.opens_history:
            raise refusal("key-retired", f"the key {kid} is retired, and opens history alone")
        return self.keys[kid]

    def with_new_key(self, provider: KeyProvider, now: dt.datetime) -> UnlockedKeyring:
        """Add a key as the last entry, decrypt-only for now."""
        return self._with_key(DataKey.generate(), KeyState.DECRYPT_ONLY, provider, now)

    def with_archived(
        self, key: DataKey, provider: KeyProvider, now: dt.datetime
    ) -> UnlockedKeyring:
        """Add a key of another keyring, if it is new here; it opens history and nothing else."""
        if key.kid in {entry.kid for entry in self.entries}:
            return self
        return self._with_key(key, KeyState.RETIRED, provider, now)

    def with_promoted(self, kid: str, provider: KeyProvider) -> UnlockedKeyring:
        """Make a decrypt-only key the primary one, and the primary one decrypt-only."""
        new = self._moved(kid, KeyState.DECRYPT_ONLY, KeyState.PRIMARY)
        old = replace(self.primary_entry, state=KeyState.DECRYPT_ONLY)
        return self._with(*(self._wrapped(e, self.keys[e.kid], provider) for e in (old, new)))

    def with_retired(self, kid: str) -> UnlockedKeyring:
        """Let a decrypt-only key open nothing but history from now on."""
        return self._with(self._moved(kid, KeyState.DECRYPT_ONLY, KeyState.RETIRED))

    def with_destroyed(self, kid: str) -> UnlockedKeyring:
        """Drop a retired key for ever; what only it opens is lost."""
        entry = replace(self._moved(kid, KeyState.RETIRED, KeyState.DESTROYED), wraps=())
        return self._with(entry, keys={name: self.keys[name] for name in self.keys if name != kid})

    def with_recipient(self, provider: KeyProvider) -> UnlockedKeyring:
        """Let *provider* open all keys that are at hand, beside those who do already."""
        shared = []
        for entry in self.entries:
            if entry.kid in self.keys:
                made = provider.wrap(self.keys[entry.kid], context=self.context(entry.state))
                new = [wrap for wrap in made if wrap["recipient"] not in entry.recipients]
                shared.append(replace(entry, wraps=(*entry.wraps, *new)))
        return self._with(*shared)

    def without_recipient(self, recipient: str) -> UnlockedKeyring:
        """Let *recipient* open none of the keys any more, as far as it does not know them."""
        kept = []
        for entry in self.entries:
            left = tuple(wrap for wrap in entry.wraps if wrap["recipient"] != recipient)
            if entry.wraps and not left:
                message = f"nobody but {recipient} opens the key {entry.kid}"
                raise RefusedError(message, hint="add another recipient first")
            kept.append(replace(entry, wraps=left))
        return self._with(*kept)

    def with_seals(self, seals: str) -> UnlockedKeyring:
        """Seal the environment's ``file``, or its ``history`` only."""
        return self._with(seals=seals)

    def to_bytes(self) -> bytes:
        """Return the file, with its MAC."""
        data = {**self.to_data(), "mac": _mac(self, self.primary)}
        return json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n"

    def _with(self, *entries: KeyEntry, **facts: Any) -> UnlockedKeyring:  # noqa: ANN401
        """Put each of *entries* in the place of its key, or last if that is new."""
        by_kid = {entry.kid: entry for entry in (*self.entries, *entries)}
        facts["entries"] = tuple(by_kid.values())
        return replace(self, generation=self.generation + 1, **facts)

    def _with_key(
        self, key: DataKey, state: KeyState, provider: KeyProvider, now: dt.datetime
    ) -> UnlockedKeyring:
        count = max(entry.generation for entry in self.entries) + 1
        entry = self._wrapped(KeyEntry(key.kid, count, state, written_time(now)), key, provider)
        return self._with(entry, keys={**self.keys, key.kid: key})

    def _moved(self, kid: str, before: KeyState, after: KeyState) -> KeyEntry:
        for entry in self.entries:
            if (entry.kid, entry.state) == (kid, before):
                return replace(entry, state=after)
        message = f"the key {kid} is not {before.value}"
        raise RefusedError(message, hint="escai config keys list shows the state of each key")

    def _wrapped(self, entry: KeyEntry, key: DataKey, provider: KeyProvider) -> KeyEntry:
        wanted = self.primary_entry.recipients  # a key at hand that is none of them stays outside
        made = provider.wrap(key, context=self.context(entry.state))
        wrapped = replace(entry, wraps=tuple(w for w in made if w["recipient"] in wanted))
        if lost := wanted - wrapped.recipients:
            told = f"the master key {', '.join(sorted(lost))} opens this keyring too"
            raise refusal("key-missing", f"{told}, and could not open the changed one")
        return wrapped


def create(
    workspace: str, environment: str, provider: KeyProvider, *, seals: str, now: dt.datetime
) -> UnlockedKeyring:
    """Make a keyring of one new primary key, wrapped by *provider*."""
    key = DataKey.generate()
    entry = KeyEntry(key.kid, 1, KeyState.PRIMARY, written_time(now))
    ring = UnlockedKeyring(workspace, environment, 1, seals, (entry,), keys={key.kid: key})
    wraps = tuple(provider.wrap(key, context=ring.context(entry.state)))
    return replace(ring, entries=(replace(entry, wraps=wraps),))


def load(
    file: bytes, provider: KeyProvider, *, workspace: str, environment: str, at_least: int = 0
) -> UnlockedKeyring:
    """
    Return the keyring in *file*, unlocked by *provider* and checked.

    *at_least* is the highest generation that the caller has seen before.

    Raises:
        KeyUnavailableError: If the provider opens nothing here.
        NewerFormatError: If a newer version of this package wrote it.
        SealError: If it was changed, is of another place, or an older one
            (``keyring-broken``, ``wrap-broken``, ``keyring-rolled-back``).
    """
    ring = peek(file)
    if (ring.workspace, ring.environment) != (workspace, environment):
        told = f"the keyring is that of {ring.environment} in workspace {ring.workspace}"
        raise refusal("keyring-broken", told)
    primary = _unwrapped(ring, ring.primary_entry, provider)
    if not hmac.compare_digest(_mac(ring, primary), ring.mac):
        raise refusal("keyring-broken", "the keyring file is not as it was written")
    if ring.generation < at_least:
        told = f"the keyring has generation {ring.generation}, and {at_least} was here before"
        raise refusal("keyring-rolled-back", told)
    keys = {primary.kid: primary}
    for entry in ring.entries:
        if entry.kid not in keys:
            with suppress(KeyUnavailableError):  # not wrapped for this reader, or destroyed
                keys[entry.kid] = _unwrapped(ring, entry, provider)
    facts = {field.name: getattr(ring, field.name) for field in fields(ring)}
    return UnlockedKeyring(**facts, keys=keys)


def _unwrapped(ring: Keyring, entry: KeyEntry, provider: KeyProvider) -> DataKey:
    key = provider.unwrap(entry.wraps, context=ring.context(entry.state))
    if key.kid != entry.kid:
        raise refusal("wrap-broken", f"the key wrapped as {entry.kid} is another one")
    return key


def _mac(ring: Keyring, primary: DataKey) -> str:
    return primary.mac(frame(ring.to_data()), purpose="keyring")
