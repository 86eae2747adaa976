"""What ESCAI is deployed as: its API and the five stores that it may find beside itself."""

from __future__ import annotations

from escai_nb.deploy.stack import Backend, Stack

_BACKENDS = (
    Backend(
        name="postgres",
        image="postgres:16.4",
        port=5432,
        host="database.postgres_host",
        published="database.postgres_port",
        password="database.postgres_password",  # noqa: S106  # a key path
        environment={
            "POSTGRES_DB": "{database.postgres_database}",
            "POSTGRES_USER": "{database.postgres_username}",
            "PGDATA": "/var/lib/postgresql/data/pgdata",
        },
        with_password={"POSTGRES_PASSWORD_FILE": "{secret}"},
        health='pg_isready -q -U "$POSTGRES_USER" -d "$POSTGRES_DB"',
        user=999,
        data="/var/lib/postgresql/data",
        scratch=("/tmp", "/var/run/postgresql"),  # noqa: S108
    ),
    Backend(
        name="mongodb",
        image="mongo:7.0.14",
        port=27017,
        host="database.mongodb_host",
        published="database.mongodb_port",
        password="database.mongodb_password",  # noqa: S106
        login="database.mongodb_username",
        environment={"MONGO_INITDB_DATABASE": "{database.mongodb_database}", "HOME": "/tmp"},  # noqa: S108
        with_password={
            "MONGO_INITDB_ROOT_USERNAME": "{database.mongodb_username}",
            "MONGO_INITDB_ROOT_PASSWORD_FILE": "{secret}",
        },
        health="mongosh --quiet --eval 'db.adminCommand(\"ping\").ok' | grep -q 1",
        user=999,
        data="/data/db",
        scratch=("/tmp", "/data/configdb"),  # noqa: S108
        memory=1024,
    ),
    Backend(
        name="redis",
        image="redis:7.4.1",
        port=6379,
        host="database.redis_host",
        published="database.redis_port",
        password="database.redis_password",  # noqa: S106
        # by its standard input, as others can read what a program is called with
        script='exec redis-server - <<END\ndir /data\nrequirepass "$(cat {secret})"\nEND\n',
        health='REDISCLI_AUTH="$(cat {secret})" redis-cli ping | grep -q PONG',
        user=999,
        data="/data",
    ),
    Backend(
        name="influxdb",
        image="influxdb:1.8.10",
        port=8086,
        host="database.influxdb_host",
        published="database.influxdb_port",
        password="database.influxdb_password",  # noqa: S106
        login="database.influxdb_username",
        environment={
            "INFLUXDB_DB": "{database.influxdb_database}",
            "INFLUXDB_META_DIR": "/var/tmp/meta",  # noqa: S108  # of the container
            "INFLUXDB_DATA_DIR": "/var/tmp/data",  # noqa: S108
            "INFLUXDB_DATA_WAL_DIR": "/var/tmp/wal",  # noqa: S108
            "HOME": "/tmp",  # noqa: S108
        },
        with_password={
            "INFLUXDB_ADMIN_USER": "{database.influxdb_username}",
            "INFLUXDB_HTTP_AUTH_ENABLED": "true",
        },
        script='export INFLUXDB_ADMIN_PASSWORD="$(cat {secret})"\nexec /entrypoint.sh influxd\n',
        health="curl -fsS http://127.0.0.1:8086/ping",
        user=1000,
        data="/var/tmp",  # noqa: S108  # the image's own folder is for root alone
    ),
    Backend(
        name="neo4j",
        image="neo4j:5.26.0",
        port=7687,
        uri="database.neo4j_uri",
        password="database.neo4j_password",  # noqa: S106
        with_password={"LOGIN": "{database.neo4j_username}"},
        script='export NEO4J_AUTH="$LOGIN/$(cat {secret})"\n'
        "exec tini -g -- /startup/docker-entrypoint.sh neo4j\n",
        health="wget -q -O /dev/null http://127.0.0.1:7474",
        user=7474,
        data="/data",
        read_only=False,  # it writes its settings beside its program
        memory=2048,
    ),
)

STACK = Stack(
    name="escai",
    image="registry.example.com/escai:1.0.0",
    host="api.host",
    port="api.port",
    workers="api.workers",
    health="/health",
    health_when="monitoring.health_check_enabled",
    health_interval="monitoring.health_check_interval_seconds",
    files=("security.tls_cert_file", "security.tls_key_file", "security.tls_ca_file"),
    files_when="security.tls_enabled",
    backends=_BACKENDS,
)
