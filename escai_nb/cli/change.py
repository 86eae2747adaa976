"""``escai config set`` and ``unset``: changes that become one version."""

from __future__ import annotations

import itertools
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escai_nb import keypath
from escai_nb.cli.command import command
from escai_nb.cli.completing import key_paths
from escai_nb.cli.opening import open_manager
from escai_nb.cli.outcome import tell_change, tell_standing
from escai_nb.cli.terminal import note, say
from escai_nb.errors import KeyPathError, UsageError
from escai_nb.safefile import read_bytes
from escai_nb.schema.field_spec import Kind
from escai_nb.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.cli.command import Call
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.workspace.manager import ConfigManager
    from escai_nb.workspace.working_copy import WorkingCopy

LONGEST_VALUE = 1 << 16
"""Bytes; a chain of certificates has about ten thousand."""

_NEGATIVE = re.compile(r"-(\d|\.\d|inf)")
_SHIELD = "\0"
"""Stands before a negative number while options are told apart; no argument can hold it."""

saying = click.option("-m", "--message", default="", help="What the version is to say.")
trying = click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")


class ValuesCommand(click.Command):
    """A command whose arguments may be negative numbers."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read *args*, telling ``-5`` from an option, and from what an option is given."""
        taking = {
            name
            for each in self.params
            if isinstance(each, click.Option) and not each.is_flag
            for name in each.opts
        }
        shielded = [
            _SHIELD + each if _NEGATIVE.match(each) and before not in taking else each
            for before, each in itertools.pairwise(["", *args])
        ]
        return super().parse_args(ctx, shielded)


def _unshielded(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.removeprefix(_SHIELD) for each in given)


@command(
    "set",
    example="escai config set api.port 8080 api.workers 4\n"
    "escai config set -e production database.postgres_password\n"
    "pass show db | escai config set database.postgres_password --stdin",
    kind=ValuesCommand,
)
@click.argument(
    "given",
    metavar="PATH VALUE…",
    nargs=-1,
    required=True,
    callback=_unshielded,
    shell_complete=key_paths,
)
@click.option("--shared", is_flag=True, help="In the file under all environments.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the one value from stdin.")
@click.option(
    "--from-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the one value from a file.",
)
@saying
@trying
def set_(
    call: Call,
    *,
    given: tuple[str, ...],
    shared: bool,
    from_stdin: bool,
    from_file: Path | None,
    message: str,
    dry_run: bool,
) -> None:
    """
    Put each VALUE at its PATH and save all of them as one version.

    Values are typed by their field: numbers, true and false, null, JSON for
    lists and mappings. A secret is never given as an argument: leave VALUE out
    to be asked for it, or use --stdin or --from-file. Comments in the file stay.
    """
    manager = open_manager(call)
    if from_stdin or from_file is not None:
        texts = _one_path(given, lambda: _read_value(from_file))
    elif len(given) == 1:
        texts = _one_path(given, lambda: _asked(manager, given[0]))
    else:
        texts = _pairs(manager, given)
    updates = _read(manager, texts)
    if len(given) > 1:
        _require_no_secret(manager, updates)
    if shared:
        _set_shared(call, manager, updates, message=message, dry_run=dry_run)
        return

    def change(copy: WorkingCopy) -> WorkingCopy:
        for path, value in updates.items():
            copy = copy.with_value(keypath.render(path), value, validate=False)
        return copy

    _make(call, manager, change, message=message, dry_run=dry_run)
    for path in updates:
        if hiding := manager.shadowed(keypath.render(path)):
            note(call, f"note: {hiding} hides {keypath.render(path)} here")


@command("unset", example="escai config unset api.workers")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, shell_complete=key_paths)
@saying
@trying
def unset(call: Call, *, paths: tuple[str, ...], message: str, dry_run: bool) -> None:
    """Take each PATH out of the environment's own file; a lower layer shows again."""
    manager = open_manager(call)
    for path in paths:
        manager.spec.catalog.require(keypath.parse(path))

    def change(copy: WorkingCopy) -> WorkingCopy:
        for path in paths:
            copy = copy.without(path, validate=False)
        return copy

    _make(call, manager, change, message=message, dry_run=dry_run)


