"""What every command has in common: its options, its help, its call."""

from __future__ import annotations

import functools
import inspect
import os
import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from escai_nb.cli.completing import environments
from escai_nb.cli.stdout import prints_aside

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT_OR_JSON = ("text", "json")
CONFIG_DIR = Path("config")
"""The workspace where none is named."""


@dataclass(frozen=True, slots=True)
class Call:
    """
    The options that every command takes.

    Attributes:
        environment: As it was named; nothing if it was not.

        spec: As it was named; nothing means what the workspace says.

        env_file: As it was named; nothing means ``.env`` beside the configuration.
    """

    config_dir: Path
    environment: str | None
    spec: str | None
    format: str
    color: str
    quiet: bool
    verbose: bool
    env_file: Path | None = None

    @property
    def is_json(self) -> bool:
        """Whether stdout gets data and nothing else."""
        return self.format == "json"

    def again(self, environment: str) -> str:
        """Return the options that name this workspace and *environment* in another command."""
        place = "" if self.config_dir == CONFIG_DIR else f"-d {shlex.quote(str(self.config_dir))} "
        spec = f" --spec {shlex.quote(self.spec)}" if self.spec and not self.is_spec_set else ""
        around = f" --env-file {shlex.quote(str(self.env_file))}" if self.env_file else ""
        return f"{place}-e {environment}{spec}{around}"

    @property
    def is_spec_set(self) -> bool:
        """Whether the next command would find the same spec without being told."""
        return self.spec in {None, os.environ.get("ESCAI_SPEC")}


def _common(formats: tuple[str, ...]) -> list[click.Parameter]:
    return [
        click.Option(
            ["-d", "--config-dir"],
            type=click.Path(path_type=Path, file_okay=False),
            default=CONFIG_DIR,
            show_default=True,
            help="The workspace.",
        ),
        click.Option(
            ["-e", "--environment"],
            metavar="NAME",
            shell_complete=environments,
            help="Its environment.  [default: $ESCAI_ENV, then the first of the spec]",
        ),
        click.Option(
            ["--spec"],
            metavar="NAME",
            envvar="ESCAI_SPEC",
            help="What is configured: an installed spec, or module:NAME."
            "  [default: $ESCAI_SPEC, then as the workspace says]",
        ),
        click.Option(
            ["--env-file"],
            type=click.Path(path_type=Path, dir_okay=False),
            help="Dotenv file whose variables lie below those of the environment."
            "  [default: $ESCAI_ENV_FILE, then .env in the workspace]",
        ),
        click.Option(
            ["--format"],
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="Form of the output.",
        ),
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            show_default=True,
            help="Colour; auto means on a terminal.",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="Say nothing beside the result."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Say more."),
    ]


def command(
    name: str,
    *,
    example: str,
    formats: tuple[str, ...] = TEXT_OR_JSON,
    kind: Callable[..., click.Command] = click.Command,
) -> Callable[[Callable[..., object]], click.Command]:
    """
    Make a command of the function below, which gets a `Call` and its own options.

    Its docstring is the help; *example* stands under it.
    """

    def make(function: Callable[..., object]) -> click.Command:
        own: list[click.Parameter] = list(getattr(function, "__click_params__", []))

        @functools.wraps(function)
        def run(**given: Any) -> object:  # noqa: ANN401  # as click hands them over
            if _hands_down(click.get_current_context()):
                return None
            common = {each.name: given.pop(each.name) for each in fields(Call)}
            with prints_aside():
                return function(Call(**common), **given)

        return kind(
            name,
            callback=run,
            params=[*reversed(own), *_common(formats)],
            help=inspect.cleandoc(function.__doc__ or ""),
            epilog="\b\nExample:\n" + "\n".join(f"  {line}" for line in example.splitlines()),
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    return make


def _hands_down(context: click.Context) -> bool:
    """
    Let the command behind this one have the common options that stand before it.

    Raises:
        click.UsageError: If another option stands there, which would be lost.
    """
    if context.invoked_subcommand is None:
        return False
    common = {each.name for each in fields(Call)}
    given = {}
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if name not in common:
            message = f"{parameter.opts[0]} is no option of {context.invoked_subcommand}"
            raise click.UsageError(message)
        given[name] = context.params[name]
    context.default_map = {context.invoked_subcommand: given}
    return True
