"""What the tests of crashes share: a process that tries an operation on a faulty disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def enumerate_faults(tmp_path_factory):
    """A process, warm and without threads, that forks for each fault; returns what went wrong."""
    paths = [str(TESTS / "security"), str(TESTS / "data/specs")]
    process = subprocess.Popen(
        [sys.executable, "-m", "crashes.enumeration"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def answer(operation, disk):
        folder = tmp_path_factory.mktemp("faults") / "of"
        process.stdin.write(f"{operation} {disk} {folder}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    with process:
        yield answer
        process.stdin.close()
