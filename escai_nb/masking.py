"""The only place that masks: paths by a fixed mask, free text by known values."""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from escai_nb.keypath import SCALARS
from escai_nb.secret import MASK, Secret

if TYPE_CHECKING:
    from escai_nb.keypath import Path

SHORTEST = 4
"""Characters; shorter values would mask ordinary text, so they are left alone."""

_USERINFO = re.compile(
    r"(?P<head>\b[a-zA-Z][a-zA-Z0-9+.-]{0,63}://[^\s:/@]{0,1024}:)"
    # people write @ and / unescaped; what begins as a port and a path is none
    r"(?P<password>[^\s/]+|(?![0-9]{1,5}/)[^\s@]+)@"
)
_UNSPACED = re.compile(r"\S+")


def mask_leaves(data: Any, is_secret: Callable[[Path], bool]) -> Any:  # noqa: ANN401
    """
    Return a copy of *data* with a mask at each secret leaf.

    ``null`` stays, as it tells that nothing is set. A password inside a URI is
    masked wherever it stands.
    """
    return _masked(data, (), is_secret)


def _masked(data: Any, at: Path, is_secret: Callable[[Path], bool]) -> Any:  # noqa: ANN401
    if type(data) not in SCALARS:
        if isinstance(data, Secret):
            return MASK
        if isinstance(data, Mapping):
            return {key: _masked(value, (*at, key), is_secret) for key, value in data.items()}
        if isinstance(data, list):
            return [_masked(value, (*at, index), is_secret) for index, value in enumerate(data)]
    if data is None:
        return None
    if is_secret(at):
        return MASK
    return mask_uris(data) if isinstance(data, str) else data


def mask_uris(text: str) -> str:
    """Mask the password of each ``scheme://user:password@host`` in *text*."""
    if "://" not in text or "@" not in text:
        return text
    return _UNSPACED.sub(lambda part: _masked_uris(part[0]), text)


def _masked_uris(part: str) -> str:
    head = _before_host(part)
    return _USERINFO.sub(rf"\g<head>{MASK}@", head) + part[len(head) :]


def _before_host(part: str) -> str:
    """
    Return *part*, which has no blank, up to its last ``@``.

    Behind that no password ends, and to look for its end from every ``://`` on
    would take minutes in a text of many.
    """
    return part[: part.rfind("@") + 1] if "://" in part else ""


def has_uri_password(text: str) -> bool:
    """Tell whether *text* carries a password inside a URI."""
    return "://" in text and "@" in text and bool(uri_passwords(text))


def uri_passwords(text: str) -> list[str]:
    """Return the passwords that `mask_uris` would mask, in order."""
    if "://" not in text or "@" not in text:
        return []
    parts = map(_before_host, text.split())
    return [match["password"] for part in parts for match in _USERINFO.finditer(part)]


def may_be_secret(named: str) -> bool:
    """
    Tell whether *named*, given as the path of a file with a secret, may be the secret itself.

    It is a path if it lies in a folder whose first part is there.
    """
    folders = PurePath(named).parents[:-1]
    return not folders or not os.path.isdir(folders[-1])  # noqa: PTH112  # which raises nothing


def encodings(value: str) -> frozenset[str]:
    """
    List the ways *value* may appear in an output.

    Raw, base64 at its three offsets (standard and URL-safe), hexadecimal, and
    as escaped in URLs, JSON (also inside of JSON), Python and HTML.
    """
    import html

    raw = value.encode("utf-8", "surrogatepass")
    escaped = json.dumps(value)[1:-1]
    quoted = {urllib.parse.quote(raw, safe=safe) for safe in ("", "/")}
    forms = {
        value,
        raw.hex(),
        raw.hex().upper(),
        *quoted,
        *(re.sub("%..", lambda code: code[0].lower(), form) for form in quoted),
        urllib.parse.quote_plus(raw),
        escaped,
        json.dumps(escaped)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        ascii(value)[1:-1],
        html.escape(value, quote=False),
        html.escape(value),
        html.escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    }
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw)
        # the first and last characters mix with the neighbours; what is between cannot
        first = (0, 2, 3)[offset]
        last = len(coded) - (0, 3, 2)[(offset + len(raw)) % 3]
        inner = coded[first:last].decode()
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return frozenset(form for form in forms if len(form) >= SHORTEST)


class Redactor:
    """Masks known secret values in free text, in every encoding unless that is switched off."""

    def __init__(self, values: Iterable[str], *, encoded: bool = True) -> None:
        known = {value for value in values if len(value) >= SHORTEST}
        forms = {form for value in known for form in encodings(value)} if encoded else known
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str, *, sparing: Sequence[tuple[int, int]] = ()) -> str:
        """Return *text* without the values, save those that lie within a span of *sparing*."""
        if self._pattern is None:
            return text
        if not sparing:
            return self._pattern.sub(MASK, text)
        parts, done, at = [], 0, 0
        while hit := self._pattern.search(text, at):
            if any(start <= hit.start() and hit.end() <= end for start, end in sparing):
                at = hit.start() + 1
            else:
                parts += [text[done : hit.start()], MASK]
                done = at = hit.end()
        return "".join((*parts, text[done:]))

    def found_in(self, text: str) -> bool:
        """Tell whether *text* carries one of the values."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def __repr__(self) -> str:
        return "Redactor(values hidden)"
