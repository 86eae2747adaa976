"""Redis: whether it takes the login and has the database, asked by redis-py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.validation.live.connection import (
    LONGEST_LINE,
    answer,
    connect,
    is_local,
    line,
    note_line,
    strange,
)
from escai_nb.validation.live.login import require_login
from escai_nb.validation.live.outcome import Fault
from escai_nb.validation.live.place import Tls

if TYPE_CHECKING:
    import socket

    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

NAME = "Redis"
_REDIS = (b"+PONG", b"-NOAUTH", b"-ERR", b"-NOPERM", b"-DENIED")
_BUSY = (b"-LOADING", b"-MASTERDOWN", b"-BUSY")


def check(place: Place, record: Record) -> None:
    """See by one PING that it is Redis; then log in and choose the database."""
    is_open = _look(place, record)
    redis = require_login(place, record, "redis")
    connection = _connection(redis, place)
    record.release(connection.disconnect)
    try:
        connection.connect()
    except redis.exceptions.AuthenticationError:
        _refused(place, record, is_open=is_open)
    except redis.exceptions.NoPermissionError:
        message = "the user may not do what this configuration asks for"
        record.stop(Fault.LOGIN, place.path("username", "password"), message, "the right to it")
    except (redis.exceptions.TimeoutError, TimeoutError):
        raise TimeoutError from None
    except redis.exceptions.ResponseError:
        record.passed("login")
        message = "the server has no database of this number, or this user may not choose it"
        record.stop(Fault.DATABASE, place.path("database"), message, "a number that it has")
    except (redis.exceptions.RedisError, OSError):
        message = "closes the connection before the login is over"
        record.stop(Fault.UNREACHABLE, place.path("host"), message)
    finally:
        connection.disconnect()
    record.passed("login")
    record.passed("database")
    if is_open and place.password:
        message = "a password is set, and the server lets everybody in without one"
        record.trouble(Fault.OPEN, place.path("password"), message, "a server that asks for it")


def _look(place: Place, record: Record) -> bool:
    """Tell whether the server answers without a login."""
    if place.tls.is_asked:
        with connect(place, record) as connection:
            if _ping(connection, place).startswith(_REDIS):
                message = "TLS is asked for, and the server speaks none"
                path = place.path("tls", "host")
                record.stop(Fault.TLS_MISMATCH, path, message, "a server with TLS")
    with line(place, record) as connection:
        local = is_local(connection)
        said = _ping(connection, place)
    _require_redis(said, place, record)
    record.passed("connection")
    note_line(place, record, local=local)
    return said.startswith(b"+PONG")


def _ping(connection: socket.socket, place: Place) -> bytes:
    """Return what is answered to PING, which everybody may say; a TLS server hangs up."""
    try:
        connection.settimeout(place.left())
        connection.sendall(b"PING\r\n")
        return answer(connection, place, until=b"\n", at_most=LONGEST_LINE)
    except TimeoutError:
        raise
    except OSError:
        return b""


def _require_redis(said: bytes, place: Place, record: Record) -> None:
    if said.startswith(b"-DENIED"):
        message = "runs in protected mode, which lets nobody in from another machine"
        record.stop(Fault.UNREACHABLE, place.path("host"), message)
    if said.startswith(_BUSY):
        record.stop(Fault.UNREACHABLE, place.path("host"), "takes no commands at the moment")
    if not said.endswith(b"\n") or not said.startswith(_REDIS):
        strange(place, record, NAME)


def _connection(redis: Any, place: Place) -> Any:  # noqa: ANN401  # an optional module's own
    given: dict[str, Any] = {
        "host": place.host,
        "port": place.port,
        "db": int(place.database) if place.database.isdecimal() else 0,
        "username": place.username or None,
        "password": place.password.open() if place.password else None,
        "socket_timeout": place.left(),
        "socket_connect_timeout": place.left(),
        "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 0),
        "protocol": 2,
    }
    if not place.tls.is_asked:
        return redis.connection.Connection(**given)
    verified = place.tls is Tls.VERIFIED
    given["ssl_cert_reqs"] = "required" if verified else "none"
    given["ssl_check_hostname"] = verified
    given["ssl_ca_certs"] = place.authority or None
    return redis.connection.SSLConnection(**given)


def _refused(place: Place, record: Record, *, is_open: bool) -> None:
    password, username = place.path("password"), place.path("username", "password")
    related = (username,) if username != password else ()
    if is_open and not place.username:
        message = "a password is set, and the server has none"
        record.stop(Fault.LOGIN, password, message, "no password, or a server that asks for one")
    if not place.password:
        message = "the server asks for a password, and none is set"
        record.stop(Fault.LOGIN, password, message, "a password", related)
    message = "the server does not take this password"
    record.stop(Fault.LOGIN, password, message, "the password that the server has", related)
