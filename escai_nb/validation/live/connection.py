"""Sockets with a deadline: names, connections, TLS handshakes, bounded answers."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from escai_nb.validation.live.outcome import Fault
from escai_nb.validation.live.place import Tls
from escai_nb.validation.live.record import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from escai_nb.validation.live.certificate import CertificateFacts
    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

LONGEST_LINE = 4096
"""Bytes that are read of an answer before it is held for something else."""

_REASONS = {
    errno.ECONNREFUSED: "nothing listens on port {port}",
    errno.EHOSTUNREACH: "there is no way to this host",
    errno.ENETUNREACH: "there is no way to this network",
    errno.EACCES: "this machine does not let connections out to port {port}",
    errno.EPERM: "this machine does not let connections out to port {port}",
    errno.ECONNRESET: "closes the connection at once",
}
_UNPROVEN = {
    9: "is not valid yet",
    10: "has expired",
    18: "is certified by itself alone",
    19: "comes from an authority that is not trusted here",
    20: "comes from an authority that is not trusted here",
    21: "comes from an authority that is not trusted here",
    23: "is revoked",
    62: "is for another host",
    64: "is for another address",
}
"""OpenSSL's code of what is wrong with a certificate (X509_V_ERR_…) → words."""


def connect(place: Place, record: Record) -> socket.socket:
    """
    Return a connection to *place*, over any of its addresses, with the time left as its timeout.

    Raises:
        Stopped: If there is none.
        TimeoutError: If time is over.
    """
    addresses = _addresses(place, record)
    failure: OSError = OSError()
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(place.left() / (len(addresses) - number))
            connection.connect(address)
            connection.settimeout(place.left())
        except OSError as error:
            connection.close()
            failure = error
        else:
            record.release(partial(connection.shutdown, socket.SHUT_RDWR))
            return connection
    if isinstance(failure, TimeoutError):
        raise TimeoutError from None
    return _refuse(failure, place, record)


def _refuse(failure: OSError, place: Place, record: Record) -> NoReturn:
    reason = _REASONS.get(failure.errno or 0, "cannot be reached").format(port=place.port)
    path = place.path("host")
    related = (place.path("port"),) if place.path("port") != path else ()
    record.stop(Fault.UNREACHABLE, path, reason, "a server that listens there", related)


def _addresses(place: Place, record: Record) -> Sequence[tuple[Any, ...]]:
    """Return all addresses of the host, as `socket.getaddrinfo` does."""
    if place.host.startswith("/"):
        message = "was not asked: this is a socket file of the machine that it runs on"
        record.stop(Fault.UNCHECKED, place.path("host"), message)
    try:
        return socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError, ValueError):
        path = place.path("host")
        record.stop(Fault.UNREACHABLE, path, "no such host is known here", "a name that resolves")


def is_local(connection: socket.socket) -> bool:
    """Tell whether the other end is on this machine."""
    try:
        host = str(connection.getpeername()[0]).partition("%")[0]
        return ipaddress.ip_address(host).is_loopback
    except (OSError, ValueError):
        return False


def line(place: Place, record: Record) -> socket.socket:
    """Return a connection with TLS where that is asked for, else a plain one."""
    return secure(connect, place, record) if place.tls.is_asked else connect(place, record)


def note_line(place: Place, record: Record, *, local: bool) -> None:
    """Note a connection without TLS; on one machine nobody reads along."""
    if place.tls.is_asked:
        return
    record.passed("without TLS")
    if not local:
        message = "the connection is not encrypted"
        record.trouble(Fault.UNENCRYPTED, place.path("tls", "host"), message, "TLS")


def answer(connection: socket.socket, place: Place, *, until: bytes, at_most: int) -> bytes:
    """Return what comes until *until* or the end, and no more than *at_most* bytes of it."""
    said = b""
    while until not in said and len(said) < at_most:
        connection.settimeout(place.left())
        more = connection.recv(at_most - len(said))
        if not more:
            break
        said += more
    return said


