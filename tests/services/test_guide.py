"""The guide to live checks: what it shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from escai_nb.validation.live.outcome import Verdict
from escai_nb.validation.live.rules import LIVE_IDS

PAGE = (Path(__file__).parents[2] / "notebooks/guides/live_checks.md").read_text(encoding="utf-8")


def block(kind):
    """The first code block of a *kind*."""
    return re.search(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)[1]


@pytest.mark.redis
def test_the_example_happens_as_shown(redis_port, tmp_path):
    """A spec of one's own, its file, and what the shell says; only the port is another."""
    (tmp_path / "settings.py").write_text(block("python"))
    (tmp_path / "settings.yaml").write_text(block("yaml").replace("6379", str(redis_port)))
    command, output = block("console").removeprefix("$ ").split("\n", 1)
    done = subprocess.run(
        [sys.executable, "-m", "escai_nb", *shlex.split(command)[1:]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert output == done.stdout
    assert 1 == done.returncode


def test_every_verdict_and_every_rule_is_told():
    """None is missing from the page, and none is made up."""
    last = {f"ESC{number}" for number in range(662, 666)}

    assert {verdict.value for verdict in Verdict} <= set(re.findall(r"\| `([a-z ]+)` \|", PAGE))
    assert {*re.findall(r"ESC6\d\d", PAGE)} | last == LIVE_IDS
