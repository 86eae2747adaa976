"""What is asked of a TLS certificate and of its private key, without a value of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from datetime import datetime

LARGEST_FILE = 1 << 20
"""Bytes that are read of one; a file with certificates is smaller."""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """
    One certificate.

    Attributes:
        not_before: First moment at which it is valid.

        not_after: Last one.

        fingerprint: SHA-256 of it.

        public_key: Its public key, DER.
    """

    not_before: datetime
    not_after: datetime
    fingerprint: bytes
    public_key: bytes

    def days_left(self, now: datetime) -> int:
        """Return the whole days until it is not valid any more; negative when that is over."""
        return (self.not_after - now).days


class KeyFit(Enum):
    """How a private key stands to a certificate."""

    FITS = "belongs to the certificate"
    OTHER = "belongs to another certificate"
    LOCKED = "is under a passphrase"
    BROKEN = "is no private key in PEM"


def read_pem(content: bytes) -> tuple[CertificateFacts, ...]:
    """
    Return the certificates in PEM text, the server's own first.

    Raises:
        ValueError: If there is none, or one is broken.
    """
    try:
        return tuple(map(_facts, x509.load_pem_x509_certificates(content)))
    except (ValueError, UnsupportedAlgorithm):
        message = "no certificate in PEM"
        raise ValueError(message) from None


def read_der(content: bytes) -> CertificateFacts:
    """
    Return the one certificate in *content*, as a server presents it.

    Raises:
        ValueError: If it is broken.
    """
    try:
        return _facts(x509.load_der_x509_certificate(content))
    except (ValueError, UnsupportedAlgorithm):
        message = "no certificate"
        raise ValueError(message) from None


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    return CertificateFacts(
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()),
        certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def key_fit(content: bytes, certificate: CertificateFacts | None) -> KeyFit:
    """Tell how the private key in PEM *content* stands to *certificate*, if there is one."""
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        return KeyFit.LOCKED
    except (ValueError, UnsupportedAlgorithm):
        return KeyFit.BROKEN
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fits = certificate is None or public == certificate.public_key
    return KeyFit.FITS if fits else KeyFit.OTHER
