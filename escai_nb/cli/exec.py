"""``escai config exec``: a program that finds the opened settings in its environment."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from escai_nb import keypath
from escai_nb.cli.command import command
from escai_nb.cli.opening import open_reader
from escai_nb.cli.stdout import result
from escai_nb.cli.terminal import note
from escai_nb.errors import UsageError
from escai_nb.secret import Secret, reveal, untraced
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.workspace.reader import ConfigReader

NOT_FOUND = 127
"""Exit code where there is no such program, as of shells and ``env``."""
NOT_RUNNABLE = 126
"""Exit code where it cannot be run."""
RESET = (signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that Python ignores, which a program would go on ignoring."""


class ProgramCommand(click.Command):
    """A command that leaves all words from the first one on to another program."""

    allow_interspersed_args = False


@command(
    "exec",
    example="escai config exec -e production -- gunicorn app:main\n"
    "escai config exec -- sh -c 'echo $ESCAI_API__PORT'",
    formats=("text",),
    kind=ProgramCommand,
)
@click.argument("words", metavar="[--] CMD…", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(call: Call, *, words: tuple[str, ...]) -> int:
    """
    Run CMD in place of this command, the settings in effect in its environment.

    Each has the variable that would set it, as `show --format env` lists them:
    text as it is, lists as JSON, nothing for null. Secrets are opened, and
    nothing is written but a line of the audit log, where one can be. CMD gets
    every signal itself, and its exit code is that of this call: 127 if there is
    no such program, 126 if it cannot be run.
    """
    from escai_nb.workspace.access.auditing import record_use

    reader = open_reader(call)
    reader.reading.require_usable()
    environment = Secret(_environment(reader))
    if not record_use(reader.reading, f"exec {words[0]}"):
        note(call, "not in the audit log: nothing can be written here")
    result().flush()
    sys.stderr.flush()
    for number in RESET:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(words[0], list(words), environment.open())  # noqa: S606  # no shell: as meant
    except OSError as error:
        click.echo(f"error: {neutral(words[0])} cannot be run: {error.strerror}", err=True)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE


@untraced
def _environment(reader: ConfigReader) -> dict[str, str]:
    """
    Return the variables of this process, with those of all settings in effect.

    Raises:
        UsageError: If a value has a character that no variable can hold.
    """
    from escai_nb.sources.variables import variables

    given = {origin.source for _, origin in reader.reading.overriding.values()}
    found = {name: text for name, text in os.environ.items() if name not in given}
    spec = reader.spec
    values = reveal(reader.copy.values())
    for path, name, text in variables(spec.catalog, values, prefix=spec.env_prefix):
        if "\0" in text.open():
            place = keypath.render(path)
            message = f"{place} has a NUL character, which no variable can hold"
            raise UsageError(message, path=place, hint="encode it, as with base64")
        found[name] = text.open()
    return found
