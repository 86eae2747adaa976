"""A shell completes commands, environments and key paths, as the real shells ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest


def offered(escai, line):
    """What is offered at the end of *line*."""
    words = line.split(" ")
    asked = {"_ESCAI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": len(words) - 1}
    done = subprocess.run(
        [sys.executable, "-m", "escai_nb"],
        env={**os.environ, **{name: str(value) for name, value in asked.items()}},
        cwd=escai.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("escai con", ["config"]),
        ("escai config expl", ["explain"]),
        ("escai config history ver", ["verify"]),
        ("escai config get -e pro", ["production"]),
        ("escai config get api.p", ["api.port"]),
        ("escai config set api.wo", ["api.workers"]),
        ("escai config show -k secur", ["security"]),
        ("escai config show --form", ["--format"]),
        ("escai config get -d /nowhere --spec nothing:X api.p", []),
    ],
)
def test_what_is_begun_is_completed(escai, line, expected):
    """Sections stand before their fields."""
    assert expected == offered(escai, line)[: len(expected)]
    assert expected or not offered(escai, line)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(escai, shell):
    """It is one that the shell can read, where the shell is at hand."""
    script = escai("config", "completion", shell).out
    assert "_ESCAI_COMPLETE" in script
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script, text=True, check=True)


def test_another_shell_is_refused(escai):
    """By the names that are known."""
    assert "fish" in escai("config", "completion", "cmd", code=2).err
