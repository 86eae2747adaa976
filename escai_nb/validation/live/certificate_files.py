"""Certificate files: there, readable, valid, and the key belongs to the certificate."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from escai_nb.validation.live.certificate import (
    LARGEST_FILE,
    CertificateFacts,
    KeyFit,
    key_fit,
    read_pem,
)
from escai_nb.validation.live.outcome import Fault

if TYPE_CHECKING:
    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

BY_OTHERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH


def check(place: Place, record: Record) -> None:
    """Look at the files that are named; one that is not named is no trouble here."""
    own: CertificateFacts | None = None
    for role, file in (("certificate", place.certificate), ("authority", place.authority)):
        if file:
            first = _certificate(file, place.paths[role], record)
            own = first if role == "certificate" else own
    if place.key:
        _check_key(place, own, record)


def _content(file: str, path: str, record: Record) -> bytes | None:
    try:
        if not stat.S_ISREG(Path(file).stat().st_mode):
            record.trouble(Fault.FILE, path, "is no file", "a PEM file")
            return None
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST_FILE)
    except FileNotFoundError:
        record.trouble(Fault.FILE, path, "there is no such file here", "a PEM file")
    except (OSError, ValueError):
        record.trouble(Fault.FILE, path, "the file cannot be read here", "a readable PEM file")
    return None


def _certificate(file: str, path: str, record: Record) -> CertificateFacts | None:
    content = _content(file, path, record)
    if content is None:
        return None
    try:
        certificates = read_pem(content)
    except ValueError:
        record.trouble(Fault.FILE, path, "holds no certificate in PEM", "a PEM file")
        return None
    now = datetime.now(UTC)
    for certificate in certificates:
        if certificate.not_before > now:
            record.trouble(Fault.CERTIFICATE, path, "the certificate is not valid yet")
        elif certificate.not_after < now:
            record.trouble(Fault.CERTIFICATE, path, "the certificate has expired")
        else:
            record.valid_for(path, certificate.days_left(now))
    record.passed("certificate")
    return certificates[0]


def _check_key(place: Place, certificate: CertificateFacts | None, record: Record) -> None:
    path = place.path("key")
    content = _content(place.key, path, record)
    if content is None:
        return
    if Path(place.key).stat().st_mode & BY_OTHERS:
        message = "every user of this machine may read the key"
        record.trouble(Fault.KEY_OPEN, path, message, "mode 0600 or 0640")
    fit = key_fit(content, certificate)
    if fit is KeyFit.BROKEN:
        record.trouble(Fault.FILE, path, "holds no private key in PEM", "a PEM file")
    elif fit is KeyFit.LOCKED:
        message = "the key is under a passphrase, so it was not compared with the certificate"
        record.trouble(Fault.UNCHECKED, path, message)
    elif fit is KeyFit.OTHER:
        message = "the key does not belong to the certificate"
        related = (place.path("certificate"),)
        record.trouble(Fault.KEY_MISMATCH, path, message, "the key of this certificate", related)
    else:
        record.passed("key")
