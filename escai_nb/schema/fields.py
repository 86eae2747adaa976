"""Markers that a model's fields carry in ``Annotated``, beside what pydantic reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Promotion(StrEnum):
    """
    What happens to a field when one environment is promoted to the next.

    ``YES`` takes it along, ``ENVIRONMENT`` leaves it to each environment,
    ``SECRET`` never leaves its environment, ``DERIVED`` follows from others.
    """

    YES = "yes"
    ENVIRONMENT = "env"
    SECRET = "secret"  # noqa: S105  # a class of fields
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The field is secret, whatever its type; so is all that lies below it."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """The field is rarely touched; forms show it on request."""


@dataclass(frozen=True, slots=True)
class Unit:
    """
    The unit in which a number is written.

    Attributes:
        name: As shown behind the value: ``s``, ``min``, ``h``, ``d``,
            ``bytes``, ``%``.
    """

    name: str
