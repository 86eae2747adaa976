"""``escai config scan``: no clear secret goes into a commit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.terminal import emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command("scan", example="escai config scan config/config.*.yaml .env")
@click.argument("files", metavar="FILE…", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
def scan(call: Call, *, files: tuple[Path, ...]) -> int:
    """
    List the clear secrets and master keys in FILEs; needs no key.

    YAML, JSON and variables are judged by the fields; in other files only keys
    are found. Exits with 1 if there is any, as a hook before a commit should.
    """
    from escai_nb.workspace.scanning import exposures

    spec = open_workspace(call).spec
    found = [each for file in files for each in exposures(file, spec)]
    if call.is_json:
        emit([each.to_data() for each in found])
    for each in found if not call.is_json else ():
        say(neutral(str(each)))
    if found:
        note(call, "seal them: escai config encrypt; keep keys elsewhere")
    return int(bool(found))
