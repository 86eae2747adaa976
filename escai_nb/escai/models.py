"""ESCAI's configuration as a pydantic model."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from escai_nb.escai.environments import Environment
from escai_nb.escai.sections.api import ApiConfig
from escai_nb.escai.sections.database import DatabaseConfig
from escai_nb.escai.sections.ml import MLConfig
from escai_nb.escai.sections.monitoring import MonitoringConfig
from escai_nb.escai.sections.security import SecurityConfig  # noqa: TC001  # pydantic reads it
from escai_nb.escai.sections.types import Section
from escai_nb.schema.fields import Promotion


class LogLevel(StrEnum):
    """The least serious message that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class EscaiConfig(Section):
    """The whole configuration of one environment."""

    environment: Annotated[Environment, Promotion.ENVIRONMENT] = Field(
        Environment.DEVELOPMENT, description="Environment that this configuration is for."
    )
    debug: Annotated[bool, Promotion.ENVIRONMENT] = Field(
        default=False, description="Shows internals in errors; never in production."
    )
    log_level: Annotated[LogLevel, Promotion.ENVIRONMENT] = Field(
        LogLevel.INFO, description="Least serious message that is logged."
    )
    database: DatabaseConfig = Field(
        default_factory=DatabaseConfig, description="The five stores that ESCAI writes to."
    )
    api: ApiConfig = Field(
        default_factory=ApiConfig, description="How the API server listens and what it allows."
    )
    security: SecurityConfig = Field(
        description="Tokens, TLS, passwords, sessions, personal data and audit."
    )
    monitoring: MonitoringConfig = Field(
        default_factory=MonitoringConfig,
        description="What is observed, of agents and of the system itself.",
    )
    ml: MLConfig = Field(
        default_factory=MLConfig, description="The models that explain and predict."
    )
    custom_settings: dict[str, Any] = Field(
        default_factory=dict, description="Settings of one's own; any names, any values."
    )

    @field_validator("environment")
    @classmethod
    def _takes_no_debug_along(cls, value: Environment, info: ValidationInfo) -> Environment:
        """Refuse to make production of a configuration that debugs (on assignment)."""
        if value is Environment.PRODUCTION and info.data.get("debug"):
            raise PydanticCustomError("environment", "cannot be production while debug is true")
        return value

    @field_validator("debug")
    @classmethod
    def _is_off_in_production(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        if value and info.data.get("environment") is Environment.PRODUCTION:
            raise PydanticCustomError("debug", "must be false in production")
        return value


ConfigSchema = EscaiConfig
"""The name that the earlier system used."""
