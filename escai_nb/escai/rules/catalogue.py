"""All rules of ESCAI, in the order of their layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.escai.rules import (
    accounts,
    cors,
    database,
    dependency,
    environment,
    network,
    privacy,
    resources,
    tokens,
    transport,
)

if TYPE_CHECKING:
    from escai_nb.validation.rule import Rule

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *cors.RULES,
    *tokens.RULES,
    *transport.RULES,
    *accounts.RULES,
    *privacy.RULES,
    *database.RULES,
    *environment.RULES,
    *dependency.RULES,
    *resources.RULES,
)
