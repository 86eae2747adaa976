"""``escai config validate``: everything that stands against a configuration."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from escai_nb.cli.command import command
from escai_nb.cli.findings import excerpts_of, tell_brief, tell_in_full
from escai_nb.cli.opening import open_manager, open_rules, open_spec, open_workspace
from escai_nb.cli.outcome import draw_diff, tell_version
from escai_nb.cli.terminal import confirm, emit, note, progress, say
from escai_nb.display import REPORTS, load
from escai_nb.errors import EscaiError, NewerFormatError, UnavailableError
from escai_nb.origin import IN_FILES, OriginKind
from escai_nb.views.text import neutral

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.cli.command import Call
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.baseline import Baseline
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.live.checking import LiveChecks
    from escai_nb.validation.report import Report
    from escai_nb.workspace.manager import ConfigManager
    from escai_nb.workspace.repair import Repairs

LONGEST_COMMENT = 65_536
"""Characters of a comment on GitHub."""
_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class _Options:
    """What the command is told beside what all are told."""

    fail_on: str
    config_file: Path | None
    every: bool
    detailed: bool
    fix: bool
    unsafe: bool
    yes: bool
    dry_run: bool
    suppressions: bool
    baseline: Path | None
    write_baseline: Path | None
    rules: tuple[str, ...]
    live: bool
    timeout: float | None

    def require_sense(self) -> None:
        """
        Return if the options go together.

        Raises:
            UsageError: If they do not.
        """
        if (self.dry_run or self.unsafe) and not self.fix:
            option = "--unsafe" if self.unsafe else "--dry-run"
            message = f"{option} belongs to --fix; validate itself writes nothing"
            raise click.UsageError(message)
        if self.config_file is not None and (self.fix or self.every):
            message = "--config-file judges one file as it is, without --fix and --all"
            raise click.UsageError(message)
        if self.timeout is not None and not self.live:
            message = "--timeout belongs to --live; nothing else is waited for"
            raise click.UsageError(message)
        if self.baseline is not None and self.write_baseline is not None:
            message = "a baseline is either written or compared with"
            raise click.UsageError(message)


@command(
    "validate",
    example="escai config validate -e production --fail-on warning\n"
    "escai config validate --fix\n"
    "escai config validate --all --format sarif > report.sarif\n"
    "escai config validate -e staging --live --timeout 3",
    formats=("text", "json", "sarif", "junit", "github", "markdown", "html"),
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
    type=_FILE,
    help="Judge this file by itself, for --environment or as it says.",
)
@click.option("--all", "every", is_flag=True, help="Every environment that has a file.")
@click.option("--detailed", is_flag=True, help="Each in full, with its lines in the file.")
@click.option("--fix", is_flag=True, help="First show and save the safe repairs, as one version.")
@click.option("--unsafe", is_flag=True, help="With --fix: the others too, each after a question.")
@click.option("-y", "--yes", is_flag=True, help="With --unsafe: yes to every question.")
@click.option("--dry-run", is_flag=True, help="With --fix: only show them.")
@click.option(
    "--no-suppressions",
    "suppressions",
    flag_value=False,
    default=True,
    help="Count also what comments and the policy put aside.",
)
@click.option("--baseline", type=_FILE, help="Count only what this file does not know.")
@click.option("--write-baseline", type=_FILE, help="Write what is found into this file.")
@click.option("--live", is_flag=True, help="Also ask the services that are named, by a login.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 300, min_open=True),
    metavar="SECONDS",
    help="With --live: how long each has to answer; 5 by default.",
)
@click.option(
    "--rules",
    multiple=True,
    metavar="MODULE[:NAME]",
    help="Ask these rules, too; a module or its file.",
)
def validate(call: Call, **given: Any) -> int:  # noqa: ANN401  # as click hands them over
    """
    List every finding, located, in one go; nothing is written without --fix.

    Works without a key as well: what is sealed is then left out of judgement,
    and the report says so. Nothing outside is asked without --live. Exits
    with 1 if there is a finding at or above --fail-on.
    """
    options = _Options(**given)
    options.require_sense()
    spec = open_rules(call, options.rules) if options.rules else open_spec(call)
    if options.config_file is not None:
        judged = [_judged_alone(call, options, spec)]
    else:
        managers = [
            open_manager(call, environment, spec=spec)
            for environment in (_environments(call) if options.every else (None,))
        ]
        judged = [_judged(call, manager, options) for manager in managers]
    judged = _compared(call, judged, options)
    _write(call, judged, options)
    return int(any(_fails(each.report, options.fail_on) for each in judged))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A report, and what it is about."""

    report: Report
    spec: ConfigSpec
    files: tuple[Path, ...]
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def _judged_alone(call: Call, options: _Options, spec: ConfigSpec | None) -> _Judged:
    from escai_nb.workspace.facade import ConfigValidator

    validator, path = ConfigValidator(spec), options.config_file or Path()
    with _live_checks(call, options) as live:
        report = validator.report_file(
            path, environment=call.environment, suppressions=options.suppressions, live=live
        )
    own = replace(call, config_dir=path.parent)
    is_of_workspace = path.stem == f"config.{report.environment}"
    if is_of_workspace:
        report = replace(report, repairing=_repairing(own, report.environment, options))
    return _Judged(report, validator.spec, (path,))


