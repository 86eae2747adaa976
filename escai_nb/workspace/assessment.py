"""What stands against a reading: its model, its rules, its own state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import (
    DocumentError,
    HistoryDamagedError,
    InvalidConfigurationError,
)
from escai_nb.origin import IN_FILES, Origin, OriginKind
from escai_nb.secret import reveal
from escai_nb.sources.recovery import position
from escai_nb.validation import state_rules
from escai_nb.validation.finding import Severity
from escai_nb.validation.registry import with_installed
from escai_nb.validation.report import Report
from escai_nb.validation.settling import without_suppressed
from escai_nb.validation.tuning import strange, tuned, weighed
from escai_nb.validation.validator import validate
from escai_nb.workspace.ageing import aged
from escai_nb.workspace.loading.reading import Standing, secret_paths
from escai_nb.workspace.loading.surroundings import suppressions_of, surroundings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from escai_nb.errors import EscaiError
    from escai_nb.history.change import Diff
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.live.checking import LiveChecks
    from escai_nb.validation.policy import Policy
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading


def assess(
    reading: Reading,
    *,
    own: dict[str, Any] | None = None,
    timestamp: datetime | None = None,
    suppressions: bool = True,
    neighbours: bool = False,
    live: LiveChecks | None = None,
) -> Report:
    """
    Judge what *reading* says in effect, all layers merged.

    With *own*, judge as if the environment's own file said that. Without
    *suppressions*, findings that were put aside count like any other. With
    *neighbours*, compare with the other environments; a change is judged
    without, so that it waits for no other file, and is refused for none. With
    *live*, what the values name outside is asked, too.
    """
    spec, environment = reading.workspace.spec, reading.environment
    tier, policy = spec.tier(environment), reading.workspace.policy()
    now = timestamp or reading.workspace.clock()
    merged = reading.merge_for_model(reading.own if own is None else own)
    judges = with_installed(spec.all_rules)
    rules = tuned(judges.rules, policy, environment)
    report = validate(
        reveal(merged.data),
        model=spec.model,
        rules=rules,
        environment=environment,
        tier=tier,
        origin_of=merged.origin,
        key_origin_of=merged.key_origin,
        around=surroundings_of(reading, policy, neighbours=neighbours, live=live),
        unreadable=reading.unreadable,
        lost=reading.files.lost,
        timestamp=now,
        extra=(
            *_broken(reading),
            *judges.findings(tier),
            *strange(policy, judges.rules, tier, environments=spec.environments),
            *weighed(_state(reading, policy, now), policy, environment),
        ),
    )
    verified = not (reading.troubles or reading.files.broken.keys() & IN_FILES)
    report = replace(report, verified=verified, source=str(reading.files.path))
    if not suppressions:
        return report
    return without_suppressed(
        report,
        suppressions_of(reading, policy),
        rules=rules,
        tier=tier,
        environments=reading.workspace.spec.environments,
    )


def _broken(reading: Reading) -> Iterator[Finding]:
    """Say of each broken file everything that is broken in it."""
    names = {OriginKind.FILE: reading.files.path, OriginKind.SHARED: reading.workspace.shared_file}
    for kind, found in reading.files.broken.items():
        for fault in found.faults:
            if fault.where.startswith("env "):
                origin = Origin(OriginKind.VARIABLE, fault.where.removeprefix("env "))
            else:
                name = names[kind].name if kind in names else fault.where.partition(":")[0]
                origin = Origin(kind, name, *position(fault))
            yield state_rules.parse_failed(fault, origin=origin)


def assess_broken(
    workspace: Workspace,
    environment: str,
    error: EscaiError,
    *,
    file: Path | None = None,
    suppressions: bool = True,
    live: LiveChecks | None = None,
) -> Report:
    """
    Judge what can be read of an environment that *error* kept from being read.

    Everything that is broken is reported, and everything that stands against the
    rest.

    Raises:
        FileUnavailableError: If there is no file, or it may not be read.
    """
    from escai_nb.workspace.loading.opening import recover_environment  # most files are whole

    try:
        reading = recover_environment(workspace, environment, file=file)
        return assess(reading, suppressions=suppressions, neighbours=True, live=live)
    except DocumentError:  # it holds what no configuration can say
        source = file or workspace.file(environment)
        return assess_unparsed(
            error, environment=environment, source=source, timestamp=workspace.clock()
        )


def assess_unparsed(
    error: EscaiError, *, environment: str, source: Path, timestamp: datetime
) -> Report:
    """Report a file that cannot be read as a document at all, or one that lies over it."""
    name = error.where.split(":", 1)[0]
    kind = OriginKind.DOTENV if name.startswith(".env") else OriginKind.FILE
    origin = Origin(kind, name.rpartition("/")[2] or source.name, *position(error))
    return Report(
        findings=(state_rules.parse_failed(error, origin=origin),),
        environment=environment,
        timestamp=timestamp,
        source=str(source),
        verified=False,
    )


def _origin(error: EscaiError, default: Origin) -> Origin:
    """Return the place that *error* names, if it names one."""
    name = Path(error.where.split(":")[0]).name
    line, column = position(error)
    return Origin(OriginKind.FILE, name, line, column) if name else default


def _state(reading: Reading, policy: Policy | None, now: datetime) -> Iterator[Finding]:
    """Say what the workspace sees: seal, history, variables, policy, age."""
    tier = reading.workspace.spec.tier(reading.environment)
    origin = Origin(OriginKind.FILE, reading.files.path.name)
    head = reading.head.short if reading.head is not None else "of its seal"
    yield from _troubles(reading, head, origin)
    if reading.files.document is not None and reading.block is None and secret_paths(reading.own):
        yield state_rules.unsealed(tier, is_earlier=reading.is_earlier, origin=origin)
    told = {trouble.path for trouble in reading.troubles}
    for path in reading.clear_secrets:
        if keypath.render(path) not in told:
            where = reading.file_origin(path)
            yield state_rules.clear_secret(keypath.render(path), tier, origin=where)
    if reading.unreadable and OriginKind.FILE not in reading.files.broken:
        sealed = sorted(map(keypath.render, reading.unreadable))
        is_locked = reading.keyring is None
        yield state_rules.unchecked(sealed, is_locked=is_locked, origin=origin)
    yield from (
        state_rules.unknown_variable(
            unknown.name,
            unknown.hint,
            origin=unknown.origin or Origin(OriginKind.VARIABLE, unknown.name),
        )
        for unknown in reading.unknown_variables
    )
    if policy is not None:
        yield from aged(reading, policy, now)


def _troubles(reading: Reading, head: str, origin: Origin) -> Iterator[Finding]:
    """Say why what was read may not be used."""
    tier = reading.workspace.spec.tier(reading.environment)
    for trouble in reading.troubles:
        if isinstance(trouble, DocumentError):
            line, column = position(trouble)
            place = replace(origin, line=line, column=column)
            yield state_rules.parse_failed(trouble, origin=place)
        elif isinstance(trouble, HistoryDamagedError):
            place = Origin(OriginKind.FILE, reading.workspace.history_file.name)
            page = state_rules.HISTORY_DAMAGED
            yield state_rules.finding_of(page, tier, str(trouble), origin=place)
        elif trouble.code == "secret-in-shared-file":
            there = reading.merged.origin_in(OriginKind.SHARED, keypath.parse(trouble.path))
            yield state_rules.shared_secret(trouble, origin=there)
        elif OriginKind.FILE in reading.files.broken:
            continue  # no seal holds for what is left of a broken file
        elif trouble.code == "edited-by-hand":
            yield state_rules.edited_against_seal(trouble, origin=_origin(trouble, origin))
        elif not trouble.code.startswith("key-"):
            yield state_rules.seal_broken(trouble, origin=_origin(trouble, origin))
    if not reading.troubles and reading.standing is Standing.EDITED:
        yield state_rules.edited_outside(head, tier, origin=origin)


def require_acceptable(
    before: Report | Callable[[], Report] | None, after: Report, *, change: Diff | None = None
) -> None:
    """
    Let a change pass, unless it breaks the model or brings a new error.

    Findings that were there before are no reason to refuse it; a value that breaks the
    model is one, unless it was there before and is no part of *change*. What judges
    *before* is asked only if there is something to compare.

    Raises:
        InvalidConfigurationError: Otherwise; it carries what stands against it.
    """
    errors = [
        finding
        for finding in after.findings
        if finding.severity is Severity.ERROR and finding.layer != "state"
    ]
    if not errors:
        return
    report = before() if callable(before) else before
    known = {finding.fingerprint for finding in report.findings} if report is not None else set()
    touched: list[KeyPath] = [()]
    if change is not None:
        touched = [keypath.parse(each.path) for each in change]
    against = tuple(
        finding
        for finding in errors
        if finding.fingerprint not in known
        or (finding.layer == "schema" and _is_touched(finding.path, touched))
    )
    if against:
        more = f" and {len(against) - 1} more" if len(against) > 1 else ""
        msg = f"refused: {against[0]}{more}"
        raise InvalidConfigurationError(
            msg,
            findings=against,
            hint=against[0].fix or "mend what is listed, then repeat",
        )


def _is_touched(path: str, touched: list[KeyPath]) -> bool:
    """Tell whether something at, above or below *path* is changed."""
    steps = keypath.parse(path) if path else ()
    return any(steps[: len(each)] == each[: len(steps)] for each in touched)


def require_valid_model(after: Report) -> None:
    """
    Let a configuration pass whose model is in order, whatever the rules say.

    Raises:
        InvalidConfigurationError: If it breaks the model.
    """
    schema = [finding for finding in after.findings if finding.layer == "schema"]
    require_acceptable(None, _only(after, schema))


def _only(report: Report, findings: list[Finding]) -> Report:
    return Report(tuple(findings), report.environment, report.timestamp)
