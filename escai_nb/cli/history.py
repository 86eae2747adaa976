"""``escai config history``, ``diff``, ``rollback``, ``tag``, ``untag``: what was."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import saying, trying
from escai_nb.cli.command import command
from escai_nb.cli.lazy import LazyGroup
from escai_nb.cli.opening import open_manager
from escai_nb.cli.outcome import (
    draw_diff,
    tell_change,
    tell_standing,
    tell_unverified,
    tell_version,
)
from escai_nb.cli.terminal import confirm, emit, say, show
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.history.version import Version

CARE = {
    "cleanup": ("escai_nb.cli.care:cleanup", "Forget old contents; their rows stay."),
    "export": ("escai_nb.cli.bundle:export", "Write it to a file, sealed as it is."),
    "import": ("escai_nb.cli.bundle:import_", "Take in such a file."),
    "rescue": ("escai_nb.cli.care:rescue", "Keep what a damaged file still says."),
    "verify": ("escai_nb.cli.care:verify", "Find any byte that was edited."),
}
"""The commands of ``escai config history``, which by itself lists versions."""

COLUMNS = ("version", "kind", "time", "author", "changes", "tags", "message")


@command(
    "history",
    example="escai config history -e production -n 5\nescai config history --tag v1",
    kind=functools.partial(LazyGroup, table=CARE, invoke_without_command=True),
)
@click.option(
    "-n", "--number", type=click.IntRange(min=1), default=20, show_default=True, help="At most."
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Made then or later, UTC.",
)
@click.option("--author", help="Made by this author.")
@click.option("--tag", "named", help="With this tag.")
@click.option("--shared", is_flag=True, help="Of the file under all environments.")
def history(
    call: Call,
    *,
    number: int,
    since: dt.datetime | None,
    author: str | None,
    named: str | None,
    shared: bool,
) -> None:
    """List the versions of an environment, newest first; no key is needed."""
    from escai_nb.history.version import SHARED, History
    from escai_nb.workspace.past.past import history_of

    manager = open_manager(call)
    stream = SHARED if shared else manager.environment
    with history_of(manager.workspace) as store:
        found = store.versions(
            stream,
            limit=number,
            since=since.replace(tzinfo=dt.UTC) if since else None,
            author=author,
            tag=named,
        )
    show(call, History(found, stream), only=COLUMNS)


@command("diff", example="escai config diff\nescai config diff HEAD~2 HEAD\nescai config diff v1")
@click.argument("old", metavar="[A]", default="HEAD")
@click.argument("new", metavar="[B]", required=False)
@click.option("--other-environment", metavar="NAME", help="Compare with that one instead.")
def diff(call: Call, *, old: str, new: str | None, other_environment: str | None) -> None:
    """
    Show what differs between version A and version B, or the file as it is now.

    Without arguments: between the newest version and the file. Of secrets only
    that they differ. A and B are HEAD, HEAD~2, a tag, @2026-11-01, or the first
    4 and more digits of an id.
    """
    manager = open_manager(call)
    if other_environment is not None and new is not None:
        message = "--other-environment compares files; leave the versions out"
        raise click.UsageError(message)
    found = manager.diff(old, new, other_environment=other_environment)
    if call.is_json:
        emit({**found.to_data(), "verified": not manager.reading.troubles})
        return
    sheet = found.to_sheet()
    if found:
        say(neutral(sheet.summary))
    draw_diff(call, found)
    tell_unverified(call, manager.reading)


@command(
    "rollback",
    example="escai config rollback HEAD~1\nescai config rollback v1 -e production --dry-run",
)
@click.argument("version")
@click.option("--include-secrets", is_flag=True, help="Bring old secrets back as well.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@saying
@trying
def rollback(
    call: Call, *, version: str, include_secrets: bool, yes: bool, message: str, dry_run: bool
) -> None:
    """
    Make a new version that says what VERSION said; today's secrets stay.

    VERSION is HEAD~1, a tag, @2026-11-01, or the first 4 and more digits of an
    id. The rules of today apply.
    """
    manager = open_manager(call)
    found = manager.preview_rollback(version, include_secrets=include_secrets)
    if dry_run or not found:
        tell_change(call, found, None, dry_run=dry_run)
        return
    if not call.is_json:
        draw_diff(call, found)
    confirm(f"make these changes to {manager.environment}?", yes=yes)
    made = manager.rollback_config(version, include_secrets=include_secrets, message=message)
    if call.is_json:
        tell_change(call, found, made)
    elif made is not None:
        tell_version(made)
    tell_standing(call, manager)


@command("tag", example="escai config tag HEAD v1.2 -e production")
@click.argument("version")
@click.argument("name")
def tag(call: Call, *, version: str, name: str) -> None:
    """Give VERSION a NAME that is unique in its environment."""
    manager = open_manager(call)
    _tell_tags(call, manager.tag(manager.version(version).id, name))


@command("untag", example="escai config untag v1.2 v1.2 -e production")
@click.argument("version")
@click.argument("name")
def untag(call: Call, *, version: str, name: str) -> None:
    """Take NAME away from VERSION."""
    manager = open_manager(call)
    _tell_tags(call, manager.untag(manager.version(version).id, name))


def _tell_tags(call: Call, version: Version) -> None:
    if call.is_json:
        emit(version.to_data())
    else:
        tags = ", ".join(version.tags) or "no tags"
        say(f"version {version.short} of {version.environment}: {tags}")