def _repairing(call: Call, environment: str, options: _Options) -> str:
    """Return the command that makes the safe repairs of what is judged."""
    rules = "".join(f" --rules {shlex.quote(each)}" for each in options.rules)
    return f"escai config validate {call.again(environment)}{rules} --fix"


@contextmanager
def _live_checks(call: Call, options: _Options) -> Iterator[bool | LiveChecks]:
    """Give what is asked outside, whose progress is drawn on a terminal."""
    if not options.live:
        yield False
        return
    from escai_nb.validation.live.checking import PATIENCE, LiveChecks

    with progress(call) as advance:
        yield LiveChecks(options.timeout or PATIENCE, advance)


def _judged(call: Call, manager: ConfigManager, options: _Options) -> _Judged:
    if options.fix:
        _repair(call, manager, options)
    with _live_checks(call, options) as live:
        report = manager.report(suppressions=options.suppressions, live=live)
    report = replace(report, repairing=_repairing(call, manager.environment, options))
    workspace = manager.workspace
    files = (workspace.shared_file, workspace.file(manager.environment))
    return _Judged(report, manager.spec, files, _secrets(manager))


def _secrets(manager: ConfigManager) -> frozenset[str]:
    """Return what no line may show, of all layers; of a broken file its own text tells alone."""
    try:
        return manager.copy.secret_texts()
    except EscaiError:
        return frozenset()


def _environments(call: Call) -> tuple[str, ...]:
    workspace = open_workspace(call)
    present = workspace.environments_present()
    if not present:
        workspace.require_file(workspace.spec.environments[0])
    return present


def _fails(report: Report, fail_on: str) -> bool:
    return fail_on != "never" and bool(report.at_least(fail_on))


def _known(path: Path) -> Baseline:
    """Read a baseline; the next step for one that cannot be read is to write it."""
    from escai_nb.sources.document import read
    from escai_nb.validation import baseline as baselines

    try:
        return baselines.parse(read(path).data, where=str(path))
    except UnavailableError as error:
        if not isinstance(error, NewerFormatError):
            error.hint = baselines.REMEDY
        raise


def _compared(call: Call, judged: list[_Judged], options: _Options) -> list[_Judged]:
    """Put aside what a baseline knows, after it is written if that is asked for."""
    from escai_nb.validation import baseline as baselines

    if options.write_baseline is not None:
        import json

        from escai_nb.safefile import write_atomic

        baseline = baselines.Baseline.of(each.report for each in judged)
        text = json.dumps(baseline.to_data(), ensure_ascii=False, indent=2) + "\n"
        write_atomic(options.write_baseline, text.encode("utf-8", "surrogatepass"))
        note(call, f"wrote {neutral(str(options.write_baseline))}")
    elif options.baseline is not None:
        baseline = _known(options.baseline)
    else:
        return judged
    return [
        replace(
            each,
            report=baselines.without_known(
                each.report, baseline, tier=each.spec.tier(each.report.environment)
            ),
        )
        for each in judged
    ]


