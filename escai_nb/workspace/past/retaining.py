"""Letting go of old contents of a workspace's history, by a plan that is made first."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from escai_nb.errors import UnavailableError
from escai_nb.history.retention import Retention, RetentionPlan, plan_retention
from escai_nb.workspace.past.past import history_of
from escai_nb.workspace.writing.recovery import writing

if TYPE_CHECKING:
    from escai_nb.workspace.layout import Workspace


def clean_up_history(
    workspace: Workspace,
    wanted: Retention,
    *,
    environment: str | None = None,
    dry_run: bool = False,
) -> RetentionPlan:
    """
    Drop the contents that *wanted* does not keep; return what was, or would be, done.

    Rows stay, and so do the contents of protected versions, see
    `protected_versions`. Only those of *environment* go, where one is named.
    """
    if dry_run:
        return _plan(workspace, wanted, environment)
    with writing(workspace):
        plan = _plan(workspace, wanted, environment)
        if plan.dropped:
            with history_of(workspace) as store:
                store.drop_content(*(version.id for version in plan.dropped))
                with suppress(UnavailableError):  # a full disk has no room to tidy up in
                    store.compact()
    return plan


def _plan(workspace: Workspace, wanted: Retention, environment: str | None) -> RetentionPlan:
    with history_of(workspace) as store:
        return plan_retention(
            store.versions(),
            wanted,
            now=workspace.clock(),
            sizes=store.sizes(),
            bases=store.bases(),
            only=environment,
        )
