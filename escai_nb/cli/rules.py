"""``escai config rules``: everything that a configuration is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.cli.terminal import draw, emit, say

if TYPE_CHECKING:
    from escai_nb.cli.command import Call


@command(
    "rules",
    example="escai config rules\nescai config rules --format markdown > rules.md",
    formats=("text", "json", "markdown"),
)
def rules(call: Call) -> None:
    """
    List the rules by which a configuration is judged.

    Those of its spec, those that hold for every spec, and those of the toolkit
    itself. As Markdown it is a whole page, with reasons, remedies and examples.
    """
    from escai_nb.validation.pages import rule_data, rules_markdown, with_own
    from escai_nb.views.rule_view import rules_sheet

    spec = open_workspace(call).spec
    if call.format == "markdown":
        say(rules_markdown(spec.all_rules, title=spec.title or spec.name).rstrip("\n"))
    elif call.is_json:
        emit([rule_data(rule) for rule in with_own(spec.all_rules)])
    else:
        draw(call, rules_sheet(with_own(spec.all_rules)))
