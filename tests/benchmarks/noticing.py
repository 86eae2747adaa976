"""How soon a save by somebody else is told."""

from __future__ import annotations

import itertools
import queue
import re
import time
from typing import TYPE_CHECKING

from harness import Row

from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.noticing.reload import QUIET

if TYPE_CHECKING:
    from escai_nb.workspace.layout import Workspace

SLACK = 5.0
"""Milliseconds over the debounce that a callback may take (DESIGN, budgets)."""


class Heard:
    """A manager that watches, and what it has told."""

    def __init__(self, workspace: Workspace) -> None:
        self.file = workspace.file("development")
        self.text = self.file.read_text()
        self.told: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.ports = itertools.cycle(range(9000, 9999))
        self.manager = ConfigManager(
            workspace.root, "development", environ=workspace.environ, author="bench"
        )
        self.manager.load_config()
        self.manager.add_change_callback(lambda _o, new, _c: self.told.put(new["api"]["port"]))

    def save(self) -> float:
        """Save as editors do, and return the milliseconds until the callback."""
        port = next(self.ports)
        beside = self.file.with_name(".beside")
        beside.write_text(re.sub(r"(?m)^  port: \d+", f"  port: {port}", self.text, count=1))
        began = time.perf_counter()
        beside.replace(self.file)
        assert self.told.get(timeout=60) == port
        return (time.perf_counter() - began) * 1_000


def noticing(workspace: Workspace, kind: str) -> Row:
    """From a save by somebody else to the callback, against the time that files must be quiet."""
    heard: list[Heard] = []

    def ours() -> float:
        heard[:] = heard or [Heard(workspace)]
        return heard[0].save()

    quiet = QUIET * 1_000
    goal = (quiet + SLACK) / quiet
    return Row(f"save to callback{kind}", "the debounce", ours, lambda: quiet, goal, rounds=40)
