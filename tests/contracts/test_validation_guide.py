"""The guide about validation: each of its commands is run, and says what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from escai_nb.sources.document import parse as parse_document
from escai_nb.validation.policy import Policy, parse
from escai_nb.validation.suppression import Suppression

GUIDE = Path(__file__).parents[2] / "notebooks" / "guides" / "validation.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(console|yaml) ?(\S*)\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.fixture
def shell(tmp_path):
    """Run a line of a shell in one folder; its output and, if it failed, its exit code."""
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "home"),
        "ESCAI_AUTHOR": "ada",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
    work = tmp_path / "work"
    work.mkdir()

    def run(line):
        done = subprocess.run(
            ["bash", "-c", line], cwd=work, env=environ, capture_output=True, text=True, check=False
        )
        said = (done.stdout + done.stderr).rstrip("\n").splitlines()
        return said + ([f"[exit code {done.returncode}]"] if done.returncode else [])

    run.folder = work
    return run


def test_each_command_says_what_the_guide_shows(shell):
    """Line by line, with its exit code."""
    for kind, name, body in BLOCKS:
        if kind == "yaml" and name:
            (shell.folder / name).write_text(body)
        if kind == "yaml":
            continue
        said = []
        for line in body.splitlines():
            if line.startswith("$ "):
                said += [line, *shell(line.removeprefix("$ "))]
        assert body.splitlines() == said


def test_the_suppression_of_the_guide_is_one():
    """It is read as what the guide says of it."""
    [text] = [body for _, _, body in BLOCKS if body.startswith("suppressions:")]
    start = 'format: 1\nspec: escai\nworkspace: "' + "0" * 32 + '"\n'
    policy = parse(parse_document(start + text, source="policy.yaml").data)

    assert (
        Suppression(
            "ESC401",
            reason="the test network has no way in",
            until=policy.suppressions[0].until,
            path="database.redis_password",
            environments=("testing",),
        ),
    ) == policy.suppressions


def test_the_guide_names_every_entry_of_a_policy():
    """And none that there is not."""
    table = TEXT.split("| entry | says |")[1].split("\n\n")[0]
    named = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines()[2:]))

    assert set(named) == {*Policy.__slots__} - {"origin_of"}