def _make(
    call: Call,
    manager: ConfigManager,
    change: Callable[[WorkingCopy], WorkingCopy],
    *,
    message: str,
    dry_run: bool,
) -> None:
    """Do *change* as a whole: judged once, saved once, nobody else in between."""
    # a change that is refused takes no lock
    copy = change(manager.copy)
    planned = copy.changed(copy.own).pending
    if dry_run:
        tell_change(call, planned, None, dry_run=True)
        return
    with manager.transaction():
        copy = change(manager.copy)
        manager.take(copy.changed(copy.own))
        diff = manager.pending
        version = manager.save_config(message=message)
    tell_change(call, diff, version)
    tell_standing(call, manager)


def _set_shared(
    call: Call,
    manager: ConfigManager,
    updates: dict[KeyPath, Secret[Any]],
    *,
    message: str,
    dry_run: bool,
) -> None:
    from escai_nb.workspace.sharing import set_shared

    change = set_shared(manager.workspace, updates, message=message, dry_run=dry_run)
    tell_change(call, change.diff, change.version, dry_run=dry_run)
    if change.resealed and not call.is_json:
        say(f"sealed anew: {', '.join(change.resealed)}")
    if not dry_run:
        for environment in manager.workspace.environments_present():
            tell_standing(call, open_manager(call, environment))


def _read(manager: ConfigManager, texts: dict[KeyPath, Secret[str]]) -> dict[KeyPath, Secret[Any]]:
    """Read each text by its field; in a union, that of the alternative which there will be."""
    catalog, beside = manager.spec.catalog, manager.copy.values()
    for path, text in texts.items():
        field = catalog.find(path)
        if field is not None and field.kind is Kind.CHOICE and not field.sensitive:
            with suppress(KeyPathError):  # it is said when it is done
                beside = keypath.replace(beside, path, text.open())
    return {
        path: Secret(catalog.parse_text(path, text.open(), beside=beside))
        for path, text in texts.items()
    }


def _one_path(
    given: tuple[str, ...], text: Callable[[], Secret[str]]
) -> dict[KeyPath, Secret[str]]:
    if len(given) != 1:
        message = "--stdin and --from-file give the value of exactly one PATH"
        raise click.UsageError(message)
    return {keypath.parse(given[0]): text()}


def _pairs(manager: ConfigManager, given: tuple[str, ...]) -> dict[KeyPath, Secret[str]]:
    """Read arguments as PATH VALUE pairs."""
    if len(given) % 2:
        message = "the last PATH has no VALUE; write them in pairs"
        raise click.UsageError(message)
    texts: dict[KeyPath, Secret[str]] = {}
    for name, text in zip(given[::2], given[1::2], strict=True):
        path = keypath.parse(name)
        manager.spec.catalog.require(path)
        texts[path] = Secret(text)
    return texts


def _require_no_secret(manager: ConfigManager, updates: dict[KeyPath, Secret[Any]]) -> None:
    """
    Let values pass that others may have seen in the list of processes.

    Raises:
        UsageError: If one is a secret, or has one inside.
    """
    secret = manager.spec.catalog.is_sensitive
    for path, value in updates.items():
        for place, leaf in keypath.leaves(value.open(), path):
            if leaf is not None and secret(place, leaf):
                name = keypath.render(place)
                message = f"{name} is a secret, and arguments can be seen by others"
                hint = "leave the value out to be asked, or use --stdin or --from-file"
                raise UsageError(message, path=name, hint=hint)


def _read_value(from_file: Path | None) -> Secret[str]:
    """Read a value; the line end after it, which editors add, is not part of it."""
    try:
        if from_file is not None:
            text = Secret(read_bytes(from_file, limit=LONGEST_VALUE).decode())
        else:
            text = Secret(sys.stdin.read(LONGEST_VALUE + 1))
        size = len(text.open().encode())
    except UnicodeError:
        size = -1
    if size < 0:
        message = "the value is not UTF-8 text"
        raise UsageError(message, hint="encode binary values, as with base64")
    if size > LONGEST_VALUE:
        message = f"the value is longer than {LONGEST_VALUE} bytes"
        raise UsageError(message)
    return Secret(text.open().removesuffix("\n").removesuffix("\r"))


def _asked(manager: ConfigManager, name: str) -> Secret[str]:
    """Ask a person for the value, without showing a secret."""
    path = keypath.parse(name)
    manager.spec.catalog.require(path)
    secret = manager.spec.catalog.is_sensitive(path)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = f"{name} has no value"
        hint = "give it with --stdin or --from-file" if secret else "write PATH VALUE"
        raise UsageError(message, path=name, hint=hint)
    return Secret(click.prompt(name, hide_input=secret, confirmation_prompt=secret, err=True))
