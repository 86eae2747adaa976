"""Where a target is and how it is asked: its key paths looked up, its URI taken apart."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from escai_nb.secret import Secret
from escai_nb.validation.facts import ABSENT, Facts, Unreadable
from escai_nb.validation.live.target import PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.validation.live.target import Target

HIGHEST_PORT = 65535
ADDRESS = ("uri", "host", "port")
"""Roles without which nothing can be reached."""
SECRET = ("uri", "password", "token")


class Tls(Enum):
    """What a client asks of the connection."""

    OFF = "off"
    OFFERED = "taken if it is offered"
    UNVERIFIED = "asked for, with any certificate"
    VERIFIED = "asked for, with a certificate that is checked"

    @property
    def is_asked(self) -> bool:
        """Tell whether there is no connection without it."""
        return self in {Tls.UNVERIFIED, Tls.VERIFIED}


_SSLMODES = {
    "disable": Tls.OFF,
    "allow": Tls.OFFERED,
    "prefer": Tls.OFFERED,
    "require": Tls.UNVERIFIED,
    "verify-ca": Tls.VERIFIED,
    "verify-full": Tls.VERIFIED,
}
_SECURE_SCHEMES = frozenset({"rediss", "https", "tls", "wss"})


class Unaskable(Exception):  # noqa: N818  # a signal to the checking, not an error
    """The configuration does not say enough, or says it in a way that cannot be followed."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    All that a backend is told of its target.

    Attributes:
        paths: Role → key path, for what is to blame.

        gaps: Role → why its value cannot be read.

        ends: Moment by `time.monotonic` at which the answer must be there, once it is asked.
    """

    host: str = ""
    port: int = 0
    username: str = ""
    password: Secret[str] | None = None
    token: Secret[str] | None = None
    database: str = ""
    organisation: str = ""
    tls: Tls = Tls.OFFERED
    authority: str = ""
    certificate: str = ""
    key: str = ""
    own: bool = False
    paths: Mapping[str, str] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    ends: float = math.inf

    def left(self) -> float:
        """
        Return the seconds that are left.

        Raises:
            TimeoutError: If none are.
        """
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def path(self, *roles: str) -> str:
        """Return the key path of the first of *roles* that has one; of a URI, all are in it."""
        found = (self.paths[role] for role in (*roles, "uri", "host") if role in self.paths)
        return next(found, "")


def place_of(target: Target, facts: Facts) -> Place | None:
    """
    Look up *target* in *facts*; nothing where it is switched off or not configured.

    Raises:
        Unaskable: If its address cannot be read.
    """
    try:
        if target.when and not facts[target.when]:
            return None
    except Unreadable as gap:
        raise Unaskable(target.when, f"cannot be read: it {gap.reason}") from None
    values, gaps = _looked_up(target, facts)
    for role in ADDRESS:
        if role in gaps:
            raise Unaskable(target.paths[role], f"cannot be read: it {gaps[role]}")
    if not any(values.get(role) for role in ("uri", "host", "certificate", "key", "authority")):
        return None
    parts = {**values, **_uri_parts(target, values)}
    return Place(
        host=str(parts.get("host") or "").removeprefix("[").removesuffix("]"),
        port=_port(target, parts),
        username=str(parts.get("username") or ""),
        password=parts.get("password"),
        token=parts.get("token"),
        database=str(parts["database"]) if parts.get("database") is not None else "",
        organisation=str(parts.get("organisation") or ""),
        tls=_tls(parts.get("tls"), _unsaid_tls(target)),
        authority=str(parts.get("authority") or ""),
        certificate=str(parts.get("certificate") or ""),
        key=str(parts.get("key") or ""),
        own=target.own,
        paths=target.paths,
        gaps=gaps,
    )


def _looked_up(target: Target, facts: Facts) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the value of each role, secrets closed, and the reasons for those that are not."""
    values: dict[str, Any] = {}
    gaps: dict[str, str] = {}
    for role, path in target.paths.items():
        try:
            value = facts[path]
        except Unreadable as gap:
            if gap.reason != ABSENT:
                gaps[role] = gap.reason
            continue
        if value is not None and value != "":
            values[role] = Secret(str(value)) if role in SECRET else value
    return values, gaps


def _port(target: Target, parts: Mapping[str, Any]) -> int:
    try:
        port = int(parts.get("port") or PORTS.get(target.service, 443))
    except (TypeError, ValueError):
        port = 0
    if not 0 < port <= HIGHEST_PORT:
        raise Unaskable(target.port or target.address, "is no port")
    return port


def _unsaid_tls(target: Target) -> Tls:
    """Return what is asked for where no field says it."""
    if target.own:
        return Tls.UNVERIFIED  # it listens on addresses, and clients know it by a name
    return Tls.VERIFIED if target.service == "tls" else Tls.OFFERED


def _tls(said: object, unsaid: Tls = Tls.OFFERED) -> Tls:
    if isinstance(said, Tls):
        return said
    if said is None:
        return unsaid
    return Tls.VERIFIED if said else Tls.OFF


def _uri_parts(target: Target, values: Mapping[str, Any]) -> dict[str, Any]:
    """Take the URI apart, if there is one; its login counts where no field of its own does."""
    if "uri" not in values:
        return {}
    uri, port = _uri(target, values["uri"].open())
    asked = {name: said[0] for name, said in parse_qs(uri.query).items()}
    is_file = uri.scheme == "unix"
    host = uri.path if is_file else unquote(uri.hostname or "") or asked.get("host", "")
    if not host:
        raise Unaskable(target.uri, "names no host, as in scheme://host:port")
    parts: dict[str, Any] = {"host": host, "port": port or asked.get("port") or values.get("port")}
    parts["tls"] = _uri_tls(uri.scheme, uri.query, values.get("tls"))
    database = "" if is_file else unquote(uri.path.strip("/"))
    said = {
        "username": unquote(uri.username or "") or asked.get("user"),
        "database": database or asked.get("dbname") or asked.get("db"),
    }
    parts |= {role: text for role, text in said.items() if text and role not in values}
    password = unquote(uri.password or "") or asked.get("password")
    if password and "password" not in values:
        parts["password"] = Secret(password)
    return parts


def _uri(target: Target, text: str) -> tuple[SplitResult, int | None]:
    """
    Return *text* taken apart, and the port that it names.

    Raises:
        Unaskable: If that cannot be done, or it names more than one host.
    """
    try:
        uri = urlsplit(text)
        is_one = "," not in uri.netloc and not uri.scheme.endswith("+srv")
        port = uri.port if is_one else None
    except ValueError:
        raise Unaskable(target.uri, "is no address that can be read, or its port is none") from None
    if not is_one:
        raise Unaskable(target.uri, "names more than one host, of which none is asked")
    return uri, port


def _uri_tls(scheme: str, query: str, said: object) -> Tls:
    asked = parse_qs(query)
    if "sslmode" in asked:
        return _SSLMODES.get(asked["sslmode"][0], Tls.OFFERED)
    if {"true"} & {*asked.get("tls", ()), *asked.get("ssl", ())}:
        return Tls.VERIFIED
    if scheme.endswith("+ssc"):
        return Tls.UNVERIFIED
    if scheme in _SECURE_SCHEMES or scheme.endswith("+s"):
        return Tls.VERIFIED
    return _tls(said)
