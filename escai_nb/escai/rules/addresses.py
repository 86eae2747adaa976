"""Network rules, ESC231–ESC235: addresses that lead nowhere, or to something else."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from escai_nb.escai.rules.services import (
    NEO4J_URI,
    address_of,
    database_hosts,
    is_everywhere,
)
from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODYS = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("192.0.2.0/24", "stands for an address in documentation"),
        ("198.51.100.0/24", "stands for an address in documentation"),
        ("203.0.113.0/24", "stands for an address in documentation"),
        ("2001:db8::/32", "stands for an address in documentation"),
        ("224.0.0.0/4", "is a multicast group"),
        ("ff00::/8", "is a multicast group"),
        ("240.0.0.0/4", "is reserved"),
    )
)
_PORTS = {
    "database.postgres_port": "PostgreSQL",
    "database.mongodb_port": "MongoDB",
    "database.redis_port": "Redis",
    "database.influxdb_port": "InfluxDB",
}
_OWNERS = {
    22: "SSH",
    80: "HTTP",
    443: "HTTPS",
    1433: "SQL Server",
    3306: "MySQL",
    5432: "PostgreSQL",
    5672: "RabbitMQ",
    6379: "Redis",
    7474: "Neo4j",
    7687: "Neo4j",
    8086: "InfluxDB",
    9042: "Cassandra",
    9092: "Kafka",
    9200: "Elasticsearch",
    11211: "memcached",
    27017: "MongoDB",
}
"""Ports that everybody knows one service by."""


def _hosts(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the key path and the host of every database, and of the API."""
    yield from database_hosts(facts)
    yield "api.host", facts["api.host"]


@rule(
    "ESC231",
    title="Address that no host can have",
    severities="W/W/E/E",
    why="Nothing answers there, and on some networks the packets leave for strangers.",
    fix="Write the address or the name of the service.",
    source="RFC 6890 (special-purpose address registries); RFC 5737",
    bad={"database.redis_host": "192.0.2.17"},
    good={"database.redis_host": "10.20.0.17"},
)
def nobodys_address(facts: Facts) -> Iterator[Problem]:
    """Addresses are ones that a host can have."""
    for path, host in _hosts(facts):
        address = address_of(host)
        for network, what in _NOBODYS:
            if address is not None and address.version == network.version and address in network:
                yield Problem(path, f"{host} {what}", "the address of the service")


@rule(
    "ESC232",
    title="Connects to every address",
    severities="W/W/E/E",
    why="It is an address to listen on; as a destination systems refuse it or mean themselves.",
    fix="Name the host of the database.",
    source="RFC 1122, 3.2.1.3 (0.0.0.0 must not be a destination); RFC 4291, 2.5.2",
    bad={"database.redis_host": "0.0.0.0"},  # noqa: S104
    good={"database.redis_host": "10.20.0.17"},
)
def unspecified_destination(facts: Facts) -> Iterator[Problem]:
    """Databases have an address to connect to."""
    for path, host in database_hosts(facts):
        if is_everywhere(host):
            yield Problem(path, f"{host} is no destination", "the database's host name")


@rule(
    "ESC233",
    title="Port of another service",
    severities="W/W/W/W",
    why="A driver that meets another protocol waits, or fails with an error that misleads.",
    fix="Correct the port; each database has one of its own.",
    source="IANA Service Name and Transport Protocol Port Number Registry",
    bad={"database.mongodb_port": 3306},
    good={"database.mongodb_port": 27018},
)
def foreign_port(facts: Facts) -> Iterator[Problem]:
    """No database is looked for at the port that another one is known by."""
    for path, port in facts.each(*_PORTS):
        owner = _OWNERS.get(port, _PORTS[path])
        if owner != _PORTS[path]:
            yield Problem(path, f"{port} is the port of {owner}", f"the port of {_PORTS[path]}")


@rule(
    "ESC234",
    title="Address that is given out by chance",
    severities="A/A/W/E",
    why="Link-local addresses change with each start, reach no other network, and in clouds one "
    "of them hands out credentials.",
    fix="Use a name, or an address that stays.",
    source="RFC 3927 (IPv4 link-local addresses); RFC 4291, 2.5.6; CWE-918",
    bad={"database.redis_host": "169.254.10.20"},
    good={"database.redis_host": "10.20.0.17"},
)
def link_local(facts: Facts) -> Iterator[Problem]:
    """Addresses stay."""
    for path, host in _hosts(facts):
        address = address_of(host)
        if address is not None and address.is_link_local:
            yield Problem(path, f"{host} is a link-local address", "an address that stays")


@rule(
    "ESC235",
    title="Neo4j URI that drivers refuse",
    severities="E/E/E/E",
    why="A driver takes scheme, host and port, and a policy after neo4j:// alone; on anything "
    "else it raises.",
    fix="Leave out path and user; name user and database in their own fields.",
    source="Neo4j Driver Manual, “Advanced connection information” (connection URI)",
    bad={NEO4J_URI: "bolt://localhost:7687/escai"},
    good={NEO4J_URI: "bolt://localhost:7687"},
)
def refused_uri(facts: Facts) -> Iterator[Problem]:
    """The URI has no more parts than a driver reads."""
    parts = urlsplit(facts[NEO4J_URI])
    routes = parts.scheme.startswith("neo4j")
    refused = {
        # with a password it is told by the rule about passwords in URIs
        "a user": parts.username is not None and not parts.password,
        "a path": parts.path.strip("/"),
        "a query": parts.query and not routes,
        "a fragment": parts.fragment,
    }
    if found := [what for what, is_there in refused.items() if is_there]:
        yield Problem(NEO4J_URI, f"has {' and '.join(found)}", "scheme://host:port")


RULES = (nobodys_address, unspecified_destination, foreign_port, link_local, refused_uri)
