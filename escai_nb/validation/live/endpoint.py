"""
What is asked by a connection and a TLS handshake alone.

MongoDB and Neo4j are, so that their logins stay unchecked, which the outcome
says; and so is an endpoint that serves TLS.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb.validation.live.connection import connect, is_local, line, note_line, secure, served
from escai_nb.validation.live.outcome import Fault

if TYPE_CHECKING:
    import ssl

    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # what others listen on


def check_connection(place: Place, record: Record) -> None:
    """Connect, with TLS where that is asked for; the login is not checked."""
    with line(place, record) as connection:
        record.passed("connection")
        note_line(place, record, local=is_local(connection))
    record.passed("login not checked")


def check_tls(place: Place, record: Record) -> None:
    """Shake hands; of the configured service itself, compare the certificate with its file."""
    if not place.own:
        secure(connect, place, record).close()
        record.passed("certificate")
        return
    if not _listens(place):
        record.passed("nothing listens there now")
        return
    with secure(_reach_own, place, record) as connection:
        _compare(connection, place, record)


def _own_host(place: Place) -> str:
    return "localhost" if place.host in ANY_ADDRESS else place.host


def _listens(place: Place) -> bool:
    try:
        socket.create_connection((_own_host(place), place.port), place.left()).close()
    except OSError:
        return False
    return True


def _reach_own(place: Place, record: Record) -> socket.socket:
    del record
    return socket.create_connection((_own_host(place), place.port), place.left())


def _compare(connection: ssl.SSLSocket, place: Place, record: Record) -> None:
    from escai_nb.validation.live.certificate import LARGEST_FILE, read_pem

    shown = served(connection)
    try:
        with Path(place.certificate).open("rb") as file:
            first = read_pem(file.read(LARGEST_FILE))[0]
    except (OSError, ValueError):
        return  # told by the check of the files
    if shown is not None and shown.fingerprint != first.fingerprint:
        message = "the service that runs now serves another certificate than this file"
        path = place.path("certificate")
        record.trouble(Fault.SERVED_OTHER, path, message, "a service that was restarted")
    else:
        record.passed("certificate")
