"""The demo makes its folder afresh, and touches nobody else's."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DEMO = runpy.run_path(str(Path(__file__).parents[2] / "binder" / "demo.py"))


def test_a_folder_that_the_demo_made_is_made_afresh(tmp_path):
    """Run twice, it begins twice from nothing."""
    folder = tmp_path / "demo"
    DEMO["make_folder"](folder)
    (folder / "left").touch()
    DEMO["make_folder"](folder)

    assert [DEMO["MARK"]] == [path.name for path in folder.iterdir()]


def test_another_folder_is_left_alone(tmp_path):
    """What somebody else put there stays, and the demo says so."""
    (tmp_path / "mine").touch()

    with pytest.raises(SystemExit, match="was not made by the demo"):
        DEMO["make_folder"](tmp_path)
    assert (tmp_path / "mine").exists()


def test_the_story_has_every_step_of_the_main_job():
    """From a file of unknown state to three environments, and back again."""
    told = " ".join(step.arguments for step in DEMO["STORY"])

    for word in ("import", "--fix", "run encrypt", "init -e staging", "init -e production"):
        assert word in told
    for word in ("run promote", "run rotate-keys", "config set", "history", "diff", "rollback"):
        assert word in told