def _write(call: Call, judged: list[_Judged], options: _Options) -> None:
    """Write the reports, as one document where another tool reads it."""
    reports = [each.report for each in judged]
    if call.format == "text":
        for each in judged:
            if options.detailed or call.verbose:
                tell_in_full(each.report, excerpts_of(each.files, each.spec.catalog, each.secrets))
            else:
                tell_brief(call, each.report, options.rules)
    elif call.format == "json":
        data = [report.to_data() for report in reports]
        emit(data if options.every else data[0])
    elif call.format == "sarif":
        first, *others = (report.to_sarif() for report in reports)
        emit({**first, "runs": [*first["runs"], *(run for o in others for run in o["runs"])]})
    elif call.format == "junit":
        least = "error" if options.fail_on == "never" else options.fail_on
        say(load(REPORTS["junit"])(*reports, fail_on=least).rstrip("\n"))
    elif call.format == "html":
        say(load(REPORTS["html"])(*reports).rstrip("\n"))
    elif call.format == "markdown":
        text = "\n".join(report.to_markdown() for report in reports).rstrip("\n")
        say(text)
        if len(text) > LONGEST_COMMENT:
            note(
                call,
                f"longer than the {LONGEST_COMMENT:,} characters that GitHub takes in a comment;"
                " --format html or sarif has room, --baseline leaves out what is known",
            )
    else:
        _annotate(call, reports)


def _annotate(call: Call, reports: list[Report]) -> None:
    """Write a line for each finding, and beside them what GitHub will leave out."""
    from escai_nb.reports.github import unshown

    if text := "".join(report.to_github() for report in reports):
        say(text.rstrip("\n"))
    if remark := unshown(reports):
        note(call, remark)


def _repair(call: Call, manager: ConfigManager, options: _Options) -> None:
    """Show what mending would do, then do it."""
    from escai_nb.workspace.repair import apply_repairs, plan_repairs

    def accepts(finding: Finding) -> bool:
        return finding.safe or (options.unsafe and _agreed(finding, options))

    repairs = plan_repairs(manager.copy, accepts)
    for finding in repairs.elsewhere:
        note(call, f"--fix cannot mend {neutral(str(finding))}: {neutral(_outside(finding))}")
    for finding in repairs.refused:
        note(call, f"left as it is, as the model refuses the repair: {neutral(str(finding))}")
    if not repairs.diff:
        note(call, f"{manager.environment}: no {'' if options.unsafe else 'safe '}repair to make")
        return
    _show(call, repairs)
    if options.dry_run:
        _tell(call, "dry run: nothing was written")
        return
    _, version = apply_repairs(manager, repairs)
    if version is not None and call.format == "text":
        tell_version(version)


def _outside(finding: Finding) -> str:
    """Say what sets that which no change of the own file would mend."""
    origin = finding.origin
    if origin is not None and origin.kind in IN_FILES:
        is_own = origin.kind is OriginKind.FILE
        return "a variable hides it" if is_own else f"it stands in the shared file, {origin}"
    return f"{origin} sets it"


def _agreed(finding: Finding, options: _Options) -> bool:
    """Ask about one repair that may hurt; only a yes is one."""
    from escai_nb.errors import RefusedError

    if options.dry_run:
        return True
    operations = ", ".join(f"{each['op']} {each['path']}" for each in finding.patch)
    try:
        expected = f", expected {finding.expected}" if finding.expected else ""
        question = neutral(f"{finding}{expected}; mend it ({operations})?")
        confirm(question, yes=options.yes, piped=True)
    except RefusedError:
        return False
    return True


def _show(call: Call, repairs: Repairs) -> None:
    if call.format == "text":
        draw_diff(call, repairs.diff)


def _tell(call: Call, text: str) -> None:
    """Say *text* where people read, and beside the result where a tool does."""
    if call.format == "text":
        say(text)
    else:
        note(call, text)
