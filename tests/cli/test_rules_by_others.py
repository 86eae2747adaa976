"""Rules by others on the command line: named by module or file, loud, and without end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAD = """
import time
from escai_nb.validation.rule import Problem, rule

print("on the way in")

@rule("OURS1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
def ours(facts):
    print("on the way through")
    yield Problem("api.port", "is looked at")
"""
ENDLESS = {
    "sleeps": "@rule('OURS2', title='t', severities='W/W/W/W', why='', fix='', source='')\n"
    "def endless(facts):\n    Path('begun').touch()\n    time.sleep(1e6)\n    yield\n",
    "spins": "@rule('OURS2', title='t', severities='W/W/W/W', why='', fix='', source='')\n"
    "def endless(facts):\n    Path('begun').touch()\n    while True:\n        pass\n    yield\n",
}
LONGEST_START = 60
"""Seconds; a busy machine takes its time."""


@pytest.mark.parametrize("name", ["ours_loud_cli.py", "./ours_loud_cli.py:ours"])
def test_what_others_print_is_no_result(workspace, name):
    """Stdout is the report alone, whatever a module prints when it is loaded or asked."""
    Path("ours_loud_cli.py").write_text(HEAD)
    words = [sys.executable, "-m", "escai_nb", "config", "validate", "--format", "json"]
    done = subprocess.run(
        [*words, "--rules", name], capture_output=True, text=True, check=False, cwd=workspace.folder
    )

    assert "OURS1" in {finding["code"] for finding in json.loads(done.stdout)["findings"]}
    assert {"on the way in", "on the way through"} <= {*done.stderr.splitlines()}
    assert "OURS1" in workspace("config", "explain", "OURS1", "--rules", name).out


@pytest.mark.parametrize("how", ENDLESS)
def test_a_rule_without_end_is_ended_by_whoever_waits(workspace, how):
    """Ctrl-C tells which rule it was and where it stands, and exits as shells do."""
    source = f"from pathlib import Path\n{HEAD}{ENDLESS[how]}"
    Path("ours_endless_cli.py").write_text(source)
    words = [sys.executable, "-m", "escai_nb", "config", "validate", "--rules"]
    with subprocess.Popen(
        [*words, "ours_endless_cli"], stderr=subprocess.PIPE, text=True, cwd=workspace.folder
    ) as process:
        ends = time.monotonic() + LONGEST_START
        while not Path("begun").exists():
            assert time.monotonic() < ends
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LONGEST_START)

    assert 130 == process.returncode
    assert "stopped (while rule OURS2 was asked (ours_endless_cli.py:" in said
    assert "nothing more was done" in said


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "≤"), ("latin-1", r"\u2264")])
def test_a_poor_locale_is_no_reason_to_say_nothing(escai, encoding, shown):
    """What it has no sign for is spelled out."""
    Path("c.yaml").write_text("environment: testing\nsecurity:\n  jwt_secret_key: x\n")
    words = [sys.executable, "-m", "escai_nb", "config", "validate", "-c", "c.yaml"]
    done = subprocess.run(
        [*words, "--format", "markdown"],
        capture_output=True,
        check=False,
        cwd=escai.folder,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )

    assert 1 == done.returncode
    assert f"{shown} 97 in all".encode() in done.stdout
