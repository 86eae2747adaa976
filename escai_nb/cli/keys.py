"""``escai config keys``: which keys there are, new ones for old, and whether everything opens."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import trying
from escai_nb.cli.command import command
from escai_nb.cli.lazy import LazyGroup
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.outcome import tell_version
from escai_nb.cli.terminal import confirm, emit, point_to_doctor, progress, say, show
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.workspace.keys.key_life import KeyCheck
    from escai_nb.workspace.keys.key_rotation import RotationReceipt
    from escai_nb.workspace.layout import Workspace

MOST_LISTED = 5
"""Versions that are named one by one."""

keys = LazyGroup(
    "keys",
    table={
        "list": ("escai_nb.cli.keys:list_", "List keys, their age, and who opens them."),
        "rotate": ("escai_nb.cli.keys:rotate", "Give an environment a new key."),
        "rewrap": ("escai_nb.cli.recipients:rewrap", "Open with another master key from now on."),
        "add-recipient": ("escai_nb.cli.recipients:add_recipient", "Let another key open it too."),
        "remove-recipient": (
            "escai_nb.cli.recipients:remove_recipient",
            "Let a key open it no more.",
        ),
        "export": ("escai_nb.cli.key_backup:export", "Write a backup under a passphrase."),
        "restore": ("escai_nb.cli.key_backup:restore", "Put a key back from its backup."),
        "destroy": ("escai_nb.cli.keys:destroy", "Drop a retired key for ever."),
        "verify": ("escai_nb.cli.keys:verify", "Open everything, and say what does not."),
    },
    help="The keys of an environment, from the first to the last day.",
    epilog="\b\nExample:\n  escai config keys list\n  escai config keys rotate -e production",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@command("list", example="escai config keys list -e production")
def list_(call: Call) -> None:
    """List the keys of one environment, or of all; no master key is needed."""
    from escai_nb.workspace.access.key_list import list_keys

    workspace = open_workspace(call)
    named = [open_environment(call, workspace)] if call.environment else workspace.spec.environments
    show(call, list_keys(workspace, named))


@command(
    "rotate",
    example="escai config keys rotate -e production\nescai config keys rotate --all --compromised",
)
@click.option("--all", "everywhere", is_flag=True, help="In every environment that has a file.")
@click.option("--compromised", is_flag=True, help="List the secrets that others may know by now.")
@click.option(
    "--also",
    "others",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Key file of another recipient, who is to open it afterwards too.",
)
@trying
def rotate(
    call: Call, *, everywhere: bool, compromised: bool, others: tuple[Path, ...], dry_run: bool
) -> None:
    """
    Give an environment a new key, and leave everything readable.

    The file is sealed under the new key, as one version; older versions stay
    under the old one, which is kept as retired. Interrupted, the next command
    goes on with it. Who opens it now does so afterwards: where there are
    several, all of their master keys must be at hand.
    """
    from escai_nb.workspace.keys.key_rotation import rotate_all

    if everywhere and call.environment:
        message = "choose --all or --environment"
        raise click.UsageError(message)
    workspace = _with_keys(open_workspace(call), others)
    if everywhere:
        named = list(workspace.environments_present())
    else:
        named = [open_environment(call, workspace)]
        workspace.require_file(named[0])
    with progress(call) as advance:
        receipts = rotate_all(
            workspace, named, compromised=compromised, progress=advance, dry_run=dry_run
        )
    if call.is_json:
        told = [{**receipt.to_data(), "dry_run": dry_run} for receipt in receipts]
        emit(told if everywhere else told[0])
        return
    for receipt in receipts:
        _tell(receipt, dry_run=dry_run)


def _with_keys(workspace: Workspace, others: tuple[Path, ...]) -> Workspace:
    from escai_nb.workspace.access.key_sources import OTHER_KEYS_VARIABLE
    from escai_nb.workspace.keys.recipients import provider_at

    if not others:
        return workspace
    for path in others:
        provider_at(path, make=False)
    named = os.pathsep.join(map(str, others))
    return replace(workspace, environ={**workspace.environ, OTHER_KEYS_VARIABLE: named})


def _tell(receipt: RotationReceipt, *, dry_run: bool) -> None:
    from escai_nb.views.sheet import counted

    anew = f"{counted(len(receipt.resealed), 'secret')} sealed anew"
    if dry_run:
        say(f"dry run: key {receipt.old_kid} would be replaced, {anew}")
    else:
        say(f"key {receipt.old_kid} is replaced by {receipt.new_kid}, {anew}")
    if receipt.version is not None:
        tell_version(receipt.version)
    if receipt.must_change:
        say("others may know these by now: change each where it is valid, then set it here")
        for path in receipt.must_change:
            say(f"  {neutral(path)}")


@command(
    "destroy",
    example="escai config keys destroy 3f2a -e production --dry-run\n"
    "escai config keys destroy 3f2a -e production --shred-history",
)
@click.argument("kid")
@click.option(
    "--shred-history", is_flag=True, help="Also if versions need it; their secrets are lost."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@trying
def destroy(call: Call, *, kid: str, shred_history: bool, yes: bool, dry_run: bool) -> None:
    """
    Drop the retired key KID for ever; its first digits will do.

    Refused while versions in the history need it. With --shred-history those
    stay listed, and nobody opens their secrets again. Copies of the keyring
    elsewhere, as in older commits, are out of reach of this command.
    """
    from escai_nb.workspace.keys.key_life import destroy_key

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    planned = destroy_key(workspace, environment, kid, shred_history=shred_history, dry_run=True)
    if not dry_run:
        from escai_nb.views.sheet import counted

        shredded = counted(len(planned.shredded), "version")
        lost = f" and the secrets of {shredded}" if planned.shredded else ""
        confirm(f"destroy the key {planned.kid} of {environment}{lost} for ever?", yes=yes)
        planned = destroy_key(workspace, environment, planned.kid, shred_history=shred_history)
    if call.is_json:
        emit({**planned.to_data(), "dry_run": dry_run})
        return
    would = "would be" if dry_run else "is"
    say(f"key {planned.kid} of {environment} {would} destroyed")
    if planned.shredded:
        listed = ", ".join(planned.shredded[:MOST_LISTED])
        more = len(planned.shredded) - MOST_LISTED
        say(f"  nobody opens the secrets of {listed}{f' and {more} more' if more > 0 else ''}")


@command("verify", example="escai config keys verify -e production")
def verify(call: Call) -> int:
    """
    Open the file, every key and every version, and say what does not open.

    Exits with 1 if something is broken, with 3 if a key is not here.
    """
    from escai_nb.workspace.keys.key_life import verify_keys

    workspace = open_workspace(call)
    named = (
        [open_environment(call, workspace)]
        if call.environment
        else list(workspace.environments_present())
    )
    for environment in named:
        workspace.require_file(environment)
    checks = [verify_keys(workspace, environment) for environment in named]
    if call.is_json:
        emit([check.to_data() for check in checks])
    else:
        for check in checks:
            _tell_check(check)
    codes = {each.code for check in checks for each in check.failed}
    if any(not code.startswith("key-") for code in codes):
        return 1
    if not codes:
        return 0
    point_to_doctor(call)
    return 3


def _tell_check(check: KeyCheck) -> None:
    bad = f", {len(check.failed)} do not" if check.failed else ""
    lost = f", {len(check.lost)} are lost with a destroyed key" if check.lost else ""
    say(f"{check.environment}: {check.opened} keys and documents open{bad}{lost}")
    for each in check.failed:
        say(f"  {neutral(each.what)}: {neutral(each.why)}")
