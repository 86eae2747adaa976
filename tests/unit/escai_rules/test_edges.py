"""Where rules begin and end: beside each bad case the good one that looks like it."""

from __future__ import annotations

import pytest

from escai_nb.validation.rule import Tier

DEV, TEST, STAGING, PRODUCTION = Tier
ORIGINS = "api.cors_origins"
THRESHOLDS = "monitoring.alert_thresholds"

CASES = [
    # a wildcard listens on the loopback address too; another host is another port
    ("ESC203", DEV, {"api.host": "0.0.0.0", "api.port": 6379}, ["api.port"]),  # noqa: S104
    ("ESC203", DEV, {"api.host": "::1", "api.port": 6379}, ["api.port"]),
    ("ESC203", DEV, {"api.host": "10.0.0.1", "api.port": 6379}, []),
    ("ESC203", PRODUCTION, {"api.port": 6379}, []),
    (
        "ESC203",
        PRODUCTION,
        {"database.redis_host": "db.internal", "database.mongodb_host": "DB.internal"},
        [],
    ),
    (
        "ESC203",
        PRODUCTION,
        {
            "database.redis_host": "db.internal",
            "database.mongodb_host": "DB.internal",
            "database.redis_port": 27017,
        },
        ["database.redis_port"],
    ),
    ("ESC203", DEV, {"database.redis_port": 7687}, ["database.redis_port"]),
    ("ESC203", DEV, {"database.postgres_port": 6379}, ["database.postgres_port"]),
    ("ESC203", DEV, {"database.neo4j_uri": "bolt://[::1]", "api.port": 7687}, ["api.port"]),
    ("ESC201", PRODUCTION, {"api.host": "::"}, ["api.host"]),
    ("ESC201", PRODUCTION, {"api.host": "::1"}, []),
    ("ESC202", DEV, {"api.port": 1024}, []),
    ("ESC204", PRODUCTION, {"database.neo4j_uri": "bolt+ssc://graph.internal"}, []),
    ("ESC206", DEV, {"database.neo4j_uri": "bolt://localhost"}, []),
    ("ESC212", DEV, {ORIGINS: ["http://a.example.com:3000", "*"]}, []),
    ("ESC212", DEV, {ORIGINS: ["http://me@a.example.com"]}, [f"{ORIGINS}[0]"]),
    ("ESC212", DEV, {ORIGINS: ["http://a.example.com?x=1"]}, [f"{ORIGINS}[0]"]),
    ("ESC213", PRODUCTION, {ORIGINS: ["https://127.0.0.5"]}, [f"{ORIGINS}[0]"]),
    ("ESC213", PRODUCTION, {ORIGINS: ["https://localhost.example.com"]}, []),
    ("ESC214", PRODUCTION, {ORIGINS: ["http://localhost:3000"]}, []),
    ("ESC215", DEV, {ORIGINS: ["https://a.example.com", "https://A.example.com:443"]}, [ORIGINS]),
    ("ESC215", DEV, {ORIGINS: ["https://a.example.com", "http://a.example.com"]}, []),
    ("ESC216", DEV, {ORIGINS: ["https://a.example.com:8443", "http://a.example.com:443"]}, []),
    ("ESC216", DEV, {ORIGINS: ["http://a.example.com:80"]}, [f"{ORIGINS}[0]"]),
    ("ESC216", DEV, {ORIGINS: ["https://A.example.com/", "https://me@A.example.com"]}, []),
    ("ESC216", DEV, {ORIGINS: ["*", "https://[2001:DB8::1]:443"]}, [f"{ORIGINS}[1]"]),
    ("ESC217", DEV, {"api.cors_methods": ["GET", "*"]}, ["api.cors_methods[1]"]),
    ("ESC218", DEV, {"api.cors_headers": ["*", "X-Sec-Token", "Proxied"]}, []),
    ("ESC218", DEV, {"api.cors_headers": ["SEC-Fetch-Mode"]}, ["api.cors_headers[0]"]),
    ("ESC219", DEV, {ORIGINS: ["*"]}, []),
    (
        "ESC219",
        DEV,
        {ORIGINS: ["*"], "api.cors_headers": ["X-Token", "X-API-Key"]},
        [f"{ORIGINS}[0]"],
    ),
    ("ESC211", DEV, {ORIGINS: ["*"], "api.cors_headers": ["Authorization"]}, []),
    ("ESC213", PRODUCTION, {ORIGINS: ["http://0.0.0.0:3000"]}, [f"{ORIGINS}[0]"]),
    ("ESC223", DEV, {"api.websocket_heartbeat_interval": 30}, []),
    ("ESC223", DEV, {"api.request_timeout": 29}, ["api.websocket_heartbeat_interval"]),
    ("ESC223", DEV, {"api.request_timeout": 5}, []),
    ("ESC227", DEV, {"api.request_timeout": 6}, []),
    ("ESC226", DEV, {"api.websocket_heartbeat_interval": 59}, []),
    ("ESC226", DEV, {"api.websocket_heartbeat_interval": 60}, 1),
    ("ESC231", DEV, {"api.host": "239.1.2.3", "database.redis_host": "255.255.255.255"}, 1),
    ("ESC231", DEV, {"database.redis_host": "2001:db8::5"}, ["database.redis_host"]),
    ("ESC231", DEV, {"database.redis_host": "223.255.255.255"}, []),
    ("ESC232", DEV, {"api.host": "0.0.0.0"}, []),  # noqa: S104
    ("ESC232", DEV, {"database.neo4j_uri": "bolt://[::]:7687"}, ["database.neo4j_uri"]),
    ("ESC233", DEV, {"database.postgres_port": 6432, "database.redis_port": 6380}, []),
    ("ESC233", PRODUCTION, {"database.postgres_port": 6379}, ["database.postgres_port"]),
    ("ESC234", DEV, {"database.redis_host": "fe80::1"}, ["database.redis_host"]),
    ("ESC234", DEV, {"database.neo4j_uri": "bolt://169.254.169.254"}, ["database.neo4j_uri"]),
    ("ESC235", DEV, {"database.neo4j_uri": "neo4j://localhost:7687?policy=eu"}, []),
    ("ESC235", DEV, {"database.neo4j_uri": "bolt://localhost:7687?policy=eu"}, 1),
    ("ESC235", DEV, {"database.neo4j_uri": "bolt://me@localhost/"}, ["database.neo4j_uri"]),
    ("ESC235", DEV, {"database.neo4j_uri": "bolt://localhost:7687/"}, []),
    ("ESC301", DEV, {"security.jwt_secret_key": "é" * 16}, []),
    ("ESC301", DEV, {"security.jwt_secret_key": "k" * 31 + "\udcff"}, []),
    ("ESC301", DEV, {"security.jwt_secret_key": "k" * 31}, ["security.jwt_secret_key"]),
    (
        "ESC302",
        DEV,
        {
            "security.jwt_algorithm": "ES256",
            "security.jwt_secret_key": "-----BEGIN PRIVATE KEY-----\nMC4CAQAw",
        },
        [],
    ),
    ("ESC302", PRODUCTION, {"security.jwt_algorithm": "EdDSA"}, []),
    ("ESC304", DEV, {"security.jwt_access_token_expire_minutes": 7 * 1440 - 1}, []),
    (
        "ESC308",
        DEV,
        {
            "security.jwt_algorithm": "RS256",
            "security.jwt_secret_key": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA",
        },
        [],
    ),
    (
        "ESC308",
        DEV,
        {"security.jwt_secret_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGb9ECWmEzf6FQbr"},
        ["security.jwt_secret_key"],
    ),
    ("ESC309", DEV, {"security.jwt_algorithm": "ES384"}, []),
    (
        "ESC312",
        DEV,
        {"security.tls_enabled": True},
        ["security.tls_cert_file", "security.tls_key_file"],
    ),
    ("ESC316", DEV, {"security.tls_key_file": "/tmpfs/tls.key"}, []),  # noqa: S108
    ("ESC317", DEV, {"security.tls_key_file": "/etc/tls/tls.pem"}, []),
    ("ESC317", DEV, {"security.tls_key_file": "/etc/tls/tls.csr"}, ["security.tls_key_file"]),
    ("ESC318", DEV, {"security.tls_key_file": "/var/www-data/tls.key"}, []),
    ("ESC318", DEV, {"security.tls_key_file": "/home/a/public_html/k"}, ["security.tls_key_file"]),
    ("ESC320", DEV, {"security.tls_ca_file": "/etc/tls/ca.PFX"}, ["security.tls_ca_file"]),
    ("ESC321", DEV, {"security.password_min_length": 8}, []),
    ("ESC321", STAGING, {"security.password_min_length": 11}, ["security.password_min_length"]),
    ("ESC327", DEV, {"security.password_min_length": 64}, []),
    ("ESC345", PRODUCTION, {"security.audit_retention_days": 90}, []),
    ("ESC401", PRODUCTION, {"database.redis_password": None}, ["database.redis_password"]),
    ("ESC402", DEV, {"database.influxdb_password": "x" * 20}, ["database.influxdb_username"]),
    ("ESC403", PRODUCTION, {"database.mongodb_username": None}, []),
    (
        "ESC404",
        DEV,
        {"database.neo4j_username": "Neo4j", "database.neo4j_password": "neo4J"},
        ["database.neo4j_password"],
    ),
    ("ESC407", DEV, {"database.postgres_database": "a" * 63}, []),
    ("ESC407", DEV, {"database.postgres_database": "ä" * 32}, ["database.postgres_database"]),
    ("ESC407", DEV, {"database.postgres_database": ""}, ["database.postgres_database"]),
    ("ESC407", DEV, {"database.neo4j_database": "escai_dev"}, ["database.neo4j_database"]),
    ("ESC407", DEV, {"database.neo4j_database": "escai-dev"}, []),
    ("ESC407", DEV, {"database.influxdb_database": ".."}, ["database.influxdb_database"]),
    ("ESC404", DEV, {"database.postgres_password": "Escai_Password-2024"}, 1),
    ("ESC404", DEV, {"database.postgres_password": "escai-R7v_Kq2mZ9xLw4Tb"}, []),
    ("ESC412", DEV, {"api.workers": 8, "api.reload": True}, []),
    ("ESC409", PRODUCTION, {"database.influxdb_retention_policy": "167h"}, 1),
    ("ESC409", PRODUCTION, {"database.influxdb_retention_policy": "1w"}, []),
    ("ESC409", PRODUCTION, {"database.influxdb_retention_policy": "inf"}, []),
    ("ESC410", DEV, {"database.postgres_pool_size": 1, "database.postgres_max_overflow": 1}, []),
    ("ESC413", DEV, {"database.neo4j_username": " "}, ["database.neo4j_username"]),
    ("ESC414", DEV, {"database.postgres_username": "public"}, ["database.postgres_username"]),
    ("ESC414", DEV, {"database.postgres_username": "pgbouncer"}, []),
    ("ESC415", DEV, {"database.postgres_username": "EscaiUser"}, ["database.postgres_username"]),
    ("ESC415", DEV, {"database.mongodb_database": "Logs"}, []),
    ("ESC501", DEV, {"environment": "development"}, []),
    ("ESC509", PRODUCTION, {"database.neo4j_uri": "bolt+s://127.0.0.1"}, ["database.neo4j_uri"]),
    ("ESC510", STAGING, {"database.postgres_database": "latest_production_line_staging"}, []),
    ("ESC510", STAGING, {"database.postgres_database": "contest"}, []),
    ("ESC510", STAGING, {"database.postgres_database": "escai-PROD"}, 1),
    ("ESC511", PRODUCTION, {"database.redis_host": "redis.test.example.com"}, 1),
    ("ESC511", PRODUCTION, {"database.redis_host": "redis.latest.example.com"}, []),
    ("ESC513", PRODUCTION, {"database.redis_host": "redis.default.svc.cluster.local"}, []),
    ("ESC513", PRODUCTION, {"database.redis_host": "redis"}, []),
    ("ESC513", PRODUCTION, {"database.redis_host": "db.example.com"}, []),
    (
        "ESC513",
        PRODUCTION,
        {"database.neo4j_uri": "bolt+s://graph.EXAMPLE"},
        ["database.neo4j_uri"],
    ),
    ("ESC515", DEV, {"monitoring.monitoring_enabled": False}, []),
    ("ESC516", PRODUCTION, {"monitoring.monitoring_enabled": False}, []),
    ("ESC517", PRODUCTION, {"monitoring.metrics_enabled": False}, []),
    ("ESC607", DEV, {THRESHOLDS: {"disk_usage_warning": 80.0, "disk_usage": 90.0}}, []),
    ("ESC607", DEV, {THRESHOLDS: {"a.b": 80.0}}, [f'{THRESHOLDS}["a.b"]']),
    ("ESC608", DEV, {THRESHOLDS: {"cpu_usage": 100.0}}, []),
    ("ESC613", DEV, {"database.mongodb_replica_set": "rs0", "database.mongodb_host": "db"}, []),
    (
        "ESC613",
        DEV,
        {"database.mongodb_replica_set": "rs0", "database.mongodb_host": "mongo-0.db"},
        ["database.mongodb_host"],
    ),
    ("ESC608", DEV, {THRESHOLDS: {"cpu_usage": 0.0}}, [f"{THRESHOLDS}.cpu_usage"]),
    (
        "ESC609",
        DEV,
        {THRESHOLDS: {"cpu_usage": 95.0, "cpu_usage_critical": 90.0}},
        [f"{THRESHOLDS}.cpu_usage"],
    ),
    ("ESC610", DEV, {THRESHOLDS: {}}, []),
    (
        "ESC615",
        PRODUCTION,
        {THRESHOLDS: {"disk_usage_warning": 90.0, "disk_usage_critical": 97.0}},
        [],
    ),
    (
        "ESC615",
        PRODUCTION,
        {THRESHOLDS: {"disk_usage_warning": 92.0, "disk_usage_critical": 97.0}},
        [f"{THRESHOLDS}.disk_usage_warning"],
    ),
    ("ESC615", PRODUCTION, {THRESHOLDS: {"disk_usage": 200.0}}, []),
    ("ESC615", PRODUCTION, {THRESHOLDS: {"cpu_usage": 99.0}}, []),
    ("ESC616", PRODUCTION, {THRESHOLDS: {"error_rate": 10.0}}, []),
    ("ESC702", DEV, {"api.max_request_size": 2**31}, []),
]


@pytest.mark.parametrize(
    ("rule", "tier", "values", "paths"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_edges(rule, tier, values, paths, preset, with_values, judged):
    """Exactly the paths that are listed; a number stands for each value given."""
    report = judged(with_values(preset(tier), values), tier)
    expected = list(values) if paths == 1 else paths

    assert expected == [finding.path for finding in report.findings if finding.code == rule]
