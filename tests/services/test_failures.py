"""Services that are down, slow, or something else; and how long one waits for them."""

from __future__ import annotations

import socket

import pytest
from servers import HOST, free_port, frozen, talking

SERVICES = {
    "postgres": "PostgreSQL",
    "redis": "Redis",
    "influxdb": "InfluxDB",
}
"""First word of the fields → service that is logged in to."""
SHORT = 0.4
"""Seconds; long enough for what answers on loopback, short for what never does."""

each_service = pytest.mark.parametrize("service", SERVICES)


@each_service
def test_a_service_that_is_down(service, data, asked):
    """Nothing listens: that is the host's fault, or the port's."""
    outcome, found = asked(data(service, free_port()), SERVICES[service])

    assert "refused" == outcome.verdict
    assert [("ESC651", f"database.{service}_host")] == found


@each_service
def test_a_host_that_has_no_address(service, data, asked):
    """A name that cannot be one is never looked up elsewhere."""
    outcome, found = asked(data(service, 1, host="no-such-host.invalid"), SERVICES[service])

    assert "refused" == outcome.verdict
    assert [("ESC651", f"database.{service}_host")] == found


@each_service
def test_a_service_that_never_answers(service, data, asked):
    """It takes the connection and says nothing; nobody waits longer than was said."""
    with talking() as port:
        outcome, found = asked(data(service, port), SERVICES[service], timeout=SHORT)

    assert "timeout" == outcome.verdict
    assert [("ESC652", f"database.{service}_host")] == found


@each_service
def test_a_service_whose_queue_is_full(service, data, asked):
    """The machine is there, and does not even take the connection."""
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen(0)
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)  # noqa: FBT003  # its signature
            each.connect_ex((HOST, port))
        outcome, _ = asked(data(service, port), SERVICES[service], timeout=SHORT)
        for each in waiting:
            each.close()

    assert "timeout" == outcome.verdict


@pytest.mark.postgresql
@pytest.mark.influxdb
@pytest.mark.parametrize("service", ["postgres", "influxdb"])
def test_a_server_that_hangs(service, data, asked, postgresql, influxdb):
    """The real one, which was stopped in its tracks, and goes on later."""
    server = {"postgres": postgresql, "influxdb": influxdb}[service]
    with frozen(server.process):
        slow, found = asked(data(service, server.port), SERVICES[service], timeout=SHORT)
    again, _ = asked(data(service, server.port), SERVICES[service])

    assert ("timeout", "ok") == (slow.verdict, again.verdict)
    assert [("ESC652", f"database.{service}_host")] == found


STRANGERS = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "no text": bytes(range(256)) * 16,
    "a page": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
}


@each_service
@pytest.mark.parametrize("kind", STRANGERS)
def test_another_service_on_the_port(service, kind, data, asked):
    """What answers is told from what was meant."""
    with talking(STRANGERS[kind]) as port:
        outcome, found = asked(data(service, port), SERVICES[service])

    assert "unexpected" == outcome.verdict
    assert [("ESC653", f"database.{service}_port")] == found


@each_service
def test_a_server_that_hangs_up(service, data, asked):
    """It takes the connection and closes it at once."""
    with talking(then=lambda connection: connection.close()) as port:
        outcome, _ = asked(data(service, port), SERVICES[service])

    assert outcome.verdict in {"unexpected", "refused"}


@each_service
def test_a_server_that_never_stops_talking(service, data, asked):
    """It says more than anybody wants to know; only the beginning is read."""

    def flood(connection):
        connection.settimeout(5)
        for _ in range(1 << 12):
            connection.sendall(b"A" * (1 << 16))

    with talking(then=flood) as port:
        outcome, _ = asked(data(service, port), SERVICES[service])

    assert "unexpected" == outcome.verdict
