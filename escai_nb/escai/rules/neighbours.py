"""Database rules, ESC417 and ESC418: what two environments of one workspace must not share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.validation.facts import Unreadable
from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.validation.facts import Neighbour

NAMED = ("postgres", "mongodb", "influxdb")
"""Databases whose name tells environments apart; the free Neo4j has only one."""
REDIS = "database.redis_database"


@rule(
    "ESC417",
    title="Database name of two environments",
    severities="W/W/W/W",
    why="A host that is copied from one to the other is then enough to work on the wrong data.",
    fix="Give each environment a database name of its own, such as escai_staging.",
    source="NIST SP 800-53 CM-4(1) (separate test environments)",
    bad={"database.postgres_database": "escai_shared"},
    good={"database.postgres_database": "escai_own"},
    beside={"database.postgres_database": "escai_shared"},
)
def shared_name(facts: Facts) -> Iterator[Problem]:
    """Names tell environments apart."""
    gaps: list[Unreadable] = []
    for name in NAMED:
        path = f"database.{name}_database"
        sharing = list(_sharing(facts, (path,), gaps))
        if sharing:
            yield _shared(path, f"{facts[path]} is the database", sharing)
    _own_up(gaps)


@rule(
    "ESC418",
    title="Redis database of two environments",
    severities="W/W/E/E",
    why="They overwrite each other's keys, and FLUSHDB in one empties the other.",
    fix="Give each a number of its own, or a server of its own.",
    source="Redis documentation, “SELECT” (databases share one server and its memory)",
    bad={"database.redis_host": "redis.shared.internal", REDIS: 7},
    good={"database.redis_host": "redis.shared.internal", REDIS: 8},
    beside={"database.redis_host": "redis.shared.internal", REDIS: 7},
)
def shared_redis(facts: Facts) -> Iterator[Problem]:
    """Caches are apart."""
    place = ("database.redis_host", "database.redis_port", REDIS)
    gaps: list[Unreadable] = []
    sharing = list(_sharing(facts, place, gaps))
    if sharing:
        yield _shared(REDIS, f"{facts[REDIS]} on {facts[place[0]]} is the one", sharing)
    _own_up(gaps)


def _sharing(facts: Facts, paths: tuple[str, ...], gaps: list[Unreadable]) -> Iterator[Neighbour]:
    """Yield who has the same at all *paths*; who cannot be compared is put into *gaps*."""
    for other in facts.neighbours():
        try:
            if all(facts[path] == other[path] for path in paths):
                yield other
        except Unreadable as gap:
            gaps.append(gap)


def _shared(path: str, what: str, sharing: list[Neighbour]) -> Problem:
    names = " and ".join(other.environment for other in sharing)
    return Problem(
        path,
        f"{what} of {names} too",
        "one of its own",
        related=tuple(other.named(path) for other in sharing),
        related_origins=tuple(other.origin(path) for other in sharing),
    )


def _own_up(gaps: list[Unreadable]) -> None:
    """
    Say which environment could not be compared, once all others are.

    Raises:
        Unreadable: If there is one.
    """
    if gaps:
        raise gaps[0]


RULES = (shared_name, shared_redis)
