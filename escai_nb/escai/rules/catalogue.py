"""All rules of ESCAI, in the order of their layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.escai.rules import (
    accounts,
    addresses,
    cors,
    database,
    dependency,
    environment,
    learning,
    logins,
    neighbours,
    network,
    observation,
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
    *addresses.RULES,
    *tokens.RULES,
    *transport.RULES,
    *accounts.RULES,
    *privacy.RULES,
    *logins.RULES,
    *database.RULES,
    *neighbours.RULES,
    *environment.RULES,
    *dependency.RULES,
    *observation.RULES,
    *resources.RULES,
    *learning.RULES,
)
