"""``escai config generate-deploy``: what an environment is deployed by."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_reader
from escai_nb.cli.outcome import tell_unverified
from escai_nb.cli.terminal import note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command(
    "generate-deploy",
    example="escai config generate-deploy -e production --format docker-compose -o deploy\n"
    "escai config generate-deploy -e production --format kubernetes -o deploy/k8s",
    formats=("docker-compose", "kubernetes"),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write into this folder, not to stdout.",
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def generate_deploy(call: Call, *, output: Path | None, force: bool) -> None:
    """
    Write a Compose file or Kubernetes manifests for an environment.

    They are made of the configuration in effect and hold no secret, so no key is
    needed; a comment at their head says how the secrets get to where they are
    read. The image is a name to be replaced by yours.
    """
    from escai_nb.workspace.deploying import FILES, deployment_of, write_files

    seen = os.path.relpath(call.config_dir, output or Path())
    config = seen if seen.startswith("..") else f"./{seen}"
    reading = open_reader(call).reading
    files = FILES[call.format](deployment_of(reading), config=config)
    tell_unverified(call, reading)
    if output is None:
        several = len(files) > 1
        for name, text in files.items():
            say((f"---\n# {name}\n" if several else "") + text.removesuffix("\n"))
        return
    for path in write_files(files, output, force=force):
        note(call, f"wrote {neutral(str(path))}")
