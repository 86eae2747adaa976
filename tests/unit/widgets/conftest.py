"""A workspace of two environments, and front ends that are there or not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from ipywidgets.widgets.widget import _instances

from escai_nb.spec import load_spec
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-5d1e8f07-never-shown-anywhere"


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workspace with development and staging, a canary among its secrets."""
    folder = tmp_path_factory.mktemp("pattern") / "config"
    workspace = Workspace.at(folder, load_spec("escai"), author="ada")
    for environment in ("development", "staging"):
        values = {"security": {"jwt_secret_key": f"{CANARY}-{environment}"}}
        initialise(workspace, environment, values=values)
    return folder


@pytest.fixture
def root(pattern: Path, tmp_path: Path) -> Path:
    """Copy the workspace for one test; its keys lie elsewhere and open the copy too."""
    return shutil.copytree(pattern, tmp_path / "config")


@pytest.fixture
def manager(root: Path) -> ConfigManager:
    """Open development."""
    return ConfigManager(root, "development", enable_hot_reload=False, author="ada")


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch):
    """Pretend that a front end is there, and count the widget models of the test."""
    monkeypatch.setenv("ESCAI_STATIC", "0")
    before = set(_instances)
    yield lambda: [model for key, model in _instances.items() if key not in before]
    for key in set(_instances) - before:
        _instances.pop(key, None)


@pytest.fixture
def static(monkeypatch: pytest.MonkeyPatch):
    """Say that no front end is there, and count the widget models of the test."""
    monkeypatch.setenv("ESCAI_STATIC", "1")
    before = set(_instances)
    return lambda: [model for key, model in _instances.items() if key not in before]
