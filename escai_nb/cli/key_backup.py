"""``escai config keys export`` and ``restore``: a master key under a passphrase, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.passphrases import passphrase_sources, read_passphrase
from escai_nb.cli.terminal import emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

_FILE = click.Path(path_type=Path, dir_okay=False)


@command("export", example="escai config keys export -e production -o /mnt/usb/production.json")
@click.option("-o", "--output", type=_FILE, required=True, help="Write here, a new file.")
@passphrase_sources
def export(
    call: Call, *, output: Path, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """
    Write the master key of an environment, with its keyring, under a passphrase.

    The file opens with that passphrase alone: keep the two in different places.
    """
    from escai_nb.workspace.keys.key_backup import export_key
    from escai_nb.workspace.keys.recipients import require_keyring

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    require_keyring(workspace, environment)
    words = read_passphrase(
        "Passphrase of the backup", file=passphrase_file, descriptor=passphrase_fd, new=True
    )
    receipt = export_key(workspace, environment, output, words)
    if call.is_json:
        emit(receipt.to_data())
        return
    say(f"wrote {neutral(str(receipt.file))}: the key {receipt.recipient} of {environment}")
    note(call, "keep its passphrase in another place; without it the file opens for nobody")


@command("restore", example="escai config keys restore /mnt/usb/production.json")
@click.argument("backup", type=_FILE)
@passphrase_sources
def restore(
    call: Call, *, backup: Path, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Put the master key in BACKUP where it belongs, and the keyring too if there is none."""
    from escai_nb.workspace.keys.key_backup import restore_key

    workspace = open_workspace(call)
    words = read_passphrase(
        "Passphrase of the backup", file=passphrase_file, descriptor=passphrase_fd
    )
    receipt = restore_key(workspace, backup, words)
    if call.is_json:
        emit(receipt.to_data())
        return
    too = ", and its keyring" if receipt.keyring else ""
    say(f"the key {receipt.recipient} of {receipt.environment} is back{too}")
    say(f"  {neutral(str(receipt.file))}")
