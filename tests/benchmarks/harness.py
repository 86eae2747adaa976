"""
Ratios against a floor or a peer, measured in one run on one machine.

Ours and theirs take turns, round by round, so that a machine that is busy for a
while is busy for both. Medians are compared, and never a time with a constant:
a benchmark tells, it does not fail.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Measure = Callable[[], float]
"""Does the work once and returns what it took, in the unit of its row."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One comparison.

    Attributes:
        work: What is done, in a few words.

        peer: What ours is compared with.

        goal: The ratio to reach, or None where there is only something to know.

        unit: Of what the measures return.
    """

    work: str
    peer: str
    ours: Measure
    theirs: Measure
    goal: float | None = None
    unit: str = "ms"
    rounds: int = 15


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a row: all measures, in the order in which they were taken."""

    row: Row
    ours: tuple[float, ...] = field(repr=False)
    theirs: tuple[float, ...] = field(repr=False)

    @property
    def ratio(self) -> float:
        """Median of ours over median of theirs."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def is_kept(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        return None if self.row.goal is None else self.ratio <= self.row.goal

    def to_data(self) -> dict[str, object]:
        """Return the result as JSON-able data."""
        return {
            "work": self.row.work,
            "peer": self.row.peer,
            "unit": self.row.unit,
            "ours": statistics.median(self.ours),
            "theirs": statistics.median(self.theirs),
            "ratio": self.ratio,
            "goal": self.row.goal,
            "kept": self.is_kept,
            "rounds": len(self.ours),
            "all": {"ours": self.ours, "theirs": self.theirs},
        }


def timed(work: Callable[[], object], *, times: int = 1) -> Measure:
    """Measure *work* in milliseconds; quick work is done several *times* in a row."""

    def measure() -> float:
        began = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - began) * 1_000 / times

    return measure


def worked(work: Callable[[], object], *, times: int = 1) -> Measure:
    """Measure the processor's time of *work* in milliseconds, for work that waits for no disk."""

    def measure() -> float:
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) * 1_000 / times

    return measure


def spawned(*command: str | Path, cwd: Path, environ: Mapping[str, str]) -> Measure:
    """Measure the processor's time of a whole process, and of those that it starts."""
    # compiled modules are kept, as they are wherever a package is installed
    kept = {name: environ[name] for name in environ if name != "PYTHONDONTWRITEBYTECODE"}

    def measure() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=cwd, env=kept, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return spent * 1_000

    return measure


def measured(row: Row) -> Result:
    """Take turns: one warm-up each, then *row.rounds* rounds."""
    row.ours()
    row.theirs()
    pairs = [(row.ours(), row.theirs()) for _ in range(row.rounds)]
    ours, theirs = zip(*pairs, strict=True)
    return Result(row, ours, theirs)


def line(cells: tuple[str, ...]) -> str:
    """Write one row of the table."""
    work, ours, theirs, ratio, goal, kept, peer = cells
    return f"{work:<36}{ours:>12}{theirs:>12}{ratio:>8}{goal:>8}  {kept:<8}{peer}"


def told(result: Result) -> str:
    """Write *result* as a row of the table."""
    row, unit = result.row, result.row.unit
    numbers = (f"{statistics.median(each):.3g} {unit}" for each in (result.ours, result.theirs))
    goal = "" if row.goal is None else f"≤ {row.goal:g}"
    kept = {None: "–", True: "kept", False: "missed"}[result.is_kept]
    return line((row.work, *numbers, f"{result.ratio:.2f}", goal, kept, row.peer))


def run(rows: list[Row], target: Path) -> list[Result]:
    """Measure *rows*, print each as it is known, and keep all of it in *target*."""
    print(line(("work", "ours", "peer", "ratio", "budget", "verdict", "peer is")))
    began, results = time.monotonic(), []
    for row in rows:
        results.append(measured(row))
        print(told(results[-1]), flush=True)
    verdicts = [result.is_kept for result in results]
    print(
        f"\n{verdicts.count(True)} budgets kept, {verdicts.count(False)} missed, "
        f"{verdicts.count(None)} rows without one; {time.monotonic() - began:.0f} s"
    )
    data = {
        "format": 1,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "command": sys.argv,
        "rows": [result.to_data() for result in results],
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(data, indent=1) + "\n")
    print(target)
    return results
