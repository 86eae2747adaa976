"""``escai config completion``: what a shell needs to complete commands, options and key paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from escai_nb.cli.command import command
from escai_nb.cli.terminal import say

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_ESCAI_COMPLETE"
"""By which the shell asks the program itself."""


@command(
    "completion",
    example='eval "$(escai config completion bash)"\n'
    "escai config completion fish > ~/.config/fish/completions/escai.fish",
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(call: Call, *, shell: str) -> None:  # noqa: ARG001  # every command takes one
    """
    Print the script that lets SHELL complete escai: commands, options,
    environments and key paths.

    Put the line of the example into ~/.bashrc, or the same for zsh into ~/.zshrc.
    """
    from click.shell_completion import get_completion_class

    from escai_nb.cli.main import main

    found: Any = get_completion_class(shell)
    say(found(main, {}, "escai", VARIABLE).source())
