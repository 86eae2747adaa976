"""Who opens the keyring of an environment: more of them, fewer, or the same by another key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from escai_nb.audit.log import Deed
from escai_nb.encryption.providers.file import FileProvider, generate
from escai_nb.errors import RefusedError, SealError, TargetExistsError, UsageError
from escai_nb.looking import is_there
from escai_nb.safefile import take_place
from escai_nb.workspace.access.auditing import record_refusal, recorded
from escai_nb.workspace.access.unlocking import (
    COMING,
    KEY_FILE_VARIABLE,
    key_place,
    provider_of,
    store_keyring,
    unlock,
)
from escai_nb.workspace.writing.recovery import writing

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.encryption.providers.provider import KeyProvider
    from escai_nb.workspace.layout import Workspace


@dataclass(frozen=True, slots=True)
class RecipientReceipt:
    """
    What was done to the recipients of a keyring; no document changes by it.

    Attributes:
        recipient: The one that was added or removed, or took another's place.

        instead_of: The one that opens nothing any more; empty if there is none.

        generation: Of the keyring afterwards.

        kept_key: Where a replaced key file lies now; it opens older commits.
    """

    environment: str
    recipient: str
    generation: int
    instead_of: str = ""
    kept_key: Path | None = None

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "recipient": self.recipient,
            "generation": self.generation,
            "instead_of": self.instead_of,
            "kept_key": str(self.kept_key) if self.kept_key is not None else None,
        }


def require_keyring(workspace: Workspace, environment: str) -> UnlockedKeyring:
    """
    Return the opened keyring of *environment*; one that was tampered with is audited.

    Raises:
        RefusedError: If it has none.
        EscaiError: If it does not open here.
    """
    try:
        keyring = unlock(workspace, environment)
    except SealError as error:
        record_refusal(workspace, environment, error)
        raise
    if keyring is None:
        message = f"{environment} has no keyring"
        raise RefusedError(message, hint=f"escai config encrypt -e {environment} makes one")
    return keyring


def add_recipient(
    workspace: Workspace, environment: str, provider: KeyProvider
) -> RecipientReceipt:
    """
    Let *provider* open all that is sealed in *environment*, beside those who do.

    Raises:
        TargetExistsError: If it does already.
        EscaiError: If the keyring does not open here.
    """
    with writing(workspace):
        keyring = require_keyring(workspace, environment)
        new = recipients_of(keyring, provider)
        if known := new & keyring.primary_entry.recipients:
            message = f"{', '.join(sorted(known))} opens {environment} already"
            raise TargetExistsError(message, hint="escai config keys list shows who does")
        (recipient,) = new
        with recorded(workspace, Deed.RECIPIENT_ADDED, keyring, note=recipient):
            return _stored(workspace, keyring.with_recipient(provider), recipient)


def remove_recipient(workspace: Workspace, environment: str, named: str) -> RecipientReceipt:
    """
    Let the recipient that *named* begins open nothing of *environment* any more.

    It may have kept what it could open until now, so the key is to be rotated next.

    Raises:
        UsageError: If no recipient, or more than one, answers to *named*.
        RefusedError: If nobody else would open the keyring, or nobody who is here.
    """
    with writing(workspace):
        keyring = require_keyring(workspace, environment)
        recipient = _found(keyring, named)
        left = keyring.without_recipient(recipient)
        if not left.primary_entry.recipients & recipients_of(
            keyring, provider_of(workspace, environment)
        ):
            message = f"{recipient} is the key at hand; without it you open nothing"
            raise RefusedError(message, hint="let somebody else remove it, or use keys rewrap")
        with recorded(workspace, Deed.RECIPIENT_REMOVED, keyring, note=recipient):
            return _stored(workspace, left, recipient)


def rewrap(
    workspace: Workspace, environment: str, provider: KeyProvider | None = None
) -> RecipientReceipt:
    """
    Let *provider*, or a new key file at the place of the present one, open instead of the key here.

    No document is sealed anew. Ended at any point, the environment opens, and
    repeating completes it. The present key file is kept beside the new one under
    the name of its recipient.

    Raises:
        UsageError: If the key file is not ours to replace.
        EscaiError: If the keyring does not open here.
    """
    with writing(workspace):
        keyring = require_keyring(workspace, environment)
        if provider is not None:
            old = _the_one_here(workspace, keyring)
            (new,) = recipients_of(keyring, provider)
            changed = keyring.with_recipient(provider).without_recipient(old)
            with recorded(workspace, Deed.REWRAP, keyring, note=f"{new} for {old}"):
                return _stored(workspace, changed, new, instead_of=old)
        place = key_place(workspace, environment)
        if not place.strict or not is_there(place.path):
            message = "the key here is no file of ours that could be replaced"
            hint = f"name a new key file or passphrase, then let {KEY_FILE_VARIABLE} follow"
            raise UsageError(message, hint=hint)
        with recorded(workspace, Deed.REWRAP, keyring, note="a new key file"):
            return _replace_key_file(workspace, keyring, place.path)


def _replace_key_file(
    workspace: Workspace, keyring: UnlockedKeyring, path: Path
) -> RecipientReceipt:
    """Go from one key file to the next; both open the keyring while the file changes its name."""
    (present,) = recipients_of(keyring, FileProvider(path))
    replaced = [
        name
        for name in sorted(keyring.primary_entry.recipients - {present})
        if is_there(_kept(path, name))
    ]
    if replaced:  # the last attempt came this far
        old = replaced[0]
    else:
        old, fresh = present, path.with_suffix(COMING)
        provider = FileProvider(fresh) if is_there(fresh) else generate(fresh)
        (present,) = recipients_of(keyring, provider)
        keyring = keyring.with_recipient(provider)
        store_keyring(workspace, keyring)
        take_place(fresh, path, kept_as=_kept(path, old))
    receipt = _stored(workspace, keyring.without_recipient(old), present, instead_of=old)
    return replace(receipt, kept_key=_kept(path, old))


def _kept(path: Path, recipient: str) -> Path:
    return path.with_name(f"{path.stem}.{recipient}.key")


def _stored(
    workspace: Workspace, keyring: UnlockedKeyring, recipient: str, *, instead_of: str = ""
) -> RecipientReceipt:
    store_keyring(workspace, keyring)
    return RecipientReceipt(keyring.environment, recipient, keyring.generation, instead_of)


def recipients_of(keyring: UnlockedKeyring, provider: KeyProvider) -> set[str]:
    """Name the recipients that *provider* stands for."""
    context = keyring.context(keyring.primary_entry.state)
    return {wrap["recipient"] for wrap in provider.wrap(keyring.primary, context=context)}


def names_here(workspace: Workspace, keyring: UnlockedKeyring) -> frozenset[str]:
    """Name the recipients of *keyring* whose master key is here; nobody is asked for one."""
    here = provider_of(workspace, keyring.environment).met(asking=False)
    known = {name for provider in here for name in recipients_of(keyring, provider)}
    return keyring.primary_entry.recipients & known


def _the_one_here(workspace: Workspace, keyring: UnlockedKeyring) -> str:
    here = sorted(names_here(workspace, keyring))
    if len(here) != 1:
        message = f"{len(here)} of its master keys are here: {', '.join(here)}"
        raise UsageError(message, hint="have just the one at hand that is to be replaced")
    return here[0]


def _found(keyring: UnlockedKeyring, named: str) -> str:
    found = [name for name in keyring.primary_entry.recipients if name.startswith(named)]
    if len(found) != 1 or not named:
        message = f"{len(found) or 'no'} recipients of {keyring.environment} begin with {named!r}"
        raise UsageError(message, hint="escai config keys list shows them")
    return found[0]


def provider_at(path: Path, *, make: bool) -> FileProvider:
    """
    Return the provider of the key file *path*, which is made first if *make* says so.

    Raises:
        TargetExistsError: If it is to be made, and is there.
        KeyUnavailableError: If it is not to be made, and is not there.
        KeyUnsafeError: If others could read or replace it.
    """
    if make:
        return generate(path)
    provider = FileProvider(path)
    provider.master()
    return provider
