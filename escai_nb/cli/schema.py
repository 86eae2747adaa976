"""``escai config schema``: what a file may say, for editors and for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.terminal import note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command(
    "schema",
    example="escai config schema -o config.schema.json\n"
    "escai config schema --format markdown > fields.md\n"
    "escai config schema --report",
    formats=("json", "markdown"),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, replacing it.",
)
@click.option("--report", is_flag=True, help="That of what validate --format json writes.")
def schema(call: Call, *, output: Path | None, report: bool) -> None:
    """
    Print the JSON Schema of the configuration files, or every field as Markdown.

    Editors with the YAML language server check and complete by it, if the first
    line of a file names it: "# yaml-language-server: $schema=config.schema.json".
    """
    from escai_nb.workspace.loading.reading import BLOCK

    if report:
        _put(call, report_schema(), output)
        return
    spec = open_workspace(call).spec
    title = spec.title or spec.name
    if call.format == "markdown":
        from escai_nb.reports.fields import fields_markdown

        text = fields_markdown(spec.catalog, title=title)
    else:
        from escai_nb.schema.json_schema import json_schema

        described = json_schema(spec.catalog, title=title, block=BLOCK)
        text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    _put(call, text, output)


def report_schema() -> str:
    """Return the JSON Schema of a report, as it ships."""
    from importlib.resources import files

    from escai_nb.validation.report import FORMAT

    return files("escai_nb.reports").joinpath(f"data/report-{FORMAT}.schema.json").read_text()


def _put(call: Call, text: str, output: Path | None) -> None:
    if output is None:
        say(text.removesuffix("\n"))
        return
    from escai_nb.safefile import write_atomic

    write_atomic(output, text.encode(), mode=0o644)
    note(call, f"wrote {neutral(str(output))}")
