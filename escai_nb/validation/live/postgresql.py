"""PostgreSQL: whether it takes the login, asked by psycopg 3."""

from __future__ import annotations

import os
import re
import ssl
import struct
from typing import TYPE_CHECKING, Any

from escai_nb.validation.live.connection import connect, is_local, note_line, secure, strange
from escai_nb.validation.live.login import require_login
from escai_nb.validation.live.outcome import Fault
from escai_nb.validation.live.place import Tls

if TYPE_CHECKING:
    import socket

    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

NAME = "PostgreSQL"
_ASK_TLS = struct.pack("!ii", 8, 80877103)
"""SSLRequest, as in the PostgreSQL documentation, “Message Formats”."""
_SSLMODES = {
    Tls.OFF: "disable",
    Tls.OFFERED: "prefer",
    Tls.UNVERIFIED: "require",
    Tls.VERIFIED: "verify-full",
}
# What the server says in English, before anybody could ask it for codes; said in
# another language, a second attempt at another database tells the two apart.
_NO_DATABASE = re.compile(r'database ".*" does not exist', re.DOTALL)
_NOT_ALLOWED = re.compile(r'permission denied for database|not permitted to connect|"datallowconn"')
_NO_ENTRY = re.compile(r"no pg_hba\.conf entry|pg_hba\.conf rejects")
_BUSY = re.compile(
    r"too many clients|remaining connection slots|too many connections|starting up|shutting down"
    r"|recovery mode|not accepting connections"
)
_ALWAYS_THERE = "template1"
"""A database that every cluster has."""


def check(place: Place, record: Record) -> None:
    """Ask for TLS by hand, for what it shows; then log in."""
    _look(place, record)
    psycopg = require_login(place, record, "psycopg", extra="postgres")
    try:
        used = _log_in(psycopg, place, place.database)
    except psycopg.Error as error:
        said, asked = str(error), bool(getattr(error.pgconn, "needs_password", False))
    except (ValueError, UnicodeError):
        said, asked = "", False
    else:
        return _passed(place, record, used=used)
    return _explain(psycopg, place, record, said, asked=asked)


def _look(place: Place, record: Record) -> None:
    """See who answers, and with what certificate."""
    with connect(place, record) as connection:
        local = is_local(connection)
        offers = _offers_tls(connection, place, record)
    record.passed("connection")
    if offers and place.tls is not Tls.OFF:
        secure(_reach, place, record).close()
    elif place.tls.is_asked:
        message = "TLS is asked for, and the server offers none"
        record.stop(Fault.TLS_MISMATCH, place.path("tls", "host"), message, "a server with TLS")
    else:
        note_line(place, record, local=local)


def _reach(place: Place, record: Record) -> socket.socket:
    connection = connect(place, record)
    if not _offers_tls(connection, place, record):
        connection.close()
        raise ssl.SSLError
    return connection


def _offers_tls(connection: socket.socket, place: Place, record: Record) -> bool:
    try:
        connection.settimeout(place.left())
        connection.sendall(_ASK_TLS)
        said = connection.recv(2)  # a server says one byte, and waits
    except TimeoutError:
        raise
    except OSError:
        said = b""
    if said not in {b"S", b"N"}:
        connection.close()
        strange(place, record, NAME)
    return said == b"S"


def _log_in(psycopg: Any, place: Place, database: str) -> bool:  # noqa: ANN401  # an optional module
    """
    Log in and out again; tell whether the server asked for the password.

    Nothing is taken from variables and files by which others configure their clients.

    Raises:
        psycopg.Error: If that is refused.
    """
    given = {
        "host": place.host,
        "port": place.port,
        "user": place.username,
        "password": place.password.open() if place.password else "",
        "dbname": database,
        "connect_timeout": max(2, int(place.left()) + 1),  # seconds; libpq takes no less than 2
        "sslmode": _SSLMODES[place.tls],
        "passfile": os.devnull,
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "application_name": "escai live check",
    }
    if place.tls is Tls.VERIFIED:
        given["sslrootcert"] = place.authority or ssl.get_default_verify_paths().cafile or "system"
    with psycopg.connect(**{name: value for name, value in given.items() if value != ""}) as opened:
        return bool(opened.pgconn.used_password)


def _passed(place: Place, record: Record, *, used: bool) -> None:
    record.passed("login")
    if place.password and not used:
        message = "a password is set, and the server lets this user in without one"
        record.trouble(Fault.OPEN, place.path("password"), message, "a server that asks for it")
    if place.database:
        record.passed("database")


def _explain(
    psycopg: Any,  # noqa: ANN401
    place: Place,
    record: Record,
    said: str,
    *,
    asked: bool,
) -> None:
    """Say in own words why the login failed; what the driver says is told to nobody."""
    username, password = place.path("username"), place.path("password", "username")
    if _BUSY.search(said):
        record.stop(Fault.UNREACHABLE, place.path("host"), "takes no connections at the moment")
    if _NO_ENTRY.search(said):
        message = "the server's pg_hba.conf does not let this user in from here, or not without TLS"
        record.stop(Fault.LOGIN, username, message, "an entry for it", (place.path("database"),))
    if _NO_DATABASE.search(said) or _NOT_ALLOWED.search(said):
        _no_database(place, record)
    if asked and not place.password:
        message = "the server asks for a password, and none is set"
        record.stop(Fault.LOGIN, password, message, "a password", (username,))
    if _other_database_opens(psycopg, place):
        _no_database(place, record)
    message = "the server does not take this password for this user"
    record.stop(Fault.LOGIN, password, message, "user and password that it knows", (username,))


def _no_database(place: Place, record: Record) -> None:
    record.passed("login")
    message = "the server has no such database, or this user may not open it"
    related = (place.path("username"),)
    record.stop(Fault.DATABASE, place.path("database"), message, "a database there", related)


def _other_database_opens(psycopg: Any, place: Place) -> bool:  # noqa: ANN401
    try:
        _log_in(psycopg, place, _ALWAYS_THERE)
    except (psycopg.Error, ValueError):
        return False
    return True
