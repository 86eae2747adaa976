"""What surrounds a login: variables, missing drivers, sealed passwords, hostile servers."""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
import sys
import threading
import urllib.parse
from contextlib import contextmanager

import psutil
import pytest
from pydantic import BaseModel, SecretStr
from servers import DATABASE, HOST, PASSWORD, USER, free_port, talking

from escai_nb.spec import ConfigSpec
from escai_nb.validation.live.checking import LiveChecks
from escai_nb.validation.live.target import Target
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager


@pytest.mark.postgresql
def test_variables_of_others_change_nothing(postgresql, data, asked, monkeypatch, tmp_path):
    """What libpq would take from its surroundings is not what is configured."""
    words = tmp_path / "pgpass"
    words.write_text("*:*:*:*:" + PASSWORD.replace("\\", "\\\\").replace(":", "\\:"))
    words.chmod(0o600)
    for name, value in {
        "PGPASSWORD": PASSWORD,
        "PGPASSFILE": str(words),
        "PGSSLMODE": "verify-full",
        "PGHOSTADDR": "192.0.2.1",
        "PGUSER": USER,
        "PGTARGETSESSIONATTRS": "standby",
    }.items():
        monkeypatch.setenv(name, value)

    none, _ = asked(data("postgres", postgresql.port, password=""), "PostgreSQL")
    right, _ = asked(data("postgres", postgresql.port), "PostgreSQL")

    assert ("auth", "ok") == (none.verdict, right.verdict)


@pytest.mark.postgresql
def test_a_password_that_cannot_be_sent(postgresql, data, asked):
    """It is refused like any other that is wrong."""
    made = data("postgres", postgresql.port, password="with\0zero")
    outcome, found = asked(made, "PostgreSQL")

    assert outcome.verdict in {"auth", "not checked"}
    assert 1 == len(found)


@pytest.mark.postgresql
def test_a_driver_says_nothing_of_its_own(postgresql, data, asked, capfd):
    """Nothing is printed past the report, also where no password is set."""
    outcome, _ = asked(data("postgres", postgresql.port, password=""), "PostgreSQL")

    assert "auth" == outcome.verdict
    assert ("", "") == capfd.readouterr()


@pytest.mark.postgresql
@pytest.mark.redis
@pytest.mark.parametrize(
    ("module", "service", "extra"),
    [("psycopg", "postgres", "postgres"), ("redis", "redis", "redis")],
)
def test_a_driver_that_is_missing(
    module, service, extra, data, asked, postgresql, redis_port, monkeypatch
):
    """The connection is checked; what to install for the rest is said."""
    monkeypatch.setitem(sys.modules, module, None)
    port = {"postgres": postgresql.port, "redis": redis_port}[service]
    name = {"postgres": "PostgreSQL", "redis": "Redis"}[service]
    outcome, found = asked(data(service, port), name)

    assert "not checked" == outcome.verdict
    assert "connection" in outcome.passed
    assert [("ESC650", f"database.{service}_host")] == found
    assert any(
        f"pip install 'escai-nb[{extra}]'" in trouble.message for trouble in outcome.troubles
    )


SLOW_DRIVER = """
import sys, time
time.sleep(2.5)
sys.path.pop(0)
del sys.modules["redis"]
import redis
"""
ASKED = """
import sys
sys.path.insert(0, sys.argv[1])
from escai_nb import ConfigValidator
from escai_nb.validation.live.checking import LiveChecks
database = {"redis_host": sys.argv[2], "redis_port": int(sys.argv[3]), "redis_password": "wrong"}
report = ConfigValidator().generate_validation_report({"database": database}, live=LiveChecks(2))
print(*(each.verdict.value for each in report.live if each.name == "Redis"))
"""


@pytest.mark.redis
def test_a_driver_that_loads_slowly(redis_port, tmp_path):
    """The time that it takes is not the server's: a wrong password is one all the same."""
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis/__init__.py").write_text(SLOW_DRIVER)
    words = [sys.executable, "-c", ASKED, str(tmp_path), HOST, str(redis_port)]
    said = subprocess.run(words, capture_output=True, text=True, check=True)

    assert "auth" == said.stdout.strip()


