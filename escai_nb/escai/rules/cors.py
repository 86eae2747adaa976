"""Network rules, ESC211–ESC215: which pages of other origins may call the API."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from escai_nb.escai.rules.services import is_local
from escai_nb.validation.rule import Facts, Problem, removal, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGINS = "api.cors_origins"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _named(facts: Facts) -> Iterator[tuple[str, str, SplitResult]]:
    """Yield key path, text and parts of each origin but the star."""
    for index, origin in enumerate(facts[ORIGINS]):
        if origin != "*":
            yield f"{ORIGINS}[{index}]", origin, urlsplit(origin)


def _place(parts: SplitResult) -> str:
    """Return host and port without user and password, which are nobody's business."""
    return parts.netloc.rpartition("@")[2]


@rule(
    "ESC211",
    title="Every origin allowed",
    severities="A/A/E/E",
    why="Any page that a user happens to open may read what the API answers.",
    fix="List the origins of your own front ends.",
    source="OWASP HTML5 Security Cheat Sheet (CORS); CWE-942",
    bad={ORIGINS: ["*"]},
    good={ORIGINS: ["https://app.example.com"]},
)
def any_origin(facts: Facts) -> Iterator[Problem]:
    """Origins are named."""
    for index, origin in enumerate(facts[ORIGINS]):
        if origin == "*":
            yield Problem(f"{ORIGINS}[{index}]", "allows every origin", "named origins")


@rule(
    "ESC212",
    title="More than an origin",
    severities="W/W/E/E",
    why="Browsers send scheme, host and port alone; anything else is compared and never matches.",
    fix="Write it as https://app.example.com, without path, query, user or closing slash.",
    source="RFC 6454, 6.2 (serialization of an origin)",
    bad={ORIGINS: ["https://app.example.com/"]},
    good={ORIGINS: ["https://app.example.com"]},
)
def not_an_origin(facts: Facts) -> Iterator[Problem]:
    """Each entry has the form that a browser sends."""
    for path, origin, parts in _named(facts):
        if "@" in parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
            yield Problem(
                path,
                "has more than scheme, host and port",
                f"{parts.scheme}://{_place(parts)}",
            )


@rule(
    "ESC213",
    title="Development origin",
    severities="-/-/W/E",
    why="Whatever runs on a visitor's own machine could call the API in their name.",
    fix="Remove it here; keep it in the development environment.",
    source="OWASP Web Security Testing Guide, “Testing Cross Origin Resource Sharing”",
    bad={ORIGINS: ["https://localhost:3000"]},
    good={ORIGINS: ["https://app.example.com"]},
)
def local_origin(facts: Facts) -> Iterator[Problem]:
    """Staging and production trust no page of localhost."""
    for path, _, parts in _named(facts):
        if is_local(parts.hostname or ""):
            yield Problem(path, f"{parts.hostname} is the visitor's own machine", "a public origin")


@rule(
    "ESC214",
    title="Origin without encryption",
    severities="-/-/W/E",
    why="Who can alter a page on its way can make it call the API with the user's rights.",
    fix="Serve the front end by https and list it so.",
    source="OWASP Transport Layer Security Cheat Sheet; CWE-319",
    bad={ORIGINS: ["http://app.example.com"]},
    good={ORIGINS: ["https://app.example.com"]},
)
def plain_origin(facts: Facts) -> Iterator[Problem]:
    """Front ends come by https."""
    for path, _, parts in _named(facts):
        if parts.scheme == "http" and not is_local(parts.hostname or ""):
            yield Problem(path, f"{parts.hostname} is not encrypted", f"https://{_place(parts)}")


@rule(
    "ESC215",
    title="Origin listed twice",
    severities="A/A/A/A",
    why="Who removes one of them believes that the origin is shut out.",
    fix="Keep one of them.",
    source="RFC 6454, 4 (host in lower case, default port) and 5 (comparing origins)",
    bad={ORIGINS: ["https://app.example.com", "https://app.example.com"]},
    good={ORIGINS: ["https://app.example.com", "https://admin.example.com"]},
)
def repeated_origin(facts: Facts) -> Iterator[Problem]:
    """Each origin stands once."""
    seen: set[tuple[object, ...]] = set()
    again = []
    for index, origin in enumerate(facts[ORIGINS]):
        same = _same(origin)
        if same in seen:
            again.append(index)
        seen.add(same)
    if again:
        yield Problem(
            ORIGINS,
            f"lists {len(again)} of its origins again",
            "each origin once",
            # the last first, so that the others keep their places; and no origin is quoted
            patch=tuple(removal(f"{ORIGINS}[{index}]") for index in reversed(again)),
            safe=True,
        )


def _same(origin: str) -> tuple[object, ...]:
    parts = urlsplit(origin)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme), parts.path


RULES = (
    any_origin,
    not_an_origin,
    local_origin,
    plain_origin,
    repeated_origin,
)
