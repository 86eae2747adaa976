"""``escai config init``: how an environment begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.outcome import tell_version
from escai_nb.cli.passphrases import passphrase_sources, read_passphrase
from escai_nb.cli.terminal import emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.cli.command import Call
    from escai_nb.encryption.providers.provider import KeyProvider
    from escai_nb.workspace.bootstrap import Created


@command(
    "init",
    example="escai config init -e development\nescai config init -e production --interactive",
)
@click.option("--force", is_flag=True, help="Start over; what is there is kept as a version.")
@click.option("--clear", is_flag=True, help="Leave the file unsealed; its history is sealed.")
@click.option("--interactive", is_flag=True, help="Ask field by field.")
@click.option("--passphrase", is_flag=True, help="Open it with a passphrase, not a key file.")
@passphrase_sources
def init(  # the options of a command, each named
    call: Call,
    *,
    force: bool,
    clear: bool,
    interactive: bool,
    passphrase: bool,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """
    Make the configuration of an environment from its preset.

    Its secrets are generated and sealed, and the first version is recorded. The
    master key is kept outside of the workspace: back it up.
    """
    from escai_nb.encryption.providers.passphrase import PassphraseProvider
    from escai_nb.workspace.access.key_sources import given_passphrases
    from escai_nb.workspace.bootstrap import initialise

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    values: dict[str, Any] = {}
    if interactive:
        from escai_nb.cli.interview import interview

        values = interview(workspace, environment)
    provider: KeyProvider | None = None
    if passphrase or passphrase_file is not None or passphrase_fd is not None:
        words = read_passphrase(
            f"New passphrase of {environment}",
            file=passphrase_file,
            descriptor=passphrase_fd,
            given=given_passphrases(workspace.environ),
            new=True,
        )
        provider = PassphraseProvider(words)
    created = initialise(
        workspace,
        environment,
        force=force,
        encrypt=not clear,
        values=values,
        provider=provider,
    )
    tell_created(call, created)


def tell_created(call: Call, created: Created) -> None:
    """Say what was made, where its key is, and what git should know of it."""
    from escai_nb.workspace.git_attributes import INSTALL

    if call.is_json:
        emit(created.to_data())
        return
    say(f"wrote {neutral(str(created.file))}")
    tell_version(created.version)
    say(neutral(created.report.to_sheet().summary))
    if created.key_file is None:
        note(call, "the passphrase is its master key: keep it where it is not lost")
    else:
        note(call, f"master key: {neutral(str(created.key_file))}")
        note(call, "  back it up now: without it, nothing that is sealed can be read again")
        note(call, neutral(f"  escai config keys export {call.again(created.environment)} -o FILE"))
    if not call.is_spec_set:
        note(call, neutral(f"every command needs the spec: export ESCAI_SPEC={call.spec}"))
    note(call, f"for version control: {', '.join(neutral(str(path)) for path in created.files)}")
    note(call, "so that git merges and shows it, once in each clone:")
    for line in INSTALL:
        note(call, f"  {line}")
