"""``escai config export`` and ``import``: values as a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import saying, trying
from escai_nb.cli.command import command
from escai_nb.cli.init import tell_created
from escai_nb.cli.opening import open_manager, open_reader
from escai_nb.cli.outcome import tell_change, tell_standing, tell_unverified
from escai_nb.cli.terminal import note, require_reveal, say
from escai_nb.cli.values import agreeing, revealing
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

_FILE = click.Path(path_type=Path, dir_okay=False)


@command(
    "export",
    example="escai config export -e staging -o staging.yaml\nescai config export --format env",
    formats=("yaml", "json", "env"),
)
@click.option("-o", "--output", type=_FILE, help="Write to this new file, not to stdout.")
@revealing
@agreeing
def export(call: Call, *, output: Path | None, reveal: bool, yes: bool) -> None:
    """
    Write all values in effect, secrets masked, as YAML, JSON or variables.

    `escai config import` takes the result back: a mask stands for the value
    that is there. A file with secrets is its owner's alone.
    """
    from escai_nb.workspace.exchange import write_new, written

    require_reveal(reveal=reveal, yes=yes or output is not None)
    reader = open_reader(call)
    reader.reading.require_readable()
    tell_unverified(call, reader.reading)
    if reveal:
        from escai_nb.workspace.access.auditing import record_reveal

        record_reveal(reader.reading, f"export to {output.name}" if output else "export")
    data = reader.copy.values() if reveal else reader.masked()
    text = written(data, reader.spec, call.format)  # type: ignore[arg-type]  # one of its formats
    if output is None:
        say(text.open().removesuffix("\n"))
        return
    write_new(output, text)
    note(call, f"wrote {neutral(str(output))}" + (", with clear secrets" if reveal else ""))


@command(
    "import",
    example="escai config import -e development old/config.yaml\n"
    "escai config import -e staging staging.env --dry-run",
)
@click.argument("source", metavar="FILE", type=_FILE)
@saying
@trying
def import_(call: Call, *, source: Path, message: str, dry_run: bool) -> None:
    """
    Lay the values of FILE over those of an environment, as one version.

    FILE is YAML, JSON, or variables if it is called .env. A mask stands for the
    value that is there, a list is taken as a whole, what FILE does not name
    stays. An environment without a file begins with FILE, every comment kept;
    it stays clear until it is sealed, its history is sealed from the start.
    """
    manager = open_manager(call)
    if not manager.workspace.has_file(manager.environment):
        _begin(call, source, dry_run=dry_run)
        return
    found = manager.preview_import(source)
    version = None if dry_run else manager.import_config(source, message=message)
    tell_change(call, found, version, dry_run=dry_run)
    if not dry_run:
        tell_standing(call, manager)


def _begin(call: Call, source: Path, *, dry_run: bool) -> None:
    from escai_nb.cli.opening import open_environment, open_workspace
    from escai_nb.workspace.bootstrap import import_file

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    if dry_run:
        message = f"{environment} has no file that this could be compared with"
        raise click.UsageError(message)
    tell_created(call, import_file(workspace, environment, source))
    until = f"escai config encrypt {call.again(environment)}"
    note(call, neutral(f"its secrets lie in clear until: {until}"))
