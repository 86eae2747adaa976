"""``escai config merge`` and ``textconv``: what git calls, to merge and to show sealed files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_spec
from escai_nb.cli.stdout import result
from escai_nb.cli.terminal import emit, note, say
from escai_nb.errors import EscaiError
from escai_nb.safefile import read_bytes
from escai_nb.sources.refusal import LIMITS
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.cli.command import Call
    from escai_nb.workspace.layout import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
LARGEST_TO_SHOW = 1 << 28
"""Bytes; git shows no difference of a file that cannot be printed, so that is rare."""
_KID = re.compile(rb"kid[\"']?: [\"']?([0-9a-f]{16})")
_NAMED = re.compile(r"config\.(?P<environment>.+)\.(?:yaml|yml|json)")


@command(
    "merge",
    example='git config merge.escai.driver "escai config merge %O %A %B %P"\n'
    "escai config merge base.yaml ours.yaml theirs.yaml config/config.production.yaml",
)
@click.argument("base", type=_FILE)
@click.argument("ours", type=_FILE)
@click.argument("theirs", type=_FILE)
@click.argument("pathname", type=click.Path(path_type=Path), required=False)
def merge(call: Call, *, base: Path, ours: Path, theirs: Path, pathname: Path | None) -> int:
    """
    Merge BASE, OURS and THEIRS into OURS, value by value, and seal the result.

    For git, which says PATHNAME: where the file lies, whose folder is then the
    workspace. What both sides changed is marked in the file, sealed values
    stay sealed. Exits with 1 if something is left to decide. Without the key
    the texts are merged, and whoever has it goes on with: escai config accept.
    """
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.merging.merge_driver import merge_files

    folder = pathname.parent if pathname is not None else call.config_dir
    workspace = Workspace.at(folder, open_spec(call))
    texts = [read_bytes(path, limit=LIMITS.size) for path in (base, ours, theirs)]
    environment = _environment(call, workspace, pathname, texts[1:])
    form = "json" if texts[1].lstrip().startswith(b"{") else "yaml"
    receipt = merge_files(workspace, environment, (base, ours, theirs), form=form)
    if call.is_json:
        emit(receipt.to_data())
        return 0 if receipt.is_clean else 1
    named = pathname or ours
    if receipt.note:
        note(call, f"{neutral(str(named))}: {neutral(receipt.note)}")
    for path in receipt.conflicts:
        say(f"{neutral(str(named))}: both sides changed {neutral(path)}")
    if not receipt.is_clean:
        note(call, f"decide at the marks, then: escai config accept -e {environment}")
    return 0 if receipt.is_clean else 1


def _environment(
    call: Call, workspace: Workspace, pathname: Path | None, texts: Sequence[bytes]
) -> str:
    """Return the environment of a file: by its name, as the call says, or by its key."""
    from escai_nb.workspace.access.unlocking import environment_of_kid

    if call.environment:
        return workspace.spec.require_environment(call.environment)
    if pathname is not None and (named := _NAMED.fullmatch(pathname.name)):
        return workspace.spec.require_environment(named["environment"])
    kids = [kid.decode() for kid in _KID.findall(b"".join(texts))]
    return environment_of_kid(workspace, kids) or workspace.spec.environments[0]


@command(
    "textconv",
    example='git config diff.escai.textconv "escai config textconv"\n'
    "escai config textconv config/config.production.yaml",
)
@click.argument("file", type=_FILE)
def textconv(call: Call, *, file: Path) -> None:
    """
    Print FILE with a mask at each secret, comments kept; no key is needed.

    A sealed value is told by a few digits, so that git shows when it changes.
    """
    from escai_nb.spec import load_spec
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.diff_text import masked_text

    try:
        spec = Workspace.at(call.config_dir, open_spec(call)).spec
    except EscaiError:
        spec = load_spec()
    text = read_bytes(file, limit=LARGEST_TO_SHOW)
    form = "json" if text.lstrip().startswith(b"{") else "yaml"
    click.echo(masked_text(text, spec.catalog, form=form), result(), nl=False)
