"""Workspaces to try things on."""

from __future__ import annotations

import pytest

from escai_nb.escai.spec import ESCAI
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager


@pytest.fixture
def workspace(tmp_path):
    """An empty workspace whose keys lie beside it."""
    environ = {"XDG_DATA_HOME": str(tmp_path / "keys")}
    return Workspace.at(tmp_path / "config", ESCAI, environ=environ, author="ada")


@pytest.fixture
def open_manager(workspace):
    """Make a manager of one environment, initialising it where that is still to be done."""

    def make(environment="development", **options):
        if not workspace.file(environment).exists():
            initialise(workspace, environment)
        options.setdefault("enable_hot_reload", False)
        return ConfigManager(
            workspace.root,
            environment,
            spec=workspace.spec,
            environ=workspace.environ,
            author="ada",
            **options,
        )

    return make
