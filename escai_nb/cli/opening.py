"""From the options of a call to the workspace that it means."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    if ":" in call.spec:
        _look_here()
    return load_spec(call.spec)


def _look_here() -> None:
    """Find modules beside the workspace too, as ``python -m`` does."""
    if (here := os.getcwd()) not in sys.path:  # noqa: PTH109  # sys.path holds text
        sys.path.insert(0, here)


def open_rules(call: Call, references: Sequence[str]) -> ConfigSpec:
    """
    Return the spec that the call means, with the rules of ``module:NAME`` beside its own.

    Raises:
        SpecError: If there are none, or one has an id that is taken.
    """
    from escai_nb.errors import SpecError
    from escai_nb.validation.pages import with_own
    from escai_nb.validation.registry import load_rules
    from escai_nb.validation.rule import repeated_ids

    _look_here()
    spec = open_workspace(call).spec
    rules = tuple(rule for each in references for rule in load_rules(each))
    if taken := repeated_ids(with_own((*spec.all_rules, *rules))):
        message = f"more than one rule is called {taken[0]}"
        raise SpecError(message, hint="give your rules ids with a prefix of your own")
    return replace(spec, rules=(*spec.own_rules, *rules))


def open_workspace(call: Call) -> Workspace:
    """Return the workspace that the call means; it need not exist yet."""
    from escai_nb.workspace.layout import Workspace

    return Workspace.at(call.config_dir, open_spec(call), env_file=call.env_file)


def open_environment(call: Call, workspace: Workspace) -> str:
    """
    Return the environment that the call means.

    Raises:
        EnvironmentUnknownError: If the spec has no such environment.
    """
    spec = workspace.spec
    wanted = call.environment or os.environ.get("ESCAI_ENV") or spec.environments[0]
    return spec.require_environment(wanted)


def open_reader(call: Call, config_file: Path | None = None) -> ConfigReader:
    """
    Return the reader of the environment that the call means; it watches nothing.

    *config_file* is read in place of the environment's own file.
    """
    from escai_nb.workspace.reader import ConfigReader

    return ConfigReader(
        call.config_dir,
        call.environment,
        enable_hot_reload=False,
        spec=open_spec(call),
        env_file=call.env_file,
        config_file=config_file,
    )


def open_manager(
    call: Call, environment: str | None = None, *, spec: ConfigSpec | None = None
) -> ConfigManager:
    """Return the manager of the environment that the call means; it watches nothing."""
    from escai_nb.workspace.manager import ConfigManager

    return ConfigManager(
        call.config_dir,
        environment or call.environment,
        enable_hot_reload=False,
        enable_encryption=None,
        spec=spec or open_spec(call),
        env_file=call.env_file,
    )
