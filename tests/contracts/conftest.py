"""What the tests of guides share: a guide's commands, run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def follow(tmp_path):
    """Run every ``sh`` block of a guide in one folder; none may fail; return what they said."""

    def run(guide):
        blocks = re.findall(r"^```sh\n(.*?)^```$", guide.read_text(), re.DOTALL | re.MULTILINE)
        assert blocks
        environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "XDG_DATA_HOME": str(tmp_path / "keys"),
        }
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join(blocks)],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    return run
