"""The services that an ESCAI configuration names, as the rules see them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.validation.rule import Facts

NEO4J_URI = "database.neo4j_uri"
HOSTS = (
    "database.postgres_host",
    "database.mongodb_host",
    "database.redis_host",
    "database.influxdb_host",
)
DATABASES = (
    "database.postgres_database",
    "database.mongodb_database",
    "database.influxdb_database",
    "database.neo4j_database",
)
BOLT_PORT = 7687
HOME_PORTS = {
    "database.postgres_port": 5432,
    "database.mongodb_port": 27017,
    "database.redis_port": 6379,
    "database.influxdb_port": 8086,
    NEO4J_URI: BOLT_PORT,
}
"""Key path of a service → the port that it listens on where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service listens, and the key path that a change would begin with."""

    path: str
    host: str
    port: int

    @property
    def is_at_home(self) -> bool:
        """Tell whether it is at the port that its kind of service is known by."""
        return HOME_PORTS.get(self.path) == self.port


def endpoints(facts: Facts) -> Iterator[Endpoint]:
    """Walk the databases first, then the API, which is the easiest to move."""
    for name in ("postgres", "mongodb", "redis", "influxdb"):
        path = f"database.{name}_port"
        yield Endpoint(path, facts[f"database.{name}_host"], facts[path])
    host, port = host_and_port(facts[NEO4J_URI])
    yield Endpoint(NEO4J_URI, host, port)
    yield Endpoint("api.port", facts["api.host"], facts["api.port"])


def worker_count(facts: Facts) -> int:
    """Return how many workers run: one where the server reloads, whatever number is written."""
    workers: int = facts["api.workers"]
    return 1 if facts["api.reload"] else workers


def database_hosts(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the key path and the host of every database."""
    for path, value in facts.each(*HOSTS, NEO4J_URI):
        yield path, host_and_port(value)[0] if path == NEO4J_URI else value


def host_and_port(uri: str) -> tuple[str, int]:
    """Return what a Neo4j URI connects to; the port is Bolt's where none is written."""
    parts = urlsplit(uri)
    return parts.hostname or "", parts.port or BOLT_PORT


def is_local(host: str) -> bool:
    """Tell whether *host* means the machine itself."""
    name = host.lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = address_of(name)
    return address is not None and address.is_loopback


def is_everywhere(host: str) -> bool:
    """Tell whether *host* means every address of the machine, when bound to."""
    address = address_of(host)
    return address is not None and address.is_unspecified


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return *host* as an address, or None when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
