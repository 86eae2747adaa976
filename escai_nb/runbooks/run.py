"""One run of one runbook, from the check of its parameters to the manifest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.display import Showable
from escai_nb.runbooks.catalogue import find_runbook
from escai_nb.runbooks.evidence import FOLDER_VARIABLE, RunFolder
from escai_nb.runbooks.execution import Job
from escai_nb.runbooks.known import KnownSecrets
from escai_nb.runbooks.lean import lean_imports
from escai_nb.runbooks.outcome import CellRecord, Failure, Outcome, Status, tone_of
from escai_nb.runbooks.page import page_of
from escai_nb.runbooks.parameters import checked, require_allowed
from escai_nb.runbooks.redaction import Redaction
from escai_nb.safefile import write_atomic
from escai_nb.spec import load_spec
from escai_nb.views.sheet import Column, Sheet, counted
from escai_nb.workspace.layout import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from escai_nb.runbooks.catalogue import Runbook
    from escai_nb.runbooks.parameters import ParameterModel

LIBRARIES = ("escai-nb", "papermill", "nbclient", "ipykernel", "pydantic", "cryptography", "PyYAML")
"""Whose versions a manifest names."""


@dataclass(frozen=True, slots=True)
class Run(Showable):
    """
    A run that has come to its end, and where its evidence lies.

    Attributes:
        runbook: Its name.

        environment: The one that was worked on.

        outcome: How it ended, cell by cell.

        folder: Where everything about it lies.

        receipt: What the steps did or would do; empty when they came to none.
    """

    runbook: str
    environment: str
    outcome: Outcome
    folder: Path
    receipt: Mapping[str, Any]

    @property
    def status(self) -> Status:
        """How the run ended."""
        return self.outcome.status

    @property
    def exit_code(self) -> int:
        """What a command that ends with this run returns."""
        return self.outcome.exit_code

    @property
    def notebook(self) -> Path:
        """The notebook as it was run."""
        return RunFolder(self.folder).notebook

    @property
    def html(self) -> Path:
        """The same as a web page."""
        return RunFolder(self.folder).page

    def raise_if_failed(self) -> None:
        """
        Return only when the run completed; see `Outcome.raise_if_failed`.

        Raises:
            PlanRefusedError: If a step refused the plan.
            RunFailedError: If a step failed.
            RunTimedOutError: If the run or its kernel did not come to an end.
        """
        self.outcome.raise_if_failed()

    def to_data(self) -> dict[str, object]:
        """Write the run as plain data."""
        return {
            "runbook": self.runbook,
            "environment": self.environment,
            "folder": str(self.folder),
            **self.outcome.to_data(),
            "receipt": dict(self.receipt),
        }

    def to_sheet(self) -> Sheet:
        """Lay the cells out as rows."""
        cells = self.outcome.cells
        return Sheet(
            caption=f"Run of {self.runbook}",
            columns=(
                Column("title", "Step"),
                Column("status", "Status", "badge", tuple(status.value for status in Status)),
                Column("seconds", "Seconds"),
                Column("said", "Result"),
            ),
            rows=tuple(
                (cell.title, cell.status.value, f"{cell.seconds:.2f}", cell.said) for cell in cells
            ),
            tones=tuple(tone_of(cell.status) for cell in cells),
            summary=f"{self.runbook} {self.status}: {counted(len(cells), 'cell')}",
            empty="no cell was run.",
        )


def run(  # noqa: PLR0913  # the one door, all by name
    name: str,
    *,
    environment: str | None = None,
    parameters: Mapping[str, object] | None = None,
    apply: bool = False,
    reason: str = "",
    config_dir: str | Path = "config",
    spec: str | None = None,
    run_dir: str | Path | None = None,
    timeout: float | None = None,
    cell_timeout: float | None = None,
    progress: Callable[[CellRecord, int, int], None] | None = None,
) -> Run:
    """
    Run the runbook *name* in a kernel of its own and return how it ended.

    Without *apply* it is a dry run. *parameters* are those of the runbook
    beside the ones that have a name here. The evidence lies in a new folder
    below *run_dir*, by default that of the workspace's runs. The run may take
    *timeout* seconds, each cell *cell_timeout*. *progress* is called with the
    record of a cell as it changes, and how many of how many are done.

    Raises:
        UsageError: If there is no such runbook (code ``runbook-unknown``).
        ParameterError: If it does not take the parameters; nothing is started.
        EnvironmentUnknownError: If there is no such environment.
        WriteFailedError: If the evidence cannot be kept.
    """
    root = Path(os.path.realpath(config_dir))
    runbook = find_runbook(name, root)
    told = {"config_dir": root.name, "dry_run": not apply, "reason": reason}
    told |= {"environment": environment, "spec": spec}
    values = _told(runbook, told, dict(parameters or {}))
    require_allowed(values, root.parent)
    workspace = Workspace.at(root, load_spec(spec) if spec else None)
    order = _Order(runbook, values.model_dump(mode="json"), workspace, dt.datetime.now(dt.UTC))
    folder = RunFolder.create(
        Path(os.path.realpath(run_dir)) if run_dir else workspace.runs,
        runbook=name,
        environment=order.environment,
        now=order.began,
    )
    job = Job(
        watch=_watcher(folder, progress),
        failure=lambda: _recorded_failure(folder),
        redaction=Redaction(KnownSecrets(workspace)),
        folder=root.parent,
        environ=_environ(folder),
        deadline=timeout,
        cell_timeout=cell_timeout,
    )
    order.carry_out(job, folder)
    return Run(name, order.environment, job.outcome, folder.path, folder.read_receipt())


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be run, after everything about it has been checked."""

    runbook: Runbook
    told: dict[str, Any]
    workspace: Workspace
    began: dt.datetime

    @property
    def environment(self) -> str:
        return str(self.told.get("environment", ""))

    def carry_out(self, job: Job, folder: RunFolder) -> None:
        """Run the notebook and leave the evidence whole."""
        folder.journal.add("start", runbook=self.runbook.name, parameters=self.told)
        _execute(self.runbook, self.told, job, folder)
        folder.journal.add("end", status=job.outcome.status)
        _mask_files(folder, job.redaction)
        folder.seal(job.redaction.data(self._manifest(job.outcome, folder)))

    def _manifest(self, outcome: Outcome, folder: RunFolder) -> dict[str, object]:
        return {
            "runbook": {"name": self.runbook.name, "sha256": _digest(self.runbook.path)},
            "parameters": self.told,
            "who": self.workspace.author,
            "why": self.told.get("reason", ""),
            "began": self.began.isoformat(timespec="milliseconds"),
            "ended": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "versions": _versions(),
            "plan_hash": folder.read_receipt().get("plan_hash"),
            **outcome.to_data(),
        }


