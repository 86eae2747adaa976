"""Approvals of plans: given by one person, asked for when another one applies them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from escai_nb.audit.approval import Approval, parse
from escai_nb.audit.log import Deed
from escai_nb.errors import PlanRefusedError, TargetExistsError, UsageError
from escai_nb.safefile import create_exclusive
from escai_nb.sources.document import read
from escai_nb.workspace.access.auditing import record
from escai_nb.workspace.access.unlocking import workspace_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from escai_nb.validation.policy import Approvals
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.merging.promotion_plan import PromotionPlan

DAYS = 7
"""How long an approval holds where nothing is said."""


def approve(
    workspace: Workspace,
    plan: PromotionPlan,
    key: bytes,
    *,
    until: dt.date | None = None,
    reason: str = "",
) -> Approval:
    """
    Say yes to *plan* as the author of *workspace*, with the private *key* of that person.

    Raises:
        UsageError: If the policy asks for no approval, or not for this person's, or *key*
            is not the one that it names.
        KeyUnavailableError: If *key* is no private key.
    """
    wanted, who = _wanted(workspace, plan.target), workspace.author
    if wanted is None:
        message = f"the policy asks for no approval of changes to {plan.target}"
        raise UsageError(message, hint="name who may approve under approvals in the policy")
    last = until or workspace.clock().date() + dt.timedelta(days=DAYS)
    approval = Approval(
        plan=plan.hash,
        workspace=workspace_id(workspace),
        environment=plan.target,
        by=who,
        until=last.isoformat(),
        reason=reason,
    ).signed(key)
    if who not in wanted.by or not approval.is_signed_by(wanted.by[who]):
        message = f"the policy does not know this key as that of {who}"
        hint = f"approvals of {plan.target} come from {', '.join(wanted.by)}"
        raise UsageError(message, hint=hint)
    return approval


def read_approval(path: Path) -> Approval:
    """
    Return the approval in the file *path*; its signature is not checked yet.

    Raises:
        EscaiError: If there is none.
    """
    return parse(read(path).data, where=str(path))


def write_approval(path: Path, approval: Approval) -> None:
    """
    Write *approval* to the new file *path*, for who applies the plan.

    Raises:
        TargetExistsError: If *path* is there.
    """
    text = json.dumps(approval.to_data(), ensure_ascii=False, indent=2) + "\n"
    try:
        create_exclusive(path, text.encode(), mode=0o644)
    except FileExistsError:
        message = f"{path} is there already"
        raise TargetExistsError(message, hint="name a file that is not there yet") from None


def require_approved(
    workspace: Workspace,
    plan: PromotionPlan,
    approvals: Sequence[Approval] = (),
    *,
    break_glass: str = "",
) -> None:
    """
    Return if as many people agreed to *plan* as the policy asks for.

    With *break_glass*, a reason, it is done without them, and that is recorded.

    Raises:
        PlanRefusedError: Otherwise (code ``approval-missing``); it says what is wrong
            with each approval that does not count.
        UnavailableError: If the audit log cannot be written.
    """
    wanted = _wanted(workspace, plan.target)
    if wanted is None:
        return
    troubles = {each: _trouble(workspace, plan, each, wanted) for each in approvals}
    agreed = {each.by for each, trouble in troubles.items() if not trouble}
    if len(agreed) >= wanted.needed:
        return
    if break_glass:
        note = f"plan {plan.hash[:12]} without approval: {break_glass}"
        record(workspace, Deed.BREAK_GLASS, plan.target, note=note)
        return
    said = [f"{each.by}: {trouble}" for each, trouble in troubles.items() if trouble]
    message = f"{plan.target} needs {wanted.needed} approval(s) of this plan, and has {len(agreed)}"
    raise PlanRefusedError(
        "; ".join([message, *said]),
        code="approval-missing",
        hint=f"write the plan with --plan FILE; {' or '.join(wanted.by)} may approve it: "
        "escai config approve FILE",
    )


def _wanted(workspace: Workspace, environment: str) -> Approvals | None:
    policy = workspace.policy()
    return policy.approvals.get(environment) if policy is not None else None


def _trouble(
    workspace: Workspace, plan: PromotionPlan, approval: Approval, wanted: Approvals
) -> str:
    """Say why *approval* does not count; nothing if it does."""
    if approval.by not in wanted.by:
        return "is not named by the policy"
    if not approval.is_signed_by(wanted.by[approval.by]):
        return "did not sign this approval"
    same = approval.plan == plan.hash and approval.environment == plan.target
    troubles = {
        "approved another plan": not same,
        "approved it for another workspace": approval.workspace != workspace_id(workspace),
        f"approved it until {approval.until} only": approval.is_over(workspace.clock().date()),
        "may not approve what is applied by the same person": approval.by == workspace.author,
    }
    return next((said for said, is_so in troubles.items() if is_so), "")
