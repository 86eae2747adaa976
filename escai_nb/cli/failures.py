"""How an error is told on a terminal: what, where, and what to do next."""

from __future__ import annotations

import click

from escai_nb.errors import EscaiError, InvalidConfigurationError
from escai_nb.views.text import neutral

MOST_FINDINGS = 20
"""Findings that an error lists; `escai config validate` lists all."""


def tell(error: EscaiError) -> None:
    """Write *error* to stderr: the message, its findings, its place, the next step."""
    for line in lines_of(error):
        click.echo(line, err=True)


def lines_of(error: EscaiError) -> list[str]:
    """Lay *error* out, one thing a line, with no control character in it."""
    lines = [f"error: {neutral(str(error))}"]
    if error.where and error.where not in str(error):
        lines.append(f"  at {neutral(error.where)}")
    if isinstance(error, InvalidConfigurationError):
        listed = [neutral(str(finding)) for finding in error.findings]
        lines += [f"  - {finding}" for finding in listed[:MOST_FINDINGS]]
        if len(listed) > MOST_FINDINGS:
            lines.append(f"  - and {len(listed) - MOST_FINDINGS} more")
    if error.hint:
        lines.append(f"  hint: {neutral(error.hint)}")
    return lines
