"""``escai config keys rewrap``, ``add-recipient``, ``remove-recipient``: who opens a keyring."""

from __future__ import annotations

from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.passphrases import passphrase_sources, read_passphrase
from escai_nb.cli.terminal import emit, note, say
from escai_nb.errors import UsageError
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.cli.command import Call
    from escai_nb.encryption.providers.provider import KeyProvider
    from escai_nb.workspace.keys.recipients import RecipientReceipt

_FILE = click.Path(path_type=Path, dir_okay=False)


def _new_key(function: Callable[..., object]) -> Callable[..., object]:
    """
    Give a command the options that say which master key is meant.

    It is handed *new_key*, which finds that key, makes it or asks for it.
    """

    @wraps(function)
    def command_of(
        call: Call,
        *,
        key_file: Path | None,
        generate_key: Path | None,
        passphrase: bool,
        passphrase_file: Path | None,
        passphrase_fd: int | None,
    ) -> object:
        new_key = partial(
            _provider,
            key_file,
            generate_key,
            passphrase=passphrase,
            passphrase_file=passphrase_file,
            passphrase_fd=passphrase_fd,
        )
        return function(call, new_key=new_key)

    with_options: Callable[..., object] = command_of
    for option in (
        click.option("-k", "--key-file", type=_FILE, help="The key in this file."),
        click.option("-g", "--generate-key", type=_FILE, help="A new key, written to this file."),
        click.option("--passphrase", is_flag=True, help="A passphrase, asked for twice."),
        passphrase_sources,
    ):
        with_options = option(with_options)
    return with_options


def _provider(
    key_file: Path | None,
    generate_key: Path | None,
    *,
    passphrase: bool,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> KeyProvider | None:
    """Return the one provider that the call names; nothing if it names none."""
    is_words = passphrase or passphrase_file is not None or passphrase_fd is not None
    if sum((key_file is not None, generate_key is not None, is_words)) > 1:
        message = "choose one of --key-file, --generate-key and a passphrase"
        raise UsageError(message)
    if is_words:
        from escai_nb.encryption.providers.passphrase import PassphraseProvider

        words = read_passphrase(
            "New passphrase", file=passphrase_file, descriptor=passphrase_fd, new=True
        )
        return PassphraseProvider(words)
    path = key_file or generate_key
    if path is None:
        return None
    from escai_nb.workspace.keys.recipients import provider_at

    return provider_at(path, make=generate_key is not None)


@command(
    "add-recipient",
    example="escai config keys add-recipient -e staging --generate-key ~/for-bo.key\n"
    "escai config keys add-recipient -e production --passphrase",
)
@_new_key
def add_recipient(call: Call, *, new_key: Callable[[], KeyProvider | None]) -> None:
    """
    Let another master key or passphrase open all that is sealed in an environment.

    No document changes. Hand the key file over on a safe way; `keys list` tells
    its owner where it belongs.
    """
    from escai_nb.workspace.keys.recipients import add_recipient as add
    from escai_nb.workspace.keys.recipients import require_keyring

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    require_keyring(workspace, environment)
    provider = new_key()
    if provider is None:
        message = "name the new recipient: --key-file, --generate-key or --passphrase"
        raise UsageError(message)
    receipt = add(workspace, environment, provider)
    _tell(call, receipt, f"{receipt.recipient} opens {environment} too")


@command("remove-recipient", example="escai config keys remove-recipient 3f2a -e production")
@click.argument("recipient")
def remove_recipient(call: Call, *, recipient: str) -> None:
    """
    Let RECIPIENT open nothing of an environment any more; its first digits will do.

    Whoever it is may have kept what it opened until now: rotate the key next.
    """
    from escai_nb.workspace.keys.recipients import remove_recipient as remove

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    receipt = remove(workspace, environment, recipient)
    _tell(call, receipt, f"{receipt.recipient} opens {environment} no more")
    note(call, f"it may have kept the key: escai config keys rotate -e {environment} --compromised")


@command(
    "rewrap",
    example="escai config keys rewrap -e production\n"
    "escai config keys rewrap -e production --passphrase",
)
@_new_key
def rewrap(call: Call, *, new_key: Callable[[], KeyProvider | None]) -> None:
    """
    Put another master key or passphrase in the place of the one here.

    No document changes. Without options a new key file takes the place of the
    present one, which is kept beside it: it opens the keyrings of older commits.
    """
    from escai_nb.workspace.keys.recipients import require_keyring
    from escai_nb.workspace.keys.recipients import rewrap as change

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    require_keyring(workspace, environment)
    receipt = change(workspace, environment, new_key())
    _tell(call, receipt, f"{receipt.recipient} opens {environment} instead of {receipt.instead_of}")
    if receipt.kept_key is not None:
        note(call, f"the old key is kept: {neutral(str(receipt.kept_key))}")
    backup = f"escai config keys export {call.again(environment)} -o FILE"
    note(call, neutral(f"back up the new one: {backup}"))


def _tell(call: Call, receipt: RecipientReceipt, said: str) -> None:
    if call.is_json:
        emit(receipt.to_data())
    else:
        say(f"{said} (keyring generation {receipt.generation})")
