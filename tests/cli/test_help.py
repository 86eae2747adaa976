"""The tree of commands: complete, explained, and instant."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from escai_nb.cli.lazy import LazyGroup
from escai_nb.cli.main import main

HEAVY = {"pydantic", "yaml", "pandas", "rich", "cryptography", "papermill", "sqlite3", "asyncio"}


def commands(group, path=()):
    """Every command with the words that call it."""
    for name in group.list_commands(click.Context(group)):
        found = group.get_command(click.Context(group), name)
        yield (*path, name), found, group.table[name][1]
        if isinstance(found, LazyGroup):
            yield from commands(found, (*path, name))


ALL = list(commands(main))


@pytest.mark.parametrize(("words", "found", "short"), ALL, ids=[" ".join(w) for w, *_ in ALL])
def test_every_command_has_help_with_an_example(words, found, short):
    """The help page names the command's purpose, each option's, and a call that could be typed."""
    page = CliRunner().invoke(main, [*words, "--help"]).output
    assert "Example:" in page
    assert f"escai {' '.join(words)}" in page
    assert short.endswith(".")
    assert found.name == words[-1]
    options = [p for p in found.params if isinstance(p, click.Option)]
    assert [] == [option.name for option in options if not option.help]


@pytest.mark.parametrize("words", [(), ("config",), ("runbook",)])
def test_a_group_lists_all_its_commands(words):
    """Each command of a group stands on its help page with what it does."""
    page = " ".join(CliRunner().invoke(main, [*words, "--help"]).output.split())
    for path, _, short in ALL:
        if path[:-1] == words:
            assert f"{path[-1]} {short}" in page


@pytest.mark.parametrize(
    "words", ["--help", "config --help", "config set --help", "config promote -h", "--version"]
)
def test_help_loads_no_heavy_library(words):
    """A help page costs click and nothing else."""
    script = (
        "import sys\nfrom escai_nb.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *words.split()], capture_output=True, text=True, check=True
    )
    assert set() == HEAVY & set(run.stderr.split())


def test_a_misspelt_command_is_told_the_nearest():
    """A wrong word is a wrong call, with a suggestion."""
    result = CliRunner().invoke(main, ["config", "validte"])
    assert 2 == result.exit_code
    assert "did you mean validate?" in result.output


def test_the_module_is_the_command():
    """``python -m escai_nb`` says the version like ``escai`` does."""
    run = subprocess.run(
        [sys.executable, "-m", "escai_nb", "--version"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("escai, version ")
