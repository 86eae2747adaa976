"""``escai config edit``: the opened file in an editor, and back under its seal."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from escai_nb.cli.change import saying
from escai_nb.cli.command import command
from escai_nb.cli.failures import tell
from escai_nb.cli.opening import open_manager
from escai_nb.cli.outcome import tell_change, tell_standing
from escai_nb.cli.terminal import note
from escai_nb.errors import EscaiError, RefusedError
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.workspace.editing import Edit
    from escai_nb.workspace.layout import Workspace

SIGNALS = 128
"""Exit codes above it name the signal that ended a program."""


@command("edit", example="escai config edit -e production\nEDITOR=nano escai config edit")
@click.option("--discard", is_flag=True, help="Drop an edit that was kept, and begin afresh.")
@saying
def edit(call: Call, *, discard: bool, message: str) -> int:
    """
    Edit an environment's file, its secrets opened, in $VISUAL or $EDITOR.

    What is left is validated, sealed and saved as one version, comments
    included. The opened text lies in memory where there is room for it, only
    you can read it, and it is wiped afterwards. An edit that is refused is kept,
    sealed, and opened again by the next call.
    """
    from escai_nb.cli.editor import edited, remove_leftovers
    from escai_nb.workspace.access.auditing import record_reveal
    from escai_nb.workspace.editing import begin, drop, finish

    manager = open_manager(call)
    workspace, environment = manager.workspace, manager.environment
    if found := remove_leftovers(workspace.environ):
        note(call, f"note: wiped what {found} killed editing session(s) had left")
    if discard:
        drop(workspace, environment)
    opened = begin(workspace, environment)
    while True:
        _introduce(call, opened, workspace)
        record_reveal(opened.reading, "edit")
        file = opened.reading.files.path.name
        session = edited(opened.text, name=file, environ=workspace.environ)
        left = replace(opened, text=session.text)
        try:
            if session.code:
                said = f"the editor ended with exit code {session.code}; nothing was saved"
                raise RefusedError(said, code="editor-failed")
            done = finish(left, message=message)
        except EscaiError as error:
            tell(error)
            code = session.code if session.code > SIGNALS else error.exit_code
            is_kept = left.is_changed and _keep(left)
            if session.code or not left.is_changed or not _asks_again():
                return code
            opened = begin(workspace, environment) if is_kept else left
        else:
            tell_change(call, done.diff, done.version)
            tell_standing(call, open_manager(call))
            return 0


def _introduce(call: Call, opened: Edit, workspace: Workspace) -> None:
    from escai_nb.cli.editor import is_in_memory, place

    if opened.is_changed:
        note(call, "note: this goes on with an edit that was kept; --discard begins afresh")
    for path in opened.conflicts:
        note(call, f"note: {neutral(path)} was changed by somebody else too, and says what you did")
    if not is_in_memory(folder := place(workspace.environ)):
        note(call, f"note: the opened text lies on a disk, in {folder}, while you edit it")


def _keep(left: Edit) -> bool:
    """Put *left* aside, and say where; tell why if that fails."""
    from escai_nb.workspace.editing import keep

    try:
        path = keep(left)
    except EscaiError as error:
        tell(error)
        return False
    how = "sealed" if left.reading.keyring is not None else "in clear, for you alone to read"
    click.echo(
        f"your edit is kept, {how}: {neutral(str(path))}\n"
        "  escai config edit goes on with it, escai config edit --discard drops it",
        err=True,
    )
    return True


def _asks_again() -> bool:
    """Ask for another try where somebody is there to answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("edit it again?", default=True, err=True)
