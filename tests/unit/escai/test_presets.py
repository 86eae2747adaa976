"""ESCAI's presets against their table, and under its own rules."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from escai_nb import keypath
from escai_nb.escai.models import EscaiConfig
from escai_nb.escai.spec import ESCAI
from escai_nb.schema.modelling import check
from escai_nb.validation.finding import Severity
from escai_nb.validation.validator import validate

if TYPE_CHECKING:
    from escai_nb.validation.report import Report

FIELDS = """
debug log_level api.reload api.workers api.port api.cors_origins api.rate_limit_requests
api.websocket_max_connections security.tls_enabled security.audit_enabled
security.jwt_access_token_expire_minutes security.session_timeout_minutes
security.password_min_length security.pii_sensitivity_level monitoring.sampling_rate
monitoring.metrics_enabled monitoring.metrics_interval_seconds monitoring.alerting_enabled
monitoring.monitoring_overhead_threshold database.postgres_database database.mongodb_database
database.influxdb_database database.redis_database database.postgres_host database.neo4j_uri
database.mongodb_username database.influxdb_username database.postgres_pool_size
database.postgres_max_overflow ml.training_enabled ml.model_cache_size ml.training_batch_size
ml.ensemble_size
"""

FILES = Path(__file__).parents[2] / "data/escai"
LOCAL = ["http://localhost:3000", "http://localhost:8080"]
TABLE: dict[str, list[Any]] = {
    "development": [
        *(True, "DEBUG", True, 1, 8000, LOCAL, 100, 100, False, False, 60, 60, 8, "medium"),
        *(1.0, True, 30, False, 0.1, "escai_dev", "escai_logs_dev", "escai_metrics_dev", 0),
        *("localhost", "bolt://localhost:7687", None, None, 10, 20, True, 100, 32, 5),
    ],
    "testing": [
        *(False, "WARNING", False, 1, 8001, ["http://localhost:8001"], 100, 100, False, False),
        *(15, 60, 8, "medium", 0.1, False, 60, False, 0.1),
        *("escai_test", "escai_logs_test", "escai_metrics_test", 1),
        *("localhost", "bolt://localhost:7687", None, None, 5, 5, False, 10, 32, 5),
    ],
    "staging": [
        *(False, "INFO", False, 2, 8000, ["https://staging.example.com"], 100, 100, True, True),
        *(30, 60, 12, "medium", 0.5, True, 60, True, 0.1),
        *("escai_staging", "escai_logs_staging", "escai_metrics_staging", 0),
        *("postgres.staging.example.com", "neo4j+s://neo4j.staging.example.com:7687"),
        *("escai_user", "escai_user", 10, 10, True, 100, 32, 5),
    ],
    "production": [
        *(False, "WARNING", False, 8, 8000, ["https://app.example.com"], 1000, 500, True, True),
        *(15, 30, 14, "high", 0.1, True, 60, True, 0.05),
        *("escai", "escai_logs", "escai_metrics", 0),
        *("postgres.production.example.com", "neo4j+s://neo4j.production.example.com:7687"),
        *("escai_user", "escai_user", 5, 5, True, 500, 64, 10),
    ],
}
THRESHOLDS = {"staging": [80, 85, 90, 5], "production": [70, 80, 85, 2]}


def complete(environment: str) -> dict[str, Any]:
    """Fill the generated secrets in, as a new environment does."""
    data: dict[str, Any] = ESCAI.preset(environment)
    for path in ESCAI.generated_for(environment):
        data = keypath.replace(data, keypath.parse(path), secrets.token_urlsafe(32))
    return data


@pytest.mark.parametrize("environment", ESCAI.environments)
def test_each_preset_is_as_the_table_says(environment: str) -> None:
    """Row by row; alert thresholds by their values."""
    preset = ESCAI.preset(environment)
    fields = FIELDS.split()
    values = [keypath.get(preset, keypath.parse(path)) for path in fields]
    assert dict(zip(fields, TABLE[environment], strict=True)) == dict(
        zip(fields, values, strict=True)
    )
    thresholds = list(preset["monitoring"]["alert_thresholds"].values())
    assert THRESHOLDS.get(environment, THRESHOLDS["staging"]) == thresholds
    assert environment == preset["environment"]
    has_paths = preset["security"]["tls_cert_file"] is not None
    assert preset["security"]["tls_enabled"] is has_paths


@pytest.mark.parametrize("environment", ESCAI.environments)
def test_no_preset_holds_a_secret(environment: str) -> None:
    """Secrets are generated, one for each login that the preset names."""
    preset = ESCAI.preset(environment)
    assert () == ESCAI.catalog.secret_paths(preset)
    generated = ESCAI.generated_for(environment)
    has_login = preset["database"]["mongodb_username"] is not None
    assert (6 if has_login else 4) == len(generated)
    assert has_login is ("database.influxdb_password" in generated)


@pytest.mark.parametrize("environment", ESCAI.environments)
def test_each_preset_is_complete_and_fits(environment: str) -> None:
    """With its secrets every one of the 85 leaves is written, and the model takes it."""
    data = complete(environment)
    assert () == check(EscaiConfig, data)[1]
    for field in ESCAI.catalog.fields:
        assert keypath.has(data, field.path), field


def findings(data: dict[str, Any], environment: str = "development") -> Report:
    return validate(
        data,
        model=EscaiConfig,
        rules=ESCAI.all_rules,
        environment=environment,
        tier=ESCAI.tier(environment),
    )


@pytest.mark.parametrize("environment", ESCAI.environments)
def test_no_preset_gives_a_finding_at_warning_or_above(environment: str) -> None:
    """Under all of its own rules."""
    report = findings(complete(environment), environment)
    serious = [f for f in report.findings if f.severity is not Severity.ADVICE]
    assert [] == [str(finding) for finding in serious]
    assert () == report.not_run


def test_the_defaults_with_a_jwt_secret_are_valid_in_development() -> None:
    """There may be warnings, but nothing that stands against them."""
    report = findings({"security": {"jwt_secret_key": secrets.token_urlsafe(32)}})
    assert 0 == report.count(Severity.ERROR)


def test_the_example_of_the_application_has_findings_by_rules_only() -> None:
    """It fits the model, and its placeholders are seen."""
    report = findings(yaml.safe_load((FILES / "config.example.yaml").read_text()))
    codes = {finding.code for finding in report.findings}
    assert codes
    assert not any(code.startswith("ESC1") for code in codes)
