"""How serious an environment is."""

from __future__ import annotations

from enum import Enum


class Tier(Enum):
    """How serious an environment is; severities are given for each."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"
