"""``escai config keys``: which keys there are, and new ones for old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.change import trying
from escai_nb.cli.command import command
from escai_nb.cli.lazy import LazyGroup
from escai_nb.cli.opening import open_environment, open_workspace
from escai_nb.cli.outcome import tell_version
from escai_nb.cli.terminal import emit, progress, say, show

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

keys = LazyGroup(
    "keys",
    table={
        "list": ("escai_nb.cli.keys:list_", "List keys and where their master key lies."),
        "rotate": ("escai_nb.cli.keys:rotate", "Give an environment a new key."),
    },
    help="List and rotate keys.",
    epilog="\b\nExample:\n  escai config keys list\n  escai config keys rotate -e production",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@command("list", example="escai config keys list -e production")
def list_(call: Call) -> None:
    """List the keys of one environment, or of all; no master key is needed."""
    from escai_nb.workspace.key_rotation import list_keys

    workspace = open_workspace(call)
    named = [open_environment(call, workspace)] if call.environment else workspace.spec.environments
    show(call, list_keys(workspace, named))


@command("rotate", example="escai config keys rotate -e production")
@trying
def rotate(call: Call, *, dry_run: bool) -> None:
    """
    Give an environment a new key, and leave everything readable.

    The file is sealed under the new key, as one version; older versions stay
    under the old one, which is kept as retired. Interrupted, it can be repeated.
    """
    from escai_nb.workspace.key_rotation import rotate_keys

    workspace = open_workspace(call)
    environment = open_environment(call, workspace)
    workspace.require_file(environment)
    with progress(call) as advance:
        receipt = rotate_keys(workspace, environment, progress=advance, dry_run=dry_run)
    if call.is_json:
        emit({**receipt.to_data(), "dry_run": dry_run})
        return
    count = len(receipt.resealed)
    if dry_run:
        say(f"dry run: key {receipt.old_kid} would be replaced, {count} secrets sealed anew")
        return
    say(f"key {receipt.old_kid} is replaced by {receipt.new_kid}, {count} secrets sealed anew")
    if receipt.version is not None:
        tell_version(receipt.version)
