"""The verbs that a runbook's cells call, in this order: see `Steps`."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.errors import EscaiError, RunFailedError, UsageError
from escai_nb.runbooks.catalogue import procedure_of
from escai_nb.runbooks.evidence import folder_of_kernel
from escai_nb.runbooks.outcome import DryRunEnded
from escai_nb.runbooks.parameters import checked, require_allowed, workspace_of
from escai_nb.runbooks.procedure import Checks, Facts, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from escai_nb.display import Showable
    from escai_nb.runbooks.evidence import RunFolder
    from escai_nb.runbooks.procedure import Check, Procedure

SHORT_HASH = 12
"""Digits of a plan's hash that people are shown."""


def begin(runbook: str, names: Mapping[str, object]) -> Steps:
    """
    Return the steps of *runbook*, told by *names*: the notebook's ``globals()``.

    Raises:
        UsageError: If the package has no such runbook (code ``runbook-unknown``).
        ParameterError: If a parameter has the wrong type, contradicts another,
            or a reason is missing.
    """
    kind = procedure_of(runbook)
    if kind is None:
        message = f"the package has no steps for {runbook!r}"
        raise UsageError(message, code="runbook-unknown", hint="write its cells out instead")
    given = {name: names[name] for name in kind.model.model_fields if name in names}
    parameters = checked(kind.model, given)
    require_allowed(parameters, Path())
    procedure = kind(parameters, workspace_of(parameters, Path()))
    return Steps(runbook, procedure, folder_of_kernel(os.environ))


class Steps:
    """
    One runbook being carried out: preflight, plan, gate, apply, verify, receipt.

    Each verb returns what its cell shows. Inside a run they leave a receipt and
    journal entries in the run's folder; a person's notebook needs none.
    """

    def __init__(self, runbook: str, procedure: Procedure, folder: RunFolder | None) -> None:
        self._runbook = runbook
        self._procedure = procedure
        self._folder = folder
        self._plan: Plan | None = None
        self._gate_open = False
        self._done: Mapping[str, Any] | None = None
        self._checks: list[dict[str, object]] | None = None

    def preflight(self) -> Checks:
        """
        Look at everything that could stop the work.

        Raises:
            RunFailedError: If something would.
        """
        with self._step("preflight"):
            return self._passed("Preflight", self._procedure.preflight())

    def plan(self) -> Showable:
        """Decide what is to be done and show it; nothing is changed."""
        with self._step("plan"):
            self._plan = self._procedure.plan()
            self._note("plan", hash=self._plan.hash)
            return self._plan.table

    def gate(self) -> Facts:
        """
        Let nobody pass who only wanted to look.

        Raises:
            DryRunEnded: In a dry run, after showing how to apply the plan; the
                run is then complete.
        """
        plan = self._planned()
        told = self._procedure.parameters
        facts = {"plan": plan.hash[:SHORT_HASH], "environment": told.environment}
        if not told.dry_run:
            self._gate_open = True
            return Facts("Gate: open", {**facts, "reason": told.reason})
        self._keep("planned")
        _show(
            Facts("Gate: a dry run ends here", {**facts, "to apply": "dry_run = False, or --apply"})
        )
        raise DryRunEnded

    def apply(self) -> Facts:
        """
        Do what the plan says.

        Raises:
            UsageError: If the gate has not been passed.
            PlanRefusedError: If the world is no longer the planned one.
        """
        plan = self._planned()
        if not self._gate_open:
            message = "nothing is applied before the gate"
            raise UsageError(message, hint="run the cells above, in order")
        with self._step("apply"):
            self._done = self._procedure.apply(plan, self._progress)
        self._keep("applied")
        return Facts("Applied", self._done)

    def verify(self) -> Checks:
        """
        Look at the result with fresh eyes.

        Raises:
            RunFailedError: If it is not what was planned.
        """
        plan, done = self._planned(), self._applied()
        with self._step("verify"):
            checks = self._passed("Verification", self._procedure.verify(plan, done))
        self._checks = checks.to_data()
        return checks

    def receipt(self) -> Facts:
        """Sum up what was done, and keep it."""
        plan, done = self._planned(), self._applied()
        self._keep("verified" if self._checks is not None else "applied")
        facts = {
            "runbook": self._runbook,
            "environment": self._procedure.environment,
            "plan": plan.hash[:SHORT_HASH],
            **done,
            "checks passed": len(self._checks or ()),
        }
        return Facts("Receipt", facts)

    def _passed(self, caption: str, found: Iterator[Check]) -> Checks:
        checks = Checks(caption, tuple(found))
        if checks.failed:
            _show(checks)
            first = checks.failed[0]
            message = f"{first.subject}? No: {first.detail}"
            raise RunFailedError(message)
        return checks

    def _planned(self) -> Plan:
        if self._plan is None:
            message = "there is no plan yet"
            raise UsageError(message, hint="run the cells above, in order")
        return self._plan

    def _applied(self) -> Mapping[str, Any]:
        if self._done is None:
            message = "nothing has been applied yet"
            raise UsageError(message, hint="run the cells above, in order")
        return self._done

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Note how a step ended, and what an error of ours has to say."""
        self._note("step", step=name, status="running")
        try:
            yield
        except EscaiError as error:
            self._note(
                "step",
                step=name,
                status="failed",
                error=type(error).__name__,
                code=error.code,
                message=str(error),
                hint=error.hint,
            )
            raise
        self._note("step", step=name, status="completed")

    def _progress(self, what: str, done: int, total: int) -> None:
        self._note("progress", what=what, done=done, total=total)

    def _note(self, event: str, **facts: object) -> None:
        if self._folder is not None:
            self._folder.journal.add(event, **facts)

    def _keep(self, status: str) -> None:
        if self._folder is None:
            return
        plan = self._planned()
        self._folder.write_receipt(
            {
                "runbook": self._runbook,
                "environment": self._procedure.environment,
                "status": status,
                "dry_run": self._procedure.parameters.dry_run,
                "plan_hash": plan.hash,
                "plan": dict(plan.data),
                "done": dict(self._done) if self._done is not None else None,
                "checks": self._checks,
            }
        )


def _show(value: Showable) -> None:
    """Display *value* now, as its cell is about to end with an error."""
    from IPython.display import display  # cells alone call this

    display(value)  # type: ignore[no-untyped-call]
