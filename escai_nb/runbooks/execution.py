"""The state of a notebook while it runs, and the truth about it afterwards."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from escai_nb.runbooks.notebook import INJECTED
from escai_nb.runbooks.outcome import CellRecord, Failure, Outcome, Status
from escai_nb.runbooks.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

SAVE_EVERY = 1.0
"""Seconds between two saves while output flows."""
LONGEST_LINE = 100
"""Characters of what a cell said that its record keeps."""


def _ignore(*_: object) -> None:
    """Watch nothing."""


@dataclass(slots=True)
class Job:
    """
    What an engine is asked for besides the notebook.

    Attributes:
        save: Called with the masked notebook whenever it is worth keeping.

        watch: Called with each cell's record as it changes, and with how many
            of how many cells have come to their end.

        failure: Asked what the steps themselves recorded of an error.

        folder: Where the kernel works.

        environ: Environment of the kernel.

        deadline: Seconds that the run may take; None is for ever.

        cell_timeout: Seconds that one cell may take; None is for ever.

        outcome: The end of the run, when it has come.
    """

    save: Callable[[NotebookNode], None] = _ignore
    watch: Callable[[CellRecord, int, int], None] = _ignore
    failure: Callable[[], Failure | None] = lambda: None
    redaction: Redaction = field(default_factory=Redaction)
    folder: Path | None = None
    environ: Mapping[str, str] | None = None
    deadline: float | None = None
    cell_timeout: float | None = None
    outcome: Outcome = field(default_factory=lambda: Outcome(Status.NOT_RUN))


class ExecutionManager:
    """
    Keeps the record of a notebook that is being run, in papermill's metadata.

    Until a cell has come to its end, its record says so; a save that is the
    last one for whatever reason claims nothing that did not happen.
    """

    def __init__(self, notebook: NotebookNode, job: Job) -> None:
        self.nb = notebook
        self._job = job
        self._titles = _titles(notebook)
        self._began: dict[int, float] = {}
        self._saved = 0.0
        self._masked = 0
        self._started = time.monotonic()
        self._failure: Failure | None = None
        self._clean = notebook

    def start(self) -> None:
        """Clear what an earlier run left; every cell is now not run."""
        self.nb.metadata.papermill.update(
            start_time=_now(), end_time=None, duration=None, exception=None
        )
        self.nb.metadata.papermill["status"] = Status.RUNNING.value
        for index in self._titles:
            cell = self.nb.cells[index]
            cell.execution_count = None
            cell.outputs = []
            cell.metadata["papermill"] = {
                "exception": None,
                "start_time": None,
                "end_time": None,
                "duration": None,
                "status": Status.NOT_RUN.value,
            }
        self.save()

    @property
    def code_cells(self) -> tuple[int, ...]:
        """Positions of the cells that are to run, in order."""
        return tuple(self._titles)

    def cell_starts(self, index: int) -> None:
        """Record that a cell is running."""
        self._began[index] = time.monotonic()
        record = self.nb.cells[index].metadata.papermill
        record.update(start_time=_now(), status=Status.RUNNING.value, exception=False)
        self.save()
        self._tell(index)

    def cell_ends(self, index: int, status: Status) -> None:
        """Record how a cell ended."""
        record = self.nb.cells[index].metadata.papermill
        if index in self._began:
            record["end_time"] = _now()
            record["duration"] = round(time.monotonic() - self._began[index], 3)
        record["status"] = status.value
        record["exception"] = status not in {Status.COMPLETED, Status.SKIPPED, Status.NOT_RUN}
        self._job.redaction.refresh()
        self.save()
        self._tell(index)

    def output_flows(self) -> None:
        """Save, unless that was done just now."""
        if time.monotonic() - self._saved >= SAVE_EVERY:
            self.save()

    def fail(self, index: int | None, failure: Failure) -> None:
        """Keep why the run does not complete; the steps' own words come first."""
        recorded = self._job.failure()
        said = recorded if recorded and recorded.error == failure.error else failure
        redact = self._job.redaction.text
        self._failure = Failure(
            error=said.error,
            message=redact((said.message.splitlines() or [""])[0]),
            hint=redact(said.hint),
            title="" if index is None else self._titles[index],
        )

    def finish(self, status: Status) -> NotebookNode:
        """Record how the run ended, and return the notebook as it was saved."""
        papermill = self.nb.metadata.papermill
        papermill["end_time"] = _now()
        papermill["duration"] = round(time.monotonic() - self._started, 3)
        papermill["status"] = status.value
        papermill["exception"] = status is not Status.COMPLETED or None
        self._job.redaction.refresh()
        self.save()
        self._job.outcome = Outcome(
            status,
            tuple(self._record(index) for index in self._titles),
            self._failure,
            self._masked,
        )
        return self._clean

    def save(self) -> None:
        """Hand a masked copy of the notebook to whoever keeps it."""
        self._clean, self._masked = self._job.redaction.notebook(self.nb)
        self._job.save(self._clean)
        self._saved = time.monotonic()

    def _record(self, index: int) -> CellRecord:
        record = self.nb.cells[index].metadata.papermill
        return CellRecord(
            index,
            self._titles[index],
            Status(record["status"]),
            record["duration"] or 0.0,
            _said(self._clean.cells[index]),
        )

    def _tell(self, index: int) -> None:
        ended = {Status.NOT_RUN, Status.RUNNING}
        records = [self._record(position) for position in self._titles]
        done = sum(record.status not in ended for record in records)
        self._job.watch(self._record(index), done, len(records))


def _titles(notebook: NotebookNode) -> dict[int, str]:
    """Name each cell that can run by the heading above it."""
    titles, heading = {}, "Start"
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if line.startswith("#")]
            heading = lines[-1].lstrip("# ").strip() if lines else heading
        elif cell.cell_type == "code" and cell.source.strip():
            given = INJECTED in cell.metadata.get("tags", ())
            titles[index] = "Parameters given" if given else heading
    return titles


def _said(cell: NotebookNode) -> str:
    """Return the first line of the last result that *cell* showed."""
    texts = [
        output.data["text/plain"]
        for output in cell.outputs
        if "text/plain" in output.get("data", ())
    ]
    line = texts[-1].partition("\n")[0] if texts else ""
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
