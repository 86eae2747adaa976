"""Groups that know their commands by name and load one when it is called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from escai_nb.cli.failures import tell
from escai_nb.display import load
from escai_nb.errors import EscaiError, UnavailableError
from escai_nb.masking import may_be_secret

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COLLECT_AFTER = 150_000
"""Objects between two searches for garbage; Python's 700 cost a command a tenth of its life."""

INTERRUPTED = 130
"""Exit code of a command that the user stopped, as shells give it: 128 + SIGINT."""

Table = Mapping[str, tuple[str, str]]
"""Name of a command → where it is defined, and what it does in a few words."""


class LazyGroup(click.Group):
    """
    A group that lists its commands without importing them.

    Attributes:
        table: Its commands, in the order of the help page.
    """

    def __init__(self, *args: Any, table: Table, **more: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **more)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of the help page."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, importing it now."""
        if cmd_name not in self.table:
            return None
        found: click.Command = load(self.table[cmd_name][0])
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* name; a misspelt one is told the nearest."""
        if args[0] not in self.table and not args[0].startswith("-"):
            from difflib import get_close_matches  # most names are right

            if near := get_close_matches(args[0], self.table, n=1):
                ctx.fail(f"no such command {args[0]!r}; did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands by the table alone, and the options of this group."""
        from click.shell_completion import CompletionItem

        offered = [
            CompletionItem(name, help=short)
            for name, (_, short) in self.table.items()
            if name.startswith(incomplete)
        ]
        return offered + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in self.table.items()])


def _of_machine(error: OSError) -> UnavailableError:
    """Tell what the machine refused, where nobody nearer to it had more to say."""
    named = error.filename if isinstance(error.filename, str) else ""
    message = error.strerror or type(error).__name__
    return UnavailableError(
        f"this machine refuses it: {message}",
        where="" if may_be_secret(named) else named,
        hint="check that file and its folder, the disk, and the limits of this account; "
        "escai config doctor looks at them",
    )


class Program(LazyGroup):
    """
    The outermost group: the one place where errors become exit codes.

    An error of our own exits with its code, what the machine refuses with 3, a
    wrong call with 2; none shows a traceback. A command that returns has exited with 0.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT002, ARG002  # click's signature
        **extra: Any,  # noqa: ANN401
    ) -> NoReturn:
        """Run the command that *args* name, and exit."""
        gc.set_threshold(COLLECT_AFTER)
        try:
            outcome = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except EscaiError as error:
            tell(error)
            sys.exit(error.exit_code)
        except OSError as error:
            tell(_of_machine(error))
            sys.exit(UnavailableError.exit_code)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except click.Abort as stopped:
            where = "".join(f" ({note})" for note in getattr(stopped.__cause__, "__notes__", ()))
            click.echo(f"stopped{where}; nothing more was done", err=True)
            sys.exit(INTERRUPTED)
        sys.exit(outcome if isinstance(outcome, int) else 0)
