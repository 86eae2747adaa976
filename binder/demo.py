"""
The main job on a real configuration, from a file of unknown state to three
environments that are checked, sealed, versioned and promoted.

Every step is a command that can be repeated by hand in the folder `demo`.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
EXAMPLE = HERE / "tests" / "data" / "escai" / "config.example.yaml"
DEMO = HERE / "demo"
MARK = ".made-by-demo"
"""Marks a folder as ours: only such a one is removed when the demo is run again."""

FINDINGS = 1
"""Exit code of a command that did its work and has findings to report."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One command of the story.

    Attributes:
        title: What it is for.

        arguments: What follows ``escai``.

        codes: Exit codes that are as expected.
    """

    title: str
    arguments: str
    codes: tuple[int, ...] = (0,)


STORY = (
    Step("Take over a real file", f"config import -e development {EXAMPLE}"),
    Step("What stands against it?", "config validate -e development", (0, FINDINGS)),
    Step("Repair what has a safe repair", "config validate -e development --fix", (0, FINDINGS)),
    Step("Seal its secrets", "runbook run encrypt -e development --apply"),
    Step("A second environment", "config init -e staging"),
    Step("And a third", "config init -e production"),
    Step(
        "Promote to staging",
        "runbook run promote -e staging --apply --reason 'first release to staging'",
    ),
    Step(
        "Promote to production",
        "runbook run promote -e production --apply --reason 'first release to production'",
    ),
    Step(
        "A new key for production",
        "runbook run rotate-keys -e production --apply --reason 'a colleague has left'",
    ),
    Step(
        "Edit one value",
        "config set -e production api.workers 6 -m 'fewer workers, fewer connections'",
    ),
    Step("What has happened?", "config history -e production"),
    Step("What did the last edit change?", "config diff -e production HEAD~1 HEAD"),
    Step("Go back", "config rollback -e production HEAD~1 --yes"),
    Step("Where does the value come from now?", "config explain -e production api.workers"),
    Step("And all is well?", "config validate --all", (0, FINDINGS)),
)


@dataclass(slots=True)
class Done:
    """What became of a step."""

    step: Step
    code: int
    seconds: float
    runs: list[Path] = field(default_factory=list)


def main() -> int:
    """Tell the story; return 0 if every step went as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--keys",
        type=Path,
        default=DEMO / "keys",
        help="where the master keys go, apart from the workspace",
    )
    keys = parser.parse_args().keys.resolve()
    make_folder(DEMO)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ESCAI_")},
        "XDG_DATA_HOME": str(keys),
        "PYTHONUNBUFFERED": "1",
    }
    done = []
    for number, step in enumerate(STORY, 1):
        done.append(take(step, f"[{number}/{len(STORY)}]", environ))
        if done[-1].code not in step.codes:
            print(f"\nStopped: exit code {done[-1].code} was not expected.", file=sys.stderr)
            return 1
    summarise(done, keys)
    return 0


def make_folder(folder: Path) -> None:
    """Make *folder* afresh; one that the demo did not make is left alone."""
    if folder.exists():
        if not (folder / MARK).exists():
            message = f"{folder} was not made by the demo; move it away and repeat."
            raise SystemExit(message)
        shutil.rmtree(folder)
    folder.mkdir()
    (folder / MARK).write_text("Made by the demo, which removes this folder when it runs again.\n")


def take(step: Step, count: str, environ: dict[str, str]) -> Done:
    """Run *step* in the demo folder, its output shown as it comes."""
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{count} {step.title}{plain}")
    print(f"$ escai {step.arguments.replace(str(HERE), '..')}", flush=True)
    before = runs()
    began = time.monotonic()
    code = subprocess.run(
        [sys.executable, "-m", "escai_nb", *shlex.split(step.arguments)],
        cwd=DEMO,
        env=environ,
        check=False,
    ).returncode
    return Done(step, code, time.monotonic() - began, sorted(runs() - before))


def runs() -> set[Path]:
    """List the folders of evidence in the demo workspace."""
    return set((DEMO / "config" / ".escai" / "runs").glob("*/"))


def summarise(done: list[Done], keys: Path) -> None:
    """Print what was done and what is left of it."""
    print(f"\n{'step':<38}{'exit':>5}{'seconds':>9}")
    for each in done:
        print(f"{each.step.title:<38}{each.code:>5}{each.seconds:>9.1f}")
    print(f"{'together':<38}{'':>5}{sum(each.seconds for each in done):>9.1f}")

    print("\nWhat there is now:")
    print(f"  workspace   {shown(DEMO / 'config')}")
    print(f"  keys        {shown(keys)}")
    for run in (run for each in done for run in each.runs):
        print(f"  run         {shown(run)}")
        for name in ("run.ipynb", "run.html", "receipt.json"):
            print(f"              {shown(run / name)}")
    print("\nLook around: . .venv/bin/activate; cd demo; escai config --help. Or: make lab.")


def shown(path: Path) -> str:
    """Write *path* as seen from the repository, if it lies there."""
    return str(path.relative_to(HERE)) if path.is_relative_to(HERE) else str(path)


if __name__ == "__main__":
    sys.exit(main())
