"""``escai config init --interactive``: an environment begun by questions, field by field."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from escai_nb import keypath
from escai_nb.cli.terminal import value_text
from escai_nb.errors import UsageError, ValueRefusedError
from escai_nb.secret import Secret
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.schema.field_spec import FieldSpec
    from escai_nb.workspace.layout import Workspace

REST = "."
"""The answer that keeps everything from here on."""


def interview(workspace: Workspace, environment: str) -> dict[str, Any]:
    """
    Ask a person for each field that is not for experts; return what differs from the preset.

    An answer that does not fit its field is asked for again; what rules say of
    one is told at once. Secrets are asked for without showing them.

    Raises:
        UsageError: If there is no terminal.
    """
    from escai_nb.workspace.bootstrap import preset_values, preview

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        message = "nobody is here to ask"
        raise UsageError(message, hint="leave --interactive out, then use escai config set")
    preset = preset_values(workspace.spec, environment)
    given: dict[str, Any] = {}
    section: keypath.Path | None = None
    _tell(f"Enter keeps what stands in brackets, {REST} keeps all the rest.")
    for field in workspace.spec.catalog.fields:
        if field.advanced or keypath.render(field.path) == workspace.spec.environment_field:
            continue
        if field.path[:-1] != section:
            section = field.path[:-1]
            _tell(f"\n{keypath.render(section) or workspace.spec.name}")
        present = keypath.get(preset, field.path) if keypath.has(preset, field.path) else None
        answer = _ask(workspace, field, present)
        if answer is None:
            continue
        if answer.open() == REST:
            break
        value = Secret(workspace.spec.catalog.parse_text(field.path, answer.open()))
        given = keypath.replace(given, field.path, value if field.sensitive else value.open())
        name = keypath.render(field.path)
        for finding in preview(workspace, environment, given).findings:
            if finding.path == name:
                _tell(f"  {finding.severity.value}: {finding}")
    return given


def _ask(workspace: Workspace, field: FieldSpec, present: Any) -> Secret[str] | None:  # noqa: ANN401
    """Ask until the answer fits; nothing if what is there is kept."""
    name = keypath.render(field.path)
    hidden = field.sensitive or isinstance(present, Secret)
    if field.doc:
        _tell(f"  {field.doc}")
    shown = ("generated" if present is not None else "none") if hidden else value_text(present)
    question = f"{name} ({field.expected}) [{shown}]"
    while True:
        text = click.prompt(neutral(question), "", hide_input=hidden, show_default=False, err=True)
        answer = Secret(text)
        del text
        if not answer.open():
            return None
        if answer.open() == REST:
            return answer
        try:
            workspace.spec.catalog.parse_text(field.path, answer.open())
        except ValueRefusedError as error:
            _tell(f"  {error}")
            continue
        return answer


def _tell(text: str) -> None:
    click.echo("\n".join(map(neutral, text.split("\n"))), err=True)
