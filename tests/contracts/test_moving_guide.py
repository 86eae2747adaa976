"""The guide to moving in and out, run as it stands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GUIDE = REPOSITORY / "notebooks" / "guides" / "moving.md"
LEGACY = REPOSITORY / "tests" / "data" / "legacy"


def test_every_command_of_the_guide_does_what_it_says(tmp_path):
    """One after the other, without an error, and with what the text promises."""
    shutil.copytree(LEGACY, tmp_path / "old")
    script = "\n".join(
        re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    )
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "keys"),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert "dry run: nothing was written" in done.stdout
    assert "(import): port of the office" in done.stdout
    assert "no changes." in done.stdout
    assert "took over staging and 6 versions" in done.stdout
    assert "in clear in versions/" in done.stdout
    assert "port: 8001" in (tmp_path / "elsewhere" / "config.development.yaml").read_text()
    assert "_ESCAI_COMPLETE" in (tmp_path / "completion.sh").read_text()


def test_lab_starts_the_program_with_a_notebook_of_the_workspace(tmp_path):
    """What is said after -- reaches JupyterLab; a notebook that is there stays."""
    words = [sys.executable, "-m", "escai_nb", "config", "lab", "--", "--version"]
    for _ in range(2):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert re.fullmatch(r"\d+\.\d+.*\n", done.stdout)
        notebook = tmp_path / "escai.ipynb"
        assert "escai_nb.open('config')" in notebook.read_text()
