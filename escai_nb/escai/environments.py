"""The environments of ESCAI."""

from __future__ import annotations

from enum import StrEnum


class Environment(StrEnum):
    """Where a system runs; the order is that of promotion."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"
