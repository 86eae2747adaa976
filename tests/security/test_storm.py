"""Many processes at one workspace: none waits for ever, none fails, nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from crashes.storm import KINDS

TESTS = Path(__file__).parents[1]
SIZE = "long" if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else "short"


@pytest.mark.parametrize("kind", KINDS)
def test_a_workspace_stays_whole(kind, tmp_path):
    """Writers side by side, writers that are killed, readers in between, two rotations at once."""
    paths = [str(TESTS / "security"), str(TESTS / "data/specs")]
    done = subprocess.run(
        [sys.executable, "-m", "crashes.storm", kind, SIZE, str(tmp_path / "place")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert [] == json.loads(done.stdout)
