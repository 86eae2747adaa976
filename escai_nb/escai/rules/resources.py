"""Resource rules, ESC701–ESC707, ESC711 and ESC712: what all workers together may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.escai.rules.database import CONNECTIONS, SESSIONS
from escai_nb.escai.rules.services import worker_count
from escai_nb.validation.rule import Facts, Problem, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = "api.workers"
SOCKETS = "api.websocket_max_connections"
REQUEST = "api.max_request_size"
CACHE = "ml.model_cache_size"
CACHED = "ml.model_cache_enabled"
ENSEMBLE = "ml.ensemble_size"
OVERHEAD = "monitoring.monitoring_overhead_threshold"
INTERVAL = "monitoring.metrics_interval_seconds"
POOLS = (
    "database.postgres_pool_size",
    "database.postgres_max_overflow",
    "database.redis_pool_size",
    "database.neo4j_pool_size",
)

OPEN_FILES = 1024
"""Files and sockets of a process by default (soft limit)."""
PROXY_PORTS = 60_999 - 32_768 + 1
"""Ports that Linux takes for connections to one address, by default."""
OUTGOING_PORTS = 1024
"""Outgoing ports of a machine behind a cloud's address translation, by default."""
REQUEST_MEMORY = 2**30
"""Bytes that one large request in every worker may take."""
CACHED_MODELS = 10_000
MOST_OVERHEAD = 0.2
"""Share of the time that watching may cost."""
MOST_WORKERS = 16
"""What eight cores carry by 2 × cores + 1, rounded down."""
SHORTEST_INTERVAL = 5
"""Seconds."""


@rule(
    "ESC701",
    title="More connections than open files",
    severities="A/A/W/W",
    why="At the limit a worker can open neither sockets nor files, and fails in odd places.",
    fix="Lower the limits, or raise LimitNOFILE of the service.",
    source="getrlimit(2), RLIMIT_NOFILE; systemd.exec(5), LimitNOFILE= (1024 by default)",
    bad={SOCKETS: 5000},
    good={SOCKETS: 500},
    limit=OPEN_FILES,
    unit="files and sockets",
    instead_of=("ESC711",),
)
def open_files(facts: Facts, limit: float) -> Iterator[Problem]:
    """A worker stays below its limit of open files."""
    pools = sum(facts[path] for path in POOLS)
    total = pools + facts[SOCKETS]
    if total > limit:
        yield Problem(
            SOCKETS,
            f"with {pools} pooled connections a worker may hold {total} sockets",
            f"≤ {limit - pools}",
            related=POOLS,
        )


@rule(
    "ESC702",
    title="Large requests in every worker",
    severities="A/A/W/W",
    why="One large upload to each worker at a time takes more memory than small machines have.",
    fix="Lower api.max_request_size, or stream uploads to object storage.",
    source="OWASP API Security Top 10 2023, API4 (unrestricted resource consumption)",
    bad={
        WORKERS: 16,
        "api.reload": False,
        REQUEST: 90 * 2**20,
        "database.postgres_pool_size": 2,
        "database.postgres_max_overflow": 2,
    },
    good={
        WORKERS: 16,
        "api.reload": False,
        REQUEST: 10 * 2**20,
        "database.postgres_pool_size": 2,
        "database.postgres_max_overflow": 2,
    },
    limit=REQUEST_MEMORY,
    unit="bytes",
)
def request_memory(facts: Facts, limit: float) -> Iterator[Problem]:
    """One request in each worker fits into a gibibyte."""
    workers = worker_count(facts)
    total = workers * facts[REQUEST]
    # a single request that is too large is another rule's
    if workers > 1 and total > limit:
        yield Problem(
            REQUEST,
            f"{workers} workers may hold {total / 2**20:.0f} MiB of requests",
            f"≤ {limit // workers} bytes",
            related=(WORKERS,),
        )


@rule(
    "ESC703",
    title="A cache of models in every worker",
    severities="A/A/W/W",
    why="Workers are processes and share nothing, so each fills a cache of its own.",
    fix="Lower ml.model_cache_size, or run fewer workers.",
    source="Gunicorn documentation, “Settings: preload_app” (what workers share)",
    bad={CACHED: True, CACHE: 50_000},
    good={CACHED: True, CACHE: 100},
    limit=CACHED_MODELS,
    unit="models",
)
def cached_models(facts: Facts, limit: float) -> Iterator[Problem]:
    """All caches together stay small."""
    workers = worker_count(facts)
    total = workers * facts[CACHE]
    if facts[CACHED] and total > limit:
        yield Problem(
            CACHE,
            f"{workers} workers may keep {total} models",
            f"≤ {limit // workers}",
            related=(WORKERS,),
        )


@rule(
    "ESC704",
    title="Ensemble larger than the cache",
    severities="W/W/W/W",
    why="Each prediction throws out models that the same prediction needs again.",
    fix="Make the cache at least as large as the ensemble.",
    source="Denning, “The Working Set Model for Program Behavior” (thrashing)",
    bad={CACHED: True, CACHE: 3, ENSEMBLE: 10},
    good={CACHED: True, CACHE: 10, ENSEMBLE: 10},
)
def thrashing(facts: Facts) -> Iterator[Problem]:
    """The models of one prediction fit into the cache."""
    cache, ensemble = facts[CACHE], facts[ENSEMBLE]
    if facts[CACHED] and ensemble > cache:
        yield Problem(
            CACHE,
            f"{cache} is less than the ensemble of {ensemble}",
            f"≥ {ensemble}",
            (ENSEMBLE,),
            replace_with(CACHE, ensemble),
        )


