"""``escai runbook``: notebooks that carry out a change and leave evidence."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.lazy import LazyGroup
from escai_nb.cli.opening import open_spec
from escai_nb.cli.terminal import draw, emit, note, progress, say, show
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from escai_nb.cli.command import Call
    from escai_nb.runbooks.outcome import CellRecord
    from escai_nb.runbooks.run import Run

TABLE = {
    "list": ("escai_nb.cli.runbook:list_", "List what can be run."),
    "show": ("escai_nb.cli.runbook:show_", "Tell what a runbook does and takes."),
    "run": ("escai_nb.cli.runbook:run_", "Run one, in a kernel of its own."),
}

runbook = LazyGroup(
    "runbook",
    table=TABLE,
    help="Run notebooks that carry out a change and leave evidence.",
    epilog="\b\nExample:\n  escai runbook run promote -e staging --apply --reason 'release 1.4'",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@command("list", example="escai runbook list")
def list_(call: Call) -> None:
    """List the runbooks of the package and those in the workspace's folder runbooks."""
    from escai_nb.runbooks.catalogue import list_runbooks

    show(call, list_runbooks(call.config_dir))


@command("show", example="escai runbook show promote")
@click.argument("name")
def show_(call: Call, *, name: str) -> None:
    """Tell what the runbook NAME does, and list the parameters that -p takes."""
    from escai_nb.runbooks.catalogue import find_runbook

    found = find_runbook(name, call.config_dir)
    if not call.is_json:
        say(neutral(f"{found.title}: {found.purpose}"))
    show(call, found)


@command(
    "run",
    example="escai runbook run encrypt -e development\n"
    "escai runbook run promote -e staging -p only api,logging --apply --reason 'release 1.4'",
)
@click.argument("name")
@click.option(
    "-p",
    "--parameter",
    "texts",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="One parameter of the runbook; see escai runbook show NAME.",
)
@click.option("--apply", is_flag=True, help="Change something; without it, only plan and show.")
@click.option("--reason", default="", help="Why; needed to apply outside development.")
@click.option(
    "--run-dir",
    type=click.Path(file_okay=False),
    help="Where the run's folder goes.  [default: .escai/runs in the workspace]",
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for all.")
@click.option("--cell-timeout", type=click.FloatRange(min=0, min_open=True), help="For each cell.")
def run_(  # the options of a command
    call: Call,
    *,
    name: str,
    texts: tuple[tuple[str, str], ...],
    apply: bool,
    reason: str,
    run_dir: str | None,
    timeout: float | None,
    cell_timeout: float | None,
) -> int:
    """
    Run the runbook NAME and keep what happened: notebook, page, receipt, journal, manifest.

    Exits with 1 if a step refuses the plan, 4 if one fails, 5 if the run takes
    too long, is interrupted or loses its kernel.
    """
    from escai_nb.runbooks.catalogue import find_runbook
    from escai_nb.runbooks.parameters import parsed
    from escai_nb.runbooks.run import run

    open_spec(call)  # a module beside the workspace is to be found by the kernel, too
    model = find_runbook(name, call.config_dir).model
    with _watching(call) as watch:
        done = run(
            name,
            environment=call.environment or os.environ.get("ESCAI_ENV") or None,
            parameters=parsed(model, dict(texts)),
            apply=apply,
            reason=reason,
            config_dir=call.config_dir,
            spec=call.spec,
            run_dir=run_dir,
            timeout=timeout,
            cell_timeout=cell_timeout,
            progress=watch,
        )
    _tell(call, done)
    return done.exit_code


def _tell(call: Call, done: Run) -> None:
    """Show how *done* ended and where its evidence lies."""
    if call.is_json:
        emit(done.to_data())
    else:
        draw(call, done.to_sheet())
        say(f"{done.runbook} {done.status.value}: {neutral(str(done.folder))}")
    if done.outcome.masked:
        note(call, f"warning: secrets were masked in {done.outcome.masked} texts of the notebook")
    done.raise_if_failed()


@contextmanager
def _watching(call: Call) -> Iterator[Callable[[CellRecord, int, int], None] | None]:
    """Give a callback that draws the progress of cells as one line, on a terminal."""
    with progress(call) as advance:
        if advance is None:
            yield None
            return
        yield lambda cell, done, total: advance(cell.title, done, total)
