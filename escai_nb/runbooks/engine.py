"""The papermill engine ``escai``: real kernels, refusals first, truthful records."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.engines import Engine

from escai_nb.runbooks.execution import ExecutionManager, Job
from escai_nb.runbooks.kernel import kernel_manager
from escai_nb.runbooks.known import redaction_for
from escai_nb.runbooks.outcome import CUT_SHORT, DryRunEnded, Failure, Status
from escai_nb.runbooks.preparation import prepare
from escai_nb.safefile import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbformat import NotebookNode

    from escai_nb.runbooks.parameters import ParameterModel

STRAGGLERS = 30
"""Seconds that output may lag behind the end of its cell."""
START_TIMEOUT = 60
"""Seconds that a kernel may take to answer for the first time."""
READABLE = 0o644


class EscaiEngine(Engine):  # type: ignore[misc]  # papermill is untyped
    """
    Runs a notebook for papermill, from a command line or by `escai_nb.runbooks.run`.

    Parameters are checked and written into the notebook anew before anything
    is saved or started.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,  # noqa: ARG003  # always this interpreter's own
        output_path: str | None = None,
        *,
        job: Job | None = None,
        execution_timeout: float | None = None,
        start_timeout: int = START_TIMEOUT,
        **_: object,
    ) -> NotebookNode:
        """
        Return *nb* as it was run, masked.

        Raises:
            ParameterError: If it does not take the parameters; nothing is saved.
            RunTimedOutError: If the run was cut short; everything is saved.
        """
        told = prepare(nb, job.folder if job and job.folder else Path())
        job = job or _job_of_papermill(told, output_path, execution_timeout)
        manager = ExecutionManager(nb, job)
        manager.start()
        status = _Execution(manager, job, start_timeout=start_timeout).run()
        notebook = manager.finish(status)
        if status in CUT_SHORT:
            job.outcome.raise_if_failed()
        return notebook

    @classmethod
    def nb_kernel_name(cls, nb: NotebookNode, name: str | None = None) -> str:  # noqa: ARG003
        """Return the one kernel that there is here."""
        return "python3"

    @classmethod
    def nb_language(cls, nb: NotebookNode, language: str | None = None) -> str:  # noqa: ARG003
        """Return the one language that there is here."""
        return "python"


def _job_of_papermill(
    told: ParameterModel, output_path: str | None, cell_timeout: float | None
) -> Job:
    """Return what papermill asks for when nobody else does."""
    job = Job(redaction=redaction_for(told, Path()), cell_timeout=cell_timeout)
    if output_path:
        target = Path(output_path)
        job.save = lambda notebook: save_notebook(target, notebook)
    return job


def save_notebook(path: Path, notebook: NotebookNode) -> None:
    """Make *path* hold *notebook*, whole."""
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    write_atomic(path, text.encode(), mode=READABLE)


class _Client(NotebookClient):
    """Runs single cells and tells the manager when output arrives."""

    def __init__(self, manager: ExecutionManager, **options: Any) -> None:  # noqa: ANN401
        super().__init__(
            manager.nb,
            store_widget_state=False,
            record_timing=False,
            coalesce_streams=True,
            iopub_timeout=STRAGGLERS,
            raise_on_iopub_timeout=True,
            **options,
        )
        self._manager = manager

    def process_message(self, *message: Any) -> Any:  # noqa: ANN401
        """Take a message of the kernel in."""
        output = super().process_message(*message)
        self._manager.output_flows()
        return output


