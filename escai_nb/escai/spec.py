"""ESCAI as a ConfigSpec, the one that is built in."""

from __future__ import annotations

from pathlib import Path

from escai_nb.escai.environments import Environment
from escai_nb.escai.presets import GENERATED, PRESETS
from escai_nb.spec import ConfigSpec

ESCAI = ConfigSpec(
    name="escai",
    title="ESCAI",
    model="escai_nb.escai.models:EscaiConfig",
    outline_file=Path(__file__).with_name("outline.json"),
    environments=tuple(environment.value for environment in Environment),
    rules="escai_nb.escai.rules.catalogue:RULES",
    presets=PRESETS,
    generated=GENERATED,
    targets="escai_nb.escai.targets:TARGETS",
    stack="escai_nb.escai.stack:STACK",
    env_prefix="ESCAI",
    environment_field="environment",
)
