"""A master key under a passphrase, in a file that may lie anywhere, and the way back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escai_nb.audit.log import Deed
from escai_nb.encryption.keyring import load as load_keyring
from escai_nb.encryption.providers.file import FileProvider, HeldProvider
from escai_nb.encryption.providers.passphrase import PassphraseProvider
from escai_nb.encryption.providers.provider import MasterProvider
from escai_nb.errors import (
    DocumentError,
    NewerFormatError,
    TargetExistsError,
    UsageError,
)
from escai_nb.looking import is_there
from escai_nb.safefile import create_exclusive, read_bytes, write_atomic
from escai_nb.secret import Secret
from escai_nb.shape import written_time
from escai_nb.sources.document import parse
from escai_nb.sources.writing import render
from escai_nb.workspace.access.auditing import record, recorded
from escai_nb.workspace.access.unlocking import (
    LARGEST_KEYRING,
    generation_seen,
    key_place,
    provider_of,
    require_apart,
    workspace_id,
)
from escai_nb.workspace.keys.recipients import recipients_of, require_keyring
from escai_nb.workspace.layout import READABLE
from escai_nb.workspace.standalone.standalone import open_file_data, seal_file_data
from escai_nb.workspace.writing.recovery import writing

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.workspace.layout import Workspace

FORMAT = 1
_LARGEST = 2 * LARGEST_KEYRING
_FACTS = frozenset(
    {"backup", "workspace", "environment", "created", "recipient", "master_key", "keyring"}
)


@dataclass(frozen=True, slots=True)
class KeyReceipt:
    """
    What was exported or restored.

    Attributes:
        file: The backup, or the key file that holds the key again.

        recipient: Which master key it is.

        keyring: Whether the keyring file came back too, as there was none.
    """

    environment: str
    file: Path
    recipient: str
    keyring: bool = False

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "file": str(self.file),
            "recipient": self.recipient,
            "keyring": self.keyring,
        }


def export_key(
    workspace: Workspace, environment: str, target: Path, passphrase: Secret[str]
) -> KeyReceipt:
    """
    Write the master key of *environment*, and its keyring, to the new file *target*.

    The file is a standalone sealed document: whoever has the passphrase opens it.

    Raises:
        TargetExistsError: If *target* is there.
        KeyUnsafeError: If it would lie inside the workspace, or be taken along by git.
        UsageError: If it is a passphrase that opens the environment here, and no key file.
    """
    require_apart(target, workspace.root)
    keyring = require_keyring(workspace, environment)
    master, recipient = _master_here(workspace, keyring)
    facts = {
        "backup": FORMAT,
        "workspace": keyring.workspace,
        "environment": environment,
        "created": written_time(workspace.clock()),
        "recipient": recipient,
        "master_key": master,
        "keyring": json.loads(keyring.to_bytes()),
    }
    provider = PassphraseProvider(passphrase)
    sealed = seal_file_data(facts, secrets=[("master_key",)], provider=provider)
    with recorded(workspace, Deed.KEY_EXPORTED, keyring, note=recipient):
        try:
            create_exclusive(target, render(sealed, "json").encode())
        except FileExistsError:
            message = f"{target} is there already"
            raise TargetExistsError(message, where=str(target), hint="name another file") from None
    return KeyReceipt(environment, target, recipient)


def _master_here(workspace: Workspace, keyring: UnlockedKeyring) -> tuple[Secret[str], str]:
    for provider in provider_of(workspace, keyring.environment).providers:
        if isinstance(provider, MasterProvider) and provider.name == FileProvider.name:
            found = recipients_of(keyring, provider) & keyring.primary_entry.recipients
            if found:
                key = base64.urlsafe_b64encode(provider.master(None).open())
                return Secret(key.decode()), found.pop()
    message = f"a passphrase opens {keyring.environment} here, and no key file"
    hint = "keep the passphrase itself, or add a key file as another recipient and export that"
    raise UsageError(message, hint=hint)


def restore_key(workspace: Workspace, source: Path, passphrase: Secret[str]) -> KeyReceipt:
    """
    Put the master key in the backup *source* where it belongs, and the keyring if there is none.

    Raises:
        SealError: If the backup is not as it was written, or its keyring is older
            than one that this workspace has worked with.
        KeyUnavailableError: If the passphrase is another one, or the key opens
            nothing here any more.
        UsageError: If it belongs to another workspace.
        TargetExistsError: If another key lies there.
    """
    facts = _opened(source, passphrase)
    environment = workspace.spec.require_environment(facts["environment"])
    if facts["workspace"] != workspace_id(workspace):
        message = f"{source} is the backup of a key of workspace {facts['workspace']}"
        raise UsageError(message, where=str(source), hint="name that workspace with --config-dir")
    master = Secret(facts["master_key"])
    del facts["master_key"]  # a traceback with local variables shows none of it
    with writing(workspace):
        file = workspace.keyring_file(environment)
        is_lost = not is_there(file)
        text = (
            json.dumps(facts["keyring"], indent=2, ensure_ascii=False).encode() + b"\n"
            if is_lost
            else read_bytes(file, limit=LARGEST_KEYRING)
        )
        keyring = load_keyring(
            text,
            HeldProvider(master),
            workspace=facts["workspace"],
            environment=environment,
            at_least=generation_seen(workspace, environment),
        )
        place = key_place(workspace, environment).path
        note, kid = str(facts["recipient"]), keyring.primary.kid
        record(workspace, Deed.KEY_RESTORED, environment, kid=kid, note=note)
        _put_back(place, master)
        if is_lost:
            write_atomic(file, text, mode=READABLE)
        return KeyReceipt(environment, place, note, keyring=is_lost)


def _put_back(place: Path, master: Secret[str]) -> None:
    try:
        create_exclusive(place, f"{master.open()}\n".encode())
    except FileExistsError:
        present = FileProvider(place).master()
        if base64.urlsafe_b64encode(present.open()).decode() == master.open():
            return
        message = f"another key lies at {place}"
        hint = "move it away first; a key is never overwritten"
        raise TargetExistsError(message, where=str(place), hint=hint) from None


def _opened(source: Path, passphrase: Secret[str]) -> dict[str, Any]:
    text = read_bytes(source, limit=_LARGEST)
    document = parse(text, source=str(source), format="json")
    opened = open_file_data(document.data, PassphraseProvider(passphrase)).data
    number = opened.get("backup")
    if type(number) is int and number > FORMAT:
        message = f"{source} is a backup of format {number}, this package reads {FORMAT}"
        raise NewerFormatError(message, where=str(source), hint="install a newer escai-nb")
    if opened.keys() != _FACTS or number != FORMAT:
        opened.clear()
        message = f"{source} is sealed, and no backup of a key"
        raise DocumentError(message, where=str(source), hint="escai config keys export makes one")
    return opened
