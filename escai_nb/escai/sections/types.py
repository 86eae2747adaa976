"""The kinds of values that ESCAI's sections are made of."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from escai_nb.schema.fields import Promotion, Unit
from escai_nb.secret import conceal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escai_nb.keypath import Path

PROPER_NAMES = {
    "api": "API",
    "ca": "CA",
    "cors": "CORS",
    "influxdb": "InfluxDB",
    "jwt": "JWT",
    "ml": "ML",
    "mongodb": "MongoDB",
    "neo4j": "Neo4j",
    "pii": "PII",
    "postgres": "PostgreSQL",
    "redis": "Redis",
    "tls": "TLS",
    "uri": "URI",
    "websocket": "WebSocket",
}
"""Words of field names that are not written as common ones."""

_NEO4J_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_ORIGIN_SCHEMES = ("http", "https")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}")
_VISIBLE = re.compile(r"[!-~]+")


def title_of(name: str, _: object = None) -> str:
    """Write a field's name as a title: ``tls_ca_file`` → ``TLS CA file``."""
    words = [PROPER_NAMES.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text if words[0] in PROPER_NAMES.values() else text[:1].upper() + text[1:]


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, assignments checked."""

    model_config = ConfigDict(
        extra="forbid",
        validate_assignment=True,
        field_title_generator=title_of,
        defer_build=True,  # its fields can be asked without any of its validators
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield what is shown of it: guessed secrets in free-form settings are not."""
        from escai_nb.schema.tree import is_secret, root_of, told  # only who shows it needs them

        root = root_of(type(self))

        def is_hidden(at: Path, leaf: object) -> bool:
            return is_secret(told(root, at), leaf)

        for name, value in super().__repr_args__():
            if name is None or not isinstance(value, str | dict | list):
                yield name, value
            else:
                yield name, conceal(value, is_hidden, (name,))


def _not_a_switch(value: object) -> object:
    """Refuse ``true`` as a number, which pydantic would read as 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "must be a number")
    return value


def is_host(text: str) -> bool:
    """Tell whether *text* is an IP address or an RFC 1123 host name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        # a last label of digits only would be a mistyped address
        return bool(_HOST_NAME.fullmatch(text)) and not text.rpartition(".")[2].isdigit()
    return True


def _host(text: str) -> str:
    if not is_host(text):
        raise PydanticCustomError("host", "must be an IP address or an RFC 1123 host name")
    return text


def _is_uri(text: str, schemes: tuple[str, ...]) -> bool:
    """Tell whether *text* is ``scheme://host[:port]…`` with one of *schemes*."""
    if not _VISIBLE.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and is_host(parts.hostname or "") and port != 0


def _neo4j_uri(text: str) -> str:
    if not _is_uri(text, _NEO4J_SCHEMES):
        raise PydanticCustomError(
            "uri",
            "must be a URI with a host and one of the schemes {schemes}",
            {"schemes": ", ".join(_NEO4J_SCHEMES)},
        )
    return text


def _origin(text: str) -> str:
    if text != "*" and not _is_uri(text, _ORIGIN_SCHEMES):
        raise PydanticCustomError(
            "origin", "must be * or an origin such as https://app.example.com"
        )
    return text


Whole = Annotated[int, BeforeValidator(_not_a_switch)]
Share = Annotated[float, BeforeValidator(_not_a_switch)]
Seconds = Annotated[Whole, Unit("s")]
Minutes = Annotated[Whole, Unit("min")]
Hours = Annotated[Whole, Unit("h")]
Days = Annotated[Whole, Unit("d")]
Bytes = Annotated[Whole, Unit("bytes")]
Percent = Annotated[float, BeforeValidator(_not_a_switch), Unit("%")]

OwnText = Annotated[str, Promotion.ENVIRONMENT]
"""Text that belongs to an environment and is never promoted; so the next ones."""
OwnWhole = Annotated[Whole, Promotion.ENVIRONMENT]
Host = Annotated[OwnText, AfterValidator(_host)]
Port = Annotated[OwnWhole, Field(ge=1, le=65535)]
Neo4jUri = Annotated[OwnText, AfterValidator(_neo4j_uri)]
Origin = Annotated[str, AfterValidator(_origin)]
HeaderName = Annotated[str, Field(pattern=r"^(?:\*|[A-Za-z0-9!#$%&'*+.^_`|~-]+)$")]
Retention = Annotated[str, Field(pattern=r"^(?:0*[1-9][0-9]*[hdwmy]|inf)$")]
Password = SecretStr
