"""Database rules, ESC401–ESC412: credentials, names, pools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escai_nb.validation.rule import Facts, Problem, Tier, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

POOL = "database.postgres_pool_size"
OVERFLOW = "database.postgres_max_overflow"
RETENTION = "database.influxdb_retention_policy"
CONNECTIONS = 97
"""Connections of PostgreSQL by default: 100, less 3 for the superuser."""
LARGEST_OVERFLOW = 3
"""Times the pool."""
SHORTEST_RETENTION = 7 * 24
"""Hours of metrics."""
HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}
SUPERUSERS = {
    "database.postgres_username": frozenset({"postgres", "root"}),
    "database.mongodb_username": frozenset({"admin", "root"}),
    "database.influxdb_username": frozenset({"admin", "root"}),
}
SYSTEM_NAMES = {
    "database.postgres_database": frozenset({"postgres", "template0", "template1"}),
    "database.mongodb_database": frozenset({"admin", "local", "config"}),
    "database.influxdb_database": frozenset({"_internal"}),
    "database.neo4j_database": frozenset({"system"}),
}
NAMES = {
    "database.postgres_database": (re.compile(r"[^\0]{1,63}"), "1 to 63 bytes"),
    "database.mongodb_database": (
        re.compile(r'[^/\\. "$*<>:|?\0]{1,63}'),
        'up to 63 bytes without / \\ . " $ * < > : | ? or blanks',
    ),
    "database.neo4j_database": (
        re.compile(r"[A-Za-z][A-Za-z0-9.-]{2,62}"),
        "3 to 63 letters, digits, dots or dashes, the first a letter",
    ),
}


def credentials(name: str) -> tuple[str, str]:
    """Return the key paths of user and password of the database *name*."""
    return f"database.{name}_username", f"database.{name}_password"


@rule(
    "ESC401",
    title="Database without password",
    severities="A/A/E/E",
    why="Everyone who reaches its port may read and change everything.",
    fix="Set a password there and here, or generate one: escai config init.",
    source="OWASP Database Security Cheat Sheet; CIS PostgreSQL Benchmark 5; CWE-258",
    bad={"database.postgres_password": ""},
    good={"database.postgres_password": "Vq7-tR2m_zK9wLx4Pb1s"},
)
def no_password(facts: Facts) -> Iterator[Problem]:
    """PostgreSQL, Redis and Neo4j ask for a password."""
    paths = [f"database.{name}_password" for name in ("postgres", "redis", "neo4j")]
    for path, value in facts.each(*paths):
        if not value:
            yield Problem(path, "no password is set", "a random secret")


@rule(
    "ESC402",
    title="Half a login",
    severities="A/A/E/E",
    why="The driver refuses it, or connects as nobody without saying so.",
    fix="Set user and password, or neither.",
    source="MongoDB Manual, “Connection Strings” (username:password); InfluxDB documentation, "
    "“Authentication and authorization”",
    bad={"database.mongodb_username": "escai_user", "database.mongodb_password": None},
    good={
        "database.mongodb_username": "escai_user",
        "database.mongodb_password": "Vq7-tR2m_zK9wLx4Pb1s",
    },
)
def half_a_login(facts: Facts) -> Iterator[Problem]:
    """User and password come together, or not at all."""
    for name in ("mongodb", "influxdb"):
        user, password = credentials(name)
        if bool(facts[user]) != bool(facts[password]):
            missing, given = (password, user) if facts[user] else (user, password)
            yield Problem(missing, f"is not set, and {given} is", "both", related=(given,))


@rule(
    "ESC403",
    title="Database without login",
    severities="-/-/E/E",
    why="Databases found open on a network are emptied and held to ransom within hours.",
    fix="Turn authentication on there, and set user and password here.",
    source="MongoDB Manual, “Security Checklist” (enable access control); CWE-306",
    bad={"database.mongodb_username": None, "database.mongodb_password": None},
    good={
        "database.mongodb_username": "escai_user",
        "database.mongodb_password": "Vq7-tR2m_zK9wLx4Pb1s",
    },
)
def no_login(facts: Facts) -> Iterator[Problem]:
    """MongoDB and InfluxDB ask who is there."""
    for name in ("mongodb", "influxdb"):
        user, password = credentials(name)
        if not facts[user] and not facts[password]:
            yield Problem(user, "neither user nor password is set", "both", related=(password,))


@rule(
    "ESC404",
    title="Password is the name of the user",
    severities="E/E/E/E",
    why="It is the first guess, and the default of many images.",
    fix="Generate a password.",
    source="CIS Controls v8, 4.7 (default accounts and passwords); CWE-1393",
    bad={
        "database.postgres_username": "escai_service_account",
        "database.postgres_password": "escai_service_account",
    },
    good={
        "database.postgres_username": "escai_service_account",
        "database.postgres_password": "Vq7-tR2m_zK9wLx4Pb1s",
    },
)
def named_password(facts: Facts) -> Iterator[Problem]:
    """No password is the name that it belongs to."""
    for name in ("postgres", "mongodb", "influxdb", "neo4j"):
        user, password = credentials(name)
        if facts[password] and facts[password].lower() == (facts[user] or "").lower():
            yield Problem(password, "is the name of the user", "a random secret", related=(user,))


@rule(
    "ESC405",
    title="Application works as superuser",
    severities="A/A/W/W",
    why="One injected statement can then drop databases and read files of the server.",
    fix="Create a role that owns only the application's database.",
    source="CIS PostgreSQL Benchmark 4 (roles); OWASP Database Security Cheat Sheet",
    bad={"database.postgres_username": "postgres"},
    good={"database.postgres_username": "escai_user"},
)
def superuser(facts: Facts) -> Iterator[Problem]:
    """The application has a role of its own."""
    for path, user in facts.each(*SUPERUSERS):
        if user and user.lower() in SUPERUSERS[path]:
            yield Problem(path, f"{user} is a superuser", "a role of the application")


@rule(
    "ESC406",
    title="Database of the system",
    severities="W/W/E/E",
    why="It belongs to the server, is not backed up as data, and may be reset by an upgrade.",
    fix="Create a database for the application.",
    source="PostgreSQL documentation, “Template Databases”; MongoDB Manual, “System Collections”",
    bad={"database.postgres_database": "template1"},
    good={"database.postgres_database": "escai"},
)
def system_database(facts: Facts) -> Iterator[Problem]:
    """Data lies in databases of its own."""
    for path, name in facts.each(*SYSTEM_NAMES):
        if name.lower() in SYSTEM_NAMES[path]:
            yield Problem(path, f"{name} belongs to the server", "a database of the application")


@rule(
    "ESC407",
    title="Name that the database refuses",
    severities="E/E/E/E",
    why="The server refuses to create it, or cuts it off and opens another one.",
    fix="Choose a name of letters and digits.",
    source="PostgreSQL documentation, 4.1.1; MongoDB Manual, “Naming Restrictions”; Neo4j "
    "Operations Manual, “Administrative commands” (naming rules)",
    bad={"database.mongodb_database": "escai.logs"},
    good={"database.mongodb_database": "escai_logs"},
)
def refused_name(facts: Facts) -> Iterator[Problem]:
    """Each server takes the name of its database."""
    for path, name in facts.each(*NAMES):
        form, expected = NAMES[path]
        # PostgreSQL and MongoDB count bytes; one character stands for each
        if not form.fullmatch(name.encode().decode("latin-1")):
            yield Problem(path, f"{name!r} is not a name that it takes", expected)


@rule(
    "ESC408",
    title="Metrics are never deleted",
    severities="-/-/A/W",
    why="The disk fills up, slowly and then at night.",
    fix="Give a retention such as 30d.",
    source="InfluxDB 1.8 documentation, “Manage your database” (retention policies)",
    bad={RETENTION: "inf"},
    good={RETENTION: "30d"},
)
def endless_metrics(facts: Facts) -> Iterator[Problem]:
    """Metrics are deleted one day."""
    if facts[RETENTION] == "inf":
        yield Problem(RETENTION, "keeps metrics for ever", "a duration, such as 30d")


@rule(
    "ESC409",
    title="Metrics are deleted within days",
    severities="-/-/A/A",
    why="After a week-end there is nothing left to compare with.",
    fix="Keep metrics for at least a week.",
    source="Prometheus documentation, “Storage” (15 days by default)",
    bad={RETENTION: "12h"},
    good={RETENTION: "30d"},
)
def brief_metrics(facts: Facts) -> Iterator[Problem]:
    """Metrics outlast a week-end."""
    policy = facts[RETENTION]
    hours = int(policy[:-1]) * HOURS[policy[-1]] if policy != "inf" else SHORTEST_RETENTION
    if hours < SHORTEST_RETENTION:
        yield Problem(RETENTION, f"keeps metrics for {hours} h", "≥ 7d")


@rule(
    "ESC410",
    title="One connection for everybody",
    severities="A/A/W/W",
    why="Every request of a worker waits for the one before it.",
    fix="Raise the size of the pool, or its overflow.",
    source="SQLAlchemy documentation, “Connection Pooling” (pool_size, max_overflow)",
    bad={POOL: 1, OVERFLOW: 0},
    good={POOL: 5, OVERFLOW: 0},
)
def single_connection(facts: Facts) -> Iterator[Problem]:
    """A worker has more than one connection."""
    if facts[POOL] + facts[OVERFLOW] == 1:
        yield Problem(POOL, "leaves each worker one connection", "≥ 2", related=(OVERFLOW,))


@rule(
    "ESC411",
    title="Overflow much larger than the pool",
    severities="A/A/A/A",
    why="Connections beyond the pool are opened for one use and closed again, which is slow.",
    fix="Make the pool as large as the usual load, and the overflow small.",
    source="SQLAlchemy documentation, “Connection Pooling” (max_overflow)",
    bad={POOL: 2, OVERFLOW: 20},
    good={POOL: 10, OVERFLOW: 10},
)
def large_overflow(facts: Facts) -> Iterator[Problem]:
    """The pool carries the usual load."""
    pool, overflow = facts[POOL], facts[OVERFLOW]
    if overflow > LARGEST_OVERFLOW * pool:
        yield Problem(
            OVERFLOW,
            f"{overflow} is more than {LARGEST_OVERFLOW} times the pool of {pool}",
            f"≤ {LARGEST_OVERFLOW * pool}",
            related=(POOL,),
        )


@rule(
    "ESC412",
    title="More connections than PostgreSQL takes",
    severities="A/A/W/W",
    why="Every worker has a pool; under load the server answers “too many clients already”.",
    fix="Lower pool, overflow or workers, or put PgBouncer between and raise max_connections.",
    source="PostgreSQL documentation, “Connections and Authentication” (max_connections = 100)",
    bad={POOL: 60, OVERFLOW: 60},
    good={POOL: 10, OVERFLOW: 20},
)
def too_many_connections(facts: Facts) -> Iterator[Problem]:
    """All workers together stay below what the server takes by default."""
    pool, overflow, workers = facts[POOL], facts[OVERFLOW], facts["api.workers"]
    total = (pool + overflow) * workers
    if total <= CONNECTIONS:
        return
    left = CONNECTIONS // workers - pool
    yield Problem(
        OVERFLOW,
        f"{workers} workers may open {total} connections",
        f"≤ {CONNECTIONS} in all",
        related=(POOL, "api.workers"),
        patch=replace_with(OVERFLOW, left) if left >= 0 else (),
        # requests then wait instead of failing; but a real server may take more than the default
        safe=left >= 0 and facts.tier in {Tier.DEVELOPMENT, Tier.TESTING},
    )


RULES = (
    no_password,
    half_a_login,
    no_login,
    named_password,
    superuser,
    system_database,
    refused_name,
    endless_metrics,
    brief_metrics,
    single_connection,
    large_overflow,
    too_many_connections,
)
