"""Tests that need what a machine has not are left out and counted, or fail where all must run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
LEAN = ("-p", "no:cacheprovider", "-p", "no:nbval")  # the latter takes long to load
TESTS = """
import pytest

@pytest.mark.browser
def test_in_a_browser(): pass

def test_without(): pass
"""


@pytest.fixture
def ran(tmp_path):
    """A function that runs two tests, one of them in a browser, where there is none."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_two.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser: x\n")

    def run(*options, require_all):
        environ = {
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "PATH": str(tmp_path),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
            "REQUIRE_ALL": require_all,
        }
        return subprocess.run(
            [sys.executable, "-m", "pytest", *LEAN, *options, str(tmp_path)],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_they_are_left_out_and_counted(ran, options):
    """The others run, and the end says how many did not."""
    done = ran(*options, require_all="0")

    assert 0 == done.returncode
    assert "LEFT OUT: 1 tests, as this machine has no Chromium" in done.stdout
    assert "1 passed" in done.stdout


def test_they_fail_where_all_must_run(ran):
    """With REQUIRE_ALL=1 nothing is left out in silence."""
    done = ran(require_all="1")

    assert 1 == done.returncode
    assert "1 passed, 1 error" in done.stdout
    assert "LEFT OUT" not in done.stdout