@rule(
    "ESC705",
    title="Watching may cost much",
    severities="A/A/W/W",
    why="A fifth of the time or more then goes into measuring instead of serving.",
    fix="Allow 0.05 to 0.1.",
    source="Sigelman et al., “Dapper, a Large-Scale Distributed Systems Tracing Infrastructure”, 4",
    bad={OVERHEAD: 0.4},
    good={OVERHEAD: 0.1},
    limit=MOST_OVERHEAD,
)
def overhead(facts: Facts, limit: float) -> Iterator[Problem]:
    """Watching costs little."""
    share = facts[OVERHEAD]
    if share > limit:
        yield Problem(OVERHEAD, f"allows an overhead of {share:.0%}", f"≤ {limit:g}")


@rule(
    "ESC706",
    title="Many workers",
    severities="A/A/A/A",
    why="Beyond 2 × cores + 1 they only take memory and wait for one another.",
    fix="Count the cores of the machine; this many need more than eight.",
    source="Gunicorn documentation, “Design: How Many Workers?”",
    bad={
        WORKERS: 32,
        "api.reload": False,
        "database.postgres_pool_size": 1,
        "database.postgres_max_overflow": 1,
    },
    good={
        WORKERS: 8,
        "api.reload": False,
        "database.postgres_pool_size": 1,
        "database.postgres_max_overflow": 1,
    },
    limit=MOST_WORKERS,
    unit="workers",
)
def many_workers(facts: Facts, limit: float) -> Iterator[Problem]:
    """There are cores for the workers."""
    workers = worker_count(facts)
    if workers > limit:
        yield Problem(
            WORKERS,
            f"{workers} workers need {workers // 2} cores",
            f"≤ {limit}",
            patch=replace_with(WORKERS, limit),
        )


@rule(
    "ESC707",
    title="Measured every few seconds",
    severities="A/A/W/W",
    why="Measuring and storing then is a load of its own, and says little more.",
    fix="Measure every 10 to 60 seconds.",
    source="Prometheus documentation, “Configuration” (scrape_interval, 1m by default)",
    bad={"monitoring.metrics_enabled": True, INTERVAL: 1},
    good={"monitoring.metrics_enabled": True, INTERVAL: 30},
    limit=SHORTEST_INTERVAL,
    unit="s",
)
def eager_metrics(facts: Facts, limit: float) -> Iterator[Problem]:
    """Measuring is no load of its own."""
    seconds = facts[INTERVAL]
    if facts["monitoring.metrics_enabled"] and seconds < limit:
        yield Problem(
            INTERVAL,
            f"measures every {seconds} s",
            f"≥ {limit} s",
            patch=replace_with(INTERVAL, limit),
        )


@rule(
    "ESC711",
    title="More WebSockets than a proxy has ports",
    severities="A/A/W/W",
    why="A proxy needs a port of its own for each connection to the service; when none is left, "
    "users are turned away while the workers idle.",
    fix="Lower api.websocket_max_connections or api.workers, or give the service more addresses.",
    source="Linux ip(7), ip_local_port_range (32768–60999); NGINX, “Overcoming Ephemeral Port "
    "Exhaustion”",
    bad={
        WORKERS: 32,
        SOCKETS: 980,
        "api.reload": False,
        **dict.fromkeys(POOLS, 1),
    },
    good={
        WORKERS: 32,
        SOCKETS: 500,
        "api.reload": False,
        **dict.fromkeys(POOLS, 1),
    },
    limit=PROXY_PORTS,
    unit="connections",
)
def proxy_ports(facts: Facts, limit: float) -> Iterator[Problem]:
    """All WebSockets fit between one proxy and the service."""
    workers, sockets = worker_count(facts), facts[SOCKETS]
    if workers * sockets > limit:
        yield Problem(
            SOCKETS,
            f"{workers} workers may hold {workers * sockets} WebSockets",
            f"≤ {limit // workers}",
            related=(WORKERS,),
        )


@rule(
    "ESC712",
    title="More pooled connections than ways out",
    severities="A/A/W/W",
    why="All workers of a machine share its outgoing ports, of which clouds give 1,024 by "
    "default; when they are used up, new connections time out.",
    fix="Lower the pool that is named or api.workers, or ask the cloud for more ports.",
    source="Azure documentation, “Source Network Address Translation (SNAT) for outbound "
    "connections” (default port allocation)",
    bad={
        WORKERS: 16,
        "api.reload": False,
        **dict.fromkeys(POOLS, 1),
        "database.redis_pool_size": 100,
    },
    good={
        WORKERS: 16,
        "api.reload": False,
        **dict.fromkeys(POOLS, 1),
        "database.redis_pool_size": 20,
    },
    limit=OUTGOING_PORTS,
    unit="connections",
)
def ways_out(facts: Facts, limit: float) -> Iterator[Problem]:
    """All pools of all workers together find a way out."""
    workers = worker_count(facts)
    sizes = {path: facts[path] for path in POOLS}
    *postgres, _, neo4j = sizes.values()
    # too many for one of the servers are other rules'
    if sum(postgres) * workers > CONNECTIONS or neo4j * workers > SESSIONS:
        return
    total = sum(sizes.values()) * workers
    if total > limit:
        largest = max(sizes, key=sizes.__getitem__)
        yield Problem(
            largest,
            f"the pools of {workers} workers may open {total} connections",
            f"≤ {limit} in all",
            related=(*(path for path in POOLS if path != largest), WORKERS),
        )


RULES = (
    open_files,
    request_memory,
    cached_models,
    thrashing,
    overhead,
    many_workers,
    eager_metrics,
    proxy_ports,
    ways_out,
)
