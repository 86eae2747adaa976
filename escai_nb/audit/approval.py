"""
Signed approvals: who agreed to which plan, until when, and why.

A person signs with a private Ed25519 key of their own; the policy of a workspace
names the public ones. The signature is over everything that an approval says.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from escai_nb.digest import canonical_bytes
from escai_nb.errors import DocumentError, KeyUnavailableError, NewerFormatError

FORMAT = 1
KIND = "escai-approval"
_RAW = serialization.Encoding.Raw, serialization.PublicFormat.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """
    One person's yes to one plan.

    Attributes:
        plan: Hash of the plan.

        workspace: Name of the workspace that it is for.

        environment: Where the plan would change something.

        by: Name of the person, as the policy knows it.

        until: Last day on which it holds, in ISO form.

        reason: Why; may be empty.

        signature: Over all of this, base64.
    """

    plan: str
    workspace: str
    environment: str
    by: str
    until: str
    reason: str = ""
    signature: str = ""

    def to_data(self) -> dict[str, Any]:
        """Return the content of an approval file."""
        return {"kind": KIND, "format": FORMAT, **asdict(self)}

    def _said(self) -> bytes:
        return canonical_bytes(replace(self, signature="").to_data())

    def signed(self, key: bytes) -> Approval:
        """
        Return it with the signature of the private *key*, PEM.

        Raises:
            KeyUnavailableError: If that is no private Ed25519 key.
        """
        made = _private(key).sign(self._said())
        return replace(self, signature=base64.b64encode(made).decode())

    def is_signed_by(self, public: str) -> bool:
        """Tell whether the owner of the *public* key, base64, signed exactly this."""
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
            key.verify(base64.b64decode(self.signature), self._said())
        except (InvalidSignature, ValueError):
            return False
        return True

    def is_over(self, today: dt.date) -> bool:
        """Tell whether its last day lies before *today*."""
        return dt.date.fromisoformat(self.until) < today


def new_key() -> bytes:
    """Return a new private key, PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_of(key: bytes) -> str:
    """
    Return the public key of the private *key*, base64, as a policy names it.

    Raises:
        KeyUnavailableError: If that is no private Ed25519 key.
    """
    return base64.b64encode(_private(key).public_key().public_bytes(*_RAW)).decode()


def _private(key: bytes) -> Ed25519PrivateKey:
    try:
        loaded = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError):
        loaded = None
    if isinstance(loaded, Ed25519PrivateKey):
        return loaded
    message = "this is no private Ed25519 key in PEM form"
    raise KeyUnavailableError(message, hint="make one: escai config approve --new-key FILE")


def parse(data: object, *, where: str = "") -> Approval:
    """
    Read the content of an approval file; its signature is not checked yet.

    Raises:
        NewerFormatError: If a newer package wrote it.
        DocumentError: If it is no approval (code ``approval-broken``).
    """
    hint = "write it anew: escai config approve PLAN"
    names = {name for name in Approval.__slots__ if name != "signature"} | {"signature"}
    if not isinstance(data, Mapping) or data.get("kind") != KIND:
        message = "this is no approval"
        raise DocumentError(message, code="approval-broken", where=where, hint=hint)
    if type(format_ := data.get("format")) is int and format_ > FORMAT:
        message = f"approval format {format_} is newer than this package, which reads {FORMAT}"
        raise NewerFormatError(message, where=where, hint="upgrade escai-nb")
    said = {name: data.get(name) for name in names}
    if set(data) != names | {"kind", "format"} or not all(
        isinstance(text, str) for text in said.values()
    ):
        message = "the approval does not say what one says"
        raise DocumentError(message, code="approval-broken", where=where, hint=hint)
    approval = Approval(**{name: str(text) for name, text in said.items()})
    try:
        dt.date.fromisoformat(approval.until)
    except ValueError:
        message = "the approval has an until that is no date like 2027-01-31"
        raise DocumentError(message, code="approval-broken", where=where, hint=hint) from None
    return approval
