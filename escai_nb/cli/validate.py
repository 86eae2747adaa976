"""``escai config validate``: everything that stands against a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_manager, open_spec, open_workspace
from escai_nb.cli.outcome import tell_change
from escai_nb.cli.terminal import draw, draw_tall, emit, note, say
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.validation.report import Report
    from escai_nb.workspace.manager import ConfigManager

BRIEF = ("severity", "code", "path", "message", "origin")
"""Columns that a report has on a terminal; ``--detailed`` shows all."""


@command(
    "validate",
    example="escai config validate -e production --fail-on warning\nescai config validate --fix",
    formats=("text", "json", "sarif", "junit", "github", "markdown"),
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "advice", "never"]),
    default="error",
    show_default=True,
    help="Least severity that exits with 1.",
)
@click.option(
    "-c",
    "--config-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Judge this file by itself instead.",
)
@click.option("--all", "every", is_flag=True, help="Every environment that has a file.")
@click.option("--detailed", is_flag=True, help="Also why each matters and how to mend it.")
@click.option("--fix", is_flag=True, help="First save the safe repairs, as one version.")
@click.option("--dry-run", is_flag=True, help="With --fix: only show them.")
def validate(
    call: Call,
    *,
    fail_on: str,
    config_file: Path | None,
    every: bool,
    detailed: bool,
    fix: bool,
    dry_run: bool,
) -> int:
    """
    List every finding, located, in one go; nothing is written without --fix.

    Works without a key as well: what is sealed is then left out of judgement,
    and the report says so. Exits with 1 if there is a finding at or above
    --fail-on.
    """
    if dry_run and not fix:
        message = "--dry-run belongs to --fix; validate itself writes nothing"
        raise click.UsageError(message)
    if config_file is not None and (fix or every):
        message = "--config-file judges one file as it is, without --fix and --all"
        raise click.UsageError(message)
    reports = []
    if config_file is not None:
        reports.append(_judged_alone(call, config_file))
    else:
        for environment in _environments(call) if every else (None,):
            manager = open_manager(call, environment)
            if fix:
                _repair(call, manager, dry_run=dry_run)
            reports.append(manager.report())
    if call.format == "text":
        for report in reports:
            _draw(call, report, detailed=detailed or call.verbose)
    else:
        _write(call, reports, as_list=every)
    return int(any(_fails(report, fail_on) for report in reports))


def _judged_alone(call: Call, path: Path) -> Report:
    from escai_nb.workspace.facade import ConfigValidator

    return ConfigValidator(open_spec(call)).report_file(path)


def _environments(call: Call) -> tuple[str, ...]:
    workspace = open_workspace(call)
    present = workspace.environments_present()
    if not present:
        workspace.require_file(workspace.spec.environments[0])
    return present


def _fails(report: Report, fail_on: str) -> bool:
    return fail_on != "never" and bool(report.at_least(fail_on))


def _draw(call: Call, report: Report, *, detailed: bool) -> None:
    sheet = report.to_sheet()
    say(neutral(sheet.summary))
    if detailed:
        draw_tall(sheet, head=BRIEF[:-1])
    else:
        draw(call, sheet, only=BRIEF)


def _write(call: Call, reports: list[Report], *, as_list: bool) -> None:
    """Write the reports in the form that another tool reads, as one document."""
    if call.format == "json":
        data = [report.to_data() for report in reports]
        emit(data if as_list else data[0])
    elif call.format == "sarif":
        first, *others = (report.to_sarif() for report in reports)
        emit({**first, "runs": [*first["runs"], *(run for o in others for run in o["runs"])]})
    elif call.format == "junit":
        if len(reports) > 1:
            message = "a JUnit file holds one environment; name it with -e"
            raise click.UsageError(message)
        say(reports[0].to_junit().rstrip("\n"))
    else:
        for report in reports:
            text = report.to_markdown() if call.format == "markdown" else report.to_github()
            say(text.rstrip("\n"))


def _repair(call: Call, manager: ConfigManager, *, dry_run: bool) -> None:
    from escai_nb.workspace.repair import apply_repairs, plan_repairs

    repairs, version = plan_repairs(manager.copy), None
    if not repairs.diff:
        note(call, f"{manager.environment}: no safe repair to make")
        return
    if not dry_run:
        repairs, version = apply_repairs(manager)
    if call.format == "text":
        tell_change(call, repairs.diff, version, dry_run=dry_run)