class _Execution:
    """One run from the start of its kernel to the last cell, in a thread of its own."""

    def __init__(self, manager: ExecutionManager, job: Job, *, start_timeout: int) -> None:
        self._manager = manager
        self._job = job
        self._start_timeout = start_timeout
        self._at: int | None = None
        self._interrupted = False
        self._clocks: list[asyncio.Timeout] = []
        self._cancel: Callable[[], object] | None = None

    def run(self) -> Status:
        """Run everything; signals that reach this process meanwhile end the run in order."""
        with ThreadPoolExecutor(1, "escai-run") as pool, _signals_call(self._interrupt):
            return pool.submit(asyncio.run, self._drive()).result()

    def _interrupt(self) -> None:
        if not self._interrupted:
            self._interrupted = True
            if self._cancel is not None:
                self._cancel()

    async def _drive(self) -> Status:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        try:
            async with self._within(self._job.deadline):
                if self._interrupted and task is not None:
                    task.cancel()
                return await self._with_kernel()
        except (RuntimeError, TimeoutError, asyncio.CancelledError) as error:
            # nbclient turns a cancelled wait into DeadKernelError, a RuntimeError,
            # which it raises as well when a kernel does not start.
            self._cancel = None
            return self._cut_short(error)

    def _within(self, seconds: float | None) -> asyncio.Timeout:
        clock = asyncio.timeout(seconds)
        self._clocks.append(clock)
        return clock

    def _cut_short(self, error: BaseException) -> Status:
        status, message = Status.KILLED, "the kernel died"
        if self._interrupted:
            status, message = Status.INTERRUPTED, "interrupted from outside"
        elif isinstance(error, TimeoutError) or any(clock.expired() for clock in self._clocks):
            status, message = Status.TIMED_OUT, "the time that it may take was over"
        elif not isinstance(error, DeadKernelError):
            message = str(error)
        self._manager.fail(self._at, Failure(message=message))
        if self._at is not None:
            self._manager.cell_ends(self._at, status)
        return status

    async def _with_kernel(self) -> Status:
        with kernel_manager() as (kernel, folder):
            client = _Client(
                self._manager,
                km=kernel,
                startup_timeout=self._start_timeout,
                shutdown_kernel="graceful",
            )
            environ = {
                **(self._job.environ or os.environ),
                "ESCAI_STATIC": "1",
                "IPYTHONDIR": str(folder / "ipython"),
            }
            start = {"cwd": str(self._job.folder or Path.cwd()), "env": environ}
            async with client.async_setup_kernel(cleanup_kc=True, **start):
                status = await self._cells(client)
                # all that the cells did is durable; a kernel has nothing to add
                client.shutdown_kernel = "immediate"
                return status

    async def _cells(self, client: _Client) -> Status:
        waiting = list(self._manager.code_cells)
        while waiting:
            index = waiting.pop(0)
            cell = self._manager.nb.cells[index]
            if client.skip_cells_with_tag in cell.metadata.get("tags", ()):
                self._manager.cell_ends(index, Status.SKIPPED)
                continue
            error = await self._cell(client, index)
            if error is not None and not _ended_on_purpose(error):
                self._manager.fail(index, Failure(error.ename, error.evalue))
                self._manager.cell_ends(index, Status.FAILED)
                return Status.FAILED
            if error is not None:
                cell.outputs = [kept for kept in cell.outputs if kept.output_type != "error"]
            self._manager.cell_ends(index, Status.COMPLETED)
            if error is not None:
                for later in waiting:
                    self._manager.cell_ends(later, Status.SKIPPED)
                break
        return Status.COMPLETED

    async def _cell(self, client: _Client, index: int) -> CellExecutionError | None:
        """Run one cell; return the error that it raised."""
        self._at = index
        self._manager.cell_starts(index)
        try:
            async with self._within(self._job.cell_timeout):
                await client.async_execute_cell(self._manager.nb.cells[index], index)
        except CellExecutionError as error:
            return error
        return None


def _ended_on_purpose(error: CellExecutionError) -> bool:
    """Tell the end of a dry run, and a plain ``sys.exit()``, from a failure."""
    if error.ename == DryRunEnded.__name__:
        return True
    return error.ename == "SystemExit" and error.evalue in {"", "0", "None"}


@contextmanager
def _signals_call(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call *stop* during the block, where they can be caught."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in handlers:
        signal.signal(number, lambda *_: stop())
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
