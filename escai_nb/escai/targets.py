"""What ESCAI's configuration names outside of itself, for live checks."""

from __future__ import annotations

from escai_nb.validation.live.target import Target

TARGETS = (
    Target(
        service="postgresql",
        host="database.postgres_host",
        port="database.postgres_port",
        username="database.postgres_username",
        password="database.postgres_password",  # noqa: S106  # a key path
        database="database.postgres_database",
    ),
    Target(
        service="redis",
        host="database.redis_host",
        port="database.redis_port",
        password="database.redis_password",  # noqa: S106
        database="database.redis_database",
    ),
    Target(
        service="influxdb",
        host="database.influxdb_host",
        port="database.influxdb_port",
        username="database.influxdb_username",
        password="database.influxdb_password",  # noqa: S106
        database="database.influxdb_database",
    ),
    Target(
        service="mongodb",
        host="database.mongodb_host",
        port="database.mongodb_port",
    ),
    Target(service="neo4j", uri="database.neo4j_uri"),
    Target(
        service="certificates",
        certificate="security.tls_cert_file",
        key="security.tls_key_file",
        authority="security.tls_ca_file",
        when="security.tls_enabled",
    ),
    Target(
        service="tls",
        title="API",
        host="api.host",
        port="api.port",
        certificate="security.tls_cert_file",
        when="security.tls_enabled",
        own=True,
    ),
)
