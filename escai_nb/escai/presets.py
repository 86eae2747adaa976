"""What each ESCAI environment begins with; secrets are generated, never preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from escai_nb import keypath

GENERATED = (
    "security.jwt_secret_key",
    "database.postgres_password",
    "database.neo4j_password",
    "database.redis_password",
    "database.mongodb_password",
    "database.influxdb_password",
)
"""Secrets that a new environment is given."""

_NO_LOGIN: dict[str, object] = {
    # null stays in the preset, so that no password is made for a user that is not
    "database.mongodb_password": None,
    "database.influxdb_password": None,
}


def _served_from(domain: str) -> dict[str, object]:
    """Place every service on a host of its own below *domain*, with TLS and logins."""
    return {
        "api.host": f"api.{domain}",
        "database.postgres_host": f"postgres.{domain}",
        "database.mongodb_host": f"mongodb.{domain}",
        "database.redis_host": f"redis.{domain}",
        "database.influxdb_host": f"influxdb.{domain}",
        "database.neo4j_uri": f"neo4j+s://neo4j.{domain}:7687",
        "database.mongodb_username": "escai_user",
        "database.influxdb_username": "escai_user",
        "security.tls_cert_file": "/etc/escai/tls/server.crt",
        "security.tls_key_file": "/etc/escai/tls/server.key",
    }


def _named(suffix: str) -> dict[str, object]:
    """Set the databases of one environment apart by their names."""
    return {
        "database.postgres_database": f"escai_{suffix}",
        "database.mongodb_database": f"escai_logs_{suffix}",
        "database.influxdb_database": f"escai_metrics_{suffix}",
    }


_CHANGES: Mapping[str, Mapping[str, object]] = {
    "development": _named("dev")
    | _NO_LOGIN
    | {
        "debug": True,
        "log_level": "DEBUG",
        "api.reload": True,
        "api.workers": 1,
        "api.cors_origins": ["http://localhost:3000", "http://localhost:8080"],
        "security.tls_enabled": False,
        "security.audit_enabled": False,
        "security.jwt_access_token_expire_minutes": 60,
        "monitoring.metrics_interval_seconds": 30,
        "monitoring.alerting_enabled": False,
    },
    "testing": _named("test")
    | _NO_LOGIN
    | {
        "log_level": "WARNING",
        "api.port": 8001,
        "api.workers": 1,
        "api.cors_origins": ["http://localhost:8001"],
        "database.redis_database": 1,
        "database.postgres_pool_size": 5,
        "database.postgres_max_overflow": 5,
        "security.tls_enabled": False,
        "security.audit_enabled": False,
        "security.jwt_access_token_expire_minutes": 15,
        "monitoring.sampling_rate": 0.1,
        "monitoring.metrics_enabled": False,
        "monitoring.alerting_enabled": False,
        "ml.training_enabled": False,
        "ml.model_cache_size": 10,
    },
    "staging": _named("staging")
    | _served_from("staging.example.com")
    | {
        "api.workers": 2,
        "api.cors_origins": ["https://staging.example.com"],
        "database.postgres_max_overflow": 10,
        "security.password_min_length": 12,
        "monitoring.sampling_rate": 0.5,
    },
    "production": _served_from("production.example.com")
    | {
        "log_level": "WARNING",
        "api.workers": 8,
        "api.cors_origins": ["https://app.example.com"],
        "api.rate_limit_requests": 1000,
        "api.websocket_max_connections": 500,
        "database.postgres_pool_size": 5,
        "database.postgres_max_overflow": 5,
        "security.jwt_access_token_expire_minutes": 15,
        "security.session_timeout_minutes": 30,
        "security.password_min_length": 14,
        "security.pii_sensitivity_level": "high",
        "monitoring.sampling_rate": 0.1,
        "monitoring.monitoring_overhead_threshold": 0.05,
        "monitoring.alert_thresholds": {
            "cpu_usage": 70.0,
            "memory_usage": 80.0,
            "disk_usage": 85.0,
            "error_rate": 2.0,
        },
        "ml.model_cache_size": 500,
        "ml.training_batch_size": 64,
        "ml.ensemble_size": 10,
    },
}


class _Presets(Mapping[str, Mapping[str, object]]):
    """The presets, each written when it is asked for, as only a new environment needs one."""

    def __getitem__(self, environment: str) -> Mapping[str, object]:
        return _preset(environment)

    def __iter__(self) -> Iterator[str]:
        return iter(_CHANGES)

    def __len__(self) -> int:
        return len(_CHANGES)


def _preset(environment: str) -> dict[str, Any]:
    """Write the model's defaults with the changes of *environment*, without secrets."""
    from escai_nb.escai.models import EscaiConfig
    from escai_nb.schema.catalog import catalog_of

    catalog = catalog_of(EscaiConfig)
    data = catalog.defaults()
    for field in catalog.fields:
        if field.sensitive and keypath.has(data, field.path):
            data = keypath.without(data, field.path)
    for path, value in {"environment": environment, **_CHANGES[environment]}.items():
        data = keypath.replace(data, keypath.parse(path), value)
    return data


PRESETS: Mapping[str, Mapping[str, object]] = _Presets()
"""Environment → complete plain data, without the secrets that are generated."""
