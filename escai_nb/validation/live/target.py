"""Which fields of a model make a target: something outside that can be asked."""

from __future__ import annotations

from dataclasses import dataclass

SERVICES = {
    "postgresql": ("PostgreSQL", "escai_nb.validation.live.postgresql:check"),
    "redis": ("Redis", "escai_nb.validation.live.redis_login:check"),
    "influxdb": ("InfluxDB", "escai_nb.validation.live.influxdb:check"),
    "mongodb": ("MongoDB", "escai_nb.validation.live.endpoint:check_connection"),
    "neo4j": ("Neo4j", "escai_nb.validation.live.endpoint:check_connection"),
    "tls": ("TLS endpoint", "escai_nb.validation.live.endpoint:check_tls"),
    "certificates": ("Certificate files", "escai_nb.validation.live.certificate_files:check"),
}
"""Service → what people call it, and the function that asks it."""

PORTS = {"postgresql": 5432, "redis": 6379, "influxdb": 8086, "mongodb": 27017, "neo4j": 7687}
"""Service → the port of an address that names none."""

DRIVERS = {"postgresql": ("psycopg", "postgres"), "redis": ("redis", "redis")}
"""Service → the module that logs in to it, and the extra that installs that."""

ROLES = (
    "uri",
    "host",
    "port",
    "username",
    "password",
    "token",
    "database",
    "organisation",
    "tls",
    "authority",
    "certificate",
    "key",
)
"""Names of the attributes of a `Target` that are key paths of what it is asked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    A service, and the key paths at which the configuration says how to reach it.

    An address that is null or empty makes no target, and one without
    *username*, *password* or *token* is asked without a login.

    Attributes:
        service: One of `SERVICES`, or ``module:NAME`` of a `Backend` of one's own.

        title: What people call it; that of the service by default.

        uri: Address as one URI, which may carry the login, in place of *host* and
            the others; ``rediss``, ``https``, ``+s`` and ``sslmode`` ask for TLS.

        database: Name or number of the database; of InfluxDB 2 the bucket.

        token: Token of InfluxDB 2.

        organisation: Organisation of InfluxDB 2.

        tls: A flag: TLS with a certificate that is checked, or none. Where there
            is no such field, what the service itself does by default.

        authority: File with the certificates of the authorities to trust; those
            of the system by default.

        certificate: File with a certificate; of a TLS endpoint the one to serve.

        key: File with the private key of *certificate*.

        when: A flag; while it is off there is nothing to ask.

        own: The service is the configured one itself, which need not run now.
    """

    service: str
    title: str = ""
    uri: str = ""
    host: str = ""
    port: str = ""
    username: str = ""
    password: str = ""
    token: str = ""
    database: str = ""
    organisation: str = ""
    tls: str = ""
    authority: str = ""
    certificate: str = ""
    key: str = ""
    when: str = ""
    own: bool = False

    def __post_init__(self) -> None:
        """
        Return if there is something that can ask it.

        Raises:
            ValueError: If *service* is none that is known, and names no function.
        """
        if self.service not in SERVICES and ":" not in self.service:
            known = ", ".join(SERVICES)
            message = f"no service {self.service!r} is known; there are {known}, and module:NAME"
            raise ValueError(message)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or SERVICES.get(self.service, (self.service, ""))[0]

    @property
    def backend(self) -> str:
        """``module:NAME`` of the function that asks it."""
        return SERVICES.get(self.service, ("", self.service))[1]

    @property
    def paths(self) -> dict[str, str]:
        """Role → key path, for each role that has one."""
        return {role: path for role in ROLES if (path := getattr(self, role))}

    @property
    def address(self) -> str:
        """Key path that is named where the target as a whole is meant."""
        return self.uri or self.host or self.certificate or next(iter(self.paths.values()), "")
