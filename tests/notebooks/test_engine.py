"""Real kernels: whatever ends a run, its record says what happened."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import psutil
import pytest

from escai_nb.errors import ParameterError
from escai_nb.runbooks.lean import lean_imports
from escai_nb.runbooks.outcome import Status
from escai_nb.runbooks.run import run

with lean_imports():
    import nbformat
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from escai_nb.runbooks.engine import EscaiEngine

FOR_EVER = "import threading\nthreading.Event().wait()"


def statuses(folder):
    """Return the statuses that the saved notebook claims, cell by cell."""
    saved = nbformat.read(folder / "run.ipynb", as_version=4)
    return [c.metadata.papermill["status"] for c in saved.cells if c.cell_type == "code"]


def test_completed(workspace, write_runbook):
    """A run that goes through says so, in the notebook, the journal and the manifest."""
    write_runbook(
        "fine", "greeting = 'hello'", "import os, sys\nprint(greeting, os.getcwd(), sys.executable)"
    )
    seen = []
    done = run("fine", config_dir=workspace, progress=lambda *event: seen.append(event))
    assert (done.status, done.exit_code) == (Status.COMPLETED, 0)
    assert statuses(done.folder) == ["completed", "completed"]
    assert f"hello {workspace.parent} {sys.executable}" in done.notebook.read_text()
    assert [(cell.title, cell.status, count) for cell, count, _ in seen] == [
        ("Step 1", "running", 0),
        ("Step 1", "completed", 1),
        ("Step 2", "running", 1),
        ("Step 2", "completed", 2),
    ]
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert sorted(manifest["files"]) == ["journal.jsonl", "run.html", "run.ipynb"]
    assert done.folder.parent == workspace / ".escai" / "runs"


def test_failed(workspace, write_runbook):
    """A cell that raises fails the run with its message; the cells below have not run."""
    write_runbook("broken", "1", "raise ValueError('first line\\nsecond line')", "3")
    done = run("broken", config_dir=workspace)
    assert (done.status, done.exit_code) == (Status.FAILED, 4)
    assert statuses(done.folder) == ["completed", "failed", "not-run"]
    failure = done.outcome.failure
    assert (failure.error, failure.message, failure.title) == ("ValueError", "first line", "Step 2")


def test_refused(workspace, write_runbook):
    """A step that refuses its plan ends the run with the exit code of a refusal."""
    write_runbook(
        "refusing", "from escai_nb.errors import PlanRefusedError", "raise PlanRefusedError('no')"
    )
    done = run("refusing", config_dir=workspace)
    assert (done.status, done.exit_code) == (Status.FAILED, 1)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("", ("completed", ["completed", "skipped"])),
        ("3", ("failed", ["failed", "not-run"])),
    ],
)
def test_sys_exit(workspace, write_runbook, argument, expected):
    """A plain sys.exit() is a good end before the last cell, one with a code is a failure."""
    write_runbook("leaving", f"import sys\nsys.exit({argument})", "2")
    done = run("leaving", config_dir=workspace)
    assert (done.status, statuses(done.folder)) == expected


def test_kernel_killed(workspace, write_runbook):
    """A kernel that dies leaves its cell killed and the others not run."""
    write_runbook("dying", "1", "import os\nos.kill(os.getpid(), 9)", "3")
    done = run("dying", config_dir=workspace)
    assert (done.status, done.exit_code) == (Status.KILLED, 5)
    assert statuses(done.folder) == ["completed", "killed", "not-run"]


def test_cell_timed_out(workspace, write_runbook):
    """A cell that takes too long is cut short; what it tidies up in the end, it tidies up."""
    tidy = "finally:\n    open('tidy', 'w').close()"
    write_runbook("slow", f"import threading\ntry:\n    threading.Event().wait()\n{tidy}", "2")
    done = run("slow", config_dir=workspace, cell_timeout=3)
    assert (done.status, done.exit_code) == (Status.TIMED_OUT, 5)
    assert statuses(done.folder) == ["timed-out", "not-run"]
    assert (workspace.parent / "tidy").exists()


def test_run_timed_out(workspace, write_runbook):
    """A run that takes too long ends, wherever it is; no cell is called completed for it."""
    write_runbook("slow", FOR_EVER, "2")
    done = run("slow", config_dir=workspace, timeout=1)
    assert (done.status, done.exit_code) == (Status.TIMED_OUT, 5)
    assert {"timed-out", "not-run"} >= set(statuses(done.folder))


RUNNER = """
import sys
from escai_nb.runbooks.run import run
told = lambda cell, done, total: print(cell.title, cell.status, flush=True)
print(run("waiting", config_dir=sys.argv[1], progress=told).status)
"""


def start_runner(workspace, write_runbook):
    """Start a runner and return it once its second cell is running, with the kernel's process."""
    write_runbook("waiting", "import os\nopen('pid', 'w').write(str(os.getpid()))", FOR_EVER, "3")
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(workspace)], stdout=subprocess.PIPE, text=True
    )
    while runner.stdout.readline() != "Step 2 running\n":
        assert runner.poll() is None
    return runner, psutil.Process(int((workspace.parent / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_runner_interrupted(workspace, write_runbook, number):
    """A runner that is told to end ends its kernel, and records the interruption."""
    runner, kernel = start_runner(workspace, write_runbook)
    runner.send_signal(number)
    said, _ = runner.communicate(timeout=60)
    assert said.splitlines()[-1] == "interrupted"
    (folder,) = (workspace / ".escai" / "runs").iterdir()
    assert statuses(folder) == ["completed", "interrupted", "not-run"]
    assert json.loads((folder / "manifest.json").read_text())["exit_code"] == 5
    assert not kernel.is_running()


def test_runner_killed(workspace, write_runbook):
    """A runner that is killed leaves a notebook that claims nothing, no manifest and no kernel."""
    runner, kernel = start_runner(workspace, write_runbook)
    runner.kill()
    runner.communicate(timeout=60)
    (folder,) = (workspace / ".escai" / "runs").iterdir()
    assert statuses(folder) == ["completed", "running", "not-run"]
    assert not (folder / "manifest.json").exists()
    assert kernel.wait(timeout=60) is None


def test_papermill_reaches_it(tmp_path, write_runbook):
    """Papermill's own verb with our engine writes parameters as we do, and fails truthfully."""
    path = write_runbook("plain", "print(name)", "raise ValueError(name)", parameters='name = "a"')
    papermill_engines.register("escai", EscaiEngine)
    with pytest.raises(PapermillExecutionError):
        papermill.execute_notebook(
            path, tmp_path / "out.ipynb", {"name": 'x"; 1/0 #'}, engine_name="escai",
            progress_bar=False,
        )  # fmt: skip
    saved = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    injected = [c for c in saved.cells if "injected-parameters" in c.metadata.get("tags", ())]
    assert [cell.source for cell in injected] == ["name = 'x\"; 1/0 #'"]


@pytest.mark.parametrize(
    "given",
    [{"nmae": "b"}, {"name": 7}, {"name = 1; print": "b"}, {"name": "https://u:hunter22@host"}],
)
def test_papermill_refused_before_it_saves(tmp_path, notebook_of, given):
    """A parameter that the runbook does not take is refused before anything is written."""
    source = nbformat.from_dict(notebook_of("print(name)", parameters='name = "a"'))
    papermill_engines.register("escai", EscaiEngine)
    with pytest.raises(ParameterError) as refused:
        papermill.execute_notebook(
            source, tmp_path / "out.ipynb", given, engine_name="escai", progress_bar=False
        )
    assert "hunter22" not in str(refused.value)
    assert not list(tmp_path.iterdir())
