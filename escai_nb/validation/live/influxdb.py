"""
InfluxDB: whether it takes the login and has the database, asked over its HTTP interface.

Generation 1 is asked by user and password at ``/query``; generation 2 by a token
at ``/api/v2/buckets``, or by user and password at the ``/query`` that it keeps for
clients of generation 1. No driver is needed for either.
"""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode

from escai_nb.validation.live.connection import is_local, line, note_line, strange
from escai_nb.validation.live.login import require_values
from escai_nb.validation.live.outcome import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.record import Record

NAME = "InfluxDB"
LARGEST_ANSWER = 1 << 20
"""Bytes that are read of an answer."""
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)

    @property
    def is_ok(self) -> bool:
        return self.status == _OK

    def get(self, name: str) -> Any:  # noqa: ANN401  # whatever JSON holds
        return self.body.get(name) if isinstance(self.body, dict) else None


def check(place: Place, record: Record) -> None:
    """See which generation it is; then log in and look for the database."""
    generation = _generation(place, record)
    record.passed("connection")
    record.passed(f"{NAME} {generation}" if generation else NAME)
    require_values(place, record)
    if place.token:
        _check_token(place, record, generation)
    elif generation in {"1", "2", ""}:
        _check_password(place, record)
    else:
        message = f"the login was not checked: that of {NAME} {generation} is not known here"
        record.stop(Fault.UNCHECKED, place.path("host"), message)


def _generation(place: Place, record: Record) -> str:
    """Return the first number of the version, an empty string where the server hides it."""
    for path in ("/ping", "/health"):
        answered = _ask(place, record, path)
        version = answered.headers.get("x-influxdb-version", "")
        if not version and answered.get("name") == "influxdb":
            version = str(answered.get("version") or "?")
        if version:
            number = version.removeprefix("v").partition(".")[0]
            return number if number.isdecimal() else ""
    return strange(place, record, NAME)


def _ask(
    place: Place, record: Record, path: str, headers: Mapping[str, str] | None = None, **query: str
) -> _Answer:
    """Make one request over a connection of its own; see whether it is encrypted."""
    connection = line(place, record)
    local = is_local(connection)
    connection.settimeout(place.left())
    client = http.client.HTTPConnection(place.host, place.port)
    client.auto_open = 0  # nothing is ever sent over a connection that was not looked at
    client.sock = connection
    answered = _answered(client, f"{path}?{urlencode(query)}" if query else path, headers or {})
    if answered is None:
        strange(place, record, NAME)
    note_line(place, record, local=local)
    return answered


def _answered(
    client: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
) -> _Answer | None:
    """Return what is answered at *path*; nothing if that is no HTTP."""
    try:
        client.request("GET", path, headers=headers)
        response = client.getresponse()
        content = response.read(LARGEST_ANSWER)
    except TimeoutError:
        raise
    except (http.client.HTTPException, OSError, ValueError):
        return None
    finally:
        client.close()
    named = {name.lower(): value for name, value in response.getheaders()}
    return _Answer(response.status, named, _parsed(content))


def _parsed(content: bytes) -> Any:  # noqa: ANN401  # whatever JSON holds
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _check_password(place: Place, record: Record) -> None:
    """Ask for the databases that this user sees, as all generations but the third let one."""
    answered = _ask(place, record, "/query", _basic(place), q="SHOW DATABASES")
    username, password = place.path("username"), place.path("password", "username")
    if answered.status in {_UNAUTHORIZED, _FORBIDDEN}:
        if not place.username:
            message = "the server asks for a login, and none is set"
            record.stop(Fault.LOGIN, username, message, "user and password")
        message = "the server does not take this password for this user"
        record.stop(Fault.LOGIN, password, message, "user and password that it knows", (username,))
    names = _names(answered)
    if not answered.is_ok or names is None:
        _unclear(place, record)
    record.passed("login")
    if place.database and place.database not in names:
        message = "the server has no such database, or this user may not see it"
        record.stop(Fault.DATABASE, place.path("database"), message, "a database", (username,))
    record.passed("database")
    if place.username and _ask(place, record, "/query", q="SHOW DATABASES").is_ok:
        message = "a login is set, and the server lets everybody in without one"
        record.trouble(Fault.OPEN, password, message, "a server that asks for it")


def _basic(place: Place) -> dict[str, str]:
    if not place.username:
        return {}
    password = place.password.open() if place.password else ""
    login = f"{place.username}:{password}".encode("utf-8", "surrogatepass")
    return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _names(answered: _Answer) -> set[str] | None:
    """Return the databases in an answer to SHOW DATABASES; nothing if it is none."""
    try:
        series = answered.body["results"][0].get("series") or [{}]
        return {str(row[0]) for row in series[0].get("values") or ()}
    except (AttributeError, IndexError, KeyError, TypeError):
        return None


def _check_token(place: Place, record: Record, generation: str) -> None:
    """Ask for the one bucket, as generation 2 lets one."""
    token, bucket = place.path("token"), place.path("database")
    if generation == "1":
        message = f"a token is set, and {NAME} 1 knows users and passwords only"
        record.stop(Fault.LOGIN, token, message, f"{NAME} 2, or user and password")
    query = {"name": place.database, "org": place.organisation}
    given = place.token.open() if place.token else ""
    headers = {"Authorization": f"Token {given}"} if given.isascii() else {}
    asked = {name: value for name, value in query.items() if value}
    answered = _ask(place, record, "/api/v2/buckets", headers, **asked)
    if answered.status in {_UNAUTHORIZED, _FORBIDDEN}:
        record.stop(Fault.LOGIN, token, "the server does not take this token", "one that it knows")
    buckets = answered.get("buckets")
    if answered.status != _NOT_FOUND and not (answered.is_ok and isinstance(buckets, list)):
        _unclear(place, record)
    record.passed("login")
    if place.database and not buckets:
        message = "the server has no such bucket, or this token may not see it"
        related = (place.path("organisation", "token"),)
        record.stop(Fault.DATABASE, bucket, message, "a bucket of this organisation", related)
    record.passed("database")


def _unclear(place: Place, record: Record) -> NoReturn:
    message = f"the login was not checked: {NAME} gave no answer that is understood here"
    record.stop(Fault.UNCHECKED, place.path("host"), message)
