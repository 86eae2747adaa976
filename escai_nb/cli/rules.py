"""``escai config rules``: everything that a configuration is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_rules, open_workspace
from escai_nb.cli.terminal import draw, emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command(
    "rules",
    example="escai config rules\nescai config rules --format markdown > rules.md",
    formats=("text", "json", "markdown"),
)
@click.option(
    "--rules",
    "more",
    multiple=True,
    metavar="MODULE[:NAME]",
    help="And these, too; a module or its file.",
)
def rules(call: Call, *, more: tuple[str, ...]) -> None:
    """
    List the rules by which a configuration is judged.

    Those of its spec, those that hold for every spec, those of installed
    packages, and those of the toolkit itself. As Markdown it is a whole page,
    with reasons, remedies and examples.
    """
    from escai_nb.validation.pages import rule_data, rules_markdown, with_own
    from escai_nb.validation.registry import with_installed
    from escai_nb.views.rule_view import rules_sheet

    spec = open_rules(call, more) if more else open_workspace(call).spec
    judges = with_installed(spec.all_rules)
    for failure in judges.failures:
        note(call, neutral(failure))
    if call.format == "markdown":
        say(rules_markdown(judges.rules, title=spec.title or spec.name).rstrip("\n"))
    elif call.is_json:
        emit([rule_data(rule) for rule in with_own(judges.rules)])
    else:
        draw(call, rules_sheet(with_own(judges.rules)))
