"""Servers that tests of live checks ask, started once for each worker, and what asks them."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from authority import Authority
from servers import (
    DATABASE,
    HOST,
    PASSWORD,
    USER,
    InfluxDB,
    PostgreSQL,
    postgresql_bin,
    redis_server,
)
from servers import folder as made_folder

from escai_nb.escai.spec import ESCAI
from escai_nb.validation.live.checking import LiveChecks
from escai_nb.workspace.facade import ConfigValidator

PATIENCE = 20.0
"""Seconds for what answers; a busy machine takes its time."""


@pytest.fixture(scope="session")
def folder():
    """A function that makes a folder which servers of any user can reach."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(made_folder())


@pytest.fixture(scope="session")
def authority():
    """Who issues certificates."""
    return Authority()


@pytest.fixture(scope="session")
def trusted(authority, folder):
    """The file with the authority's own certificate."""
    file = folder() / "authority.pem"
    file.write_bytes(authority.certificate)
    return file


@pytest.fixture(scope="session")
def postgresql(folder):
    """A PostgreSQL server."""
    with PostgreSQL(folder(), postgresql_bin()).started() as server:
        yield server


@pytest.fixture(scope="session")
def redis_port(folder):
    """Port of a Redis server with a password."""
    with redis_server(folder()) as port:
        yield port


@pytest.fixture(scope="session")
def influxdb(folder):
    """An InfluxDB server that asks for a login."""
    with InfluxDB(folder()).started() as server:
        yield server


@pytest.fixture
def data():
    """Function: a configuration of ESCAI that names one service, with the right login."""

    def make(service, port, **changed):
        database = {
            f"{service}_host": HOST,
            f"{service}_port": port,
            f"{service}_username": USER,
            f"{service}_password": PASSWORD,
            f"{service}_database": 3 if service == "redis" else DATABASE,
        } | {f"{service}_{name}": value for name, value in changed.items()}
        if service == "redis":
            del database["redis_username"]
        secret = "1e3b8c4f0a7d4e6b9c2a5d8f7e6b1c3a-Kq"
        return {
            "database": database,
            "security": {"jwt_secret_key": secret, "tls_enabled": False},
        }

    return make


@pytest.fixture
def asked():
    """Function: the outcome of one service and the live findings about it."""

    def ask(data, service, *, spec=ESCAI, timeout=PATIENCE):
        report = ConfigValidator(spec).generate_validation_report(
            data, live=LiveChecks(timeout=timeout)
        )
        outcome = next(each for each in report.live if each.name == service)
        found = [f for f in report.findings if f.message.startswith(f"{service}: ")]
        return outcome, [(f.code, f.path) for f in found]

    return ask
