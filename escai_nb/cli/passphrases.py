"""Passphrases for commands: asked for, or read from a file or descriptor; never an argument."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from escai_nb.errors import UsageError
from escai_nb.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

F = TypeVar("F", bound="Callable[..., object]")

_FILE = click.Path(path_type=Path, dir_okay=False)


def passphrase_sources(function: F) -> F:
    """Give a command the options that say where a passphrase comes from."""
    from_file = click.option("--passphrase-file", type=_FILE, help="Read the passphrase there.")
    from_fd = click.option(
        "--passphrase-fd", type=click.IntRange(min=0), help="Read it from this descriptor."
    )
    return from_file(from_fd(function))


def read_passphrase(
    what: str,
    *,
    file: Path | None,
    descriptor: int | None,
    given: Sequence[Secret[str]] = (),
    new: bool = False,
) -> Secret[str]:
    """
    Return the passphrase from where the call says, or ask for it; a *new* one twice.

    Where the call says nothing, the first that is *given* by the environment counts.

    Raises:
        UsageError: If two sources are named, or there is nobody to ask.
        ValueRefusedError: If a new one is too short.
        KeyUnavailableError: If there is none where the call says.
        KeyUnsafeError: If others can read or replace the file.
    """
    from escai_nb.workspace.access.key_sources import passphrase_at, passphrase_in, require_strong

    if file is not None and descriptor is not None:
        message = "choose --passphrase-file or --passphrase-fd"
        raise UsageError(message)
    if file is not None:
        words = passphrase_in(file)
    elif descriptor is not None:
        words = passphrase_at(str(descriptor))
    elif given:
        words = given[0]
    elif sys.stdin.isatty() and sys.stderr.isatty():
        words = Secret(click.prompt(what, hide_input=True, confirmation_prompt=new, err=True))
    else:
        message = f"nobody is here to be asked for the {what[:1].lower()}{what[1:]}"
        raise UsageError(message, hint="give it with --passphrase-file or --passphrase-fd")
    return require_strong(words) if new else words
