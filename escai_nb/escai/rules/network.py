"""Network rules, ESC201–ESC207 and ESC221–ESC228: listeners, addresses, limits of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from escai_nb.escai.rules.services import (
    NEO4J_URI,
    Endpoint,
    endpoints,
    host_and_port,
    is_everywhere,
    is_local,
    worker_count,
)
from escai_nb.validation.rule import Facts, Problem, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_FREE_PORT = 1024
"""Ports below need root or CAP_NET_BIND_SERVICE."""
LARGEST_REQUEST = 100 * 1024 * 1024
"""Bytes; more than this belongs into an upload to object storage."""
SMALLEST_REQUEST = 64 * 1024
"""Bytes."""
SHORTEST_REQUEST = 5
"""Seconds; not more than the fastest heartbeat."""
LONGEST_REQUEST = 300
"""Seconds that one request may hold a worker."""
FASTEST_CLIENT = 50
"""Requests a second of one client that one worker can still take beside others."""
LONGEST_WINDOW = 3600
"""Seconds of a rate limit's window."""
SHORTEST_HEARTBEAT = 5
"""Seconds; the model takes no less."""
PROXY_PATIENCE = 60
"""Seconds after which proxies and load balancers close a silent connection by default."""
NEO4J_BROWSER_PORTS = frozenset({7473, 7474})
BLOCKED_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566}
    | {6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
"""Ports from 1024 that browsers refuse (Fetch Standard, 2.9); the lower ones are ESC202's."""


@rule(
    "ESC201",
    title="Listens on every address",
    severities="-/-/A/W",
    why="Each network that the machine is in, also by mistake, then reaches the API directly.",
    fix="Bind to the address of the interface that is meant, or put a proxy before it.",
    source="CWE-1327 (binding to an unrestricted IP address)",
    bad={"api.host": "0.0.0.0"},  # noqa: S104
    good={"api.host": "10.20.0.5"},
)
def wildcard_bind(facts: Facts) -> Iterator[Problem]:
    """The API binds to one address."""
    if is_everywhere(facts["api.host"]):
        yield Problem("api.host", "listens on every address of the machine", "one address")


@rule(
    "ESC202",
    title="Privileged port",
    severities="A/A/W/W",
    why="Only root may listen there, so the whole service would have to run as root.",
    fix="Listen on a port from 1024 and let the proxy or the container map the public one.",
    source="capabilities(7), CAP_NET_BIND_SERVICE; CIS Docker Benchmark 5.8",
    bad={"api.port": 443},
    good={"api.port": 8443},
)
def privileged_port(facts: Facts) -> Iterator[Problem]:
    """The API listens where it needs no privilege."""
    port = facts["api.port"]
    if port < FIRST_FREE_PORT:
        yield Problem("api.port", f"{port} needs the rights of root", f"≥ {FIRST_FREE_PORT}")


@rule(
    "ESC203",
    title="Two services on one host and port",
    severities="E/E/E/E",
    why="Only one can listen there; the other does not start, or the wrong one answers.",
    fix="Give one of them another port.",
    source="bind(2), EADDRINUSE",
    bad={"api.port": 5432},
    good={"api.port": 8000},
    instead_of=("ESC233",),
)
def port_taken(facts: Facts) -> Iterator[Problem]:
    """No two services share host and port; the same port on different hosts is fine."""
    taken: dict[tuple[str, int], Endpoint] = {}
    for endpoint in endpoints(facts):
        host = endpoint.host.lower()
        here = is_local(host) or (endpoint.path == "api.port" and is_everywhere(host))
        place = ("" if here else host, endpoint.port)
        other = taken.setdefault(place, endpoint)
        if other is endpoint:
            continue
        # who is at the port that it is known by was there first
        late, first = (other, endpoint) if endpoint.is_at_home else (endpoint, other)
        yield Problem(
            late.path,
            f"{late.host}:{late.port} is taken by {first.path}",
            "a port of its own",
            related=(first.path,),
        )


@rule(
    "ESC204",
    title="Neo4j without encryption",
    severities="-/-/W/E",
    why="Queries, results and the password cross the network in clear.",
    fix="Use neo4j+s:// or bolt+s://, and a certificate on the server.",
    source="Neo4j Driver Manual, “Connection URI schemes”",
    bad={"database.neo4j_uri": "neo4j://graph.internal:7687"},
    good={"database.neo4j_uri": "neo4j+s://graph.internal:7687"},
)
def neo4j_plaintext(facts: Facts) -> Iterator[Problem]:
    """The connection to Neo4j is encrypted."""
    scheme = urlsplit(facts[NEO4J_URI]).scheme
    if scheme in {"bolt", "neo4j"}:
        yield Problem(NEO4J_URI, f"{scheme}:// is not encrypted", f"{scheme}+s://")


@rule(
    "ESC205",
    title="Neo4j with any certificate",
    severities="-/A/W/W",
    why="A certificate that nobody checks lets everyone on the way pose as the server.",
    fix="Use the scheme with +s, and a certificate of an authority that the clients trust.",
    source="Neo4j Driver Manual, “Connection URI schemes”; CWE-295",
    bad={"database.neo4j_uri": "neo4j+ssc://graph.internal:7687"},
    good={"database.neo4j_uri": "neo4j+s://graph.internal:7687"},
)
def neo4j_any_certificate(facts: Facts) -> Iterator[Problem]:
    """The certificate of Neo4j is checked."""
    scheme = urlsplit(facts[NEO4J_URI]).scheme
    if scheme.endswith("+ssc"):
        yield Problem(NEO4J_URI, f"{scheme}:// accepts any certificate", f"{scheme[:-2]}://")


@rule(
    "ESC206",
    title="Neo4j at the port of its browser",
    severities="W/W/E/E",
    why="7474 and 7473 speak HTTP; a driver speaks Bolt and gets no answer it understands.",
    fix="Use port 7687, or the one that server.bolt.listen_address names.",
    source="Neo4j Operations Manual, “Ports”",
    bad={"database.neo4j_uri": "bolt://localhost:7474"},
    good={"database.neo4j_uri": "bolt://localhost:7687"},
)
def neo4j_browser_port(facts: Facts) -> Iterator[Problem]:
    """The Neo4j URI leads to Bolt."""
    port = host_and_port(facts[NEO4J_URI])[1]
    if port in NEO4J_BROWSER_PORTS:
        yield Problem(NEO4J_URI, f"{port} is the port of Neo4j's HTTP interface", "7687")


@rule(
    "ESC207",
    title="Port that browsers refuse",
    severities="W/W/W/W",
    why="Every browser blocks it before a connection is made, so no page can call the API.",
    fix="Choose another port, such as 8000 or 8443.",
    source="Fetch Standard, “Port blocking”",
    bad={"api.port": 6000},
    good={"api.port": 8000},
)
def blocked_port(facts: Facts) -> Iterator[Problem]:
    """Browsers may connect to the API's port."""
    port = facts["api.port"]
    if port in BLOCKED_PORTS:
        yield Problem("api.port", f"browsers refuse to connect to port {port}", "another port")


@rule(
    "ESC221",
    title="Very large requests",
    severities="A/A/W/W",
    why="A few clients can fill the memory, as each request is held until it is complete.",
    fix="Lower api.max_request_size and send large files to object storage.",
    source="OWASP API Security Top 10 2023, API4 (unrestricted resource consumption)",
    bad={"api.max_request_size": 500 * 1024 * 1024},
    good={"api.max_request_size": 10 * 1024 * 1024},
    limit=LARGEST_REQUEST,
    unit="bytes",
    instead_of=("ESC702",),
)
def large_requests(facts: Facts, limit: float) -> Iterator[Problem]:
    """A single request stays small."""
    size = facts["api.max_request_size"]
    if size > limit:
        yield Problem(
            "api.max_request_size",
            f"allows requests of {size / 2**20:.0f} MiB",
            f"≤ {limit} bytes",
            patch=replace_with("api.max_request_size", limit),
        )


@rule(
    "ESC222",
    title="Long request timeout",
    severities="A/A/W/W",
    why="Slow or silent clients hold workers for that long; a few of them stop the service.",
    fix="Lower api.request_timeout and move long work into a background job.",
    source="CIS NGINX Benchmark, 5.2.1 (timeouts for reading requests); CWE-400",
    bad={"api.request_timeout": 900, "monitoring.health_check_interval_seconds": 900},
    good={"api.request_timeout": 30, "monitoring.health_check_interval_seconds": 900},
    limit=LONGEST_REQUEST,
    unit="s",
)
def long_timeout(facts: Facts, limit: float) -> Iterator[Problem]:
    """No request may last for ever."""
    seconds = facts["api.request_timeout"]
    if seconds > limit:
        yield Problem(
            "api.request_timeout",
            f"waits {seconds} s for a request",
            f"≤ {limit} s",
            patch=replace_with("api.request_timeout", limit),
        )


@rule(
    "ESC223",
    title="Heartbeat slower than the request timeout",
    severities="A/A/A/A",
    why="A quiet WebSocket is cut before its first heartbeat could keep it open.",
    fix="Set api.websocket_heartbeat_interval below api.request_timeout.",
    source="RFC 6455, 5.5.2 (ping as keepalive); NGINX documentation, “WebSocket proxying”",
    bad={"api.websocket_heartbeat_interval": 45, "api.request_timeout": 30},
    good={"api.websocket_heartbeat_interval": 20, "api.request_timeout": 30},
)
def late_heartbeat(facts: Facts) -> Iterator[Problem]:
    """No heartbeat comes after the timeout; both are 30 seconds where nobody says anything."""
    heartbeat, timeout = facts["api.websocket_heartbeat_interval"], facts["api.request_timeout"]
    # below the fastest heartbeat it is the timeout that is wrong, which another rule tells
    if heartbeat <= timeout or timeout <= SHORTEST_HEARTBEAT:
        return
    path = "api.websocket_heartbeat_interval"
    yield Problem(
        path,
        f"{heartbeat} s is longer than the request timeout of {timeout} s",
        f"< {timeout} s",
        related=("api.request_timeout",),
        patch=replace_with(path, max(SHORTEST_HEARTBEAT, timeout * 2 // 3)),
        safe=True,
    )


@rule(
    "ESC224",
    title="Rate limit that limits nothing",
    severities="-/-/W/W",
    why="One client may ask for more than all workers together can answer.",
    fix="Lower api.rate_limit_requests, or lengthen api.rate_limit_window.",
    source="OWASP API Security Top 10 2023, API4 (unrestricted resource consumption)",
    bad={"api.rate_limit_requests": 100_000, "api.rate_limit_window": 60},
    good={"api.rate_limit_requests": 1000, "api.rate_limit_window": 60},
    limit=FASTEST_CLIENT,
    unit="requests a second and worker",
)
def no_limit(facts: Facts, limit: float) -> Iterator[Problem]:
    """One client cannot keep every worker busy."""
    requests, window = facts["api.rate_limit_requests"], facts["api.rate_limit_window"]
    workers = worker_count(facts)
    most = limit * workers
    if requests / window > most:
        yield Problem(
            "api.rate_limit_requests",
            f"lets one client send {requests / window:.0f} requests a second to {workers} workers",
            f"≤ {most * window} in {window} s",
            related=("api.rate_limit_window", "api.workers"),
        )


@rule(
    "ESC225",
    title="Long window of the rate limit",
    severities="A/A/A/A",
    why="The whole quota may come in one burst, and who has spent it waits for hours.",
    fix="Use a window of a minute and a quota to match.",
    source="OWASP REST Security Cheat Sheet (429 Too Many Requests)",
    bad={"api.rate_limit_window": 86_400},
    good={"api.rate_limit_window": 60},
    limit=LONGEST_WINDOW,
    unit="s",
)
def long_window(facts: Facts, limit: float) -> Iterator[Problem]:
    """A quota is refilled soon."""
    window = facts["api.rate_limit_window"]
    if window > limit:
        yield Problem(
            "api.rate_limit_window",
            f"counts over {window} s",
            f"≤ {limit} s",
            patch=replace_with("api.rate_limit_window", limit),
        )


@rule(
    "ESC226",
    title="Heartbeat slower than proxies wait",
    severities="A/A/W/W",
    why="A proxy closes a WebSocket on which nothing moved for a minute, in the middle of use.",
    fix="Set api.websocket_heartbeat_interval to 45 seconds or less.",
    source="NGINX documentation, “WebSocket proxying” (60 seconds, proxy_read_timeout)",
    bad={"api.websocket_heartbeat_interval": 90, "api.request_timeout": 120},
    good={"api.websocket_heartbeat_interval": 45, "api.request_timeout": 120},
    limit=PROXY_PATIENCE,
    unit="s",
    instead_of=("ESC223",),
)
def slow_heartbeat(facts: Facts, limit: float) -> Iterator[Problem]:
    """A sign of life comes before a proxy gives up."""
    heartbeat = facts["api.websocket_heartbeat_interval"]
    if heartbeat >= limit:
        yield Problem(
            "api.websocket_heartbeat_interval",
            f"leaves a connection silent for {heartbeat} s",
            f"< {limit} s",
        )


@rule(
    "ESC227",
    title="Requests given up at once",
    severities="A/A/W/W",
    why="What takes seconds on a busy day is cut off when it is almost done, and tried again.",
    fix="Give requests 10 to 60 seconds.",
    source="Gunicorn documentation, “Settings: timeout” (30 seconds by default); AWS Builders’ "
    "Library, “Timeouts, retries, and backoff with jitter”",
    bad={"api.request_timeout": 2},
    good={"api.request_timeout": 30},
    limit=SHORTEST_REQUEST,
    unit="s",
)
def short_timeout(facts: Facts, limit: float) -> Iterator[Problem]:
    """A request has the time that it takes."""
    seconds = facts["api.request_timeout"]
    if seconds <= limit:
        yield Problem("api.request_timeout", f"gives a request {seconds} s", f"> {limit} s")


@rule(
    "ESC228",
    title="Requests too small for what is sent",
    severities="A/A/A/A",
    why="A batch of events or one picture is refused with 413, and users are not told why.",
    fix="Allow at least 64 KiB; a few MiB are usual.",
    source="NGINX documentation, client_max_body_size (1 MiB by default); RFC 9110, 15.5.14",
    bad={"api.max_request_size": 2048},
    good={"api.max_request_size": 10 * 1024 * 1024},
    limit=SMALLEST_REQUEST,
    unit="bytes",
)
def small_requests(facts: Facts, limit: float) -> Iterator[Problem]:
    """What is usually sent fits."""
    size = facts["api.max_request_size"]
    if size < limit:
        yield Problem(
            "api.max_request_size",
            f"allows {size} bytes only",
            f"≥ {limit} bytes",
            patch=replace_with("api.max_request_size", limit),
        )


RULES = (
    wildcard_bind,
    privileged_port,
    port_taken,
    neo4j_plaintext,
    neo4j_any_certificate,
    neo4j_browser_port,
    blocked_port,
    large_requests,
    long_timeout,
    late_heartbeat,
    no_limit,
    long_window,
    slow_heartbeat,
    short_timeout,
    small_requests,
)
