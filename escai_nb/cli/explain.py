"""``escai config explain``: a field with all its layers, or the page of a rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.completing import key_paths
from escai_nb.cli.opening import open_manager, open_rules, open_workspace
from escai_nb.cli.outcome import tell_unverified
from escai_nb.cli.terminal import draw, emit, say
from escai_nb.errors import FieldUnknownError, KeyPathError
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

_RULE = re.compile(r"[A-Za-z]{2,}\d{3,}|[A-Z]{2,}[-_]?\d+")


@command("explain", example="escai config explain api.port\nescai config explain ESC301")
@click.argument("subject", metavar="PATH|RULE", shell_complete=key_paths)
@click.option(
    "--rules",
    multiple=True,
    metavar="MODULE[:NAME]",
    help="A rule may be one of these; a module or its file.",
)
def explain(call: Call, *, subject: str, rules: tuple[str, ...]) -> None:
    """
    Tell all about a key path, or about a rule.

    Of a path: its type, bounds and meaning, what each layer says of it, and
    which one won. Of a rule: what it checks, why, and how to mend it.
    """
    reads_like_rule = _RULE.fullmatch(subject) is not None
    if rules or (reads_like_rule and open_workspace(call).spec.outline.find((subject,)) is None):
        _explain_rule(call, subject, rules)
        return
    manager = open_manager(call)
    try:
        explanation = manager.explain(subject)
    except (FieldUnknownError, KeyPathError):
        if not _is_rule(call, subject):
            raise
        _explain_rule(call, subject, rules)
        return
    if call.is_json:
        emit(explanation.to_data())
        return
    sheet = explanation.to_sheet()
    say(neutral(sheet.summary))
    draw(call, sheet)
    tell_unverified(call, manager.reading)


def _is_rule(call: Call, name: str) -> bool:
    """Tell whether *name* is a rule's id, of whatever form others give them."""
    from escai_nb.validation.pages import with_own
    from escai_nb.validation.registry import with_installed

    judges = with_installed(open_workspace(call).spec.all_rules)
    return name.upper() in {rule.id.upper() for rule in with_own(judges.rules)}


def _explain_rule(call: Call, name: str, rules: tuple[str, ...]) -> None:
    from escai_nb.validation.pages import explain_rule
    from escai_nb.validation.registry import with_installed

    spec = open_rules(call, rules) if rules else open_workspace(call).spec
    page = explain_rule(name, with_installed(spec.all_rules).rules)
    if call.is_json:
        emit({"rule": name.upper(), "page": page})
    else:
        say(page.rstrip("\n"))
