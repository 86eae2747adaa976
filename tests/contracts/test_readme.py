"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
EXAMPLE = REPOSITORY / "tests" / "data" / "escai" / "config.example.yaml"

CHANGING = {
    r"\b[0-9a-f]{12}\b": "VERSION",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC": "TIME",
    r"master key: \S+": "master key: PLACE",
}
"""What differs from run to run, and nothing else."""


def settled(text):
    """*text* without what differs from run to run."""
    for pattern, word in CHANGING.items():
        text = re.sub(pattern, word, text)
    return text


def sessions():
    """Every command of the README with the output below it, in order."""
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL):
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            yield entry.split("\n", 1)


def test_the_tour_happens_as_shown(tmp_path):
    """The commands of the tour, one after the other, say what the README says that they say."""
    shutil.copy(EXAMPLE, tmp_path)
    environ = {**os.environ, "ESCAI_AUTHOR": "ada", "XDG_DATA_HOME": str(tmp_path / "share")}
    module = re.search(r"```python\n(from pydantic.*?)```", README, flags=re.DOTALL)[1]
    (tmp_path / "shop_settings.py").write_text(module)
    for command, output in sessions():
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            environ[name] = value
            continue
        done = subprocess.run(
            [sys.executable, "-m", "escai_nb", *shlex.split(command)[1:]],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert settled(output) == settled(done.stdout), command


def test_every_link_leads_somewhere():
    """Links into the repository name files and folders that are there."""
    links = re.findall(r"\]\(([^)#]+)\)", README)
    inside = [link for link in links if "://" not in link]

    assert inside
    assert [] == [link for link in inside if not (REPOSITORY / link).exists()]


def test_the_two_commands_come_first():
    """Whoever opens the page sees what to type."""
    first = re.search(r"```bash\n(.*?)```", README, flags=re.DOTALL)

    assert ["make demo", "make test"] == [
        line.split("#")[0].strip() for line in first[1].splitlines()
    ]
    assert first.start() < 20


def test_the_badge_opens_the_guide():
    """Binder's badge has the lab path to a guide that is there."""
    path = re.search(r"mybinder\.org/v2/gh/[^?]+\?urlpath=lab/tree/([^)]+)\)", README)[1]

    assert (REPOSITORY / path).exists()
