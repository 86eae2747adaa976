"""``escai config encrypt`` and ``decrypt``: environments and single files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import trying
from escai_nb.cli.command import command
from escai_nb.cli.opening import open_environment, open_manager, open_spec, open_workspace
from escai_nb.cli.outcome import tell_version
from escai_nb.cli.stdout import result
from escai_nb.cli.terminal import emit, require_reveal, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.workspace.standalone.single_file import FileReceipt

_FILE = click.Path(path_type=Path, dir_okay=False)
a_file = click.option("-c", "--config-file", type=_FILE, help="This file, beside any workspace.")
a_key = click.option("-k", "--key-file", type=_FILE, help="Where the file's master key lies.")
elsewhere = click.option("-o", "--output", type=_FILE, help="Write here; the source stays.")


@command(
    "encrypt",
    example="escai config encrypt -e development\n"
    "escai config encrypt -c app.yaml -k ~/app.key --generate-key",
)
@a_file
@a_key
@click.option("-g", "--generate-key", is_flag=True, help="Make the key file first.")
@elsewhere
@trying
def encrypt(
    call: Call,
    *,
    config_file: Path | None,
    key_file: Path | None,
    generate_key: bool,
    output: Path | None,
    dry_run: bool,
) -> None:
    """
    Seal the secrets of an environment as one version, or those of a single file.

    A single file then carries its own key, wrapped with the one in the key
    file. Keys are never printed.
    """
    if config_file is None:
        if key_file or generate_key or output:
            message = "--key-file, --generate-key and --output belong to --config-file"
            raise click.UsageError(message)
        _encrypt_environment(call, dry_run=dry_run)
        return
    from escai_nb.spec import load_spec
    from escai_nb.workspace.standalone.single_file import encrypt_file

    if key_file is None:
        message = "a single file needs --key-file; --generate-key makes it"
        raise click.UsageError(message)
    if dry_run:
        message = "--dry-run belongs to environments; write a single file with --output instead"
        raise click.UsageError(message)
    spec = open_spec(call) or load_spec()
    receipt = encrypt_file(config_file, key_file, spec, generate_key=generate_key, out=output)
    _tell(call, receipt, "sealed")


def _encrypt_environment(call: Call, *, dry_run: bool) -> None:
    from escai_nb.workspace.sealing import seal_environment

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    workspace.require_file(environment)
    receipt = seal_environment(workspace, environment, dry_run=dry_run)
    if call.is_json:
        emit({**receipt.to_data(), "dry_run": dry_run})
    elif receipt.already:
        say(f"{neutral(receipt.file)} is sealed already")
    else:
        from escai_nb.views.sheet import counted

        is_one = len(receipt.sealed) == 1
        would = "would be" if dry_run else "is" if is_one else "are"
        said = f"{counted(len(receipt.sealed), 'secret')} in {neutral(receipt.file)}"
        say(f"{said} {would} sealed")
        for path in receipt.sealed:
            say(f"  {neutral(path)}")
    if receipt.version is not None and not call.is_json:
        tell_version(receipt.version)


@command(
    "decrypt",
    example="escai config decrypt -e staging --reveal\n"
    "escai config decrypt -c app.yaml -k ~/app.key",
)
@a_file
@a_key
@elsewhere
@click.option("--reveal", is_flag=True, help="Write to stdout, on a terminal.")
@click.option("-y", "--yes", is_flag=True, help="With --reveal: also into a pipe or file.")
def decrypt(
    call: Call,
    *,
    config_file: Path | None,
    key_file: Path | None,
    output: Path | None,
    reveal: bool,
    yes: bool,
) -> None:
    """
    Open the secrets of a single file, in place, or write those of an environment out.

    What is written holds clear secrets, and only you can read it.
    """
    from escai_nb.workspace.access.auditing import record_reveal
    from escai_nb.workspace.standalone.single_file import (
        decrypt_file,
        opened_environment,
        opened_text,
        write_opened,
    )

    require_reveal(reveal=reveal, yes=yes)
    if reveal and output:
        message = "choose --reveal or --output"
        raise click.UsageError(message)
    if config_file is not None:
        if key_file is None:
            message = "a single file needs --key-file"
            raise click.UsageError(message)
        if reveal:
            click.echo(opened_text(config_file, key_file).open(), result(), nl=False)
        else:
            _tell(call, decrypt_file(config_file, key_file, out=output), "opened")
        return
    if not reveal and output is None:
        message = "an environment stays sealed; choose --reveal or --output"
        raise click.UsageError(message)
    reading = open_manager(call).reading
    text = opened_environment(reading)
    record_reveal(reading, "decrypt")
    if output is None:
        click.echo(text.open(), result(), nl=False)
        return
    write_opened(text, output)
    say(f"wrote {neutral(str(output))}")


def _tell(call: Call, receipt: FileReceipt, done: str) -> None:
    if call.is_json:
        emit(receipt.to_data())
        return
    from escai_nb.views.sheet import counted

    say(f"wrote {neutral(str(receipt.written))}")
    say(f"{counted(len(receipt.leaves), 'secret')} {done}")
