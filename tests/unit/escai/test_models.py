"""ESCAI's model against its table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from escai_nb import keypath
from escai_nb.escai.models import ConfigSchema, Environment, EscaiConfig, LogLevel
from escai_nb.escai.sections.types import is_host
from escai_nb.schema.catalog import MISSING, Kind, catalog_of
from escai_nb.schema.fields import Promotion
from escai_nb.schema.modelling import check, plain

CATALOG = catalog_of(EscaiConfig)
FILES = Path(__file__).parents[2] / "data/escai"
JWT = {"security": {"jwt_secret_key": "k" * 43}}

# section.field | type | default | bounds | unit, as the table of the application says
TABLE = """
environment | choice | development | |
debug | boolean | false | |
log_level | choice | INFO | |
database.postgres_host | text | localhost | |
database.postgres_port | integer | 5432 | 1..65535 |
database.postgres_database | text | escai | |
database.postgres_username | text | escai_user | |
database.postgres_password | secret | "" | |
database.postgres_pool_size | integer | 10 | 1..100 |
database.postgres_max_overflow | integer | 20 | 0..100 |
database.mongodb_host | text | localhost | |
database.mongodb_port | integer | 27017 | 1..65535 |
database.mongodb_database | text | escai_logs | |
database.mongodb_username | text? | null | |
database.mongodb_password | secret? | null | |
database.mongodb_replica_set | text? | null | |
database.redis_host | text | localhost | |
database.redis_port | integer | 6379 | 1..65535 |
database.redis_database | integer | 0 | 0..15 |
database.redis_password | secret? | null | |
database.redis_pool_size | integer | 10 | 1..100 |
database.influxdb_host | text | localhost | |
database.influxdb_port | integer | 8086 | 1..65535 |
database.influxdb_database | text | escai_metrics | |
database.influxdb_username | text? | null | |
database.influxdb_password | secret? | null | |
database.influxdb_retention_policy | text | 30d | |
database.neo4j_uri | text | bolt://localhost:7687 | |
database.neo4j_username | text | neo4j | |
database.neo4j_password | secret | "" | |
database.neo4j_database | text | neo4j | |
database.neo4j_pool_size | integer | 10 | 1..100 |
api.host | text | 127.0.0.1 | |
api.port | integer | 8000 | 1..65535 |
api.workers | integer | 4 | 1..32 |
api.reload | boolean | false | |
api.rate_limit_requests | integer | 100 | ≥ 1 |
api.rate_limit_window | integer | 60 | ≥ 1 | s
api.cors_origins | list | ["*"] | |
api.cors_methods | list | [GET, POST, PUT, DELETE] | |
api.cors_headers | list | ["*"] | |
api.max_request_size | integer | 10485760 | ≥ 1024 | bytes
api.request_timeout | integer | 30 | ≥ 1 | s
api.websocket_max_connections | integer | 100 | ≥ 1 |
api.websocket_heartbeat_interval | integer | 30 | ≥ 5 | s
security.jwt_secret_key | secret | | |
security.jwt_algorithm | choice | HS256 | |
security.jwt_access_token_expire_minutes | integer | 30 | ≥ 1 | min
security.jwt_refresh_token_expire_days | integer | 7 | ≥ 1 | d
security.tls_enabled | boolean | true | |
security.tls_cert_file | text? | null | |
security.tls_key_file | text? | null | |
security.tls_ca_file | text? | null | |
security.password_min_length | integer | 8 | ≥ 6 |
security.password_require_uppercase | boolean | true | |
security.password_require_lowercase | boolean | true | |
security.password_require_numbers | boolean | true | |
security.password_require_symbols | boolean | true | |
security.session_timeout_minutes | integer | 60 | ≥ 5 | min
security.max_login_attempts | integer | 5 | ≥ 1 |
security.lockout_duration_minutes | integer | 15 | ≥ 1 | min
security.pii_detection_enabled | boolean | true | |
security.pii_masking_enabled | boolean | true | |
security.pii_sensitivity_level | choice | medium | |
security.audit_enabled | boolean | true | |
security.audit_retention_days | integer | 90 | ≥ 1 | d
monitoring.monitoring_enabled | boolean | true | |
monitoring.monitoring_overhead_threshold | number | 0.1 | 0.01..0.5 |
monitoring.sampling_rate | number | 1.0 | 0.01..1.0 |
monitoring.metrics_enabled | boolean | true | |
monitoring.metrics_interval_seconds | integer | 60 | ≥ 1 | s
monitoring.health_check_enabled | boolean | true | |
monitoring.health_check_interval_seconds | integer | 30 | ≥ 5 | s
monitoring.alerting_enabled | boolean | true | |
monitoring.alert_thresholds | mapping | {cpu_usage: 80, memory_usage: 85, disk_usage: 90, \
error_rate: 5} | |
ml.model_cache_enabled | boolean | true | |
ml.model_cache_size | integer | 100 | ≥ 1 |
ml.model_update_interval_hours | integer | 24 | ≥ 1 | h
ml.training_enabled | boolean | true | |
ml.training_batch_size | integer | 32 | ≥ 1 |
ml.training_epochs | integer | 10 | ≥ 1 |
ml.validation_split | number | 0.2 | 0.1..0.5 |
ml.prediction_confidence_threshold | number | 0.7 | 0.1..1.0 |
ml.ensemble_size | integer | 5 | 1..20 |
custom_settings | mapping | {} | |
"""

OWN = """
environment debug log_level api.host api.port api.workers api.cors_origins
security.tls_cert_file security.tls_key_file security.tls_ca_file database.neo4j_uri
database.postgres_host database.postgres_port database.postgres_database
database.postgres_username database.mongodb_host database.mongodb_port
database.mongodb_database database.mongodb_username database.mongodb_replica_set
database.redis_host database.redis_port database.redis_database database.influxdb_host
database.influxdb_port database.influxdb_database database.influxdb_username
database.neo4j_username database.neo4j_database
"""


def rows() -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("row", rows(), ids=[row[0] for row in rows()])
def test_each_field_is_as_the_table_says(row: list[str]) -> None:
    """Name, type, default, bounds and unit."""
    name, kind, default, bounds, unit = (*row, "")[:5]
    spec = CATALOG.require(keypath.parse(name))
    own_kind = ("secret" if spec.sensitive else spec.kind.value) + ("?" if spec.nullable else "")
    assert [kind, bounds, unit] == [own_kind, spec.bounds, spec.unit]
    assert (MISSING if not default else yaml.safe_load(default)) == spec.default


def test_there_are_85_leaves_in_the_order_of_the_table() -> None:
    """No field is missing, none is added."""
    assert [row[0] for row in rows()] == [keypath.render(spec.path) for spec in CATALOG.fields]
    assert 85 == len(CATALOG.fields)


def test_each_field_and_section_is_documented() -> None:
    """A title and one sentence each."""
    for spec in (*CATALOG.fields, *CATALOG.sections):
        assert spec.title, spec
        assert spec.doc.endswith("."), spec
        assert len(spec.doc) > 20, spec


def test_promotion_classes() -> None:
    """What belongs to an environment stays there, secrets do, the rest is promoted."""
    classes: dict[Promotion, set[str]] = {each: set() for each in Promotion}
    for spec in CATALOG.fields:
        classes[spec.promotion].add(keypath.render(spec.path))
    assert set(OWN.split()) == classes[Promotion.ENVIRONMENT]
    assert 6 == len(classes[Promotion.SECRET])
    assert 85 - 6 - len(OWN.split()) == len(classes[Promotion.YES])


def test_closed_sets() -> None:
    """``none`` is no algorithm; levels and methods are listed."""
    choices = {
        name: CATALOG.require(keypath.parse(name)).choices
        for name in ("security.jwt_algorithm", "security.pii_sensitivity_level", "log_level")
    }
    assert "none" not in choices["security.jwt_algorithm"]
    assert ("off", "low", "medium", "high") == choices["security.pii_sensitivity_level"]
    assert tuple(LogLevel) == choices["log_level"]
    methods = CATALOG.require(("api", "cors_methods", 0))
    assert Kind.CHOICE is methods.kind


def misfits_at(path: str, value: object) -> list[str]:
    data = keypath.replace(JWT, keypath.parse(path), value)
    return [keypath.render(misfit.path) for misfit in check(EscaiConfig, data)[1]]


def test_the_defaults_with_a_jwt_secret_fit() -> None:
    """Nothing else is required."""
    instance, misfits = check(EscaiConfig, JWT)
    assert () == misfits
    assert instance is not None
    assert CATALOG.defaults() == keypath.without(plain(instance), ("security", "jwt_secret_key"))
    assert ConfigSchema is EscaiConfig


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("environment", "prod"),
        ("log_level", "debug"),
        ("prot", 1),
        ("api.prot", 1),
        ("api.port", 0),
        ("api.port", 65536),
        ("api.port", True),
        ("api.port", "http"),
        ("api.workers", 33),
        ("api.host", ""),
        ("api.host", "a_b"),
        ("api.host", "-a.example.com"),
        ("api.host", "256.1.1.1"),
        ("api.host", "localhost\n"),
        ("api.host", "a" * 64),
        ("api.host", "http://localhost"),
        ("api.cors_methods[0]", "FETCH"),
        ("api.cors_headers[0]", "X Y"),
        ("api.cors_headers[0]", "X-Y\n"),
        ("api.cors_origins[0]", "example.com"),
        ("api.cors_origins[0]", "ftp://example.com"),
        ("api.cors_origins[0]", "https://"),
        ("api.cors_origins[0]", "https://exa mple.com"),
        ("api.cors_origins[0]", "https://example.com:99999"),
        ("security.jwt_algorithm", "none"),
        ("security.pii_sensitivity_level", "extreme"),
        ("security.password_min_length", 5),
        ("database.influxdb_retention_policy", "30"),
        ("database.influxdb_retention_policy", "0d"),
        ("database.influxdb_retention_policy", "00h"),
        ("database.influxdb_retention_policy", "-1d"),
        ("database.influxdb_retention_policy", "30d\n"),
        ("database.influxdb_retention_policy", "30 d"),
        ("database.influxdb_retention_policy", "٣d"),
        ("database.influxdb_retention_policy", "INF"),
        ("database.neo4j_uri", "http://localhost"),
        ("database.neo4j_uri", "bolt://"),
        ("database.neo4j_uri", "bolt://local host"),
        ("database.neo4j_uri", "bolt://localhost:99999"),
        ("database.neo4j_uri", "bolt://localhost:0"),
        ("database.neo4j_uri", "bolt://localhost:7687\n"),
        ("database.neo4j_uri", "localhost:7687"),
        ("database.redis_database", 16),
        ("database.postgres_password", 5),
        ("database.postgres_max_overflow", -1),
        ("monitoring.sampling_rate", 0),
        ("monitoring.sampling_rate", 1.01),
        ("monitoring.alert_thresholds.cpu_usage", "hot"),
        ("monitoring.alert_thresholds.cpu_usage", True),
        ("ml.ensemble_size", 21),
    ],
)
def test_what_does_not_fit_is_located(path: str, value: object) -> None:
    """Each wrong value gives one misfit, at its own path."""
    assert [path] == misfits_at(path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("api.host", "::1"),
        ("api.host", "0.0.0.0"),  # noqa: S104
        ("api.host", "a.b-c.example.com"),
        ("api.host", "1host"),
        ("api.cors_origins[0]", "https://example.com/"),
        ("api.cors_origins[0]", "http://[::1]:3000"),
        ("database.influxdb_retention_policy", "inf"),
        ("database.influxdb_retention_policy", "052w"),
        ("database.neo4j_uri", "neo4j+ssc://user:pw@graph.example.com:7687"),
        ("database.neo4j_uri", "bolt://[::1]:7687"),
        ("database.postgres_max_overflow", 0),
        ("custom_settings.any.thing", [1, None]),
    ],
)
def test_what_fits(path: str, value: object) -> None:
    """Unusual values that are right."""
    assert [] == misfits_at(path, value)


def test_production_does_not_debug() -> None:
    """Neither when read nor when assigned, in either order."""
    data = JWT | {"environment": "production", "debug": True}
    _, misfits = check(EscaiConfig, data)
    assert ["debug"] == [keypath.render(misfit.path) for misfit in misfits]
    config = EscaiConfig.model_validate(JWT | {"debug": True})
    with pytest.raises(ValidationError):
        config.environment = Environment.PRODUCTION
    config.debug = False
    config.environment = Environment.PRODUCTION
    with pytest.raises(ValidationError):
        config.debug = True


def test_assignments_are_checked() -> None:
    """In every section, unknown names too."""
    config = EscaiConfig.model_validate(JWT)
    with pytest.raises(ValidationError):
        config.api.port = 0
    with pytest.raises(ValidationError):
        config.database.postgres_hots = "x"  # type: ignore[attr-defined]


def test_the_example_of_the_application_fits() -> None:
    """The real, commented file has no misfit."""
    data: Any = yaml.safe_load((FILES / "config.example.yaml").read_text())
    instance, misfits = check(EscaiConfig, data)
    assert () == misfits
    assert [] == CATALOG.unknown(data)
    assert data == plain(instance) if instance else False


def test_each_wrong_key_of_a_real_file_is_named() -> None:
    """A file that does not fit gives a misfit per wrong key, each at its path."""
    data = yaml.safe_load((FILES / "config.development.invalid.yaml").read_text())
    _, misfits = check(EscaiConfig, data)
    wrong = {
        f"{section}.{key}" for section in ("database", "monitoring") for key in data[section]
    } | {"api.debug", "logging", "frameworks", "cli"}
    found = {keypath.render(misfit.path): misfit.kind for misfit in misfits}
    assert dict.fromkeys(wrong, "extra_forbidden") | {"security": "missing"} == found
    assert wrong == {keypath.render(path) for path, _ in CATALOG.unknown(data)}


@pytest.mark.parametrize("text", ["a" * 63 + ".example", "x", "EXAMPLE.com", "fe80::1", "10.0.0.1"])
def test_hosts(text: str) -> None:
    """Addresses of both families and RFC 1123 names, full length of a label."""
    assert is_host(text)


def test_guessed_secrets_are_not_shown() -> None:
    """What the model holds is what it was given; its repr hides what looks like a secret."""
    settings = {
        "billing": {"api_key": "hush-one", "pins": [4711], "region": "eu"},
        "queue": "amqp://user:hush-two@queue.example.org/main",
    }
    model = EscaiConfig.model_validate({**JWT, "custom_settings": settings})

    assert model.custom_settings == settings
    assert model == EscaiConfig.model_validate({**JWT, "custom_settings": settings})
    for shown in (repr(model), str(model)):
        assert "hush" not in shown
        assert "4711" not in shown
        assert "'region': 'eu'" in shown
