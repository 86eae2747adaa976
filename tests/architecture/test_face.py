"""The package's face: what it offers, and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import escai_nb
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace

LOADED = """
import json, sys
before = set(sys.modules)
{statement}
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}}
foreign = roots - set(sys.stdlib_module_names) - {{"escai_nb"}}
print(json.dumps(sorted(foreign)), file=sys.stderr)
"""
SHELL = """
import runpy
sys.argv = ["escai", "--help"]
try:
    runpy.run_module("escai_nb", run_name="__main__")
except SystemExit:
    pass
"""
READ = """
import json, sys
sys.argv = ["escai", "config", "get", "api.port", "-e", "production", "-d", {folder!r}]
from escai_nb.cli.main import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
IDLE = {
    "escai_nb.history.store",
    "escai_nb.sources.edit",
    "escai_nb.sources.writing",
    "escai_nb.validation.rule",
    "escai_nb.validation.validator",
    "escai_nb.workspace.manager",
    "escai_nb.workspace.writing.saving",
    "importlib.metadata",
    "logging",
    "pydantic.root_model",
    "subprocess",
}
"""What a process that only reads a value has no use for, and would wait for."""
HEAVY = {
    "pandas",
    "numpy",
    "pydantic",
    "papermill",
    "ipywidgets",
    "IPython",
    "cryptography",
    "rich",
    "yaml",
}


def loaded_by(statement):
    """Names of third-party packages that *statement* loads in a fresh interpreter."""
    script = LOADED.format(statement=statement)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_reading_a_value_loads_no_room_that_judges_or_saves(tmp_path):
    """Not even pydantic's own builder of validators is set to work for it."""
    folder, environ = tmp_path / "config", {"XDG_DATA_HOME": str(tmp_path / "keys")}
    initialise(Workspace.at(folder, environ=environ), "production")
    done = subprocess.run(
        [sys.executable, "-c", READ.format(folder=str(folder))],
        capture_output=True,
        text=True,
        check=True,
        env=environ,
    )

    assert "8000\n" == done.stdout
    assert set() == IDLE & set(json.loads(done.stderr))


def test_importing_the_package_loads_no_third_party_module():
    """The face loads its names on first use."""
    assert set() == loaded_by("import escai_nb")


def test_help_is_instant():
    """The shell shows its help without any library that is slow to load."""
    assert not loaded_by(SHELL) & HEAVY


@pytest.mark.parametrize("name", escai_nb.__all__)
def test_every_name_of_the_face_is_there(name):
    """What the face lists, its rooms have."""
    assert getattr(escai_nb, name).__doc__


def test_the_face_knows_no_other_name():
    """A misspelt name is an attribute error, as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'ConfigManger'"):
        escai_nb.ConfigManger  # noqa: B018


def test_the_face_lists_what_it_offers():
    """Completion shows the names and the version."""
    assert {*escai_nb.__all__, "__version__"} == set(dir(escai_nb))
