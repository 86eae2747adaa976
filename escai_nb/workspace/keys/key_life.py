"""The end of a key, and whether everything opens that should."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb.audit.log import Deed
from escai_nb.encryption.block import read_block
from escai_nb.encryption.keyring import KeyState
from escai_nb.encryption.seal import open_document
from escai_nb.errors import EscaiError, RefusedError, UsageError
from escai_nb.history.store import SQLiteStore
from escai_nb.workspace.access.auditing import recorded
from escai_nb.workspace.access.unlocking import store_keyring
from escai_nb.workspace.keys.recipients import require_keyring
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.writing.recovery import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.encryption.keyring import KeyEntry, UnlockedKeyring
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace

DESTROYED = "key-destroyed"
"""Why a version does not open that is not meant to."""


@dataclass(frozen=True, slots=True)
class DestroyReceipt:
    """
    What went with a key.

    Attributes:
        shredded: Versions whose secrets nobody opens any more; they stay listed.
    """

    environment: str
    kid: str
    generation: int
    shredded: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "kid": self.kid,
            "generation": self.generation,
            "shredded": list(self.shredded),
        }


def destroy_key(
    workspace: Workspace,
    environment: str,
    named: str,
    *,
    shred_history: bool = False,
    dry_run: bool = False,
) -> DestroyReceipt:
    """
    Drop the retired key that *named* begins, for ever.

    Raises:
        UsageError: If no key, or more than one, answers to *named*.
        RefusedError: If it is not retired, or if history needs it (code
            ``key-needed``) and *shred_history* is off.
    """
    with writing(workspace):
        keyring = require_keyring(workspace, environment)
        entry = _found(keyring, named)
        after = keyring.with_destroyed(entry.kid)
        needing = tuple(
            version.short for version, kid in _sealed(workspace, environment) if kid == entry.kid
        )
        if needing and not shred_history:
            message = f"{len(needing)} versions of {environment} need the key {entry.kid}"
            raise RefusedError(
                message,
                code="key-needed",
                hint="with --shred-history they stay listed, and nobody opens their secrets again",
            )
        if not dry_run:
            note = f"{entry.kid}, {len(needing)} versions shredded"
            with recorded(workspace, Deed.KEY_DESTROYED, keyring, note=note):
                store_keyring(workspace, after)
        return DestroyReceipt(environment, entry.kid, after.generation, needing)


def _found(keyring: UnlockedKeyring, named: str) -> KeyEntry:
    found = [entry for entry in keyring.entries if entry.kid.startswith(named)]
    if len(found) != 1 or not named:
        message = f"{len(found) or 'no'} keys of {keyring.environment} begin with {named!r}"
        raise UsageError(message, hint="escai config keys list shows them")
    return found[0]


def _sealed(workspace: Workspace, environment: str) -> Iterator[tuple[Version, str]]:
    """Walk the versions whose content is kept, newest first, each with the key it is under."""
    with closing(SQLiteStore(workspace.history_file)) as store:
        for version in store.versions(environment):
            block = read_block(store.content(version.id)) if version.kept else None
            if block is not None:
                yield version, block.kid


@dataclass(frozen=True, slots=True)
class Unopened:
    """One thing that did not open: its name, the word for why, and a sentence."""

    what: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """
    What opens in one environment.

    Attributes:
        opened: How many documents and keys open.

        lost: What is not to be opened any more, as its key was destroyed.

        failed: What should open, and does not.
    """

    environment: str
    opened: int
    lost: tuple[str, ...]
    failed: tuple[Unopened, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "opened": self.opened,
            "lost": list(self.lost),
            "failed": [
                {"what": each.what, "code": each.code, "why": each.why} for each in self.failed
            ],
        }


def verify_keys(workspace: Workspace, environment: str) -> KeyCheck:
    """
    Open the file, every key and every kept version of *environment*, and say what does not.

    Raises:
        FileUnavailableError: If there is no such environment here.
    """
    reading = read_environment(workspace, environment)
    failed = [Unopened(reading.files.path.name, e.code, str(e)) for e in reading.troubles]
    opened = 0 if failed else 1
    lost: list[str] = []
    keyring = reading.keyring
    for entry in keyring.entries if keyring is not None else ():
        what = f"key {entry.kid}"
        if entry.state is KeyState.DESTROYED:
            lost.append(what)
        elif keyring is not None and entry.kid in keyring.keys:
            opened += 1
        else:
            failed.append(Unopened(what, "key-wrong", "it is not wrapped for the key here"))
    with closing(SQLiteStore(workspace.history_file)) as store:
        for version in store.versions(environment):
            found = _unopened(store, version, keyring) if version.kept else None
            if found is None:
                opened += version.kept
            elif found.code == DESTROYED:
                lost.append(found.what)
            else:
                failed.append(found)
    return KeyCheck(environment, opened, tuple(lost), tuple(failed))


def _unopened(
    store: SQLiteStore, version: Version, keyring: UnlockedKeyring | None
) -> Unopened | None:
    """Return why *version* does not open, or nothing."""
    what, kid = f"version {version.short}", ""
    try:
        content = store.content(version.id)
        block = read_block(content)
        kid = block.kid if block is not None else ""
        if keyring is None:
            return Unopened(what, "key-missing", "its key is not here")
        open_document(content, keyring.archive)
    except EscaiError as error:
        gone = {e.kid for e in keyring.entries if e.state is KeyState.DESTROYED} if keyring else ()
        return Unopened(what, DESTROYED if kid in gone else error.code, str(error))
    return None
