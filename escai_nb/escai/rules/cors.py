"""Network rules, ESC211–ESC219: which pages of other origins may call the API."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from escai_nb.escai.rules.services import is_everywhere, is_local
from escai_nb.validation.rule import Facts, Problem, removal, replacement, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGINS = "api.cors_origins"
METHODS = "api.cors_methods"
HEADERS = "api.cors_headers"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORBIDDEN_HEADERS = frozenset(
    # the browser's own, which it takes from no page
    """
    accept-charset accept-encoding access-control-request-headers access-control-request-method
    connection content-length cookie cookie2 date dnt expect host keep-alive origin referer
    set-cookie te trailer transfer-encoding upgrade via
    """.split()  # noqa: SIM905
)
_CREDENTIALS = frozenset({"authorization", "x-api-key", "x-auth-token"})
"""Headers in which pages send who the user is; cookies are ESC218's."""


def _named(facts: Facts) -> Iterator[tuple[str, str, SplitResult]]:
    """Yield key path, text and parts of each origin but the star."""
    for index, origin in enumerate(facts[ORIGINS]):
        if origin != "*":
            yield f"{ORIGINS}[{index}]", origin, urlsplit(origin)


def _is_visitors(parts: SplitResult) -> bool:
    """Tell whether the origin is the machine that a browser runs on."""
    host = parts.hostname or ""
    return is_local(host) or is_everywhere(host)


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
        if parts.password:
            continue  # a password in a URI is another rule's
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
        if _is_visitors(parts):
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
        if parts.scheme == "http" and not _is_visitors(parts):
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


@rule(
    "ESC216",
    title="Origin in a form that no browser sends",
    severities="W/W/E/E",
    why="Browsers write hosts in lower case and leave out the usual port; the comparison is of "
    "texts, so this origin never matches.",
    fix="Write the host in lower case, and no port where it is 443 (https) or 80 (http).",
    source="RFC 6454, 6.2 (ASCII serialization); Fetch Standard, “CORS check”",
    bad={ORIGINS: ["https://App.example.com:443"]},
    good={ORIGINS: ["https://app.example.com"]},
)
def unsent_form(facts: Facts) -> Iterator[Problem]:
    """Each origin is written as browsers write it."""
    for path, origin, parts in _named(facts):
        if "@" in parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
            continue  # another rule's
        usual = parts.port == _DEFAULT_PORTS[parts.scheme]
        place = parts.netloc.rpartition(":")[0] if usual else parts.netloc
        sent = f"{parts.scheme}://{place.lower()}"
        if sent != origin:
            yield Problem(
                path,
                f"browsers send {sent}",
                sent,
                # not safe: pages of that origin are let in only then
                patch=(replacement(path, sent),),
            )


@rule(
    "ESC217",
    title="Every method allowed",
    severities="A/A/W/W",
    why="Methods that no page of yours uses, such as PATCH or DELETE, are open to other pages too.",
    fix="List the methods that your front ends use.",
    source="OWASP REST Security Cheat Sheet (restrict HTTP methods)",
    bad={METHODS: ["*"]},
    good={METHODS: ["GET", "POST"]},
)
def any_method(facts: Facts) -> Iterator[Problem]:
    """Methods are named."""
    for index, method in enumerate(facts[METHODS]):
        if method == "*":
            yield Problem(f"{METHODS}[{index}]", "allows every method", "named methods")


@rule(
    "ESC218",
    title="Header that no page can send",
    severities="A/A/A/A",
    why="Browsers keep it to themselves, so allowing it changes nothing and hides what is meant.",
    fix="Remove it; cookies are a matter of credentials, not of headers.",
    source="Fetch Standard, “forbidden request-header”",
    bad={HEADERS: ["Authorization", "Cookie"]},
    good={HEADERS: ["Authorization", "Content-Type"]},
)
def forbidden_header(facts: Facts) -> Iterator[Problem]:
    """Listed headers are ones that a page can set."""
    for index, header in enumerate(facts[HEADERS]):
        name = header.lower()
        if name in _FORBIDDEN_HEADERS or name.startswith(("proxy-", "sec-")):
            path = f"{HEADERS}[{index}]"
            yield Problem(
                path,
                f"{header} is set by browsers alone",
                "no entry",
                patch=(removal(path),),
                safe=True,
            )


@rule(
    "ESC219",
    title="Every origin, with credentials",
    severities="W/W/E/E",
    why="Any page that a user happens to open may then send the API a user's token and read what "
    "only that user may see.",
    fix="List the origins of your own front ends, or leave the header out.",
    source="Fetch Standard, “CORS protocol and credentials”; OWASP Web Security Testing Guide, "
    "“Testing Cross Origin Resource Sharing”",
    bad={ORIGINS: ["*"], HEADERS: ["Authorization", "Content-Type"]},
    good={ORIGINS: ["https://app.example.com"], HEADERS: ["Authorization", "Content-Type"]},
    instead_of=("ESC211",),
)
def any_origin_logged_in(facts: Facts) -> Iterator[Problem]:
    """Who may send credentials is named."""
    sent = [
        f"{HEADERS}[{index}]"
        for index, header in enumerate(facts[HEADERS])
        if header.lower() in _CREDENTIALS
    ]
    for index, origin in enumerate(facts[ORIGINS]):
        if origin == "*" and sent:
            path = f"{ORIGINS}[{index}]"
            yield Problem(path, "lets every origin send credentials", "named origins", tuple(sent))


RULES = (
    any_origin,
    not_an_origin,
    local_origin,
    plain_origin,
    repeated_origin,
    unsent_form,
    any_method,
    forbidden_header,
    any_origin_logged_in,
)
