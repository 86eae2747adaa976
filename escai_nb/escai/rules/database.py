"""Database rules, ESC406–ESC412, ESC415 and ESC416: names and pools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escai_nb.escai.rules.services import worker_count
from escai_nb.validation.rule import Facts, Problem, Tier, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

NEO4J_POOL = "database.neo4j_pool_size"
POOL = "database.postgres_pool_size"
OVERFLOW = "database.postgres_max_overflow"
RETENTION = "database.influxdb_retention_policy"
CONNECTIONS = 97
"""Connections of PostgreSQL by default: 100, less 3 for the superuser."""
SESSIONS = 400
"""Threads that Neo4j answers with by default."""
LARGEST_OVERFLOW = 3
"""Times the pool."""
SHORTEST_RETENTION = 7 * 24
"""Hours of metrics."""
HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}
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
    "database.influxdb_database": (
        re.compile(r"(?!\.{1,2}\Z)[^/\\\x00-\x1f\x7f]+"),
        "at least one character, without / and \\",
    ),
    "database.neo4j_database": (
        re.compile(r"[A-Za-z][A-Za-z0-9.-]{2,62}"),
        "3 to 63 letters, digits, dots or dashes, the first a letter",
    ),
}


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
    "Operations Manual, “Administrative commands” (naming rules); InfluxDB 1.8 source, "
    "meta.ValidName",
    bad={"database.mongodb_database": "escai.logs"},
    good={"database.mongodb_database": "escai_logs"},
    instead_of=("ESC510",),
)
def refused_name(facts: Facts) -> Iterator[Problem]:
    """Each server takes the name of its database."""
    for path, name in facts.each(*NAMES):
        form, expected = NAMES[path]
        # PostgreSQL and MongoDB count bytes; one character stands for each
        if not form.fullmatch(name.encode("utf-8", "surrogatepass").decode("latin-1")):
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
    limit=SHORTEST_RETENTION,
    unit="h",
)
def brief_metrics(facts: Facts, limit: float) -> Iterator[Problem]:
    """Metrics outlast a week-end."""
    policy = facts[RETENTION]
    hours = int(policy[:-1]) * HOURS[policy[-1]] if policy != "inf" else limit
    if hours < limit:
        yield Problem(RETENTION, f"keeps metrics for {hours} h", f"≥ {limit} h")


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
    limit=LARGEST_OVERFLOW,
    unit="times the pool",
)
def large_overflow(facts: Facts, limit: float) -> Iterator[Problem]:
    """The pool carries the usual load."""
    pool, overflow = facts[POOL], facts[OVERFLOW]
    if overflow > limit * pool:
        yield Problem(
            OVERFLOW,
            f"{overflow} is more than {limit} times the pool of {pool}",
            f"≤ {limit * pool}",
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
    limit=CONNECTIONS,
    unit="connections",
    instead_of=("ESC411",),
)
def too_many_connections(facts: Facts, limit: float) -> Iterator[Problem]:
    """All workers together stay below what the server takes by default."""
    pool, overflow, workers = facts[POOL], facts[OVERFLOW], worker_count(facts)
    total = (pool + overflow) * workers
    if total <= limit:
        return
    left = int(limit) // workers - pool
    yield Problem(
        OVERFLOW,
        f"{workers} workers may open {total} connections",
        f"≤ {limit} in all",
        related=(POOL, "api.workers"),
        patch=replace_with(OVERFLOW, left) if left >= 0 else (),
        # requests then wait instead of failing; but a real server may take more than the default
        safe=left >= 0 and facts.tier in {Tier.DEVELOPMENT, Tier.TESTING},
    )


@rule(
    "ESC415",
    title="Capital letters in a PostgreSQL name",
    severities="A/A/W/W",
    why="SQL without quotes folds names to lower case, so what CREATE made is not what is asked "
    "for.",
    fix="Write the name in lower case, here and there.",
    source="PostgreSQL documentation, 4.1.1 (identifiers and key words: folding)",
    bad={"database.postgres_database": "Escai"},
    good={"database.postgres_database": "escai"},
)
def folded_name(facts: Facts) -> Iterator[Problem]:
    """Names mean the same with and without quotes."""
    for path, name in facts.each("database.postgres_database", "database.postgres_username"):
        if name != name.lower():
            yield Problem(path, f"{name} is {name.lower()} in SQL without quotes", "lower case")


@rule(
    "ESC416",
    title="More connections than Neo4j answers",
    severities="A/A/W/W",
    why="Every worker has a pool; beyond the server's threads it rejects the work.",
    fix="Lower database.neo4j_pool_size or api.workers, or raise server.bolt.thread_pool_max_size.",
    source="Neo4j Operations Manual, “Bolt thread pool configuration” (400 by default)",
    bad={NEO4J_POOL: 100, "api.workers": 8, "api.reload": False, POOL: 2, OVERFLOW: 2},
    good={NEO4J_POOL: 10, "api.workers": 8, "api.reload": False, POOL: 2, OVERFLOW: 2},
    limit=SESSIONS,
    unit="connections",
)
def too_many_sessions(facts: Facts, limit: float) -> Iterator[Problem]:
    """All workers together stay below the threads of the server."""
    pool, workers = facts[NEO4J_POOL], worker_count(facts)
    if pool * workers > limit:
        yield Problem(
            NEO4J_POOL,
            f"{workers} workers may open {pool * workers} connections",
            f"≤ {limit // workers}",
            related=("api.workers",),
        )


RULES = (
    system_database,
    refused_name,
    endless_metrics,
    brief_metrics,
    single_connection,
    large_overflow,
    too_many_connections,
    folded_name,
    too_many_sessions,
)
