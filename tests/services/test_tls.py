"""TLS at real servers: none, good, and all that can be wrong with a certificate."""

from __future__ import annotations

import ssl
from contextlib import contextmanager, nullcontext

import pytest
from authority import Authority
from pydantic import BaseModel, SecretStr
from servers import DATABASE, PASSWORD, USER, InfluxDB, redis_server, talking

from escai_nb.spec import ConfigSpec
from escai_nb.validation.live.target import Target


class Service(BaseModel):
    """A service as another application may describe it."""

    host: str = "localhost"
    port: int = 1
    username: str | None = USER
    password: SecretStr = SecretStr(PASSWORD)
    database: str = DATABASE
    tls: bool | None = True
    ca: str | None = None


class Settings(BaseModel):
    """A configuration that is not ESCAI's."""

    service: Service = Service()


def spec_of(service, **more):
    """A spec whose one target is *service*."""
    fields = {"host", "port", "username", "password", "database", "tls"}
    if service == "redis":
        fields.discard("username")
    paths = {name: f"service.{name}" for name in fields}
    target = Target(service=service, authority="service.ca", **paths | more)
    return ConfigSpec(name="own", model=Settings, targets=(target,))


NAMES = {
    "postgresql": "PostgreSQL",
    "redis": "Redis",
    "influxdb": "InfluxDB",
    "tls": "TLS endpoint",
}


@pytest.fixture
def served(postgresql, folder):
    """Function: a server of a kind with a certificate; gives its port."""

    @contextmanager
    def serve(service, pair):
        if service == "postgresql":
            with postgresql.tls(pair) if pair else nullcontext():
                yield postgresql.port
        elif service == "redis":
            with redis_server(folder(), pair=pair) as port:
                yield port
        else:
            with InfluxDB(folder(), pair=pair).started() as server:
                yield server.port

    return serve


def settings(port, **changed):
    """A configuration of one service."""
    return {"service": {"port": port, "host": "localhost", **changed}}


with_server = pytest.mark.parametrize(
    "service",
    [
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("redis", marks=[pytest.mark.redis, pytest.mark.postgresql]),
        pytest.param("influxdb", marks=[pytest.mark.influxdb, pytest.mark.postgresql]),
    ],
)


@with_server
def test_a_good_certificate(service, served, authority, trusted, asked):
    """With the authority trusted there is nothing to say."""
    database = "3" if service == "redis" else DATABASE
    with served(service, authority.issue()) as port:
        data = settings(port, ca=str(trusted), database=database)
        outcome, found = asked(data, NAMES[service], spec=spec_of(service))

    assert ("ok", []) == (outcome.verdict, found)
    assert {"TLSv1.3", "login", "database"} <= {*outcome.passed}


@with_server
@pytest.mark.parametrize("kind", ["expired", "other host", "not yet", "unknown"])
def test_a_certificate_that_is_refused(service, kind, served, authority, trusted, asked):
    """The password is never sent to whoever shows it."""
    pair = {
        "expired": lambda: authority.issue(days=(-9, -1)),
        "other host": lambda: authority.issue("db.example.org"),
        "not yet": lambda: authority.issue(days=(2, 9)),
        "unknown": lambda: Authority().issue(),
    }[kind]()
    with served(service, pair) as port:
        data = settings(port, ca=str(trusted), password="wrong")
        outcome, found = asked(data, NAMES[service], spec=spec_of(service))

    assert "tls" == outcome.verdict
    assert [("ESC655", "service.host")] == found


@with_server
def test_a_certificate_that_runs_out(service, served, authority, trusted, asked):
    """It still works, and will not for long."""
    with served(service, authority.issue(days=(-1, 7))) as port:
        data = settings(port, ca=str(trusted), database="0")
        _, found = asked(data, NAMES[service], spec=spec_of(service))

    assert ("ESC660", "service.host") in found


@with_server
def test_tls_that_is_not_offered(service, served, trusted, asked):
    """TLS is asked for, and the server speaks none."""
    with served(service, None) as port:
        data = settings(port, ca=str(trusted))
        outcome, found = asked(data, NAMES[service], spec=spec_of(service))

    assert "tls" == outcome.verdict
    assert [("ESC654", "service.tls")] == found


@pytest.mark.postgresql
def test_postgresql_without_a_word_on_tls(served, authority, asked):
    """TLS is taken when it is offered; a certificate that proves nothing is told."""
    with served("postgresql", authority.issue()) as port:
        outcome, found = asked(settings(port, tls=None), "PostgreSQL", spec=spec_of("postgresql"))

    assert "ok" == outcome.verdict
    assert "TLSv1.3" in outcome.passed
    assert [("ESC659", "service.host")] == [each for each in found if each[0] != "ESC661"]


@pytest.mark.postgresql
@pytest.mark.influxdb
@pytest.mark.redis
@pytest.mark.parametrize("service", ["redis", "influxdb"])
def test_tls_that_is_not_asked_for(service, served, authority, asked):
    """A server that speaks TLS only is told from one that is something else."""
    with served(service, authority.issue()) as port:
        outcome, found = asked(settings(port, tls=False), NAMES[service], spec=spec_of(service))

    assert "tls" == outcome.verdict
    assert [("ESC654", "service.tls")] == found


@contextmanager
def endpoint(pair, folder, **limits):
    """Anything that speaks TLS with *pair*, within the *limits* of its context."""
    file = folder() / "pair.pem"
    file.write_bytes(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    for name, value in limits.items():
        setattr(context, name, value)

    def shake_hands(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with talking(then=shake_hands) as port:
        yield port


TLS_ONLY = {"username": "", "password": "", "database": "", "tls": ""}


@pytest.mark.parametrize("kind", ["neo4j", "mongodb", "tls"])
def test_an_endpoint_alone(kind, folder, authority, trusted, asked):
    """What is not logged in to is asked by a handshake, and that is said."""
    name = {"neo4j": "Neo4j", "mongodb": "MongoDB", "tls": "TLS endpoint"}[kind]
    more = TLS_ONLY if kind == "tls" else {}
    with endpoint(authority.issue(), folder) as port:
        good, nothing = asked(settings(port, ca=str(trusted)), name, spec=spec_of(kind, **more))
        bad, found = asked(settings(port), name, spec=spec_of(kind, **more))

    assert ("ok", []) == (good.verdict, nothing)
    assert "TLSv1.3" in good.passed
    assert ("login not checked" in good.passed) == (kind != "tls")
    assert ("tls", [("ESC655", "service.host")]) == (bad.verdict, found)


def test_no_version_in_common(folder, authority, trusted, asked):
    """A server that has only versions that nobody should speak any more."""
    limits = {"maximum_version": ssl.TLSVersion.TLSv1_1}
    with (
        pytest.warns(DeprecationWarning, match="TLSv1_1"),
        endpoint(authority.issue(), folder, **limits) as port,
    ):
        outcome, found = asked(
            settings(port, ca=str(trusted)), "TLS endpoint", spec=spec_of("tls", **TLS_ONLY)
        )

    assert "tls" == outcome.verdict
    assert [("ESC654", "service.host")] == found


def test_authorities_that_cannot_be_read(folder, authority, asked):
    """The file that is named is to blame."""
    with endpoint(authority.issue(), folder) as port:
        data = settings(port, ca="/nowhere/ca.pem")
        _, found = asked(data, "TLS endpoint", spec=spec_of("tls", **TLS_ONLY))

    assert [("ESC662", "service.ca")] == found
