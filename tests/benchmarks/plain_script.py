"""
The floor under `escai config get`: a script that imports what it needs, and says what it reads.

The model has the fields, types, defaults and bounds of ESCAI's, and nothing else of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import click
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Section(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class Database(Section):
    """Section ``database``."""

    postgres_host: str = Field(default="localhost")
    postgres_port: int = Field(default=5432, ge=1, le=65535)
    postgres_database: str = Field(default="escai")
    postgres_username: str = Field(default="escai_user")
    postgres_password: SecretStr = Field(default=SecretStr(""))
    postgres_pool_size: int = Field(default=10, ge=1, le=100)
    postgres_max_overflow: int = Field(default=20, ge=0, le=100)
    mongodb_host: str = Field(default="localhost")
    mongodb_port: int = Field(default=27017, ge=1, le=65535)
    mongodb_database: str = Field(default="escai_logs")
    mongodb_username: str | None = Field(default=None)
    mongodb_password: SecretStr | None = Field(default=None)
    mongodb_replica_set: str | None = Field(default=None)
    redis_host: str = Field(default="localhost")
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_database: int = Field(default=0, ge=0, le=15)
    redis_password: SecretStr | None = Field(default=None)
    redis_pool_size: int = Field(default=10, ge=1, le=100)
    influxdb_host: str = Field(default="localhost")
    influxdb_port: int = Field(default=8086, ge=1, le=65535)
    influxdb_database: str = Field(default="escai_metrics")
    influxdb_username: str | None = Field(default=None)
    influxdb_password: SecretStr | None = Field(default=None)
    influxdb_retention_policy: str = Field(default="30d", pattern=r"^(?:0*[1-9][0-9]*[hdwmy]|inf)$")
    neo4j_uri: str = Field(default="bolt://localhost:7687")
    neo4j_username: str = Field(default="neo4j")
    neo4j_password: SecretStr = Field(default=SecretStr(""))
    neo4j_database: str = Field(default="neo4j")
    neo4j_pool_size: int = Field(default=10, ge=1, le=100)


class Api(Section):
    """Section ``api``."""

    host: str = Field(default="127.0.0.1")
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=4, ge=1, le=32)
    reload: bool = Field(default=False)
    rate_limit_requests: int = Field(default=100, ge=1)
    rate_limit_window: int = Field(default=60, ge=1)
    cors_origins: list[str] = Field(default_factory=lambda: ["*"])
    cors_methods: list[str] = Field(default_factory=lambda: ["GET", "POST", "PUT", "DELETE"])
    cors_headers: list[str] = Field(default_factory=lambda: ["*"])
    max_request_size: int = Field(default=10485760, ge=1024)
    request_timeout: int = Field(default=30, ge=1)
    websocket_max_connections: int = Field(default=100, ge=1)
    websocket_heartbeat_interval: int = Field(default=30, ge=5)


class Security(Section):
    """Section ``security``."""

    jwt_secret_key: SecretStr
    jwt_algorithm: Literal[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA"
    ] = Field(default="HS256")
    jwt_access_token_expire_minutes: int = Field(default=30, ge=1)
    jwt_refresh_token_expire_days: int = Field(default=7, ge=1)
    tls_enabled: bool = Field(default=True)
    tls_cert_file: str | None = Field(default=None)
    tls_key_file: str | None = Field(default=None)
    tls_ca_file: str | None = Field(default=None)
    password_min_length: int = Field(default=8, ge=6)
    password_require_uppercase: bool = Field(default=True)
    password_require_lowercase: bool = Field(default=True)
    password_require_numbers: bool = Field(default=True)
    password_require_symbols: bool = Field(default=True)
    session_timeout_minutes: int = Field(default=60, ge=5)
    max_login_attempts: int = Field(default=5, ge=1)
    lockout_duration_minutes: int = Field(default=15, ge=1)
    pii_detection_enabled: bool = Field(default=True)
    pii_masking_enabled: bool = Field(default=True)
    pii_sensitivity_level: Literal["off", "low", "medium", "high"] = Field(default="medium")
    audit_enabled: bool = Field(default=True)
    audit_retention_days: int = Field(default=90, ge=1)


class Monitoring(Section):
    """Section ``monitoring``."""

    monitoring_enabled: bool = Field(default=True)
    monitoring_overhead_threshold: float = Field(default=0.1, ge=0.01, le=0.5)
    sampling_rate: float = Field(default=1.0, ge=0.01, le=1.0)
    metrics_enabled: bool = Field(default=True)
    metrics_interval_seconds: int = Field(default=60, ge=1)
    health_check_enabled: bool = Field(default=True)
    health_check_interval_seconds: int = Field(default=30, ge=5)
    alerting_enabled: bool = Field(default=True)
    alert_thresholds: dict[str, Any] = Field(
        default_factory=lambda: {
            "cpu_usage": 80.0,
            "memory_usage": 85.0,
            "disk_usage": 90.0,
            "error_rate": 5.0,
        }
    )


class Ml(Section):
    """Section ``ml``."""

    model_cache_enabled: bool = Field(default=True)
    model_cache_size: int = Field(default=100, ge=1)
    model_update_interval_hours: int = Field(default=24, ge=1)
    training_enabled: bool = Field(default=True)
    training_batch_size: int = Field(default=32, ge=1)
    training_epochs: int = Field(default=10, ge=1)
    validation_split: float = Field(default=0.2, ge=0.1, le=0.5)
    prediction_confidence_threshold: float = Field(default=0.7, ge=0.1, le=1.0)
    ensemble_size: int = Field(default=5, ge=1, le=20)


class Config(Section):
    """The whole configuration."""

    environment: Literal["development", "testing", "staging", "production"] = Field(
        default="development"
    )
    debug: bool = Field(default=False)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(default="INFO")
    custom_settings: dict[str, Any] = Field(default_factory=dict)
    database: Database = Field(default_factory=Database)
    api: Api = Field(default_factory=Api)
    security: Security
    monitoring: Monitoring = Field(default_factory=Monitoring)
    ml: Ml = Field(default_factory=Ml)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("section")
@click.argument("name")
def main(file: Path, section: str, name: str) -> None:
    """Print one value of FILE."""
    config = Config.model_validate(yaml.load(file.read_text(), yaml.CSafeLoader))
    click.echo(getattr(getattr(config, section), name))


if __name__ == "__main__" and len(sys.argv) > 1:
    main()
