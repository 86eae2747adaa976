"""PostgreSQL: whether it takes the login, asked by psycopg 3."""

from __future__ import annotations

import os
import re
import ssl
import struct
from dataclasses import dataclass, field
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
_NO_DATABASE = re.compile(
    r'database ".*" does not exist|permission denied for database|datallowconn'
    r"|not currently accepting connections",
    re.DOTALL,
)
_NO_ENTRY = re.compile(r"no pg_hba\.conf entry|pg_hba\.conf rejects")
_LOGIN = re.compile(r'authentication failed|role ".*" (does not exist|is not permitted)', re.DOTALL)
_BUSY = re.compile(
    r"too many clients|remaining connection slots|too many connections|starting up|shutting down"
    r"|recovery mode|not accepting connections"
)
# What libpq itself says, always in English, of a line that does not hold.
_LINE = re.compile(
    r"server closed the connection|could not (receive|send|connect|initiate)|Connection refused"
    r"|Connection reset|timed? ?out|SSL|certificate|unexpected|invalid|expected authentication"
    r"|synchronization"
)
_ALWAYS_THERE = "template1"
"""A database that every cluster has."""


def check(place: Place, record: Record) -> None:
    """Ask for TLS by hand, for what it shows; then log in."""
    address = _look(place, record)
    psycopg = require_login(place, record, "postgresql")
    try:
        used = _log_in(psycopg, place, address, place.database)
    except psycopg.errors.ConnectionTimeout:
        raise TimeoutError from None
    except psycopg.Error as error:
        refusal = _Refusal.of(error)
    except ValueError:  # a password that cannot be written down for libpq is no password
        refusal = _Refusal("", used_password=True)
    else:
        return _passed(place, record, used=used)
    return _explain(psycopg, place, record, address, refusal)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why libpq came back without a connection; what the server has said stays in here."""

    said: str = field(repr=False)
    asked_password: bool = False
    used_password: bool = False

    @classmethod
    def of(cls, error: Any) -> _Refusal:  # noqa: ANN401  # an optional module's own
        connection = error.pgconn
        if connection is None:
            return cls(str(error))
        return cls(str(error), connection.needs_password, connection.used_password)

    @property
    def is_of_login(self) -> bool:
        """Tell a refused login from a line that broke."""
        if _LINE.search(self.said):
            return False
        by_words = _LOGIN.search(self.said) is not None
        return self.asked_password or self.used_password or by_words


def _look(place: Place, record: Record) -> str:
    """See who answers, and with what certificate; return its address."""
    with connect(place, record) as connection:
        local, address = is_local(connection), str(connection.getpeername()[0])
        offers = _offers_tls(connection, place, record)
    record.passed("connection")
    if offers and place.tls is not Tls.OFF:
        secure(_reach, place, record).close()
    elif place.tls.is_asked:
        message = "TLS is asked for, and the server offers none"
        record.stop(Fault.TLS_MISMATCH, place.path("tls", "host"), message, "a server with TLS")
    else:
        note_line(place, record, local=local)
    return address


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


def _log_in(psycopg: Any, place: Place, address: str, database: str) -> bool:  # noqa: ANN401
    """
    Log in and out again; tell whether the server asked for the password.

    Nothing is taken from variables and files by which others configure their clients.

    Raises:
        psycopg.Error: If that is refused.
    """
    given = {
        "host": place.host,
        "hostaddr": address,
        "port": place.port,
        "user": place.username,
        "password": place.password.open() if place.password else "",
        "dbname": database,
        "connect_timeout": max(2, int(place.left()) + 1),  # seconds; libpq takes no less than 2
        "sslmode": _SSLMODES[place.tls],
        "passfile": f"{os.devnull}/none",  # of one that is no plain file libpq complains aloud
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "application_name": "escai live check",
    }
    if place.tls is Tls.VERIFIED:
        given["sslrootcert"] = place.authority or ssl.get_default_verify_paths().cafile or "system"
    # empty ones are given, too, or libpq would look for them elsewhere
    with psycopg.connect(**given) as opened:
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
    address: str,
    refusal: _Refusal,
) -> None:
    """Say in own words why the login failed; what the driver says is told to nobody."""
    username, password = place.path("username"), place.path("password", "username")
    if _NO_DATABASE.search(refusal.said):
        _no_database(place, record)
    if _BUSY.search(refusal.said):
        record.stop(Fault.UNREACHABLE, place.path("host"), "takes no connections at the moment")
    if _NO_ENTRY.search(refusal.said):
        message = "the server's pg_hba.conf does not let this user in from here, or not without TLS"
        record.stop(Fault.LOGIN, username, message, "an entry for it", (place.path("database"),))
    if refusal.asked_password and not place.password:
        message = "the server asks for a password, and none is set"
        record.stop(Fault.LOGIN, password, message, "a password", (username,))
    if not refusal.is_of_login:
        message = "the connection breaks off before the login is over"
        record.stop(Fault.UNREACHABLE, place.path("host"), message)
    # a second attempt with a wrong password might lock the account
    if not _LOGIN.search(refusal.said) and _other_database_opens(psycopg, place, address):
        _no_database(place, record)
    message = "the server does not take this password for this user"
    record.stop(Fault.LOGIN, password, message, "user and password that it knows", (username,))


def _no_database(place: Place, record: Record) -> None:
    record.passed("login")
    message = "the server has no such database, or this user may not open it"
    related = (place.path("username"),)
    record.stop(Fault.DATABASE, place.path("database"), message, "a database there", related)


def _other_database_opens(psycopg: Any, place: Place, address: str) -> bool:  # noqa: ANN401
    try:
        _log_in(psycopg, place, address, _ALWAYS_THERE)
    except (psycopg.Error, ValueError):
        return False
    return True