def _told(
    runbook: Runbook, standard: Mapping[str, object], own: Mapping[str, object]
) -> ParameterModel:
    """Join what was said; a workspace's own runbook need not know the standard names."""
    model = runbook.model
    said = {
        name: value
        for name, value in standard.items()
        if value is not None and name in model.model_fields
    }
    return checked(model, {**said, **own})


def _execute(runbook: Runbook, plain: dict[str, Any], job: Job, folder: RunFolder) -> None:
    """Let papermill run the notebook with our engine; `Job.outcome` then says how it went."""
    with lean_imports():
        import nbformat
        import papermill
        from papermill.engines import papermill_engines
        from papermill.exceptions import PapermillExecutionError

        from escai_nb.errors import RunTimedOutError
        from escai_nb.runbooks.engine import EscaiEngine, save_notebook
    papermill_engines.register("escai", EscaiEngine)
    job.save = lambda notebook: save_notebook(folder.notebook, notebook)
    source = nbformat.read(runbook.path, as_version=4)  # type: ignore[no-untyped-call]
    # the outcome says how it went, without papermill's copy of cell and traceback
    with suppress(PapermillExecutionError, RunTimedOutError):
        papermill.execute_notebook(
            source, None, plain, engine_name="escai", progress_bar=False, job=job
        )
    kept = json.loads(folder.notebook.read_bytes())
    page = page_of(kept, title=f"{runbook.title}: {folder.path.name}")
    write_atomic(folder.page, page.encode())


def _watcher(
    folder: RunFolder, progress: Callable[[CellRecord, int, int], None] | None
) -> Callable[[CellRecord, int, int], None]:
    def watch(cell: CellRecord, done: int, total: int) -> None:
        folder.journal.add(
            "cell", index=cell.index, title=cell.title, status=cell.status, seconds=cell.seconds
        )
        if progress is not None:
            progress(cell, done, total)

    return watch


def _recorded_failure(folder: RunFolder) -> Failure | None:
    """Return what the steps themselves wrote of an error, the last one."""
    failures = [
        Failure(entry["error"], entry["message"], entry["hint"])
        for entry in folder.journal
        if entry["event"] == "step" and entry["status"] == "failed"
    ]
    return failures[-1] if failures else None


def _environ(folder: RunFolder) -> dict[str, str]:
    """Return the environment of the kernel: ours, and where to leave the receipt."""
    return {
        **os.environ,
        FOLDER_VARIABLE: str(folder.path),
        "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), *_own_paths()])),
    }


def _own_paths() -> list[str]:
    """Name the folder that a spec may have been found in: where the command was given."""
    here = str(Path.cwd())
    return [here] if here in sys.path or "" in sys.path else []


def _mask_files(folder: RunFolder, redaction: Redaction) -> None:
    """Make sure of what the kernel wrote by itself: its errors carry no secret, but others may."""
    for path in (folder.receipt, folder.journal.path):
        if path.exists():
            text = path.read_text()
            if (masked := redaction.text(text)) != text:
                write_atomic(path, masked.encode())


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.system()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:  # a checkout that is on the path without being installed
            found[library] = "not installed"
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
