"""From the options of a call to the workspace that it means."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.spec import ConfigSpec
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.manager import ConfigManager
    from escai_nb.workspace.reader import ConfigReader


def open_spec(call: Call) -> ConfigSpec | None:
    """
    Return the spec that the call names; nothing if it leaves that to the workspace.

    Raises:
        SpecError: If there is no such spec.
    """
    from escai_nb.spec import load_spec

    if call.spec is None:
        return None
    # a module beside the workspace may be named, as with python -m
    if ":" in call.spec and (here := os.getcwd()) not in sys.path:  # noqa: PTH109  # sys.path holds text
        sys.path.insert(0, here)
    return load_spec(call.spec)


def open_workspace(call: Call) -> Workspace:
    """Return the workspace that the call means; it need not exist yet."""
    from escai_nb.workspace.layout import Workspace

    return Workspace.at(call.config_dir, open_spec(call))


def open_environment(call: Call, workspace: Workspace) -> str:
    """
    Return the environment that the call means.

    Raises:
        EnvironmentUnknownError: If the spec has no such environment.
    """
    spec = workspace.spec
    wanted = call.environment or os.environ.get("ESCAI_ENV") or spec.environments[0]
    return spec.require_environment(wanted)


def open_reader(call: Call) -> ConfigReader:
    """Return the reader of the environment that the call means; it watches nothing."""
    from escai_nb.workspace.reader import ConfigReader

    return ConfigReader(
        call.config_dir, call.environment, enable_hot_reload=False, spec=open_spec(call)
    )


def open_manager(call: Call, environment: str | None = None) -> ConfigManager:
    """Return the manager of the environment that the call means; it watches nothing."""
    from escai_nb.workspace.manager import ConfigManager

    return ConfigManager(
        call.config_dir,
        environment or call.environment,
        enable_hot_reload=False,
        enable_encryption=None,
        spec=open_spec(call),
    )
