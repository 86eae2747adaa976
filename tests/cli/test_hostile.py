"""Hostile surroundings: whatever lies in place of a file, a command ends at once and says why."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FILES = {
    "config/config.development.yaml": [
        ("show",),
        ("validate",),
        ("set", "api.port", "9001"),
        ("diff",),
        ("textconv", "config/config.development.yaml"),
        ("scan", "config/config.development.yaml"),
    ],
    "config/config.yaml": [("show",), ("set", "api.port", "9001"), ("export",)],
    "config/.env": [("show",), ("explain", "api.port")],
    "config/.escai/policy.yaml": [("show",), ("rules",), ("history",), ("set", "api.port", "9001")],
    "config/.escai/keyring.development.json": [("show",), ("accept",), ("keys", "rotate")],
    "config/.escai/history.db": [("history",), ("set", "api.port", "9001"), ("diff", "HEAD")],
    "values.yaml": [("import", "values.yaml"), ("show", "-c", "values.yaml")],
    "secret.txt": [("set", "security.jwt_secret_key", "--from-file", "secret.txt")],
    "plan.json": [("promote", "--apply", "plan.json", "-y")],
    "all.bundle": [("history", "import", "all.bundle")],
    "base.json": [("validate", "--baseline", "base.json")],
    "backup.json": [("keys", "restore", "backup.json", "--passphrase-file", "backup.json")],
    "ours.yaml": [("merge", "ours.yaml", "ours.yaml", "ours.yaml")],
}
"""File → commands that need it."""
LOGS = ("audit.jsonl", "history.db")


def loop(path):
    """A link that leads to itself."""
    path.symlink_to(path.name)


def folder(path):
    """A folder that is not empty."""
    path.mkdir()
    (path / "inside").write_text("x")


STATES = {
    "pipe": os.mkfifo,
    "loop": loop,
    "folder": folder,
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 8),
    "nested": lambda path: path.write_text("[" * 20_000),
    "half a pair": lambda path: path.write_text('{"format": "\\ud800", "a": 9' + "9" * 5000 + "}"),
    "infinite": lambda path: path.write_text('{"format": NaN, "a": -Infinity, "b": 1e999}'),
    "no values": lambda path: path.write_text("null\n"),
}


def kept(workspace):
    """All that is there but the log of what was refused, and its head in the history."""
    return {name: what for name, what in workspace.tree().items() if not name.endswith(LOGS)}


@pytest.fixture
def hurried():
    """Nothing here may wait for somebody who never comes."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", FILES)
def test_whatever_lies_in_place_of_a_file_is_refused(workspace, name, state):
    """It ends as the design says, with what is wrong and what to do; nothing is changed."""
    path = Path(name)
    if path.is_file():
        path.unlink()
    STATES[state](path)
    before = kept(workspace)
    for words in FILES[name]:
        outcome = workspace("config", *words, code=(0, 1, 2, 3))
        told = outcome.err + outcome.out
        if outcome.code in {2, 3}:
            assert "hint: " in told or "Usage: " in told, (words, outcome)
            assert before == kept(workspace)
        assert told or outcome.code == 0
        if state in {"pipe", "loop"} and name != "config/.escai/history.db":
            assert outcome.code in {2, 3}, (words, outcome)


@pytest.mark.parametrize(
    "body",
    [
        "raise RuntimeError('no luck')",
        "raise SystemExit(0)",
        "1 / 0",
        "open('/nowhere/at/all')",
        "BAD = 1",
        "import nowhere",
        "def (",
    ],
)
def test_a_spec_that_cannot_be_loaded_is_a_wrong_call(escai, body):
    """Whatever a module of others raises, the error names its line or what is missing."""
    Path("bad_spec_cli.py").write_text(f"{body}\n")
    sys.modules.pop("bad_spec_cli", None)
    outcome = escai("config", "show", "--spec", "bad_spec_cli:BAD", code=2)
    assert outcome.err.startswith("error: ")
    assert "  hint: " in outcome.err


@pytest.mark.parametrize("editor", ["'", "   ", "vi 'a", "/nowhere/at/all", "."])
def test_an_editor_that_cannot_be_run_is_a_wrong_call(workspace, monkeypatch, editor):
    """However it is spelt."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    before = kept(workspace)
    assert "  hint: " in workspace("config", "edit", code=2).err
    assert before == kept(workspace)


@pytest.mark.parametrize("words", [("show",), ("validate",), ("set", "api.port", "1"), ("doctor",)])
def test_a_name_that_no_file_can_have_is_refused(workspace, words):
    """A path beyond what the machine takes is told as such."""
    outcome = workspace("config", *words, "-d", "x" * 5000, code=(1, 3))
    assert "too long" in outcome.err + outcome.out


@pytest.mark.parametrize("option", ["-d", "-e", "--env-file", "--spec"])
def test_what_an_option_is_given_may_look_like_a_number(workspace, option):
    """Among values that may be negative numbers, too; it is refused as what it is."""
    assert "-5" in workspace("config", "set", option, "-5", "api.port", "1", code=(2, 3)).err
    assert "'-5'" not in workspace("config", "set", "api.workers", "2", "-m", "-5").err
    assert "-5" == workspace("config", "history", "-n", "1", "--format", "json").data[0]["message"]


def test_a_folder_in_a_circle_is_not_a_missing_one(workspace):
    """What cannot be looked at is never taken for what is not there."""
    shutil.move("config/.escai", "elsewhere")
    Path("config/.escai").symlink_to(".escai")
    for words in (("show",), ("set", "api.port", "9001"), ("history",), ("init", "-e", "testing")):
        assert "cannot be" in workspace("config", *words, code=3).err
    assert "cannot be" in workspace("config", "doctor", code=1).out
    assert not workspace.file("testing").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_to_stop_it_while_it_loads_shows_no_traceback(tmp_path, number):
    """The process ends by the signal, and nothing is said."""
    begun = tmp_path / "begun"
    slow = f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(60)\n"
    (tmp_path / "click.py").write_text(slow)
    run = subprocess.Popen(
        [sys.executable, "-m", "escai_nb", "--help"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stderr=subprocess.PIPE,
    )
    while not begun.exists():
        time.sleep(0.01)
    run.send_signal(number)
    assert (b"", -number) == (run.communicate()[1], run.returncode)


@pytest.mark.parametrize("streams", ["<&-", "<&- >&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("set database.redis_password", 2),
        ("set database.redis_password --stdin", 3),
        ("show", 0),
        ("validate", 0),
    ],
)
def test_a_closed_stream_leads_nowhere(workspace, words, code, streams):
    """Nothing is read from it, not even nothing; no file that is opened takes its place."""
    before = kept(workspace)
    call = f"{sys.executable} -m escai_nb config {words} {streams}"
    run = subprocess.run(["sh", "-c", call], capture_output=True, text=True, check=False)
    assert code == run.returncode, run
    assert "Traceback" not in run.stderr
    assert before == kept(workspace)