def context_of(place: Place, record: Record) -> ssl.SSLContext:
    """
    Return what TLS is spoken with: certificates are checked against the authorities to trust.

    Raises:
        Stopped: If their file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=place.authority or None)
    except (OSError, ValueError):
        path = place.path("authority")
        record.stop(Fault.FILE, path, "cannot be read as certificates in PEM", "a PEM file")


def _unverifying() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def secure(
    reach: Callable[[Place, Record], socket.socket], place: Place, record: Record
) -> ssl.SSLSocket:
    """
    Return a connection with TLS over what *reach* connects, up to where TLS begins.

    Where the certificate must be right, anything wrong with it is the end; else
    it is noted, and the connection made again without asking for it.

    Raises:
        Stopped: If there is no such connection.
        TimeoutError: If time is over.
    """
    context = context_of(place, record)
    try:
        secured = _handshake(reach(place, record), place, context)
    except ssl.SSLCertVerificationError as error:
        reason = f"the certificate {_UNPROVEN.get(error.verify_code, 'cannot be checked')}"
        path, expected = place.path("host"), "a certificate for this host that can be trusted"
        if place.tls is Tls.VERIFIED:
            record.stop(Fault.CERTIFICATE, path, reason, expected)
        if not place.own:
            record.trouble(Fault.UNPROVEN, path, reason, expected)
        secured = _second(reach, place, record)
    except TimeoutError:
        raise
    except OSError as error:
        _mismatch(error, place, record)
    record.release(partial(secured.shutdown, socket.SHUT_RDWR))
    if not place.own:
        note_validity(secured, place, record)
    record.passed(secured.version() or "TLS")
    return secured


def _second(
    reach: Callable[[Place, Record], socket.socket], place: Place, record: Record
) -> ssl.SSLSocket:
    try:
        return _handshake(reach(place, record), place, _unverifying())
    except TimeoutError:
        raise
    except OSError as error:
        _mismatch(error, place, record)


def _mismatch(error: OSError, place: Place, record: Record) -> NoReturn:
    fault = Fault.SERVED_OTHER if place.own else Fault.TLS_MISMATCH
    record.stop(fault, place.path("tls", "host"), _reason(error), "TLS")


def _handshake(connection: socket.socket, place: Place, context: ssl.SSLContext) -> ssl.SSLSocket:
    try:
        connection.settimeout(place.left())
        return context.wrap_socket(connection, server_hostname=place.host)
    except OSError:  # which a refused certificate is, and a ValueError, too
        connection.close()
        raise
    except ValueError:  # a name that cannot be asked for, such as one that begins with a dot
        connection.close()
        raise OSError from None


def _reason(error: OSError) -> str:
    """Say in fixed words why a handshake failed."""
    reason = getattr(error, "reason", None) or ""
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER" in reason or "HTTP" in reason:
        return "what answers there does not speak TLS"
    if "VERSION" in reason or "PROTOCOL" in reason:
        return "there is no version of TLS that both sides speak"
    if "CERTIFICATE_REQUIRED" in reason:
        return "the server asks for a client's certificate, which this configuration has not"
    return "the TLS handshake fails"


def served(connection: ssl.SSLSocket) -> CertificateFacts | None:
    """Return the certificate that the other end has shown; nothing if it cannot be read."""
    from escai_nb.validation.live.certificate import read_der  # slow to load, and only for TLS

    with suppress(ValueError):
        return read_der(connection.getpeercert(binary_form=True) or b"")
    return None


def note_validity(connection: ssl.SSLSocket, place: Place, record: Record) -> None:
    """Note how long the certificate that the other end has shown is valid."""
    certificate = served(connection)
    if certificate is not None:
        record.valid_for(place.path("host"), certificate.days_left(datetime.now(UTC)))


def speaks_tls(place: Place, record: Record) -> bool:
    """Tell whether the other end, which did not take plain text, speaks TLS."""
    try:
        _handshake(connect(place, record), place, _unverifying()).close()
    except TimeoutError:
        raise
    except (Stopped, OSError):
        return False
    return True


def strange(place: Place, record: Record, name: str) -> NoReturn:
    """
    Note that what answers is not *name*, or is *name* behind TLS.

    Raises:
        Stopped: Always.
    """
    path, related = place.path("port", "host"), (place.path("host"),)
    if not place.tls.is_asked and speaks_tls(place, record):
        blame = place.path("tls", "host")
        message = "the server speaks TLS only, and this configuration connects without"
        record.stop(Fault.TLS_MISMATCH, blame, message, "a connection with TLS")
    record.stop(Fault.STRANGE, path, f"what answers there is not {name}", name, related)