@pytest.mark.redis
def test_a_sealed_password_without_its_key(redis_port, tmp_path, monkeypatch):
    """The address is asked, the login is not, and both are said."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "keys"))
    values = {
        "database": {
            "redis_host": HOST,
            "redis_port": redis_port,
            "redis_password": PASSWORD,
        },
        "security": {"tls_enabled": False},
    }
    workspace = Workspace.at(tmp_path / "config")
    initialise(workspace, "development", values=values)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    manager = ConfigManager(workspace.root, "development", enable_hot_reload=False)
    report = manager.report(live=LiveChecks(20))
    outcome = next(each for each in report.live if each.name == "Redis")

    assert ("not checked", ("connection", "without TLS")) == (outcome.verdict, outcome.passed)
    assert ["database.redis_password"] == [trouble.path for trouble in outcome.troubles]


def test_over_ipv6(data, asked):
    """An address of IPv6 is reached, or refused, like any other."""
    outcome, _ = asked(data("redis", free_port(), host="::1"), "Redis")

    assert "refused" == outcome.verdict


def flood(connection):
    """Say an endless answer to the login."""
    connection.settimeout(30)
    connection.sendall(b"$536870912\r\n")
    for _ in range(1 << 14):
        connection.sendall(b"A" * (1 << 16))


@pytest.mark.parametrize("service", ["redis", "postgres", "influxdb"])
def test_an_endless_answer_costs_no_memory(service, data, asked):
    """A server that looks right at first, and then sends a gigabyte."""
    opening = {
        "redis": b"-NOAUTH Authentication required.\r\n",
        "postgres": b"N",
        "influxdb": b"HTTP/1.1 200 OK\r\nx-influxdb-version: 1.8\r\n\r\n",
    }[service]
    name = {"redis": "Redis", "postgres": "PostgreSQL", "influxdb": "InfluxDB"}[service]
    before = psutil.Process().memory_info().rss
    with talking(opening, then=lambda c: flood(c) if _is_later(c) else None) as port:
        outcome, _ = asked(data(service, port), name, timeout=1.0)

    assert "ok" != outcome.verdict
    assert psutil.Process().memory_info().rss - before < 300_000_000


def _is_later(connection):
    """Tell whether more than the first words have come from the client."""
    connection.settimeout(5)
    said = connection.recv(4096)
    return said != b"PING\r\n"


@pytest.mark.parametrize("service", ["redis", "postgres", "influxdb"])
def test_a_server_that_resets(service, data, asked):
    """It cuts the connection in the middle of the login."""

    def reset(connection):
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    opening = {"redis": b"-NOAUTH x\r\n", "postgres": b"N", "influxdb": b"HTTP/1.1 "}[service]
    name = {"redis": "Redis", "postgres": "PostgreSQL", "influxdb": "InfluxDB"}[service]
    with talking(opening, then=reset) as port:
        outcome, found = asked(data(service, port), name, timeout=5.0)

    # what this one says at once is an answer to Redis' AUTH
    assert outcome.verdict in {"refused", "unexpected", *(["auth"] if service == "redis" else [])}
    assert 1 == len(found)


# InfluxDB 2 is in no Debian. These are the answers that its documentation of the
# HTTP interface gives for /health and /api/v2/buckets.
TOKEN = "t0ken-é"[:6] + "=="
BUCKETS = [{"id": "1", "name": DATABASE, "orgID": "2"}]


class Documented(http.server.BaseHTTPRequestHandler):
    """Answers as the documentation of InfluxDB 2 says."""

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        asked = urllib.parse.parse_qs(address.query)
        if address.path == "/ping":
            self.answer(204)
        elif address.path == "/health":
            self.answer(200, {"name": "influxdb", "status": "pass", "version": "v2.7.1"})
        elif self.headers.get("Authorization") != f"Token {TOKEN}":
            self.answer(401, {"code": "unauthorized", "message": "unauthorized access"})
        elif asked.get("org") != ["shop"]:
            self.answer(404, {"code": "not found", "message": "organization not found"})
        else:
            found = [each for each in BUCKETS if [each["name"]] == asked.get("name")]
            self.answer(200, {"buckets": found})

    def answer(self, status, body=None):
        content = json.dumps(body).encode() if body else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Series(BaseModel):
    """InfluxDB 2 as another application may name it."""

    url: str
    token: SecretStr = SecretStr(TOKEN)
    org: str = "shop"
    bucket: str = DATABASE


SERIES = ConfigSpec(
    name="series",
    model=Series,
    targets=(
        Target(
            service="influxdb",
            uri="url",
            token="token",  # a key path
            organisation="org",
            database="bucket",
        ),
    ),
)


@contextmanager
def documented():
    """A server of generation 2; its address."""
    with http.server.ThreadingHTTPServer((HOST, 0), Documented) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("changed", "verdict", "expected"),
    [
        ({}, "ok", []),
        ({"token": "wrong"}, "auth", [("ESC656", "token")]),
        ({"token": "é"}, "auth", [("ESC656", "token")]),
        ({"bucket": "gone"}, "wrong database", [("ESC657", "bucket")]),
        ({"org": "gone"}, "wrong database", [("ESC657", "bucket")]),
    ],
)
def test_influxdb_of_generation_2(changed, verdict, expected, asked):
    """By token, organisation and bucket."""
    with documented() as url:
        outcome, found = asked({"url": url, **changed}, "InfluxDB", spec=SERIES)

    assert verdict == outcome.verdict
    assert expected == found
    assert "InfluxDB 2" in outcome.passed


@pytest.mark.influxdb
def test_a_token_for_generation_1(influxdb, asked):
    """It knows none, and is not sent one."""
    made = {"url": f"http://{HOST}:{influxdb.port}"}
    outcome, found = asked(made, "InfluxDB", spec=SERIES)

    assert ("auth", [("ESC656", "token")]) == (outcome.verdict, found)
