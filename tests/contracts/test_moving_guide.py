"""The guide to moving in and out, run as it stands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GUIDE = REPOSITORY / "notebooks" / "guides" / "moving.md"
LEGACY = REPOSITORY / "tests" / "data" / "legacy"


def test_every_command_of_the_guide_does_what_it_says(tmp_path, follow):
    """One after the other, without an error, and with what the text promises."""
    shutil.copytree(LEGACY, tmp_path / "old")
    said = follow(GUIDE)

    assert "dry run: nothing was written" in said
    assert "(import): port of the office" in said
    assert "no changes." in said
    assert "took over staging and 6 versions" in said
    assert "in clear in versions/" in said
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
