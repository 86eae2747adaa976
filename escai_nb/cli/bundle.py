"""``escai config history export`` and ``import``: a history that travels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.terminal import emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

_FILE = click.Path(path_type=Path, dir_okay=False)


@command(
    "export",
    example="escai config history export history.bundle\n"
    "escai config history export -e production --keep 10 small.bundle",
)
@click.argument("file", type=_FILE)
@click.option("--keep", type=click.IntRange(min=1), help="Contents of so many newest alone.")
def export(call: Call, *, file: Path, keep: int | None) -> None:
    """
    Write the history to the new FILE: all of it, or that of one environment.

    Sealed contents stay sealed. The line of each version comes along even where
    its content does not, so that the chain can be checked. The file has a MAC
    under each environment's key that is at hand.
    """
    from escai_nb.views.sheet import counted
    from escai_nb.workspace.past.bundling import export_history

    workspace = open_workspace(call)
    named = open_environment(call, workspace) if call.environment else None
    made = export_history(workspace, file, environment=named, keep=keep)
    if call.is_json:
        emit(made.to_data())
        return
    versions = counted(made.versions, "version")
    say(f"wrote {neutral(str(made.file))}: {versions}, {made.contents} with content")
    for remark in made.notes:
        note(call, neutral(remark))


@command(
    "import",
    example="escai config history import history.bundle\n"
    "escai config history import --legacy old/config",
)
@click.argument("file", type=_FILE, required=False)
@click.option("--unsigned", is_flag=True, help="Though a key here should have vouched for it.")
@click.option(
    "--legacy",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take over a folder of the earlier system instead.",
)
@click.option("--key-file", type=_FILE, help="Its key, if that is not in the folder.")
def import_(
    call: Call, *, file: Path | None, unsigned: bool, legacy: Path | None, key_file: Path | None
) -> None:
    """
    Take the versions in FILE into the history; twice is as good as once.

    The file is checked as a whole before anything is written. A fresh folder
    becomes the workspace that it was made in; elsewhere, what no key here opens
    is listed.

    With --legacy, configuration, versions and tags of the earlier system come
    in, every secret sealed on the way; what was in clear there is listed.
    """
    if legacy is not None:
        _take_over(call, legacy, key_file)
        return
    if file is None:
        message = "name a FILE, or a folder of the earlier system with --legacy"
        raise click.UsageError(message)
    from escai_nb.views.sheet import counted
    from escai_nb.workspace.past.bundling import import_history

    taken = import_history(open_workspace(call), file, unsigned=unsigned)
    if call.is_json:
        emit(taken.to_data())
        return
    again = f", {len(taken.refilled)} with their content again" if taken.refilled else ""
    say(f"{counted(len(taken.versions), 'new version')}, {taken.known} known already{again}")
    for environment, kid, count in taken.unopened:
        sealed = f"{counted(count, 'version')} of {environment}"
        say(f"not opened here: {neutral(sealed)}, sealed under the key {kid}")
    for remark in taken.notes:
        note(call, neutral(remark))


def _take_over(call: Call, folder: Path, key_file: Path | None) -> None:
    from escai_nb.views.sheet import counted
    from escai_nb.workspace.legacy import import_legacy

    workspace = open_workspace(call)
    named = open_environment(call, workspace) if call.environment else None
    taken = import_legacy(workspace, folder, environment=named, key_file=key_file)
    if call.is_json:
        emit(taken.to_data())
        return
    files = ", ".join(taken.environments) or "no configuration"
    say(f"took over {files} and {counted(taken.versions, 'version')}")
    for file, paths in taken.clear.items():
        say(f"in clear in {neutral(file)}: {neutral(', '.join(paths))}")
    for name in taken.lost:
        say(f"version {neutral(name)} cannot be read, and is not here")
    for remark in taken.notes:
        note(call, neutral(remark))
