"""Moving values from one environment to the next: a plan that is shown, then applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.advance import Steps
from escai_nb.digest import sha256_hex
from escai_nb.errors import DocumentError, PlanRefusedError, UsageError
from escai_nb.history.version import VersionKind
from escai_nb.validation.finding import Severity
from escai_nb.workspace.approving import require_approved
from escai_nb.workspace.assessment import assess
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.merging.promotion_plan import Action, PlanRow, PromotionPlan
from escai_nb.workspace.merging.three_way import merges
from escai_nb.workspace.writing.recovery import writing
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.advance import Advance
    from escai_nb.audit.approval import Approval
    from escai_nb.history.version import Version
    from escai_nb.keypath import Path as KeyPath
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.merging.promotion_plan import Side


def plan_promotion(
    workspace: Workspace,
    source: str,
    target: str,
    *,
    only: Sequence[str] = (),
    take: Mapping[str, Side] | None = None,
) -> PromotionPlan:
    """
    Compare *source* with *target*, and say what a promotion would do.

    Effective values of the files are compared, never env vars. Both sides must
    be openable here.

    Raises:
        UsageError: If both are the same, or *take* or *only* name no difference.
        EscaiError: If one of the sides cannot be read.
    """
    plan, _, _ = _plan(workspace, source, target, tuple(only), dict(take or {}), Steps())
    return plan


def apply_promotion(
    workspace: Workspace,
    plan: PromotionPlan,
    *,
    message: str = "",
    approvals: Sequence[Approval] = (),
    break_glass: str = "",
    advance: Advance | None = None,
) -> Version | None:
    """
    Do what *plan* says, as one version of the target with its lineage.

    Where the policy asks for *approvals*, they are checked first; with *break_glass*, a
    reason, it is done without them, which the audit log says. *advance* is told of each
    step before the writing; when it raises, nothing is changed.

    Raises:
        PlanRefusedError: If it has open conflicts, would bring an error, is not
            approved, or the world is no longer the planned one.
    """
    _require_applicable(plan)
    with writing(workspace):
        if plan.changes:
            require_approved(workspace, plan, approvals, break_glass=break_glass)
        take = dict(plan.take)
        told = Steps(advance, 5)
        again, own, readings = _plan(workspace, plan.source, plan.target, plan.only, take, told)
        _require_same(again, plan.hash)
        came_from = _recorded(readings[0])
        said = message or f"promote {plan.source} → {plan.target}: {len(plan.changes)} values"
        entry = Entry(VersionKind.PROMOTION, said, came_from)
        target = readings[1]
        sealed = target.block is not None
        return save(target, own, entry, Means(sealed=sealed))


def planned_again(workspace: Workspace, told: object, *, where: str = "") -> PromotionPlan:
    """
    Return the plan that *told*, the content of a plan file, names; the world is unchanged.

    Raises:
        DocumentError: If that is no plan (code ``plan-broken``).
        PlanRefusedError: If one of the sides has changed since it was written.
        EscaiError: As `plan_promotion` does.
    """
    if not isinstance(told, Mapping) or told.get("format") != 1 or not told.get("hash"):
        message = "this is no plan of a promotion"
        raise DocumentError(
            message,
            code="plan-broken",
            where=where,
            hint="write one: escai config promote --from A --to B --plan FILE",
        )
    only, take = told.get("only") or (), told.get("take") or {}
    plan = plan_promotion(
        workspace, str(told.get("source")), str(told.get("target")), only=only, take=take
    )
    _require_same(plan, str(told["hash"]))
    return plan


def _require_same(again: PromotionPlan, planned: str) -> None:
    if again.hash != planned:
        said = f"{again.source} or {again.target} changed since the plan {planned[:12]} was made"
        raise PlanRefusedError(said, hint="make a new plan, look at it, and apply that")


def _require_applicable(plan: PromotionPlan) -> None:
    if plan.conflicts:
        row = plan.conflicts[0]
        more = f" and {len(plan.conflicts) - 1} more" if len(plan.conflicts) > 1 else ""
        hint = (
            f"decide with --take source {row.path} or --take target {row.path}"
            if row.action is Action.CONFLICT
            else f"set it first: escai config set -e {plan.target} {row.path}"
        )
        msg = f"{row.path}: {row.reason}{more}"
        raise PlanRefusedError(msg, path=row.path, hint=hint)
    if plan.findings:
        finding = plan.findings[0]
        said = f"the result would break a rule of {plan.target}: {finding}"
        raise PlanRefusedError(said, path=finding.path, hint=finding.fix)


def _recorded(source: Reading) -> str | None:
    """Return the version of the source's present content, recording it if need be."""
    entry = Entry(VersionKind.ADOPTED, "found in the file")
    version = save(source, source.own, entry, Means(sealed=source.block is not None))
    return version.id if version is not None else None


def _plan(  # what a plan depends on
    workspace: Workspace,
    source: str,
    target: str,
    only: tuple[str, ...],
    take: dict[str, Side],
    told: Steps,
) -> tuple[PromotionPlan, dict[str, Any], tuple[Reading, Reading]]:
    for name in (source, target):
        workspace.spec.require_environment(name)
    if source == target:
        message = f"{source} cannot be promoted to itself"
        raise UsageError(
            message, hint="name two environments, as in --from staging --to production"
        )
    theirs = read_environment(workspace, source)
    told(f"{source} is read")
    ours = read_environment(workspace, target)
    told(f"{target} is read")
    for reading in (theirs, ours):
        reading.require_usable()
    rows: list[PlanRow] = []
    own = ours.own
    for merge in merges(theirs, ours):
        if not _wanted(merge.path, only):
            continue
        decided = merge.decide(take.get(keypath.render(merge.path)))
        rows.append(decided)
        own = merge.applied(own, decided.action)
    _require_used(rows, only, take)
    told("values are compared")
    before = {finding.fingerprint for finding in assess(ours).findings}
    findings = tuple(
        finding
        for finding in assess(ours, own=own).at_least(Severity.ERROR)
        if finding.fingerprint not in before and finding.layer != "state"
    )
    told("rules are checked")
    plan = PromotionPlan(
        source=source,
        target=target,
        rows=tuple(rows),
        source_version=theirs.head.id if theirs.head is not None else "",
        target_version=ours.head.id if ours.head is not None else "",
        findings=findings,
        only=only,
        take=tuple(sorted(take.items())),
    )
    world = [_state(theirs), _state(ours)]
    return replace(plan, hash=sha256_hex([plan.to_data(), world])), own, (theirs, ours)


def _state(reading: Reading) -> str:
    """Name what a file says, secrets by their tokens or, in a clear file, by a keyed digest."""
    if reading.block is not None:
        return reading.block.seal
    return reading.head.value_digest if reading.head is not None else ""


def _wanted(path: KeyPath, only: tuple[str, ...]) -> bool:
    return not only or any(path[: len(p)] == p for p in map(keypath.parse, only))


def _require_used(rows: list[PlanRow], only: tuple[str, ...], take: Mapping[str, Side]) -> None:
    paths = {row.path for row in rows}
    for name in take:
        if name not in paths:
            message = f"there is nothing to decide at {name}"
            raise UsageError(message, path=name, hint="look at the plan without --take first")
    for name in only:
        if not any(_wanted(keypath.parse(path), (name,)) for path in paths):
            message = f"the environments do not differ at {name}"
            raise UsageError(message, path=name, hint="look at the plan without --only first")
