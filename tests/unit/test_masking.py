"""Masking: fixed masks at paths, known values in free text."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from escai_nb.masking import (
    SHORTEST,
    Redactor,
    encodings,
    has_uri_password,
    mask_leaves,
    mask_uris,
    uri_passwords,
)
from escai_nb.secret import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Callable

VISIBLE = st.characters(
    min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["C", "Z"], exclude_characters="*"
)
SECRETS = st.text(VISIBLE, min_size=8, max_size=40)
NEIGHBOURS = st.binary(max_size=7)
WAYS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "hex": lambda value: value.encode().hex(),
    "upper hex": lambda value: value.encode().hex().upper(),
    "url": lambda value: urllib.parse.quote(value, safe=""),
    "url path": urllib.parse.quote,
    "form": urllib.parse.quote_plus,
    "query": lambda value: urllib.parse.urlencode({"q": value}),
    "json": json.dumps,
    "readable json": lambda value: json.dumps(value, ensure_ascii=False),
    "json in json": lambda value: json.dumps(json.dumps([value])),
    "python": repr,
    "ascii": ascii,
    "html": html.escape,
    "html text": lambda value: html.escape(value, quote=False),
}


@pytest.mark.parametrize("way", WAYS)
@given(secret=SECRETS, before=st.text(max_size=5), after=st.text(max_size=5))
def test_no_encoding_gets_through(way: str, secret: str, before: str, after: str) -> None:
    """Whatever stands around it, an encoded secret is seen and taken out."""
    redact = Redactor([secret])
    text = f"{before}{WAYS[way](secret)}{after}"
    assert redact.found_in(text)
    assert not redact.found_in(redact(text))
    assert MASK in redact(text)


@given(
    SECRETS, NEIGHBOURS, NEIGHBOURS, st.sampled_from([base64.b64encode, base64.urlsafe_b64encode])
)
def test_base64_is_seen_at_every_offset(
    secret: str, before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    """Also when other bytes are encoded together with it; little of it stays."""
    coded = encode(before + secret.encode() + after).decode()
    redact = Redactor([secret])
    assert redact.found_in(coded)
    # beside the mask nothing is left but what the neighbours take part in
    left = redact(coded).replace(MASK, "")
    assert len(left) <= (len(before) * 8 + 5) // 6 + (len(after) * 8 + 5) // 6 + 6


@given(st.text(min_size=SHORTEST, max_size=20))
def test_any_text_has_encodings(value: str) -> None:
    """No character is a crash; all forms are long enough to mean something."""
    assert value in encodings(value)
    assert all(len(form) >= SHORTEST for form in encodings(value))


def test_half_a_character_has_encodings_too() -> None:
    """A lone surrogate raises no error that would show the value."""
    assert encodings("abcd\ud800")


@given(st.text(max_size=40))
def test_nothing_is_masked_without_a_secret(text: str) -> None:
    """A redactor of nothing, or of values too short to know, leaves text alone."""
    assert text == Redactor([])(text)
    assert text == Redactor(["a", "abc"])(text)


@given(st.lists(SECRETS, min_size=1, max_size=4), st.text(max_size=10))
def test_secrets_that_hold_each_other_are_all_masked(secrets: list[str], between: str) -> None:
    """The longest goes first, so that no tail is left."""
    longer = [*secrets, secrets[0] + secrets[-1]]
    redact = Redactor(longer)
    assert not any(secret in redact(between.join(longer)) for secret in longer)


def test_a_redactor_does_not_tell() -> None:
    """Its own repr carries no value."""
    assert "CANARY" not in repr(Redactor(["CANARY-value"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://user:hush@host/db", f"postgres://user:{MASK}@host/db"),
        ("redis://:hush@host", f"redis://:{MASK}@host"),
        ("a http://u:p@h and ftp://v:q@i", f"a http://u:{MASK}@h and ftp://v:{MASK}@i"),
        ("http://u:p@h,http://v:q@i", f"http://u:{MASK}@h,http://v:{MASK}@i"),
        ("neo4j+s://u:p%40q@h:7687", f"neo4j+s://u:{MASK}@h:7687"),
        ("mongodb://u:p@ss@host/db", f"mongodb://u:{MASK}@host/db"),
        ("mysql://u:p/ss@host/db", f"mysql://u:{MASK}@host/db"),
        ("http://host:8080/@scope/name", "http://host:8080/@scope/name"),
        ("http://host:8080/a?mail=a@b.c", "http://host:8080/a?mail=a@b.c"),
        ("http://user@host", "http://user@host"),
        ("mail a:b@c", "mail a:b@c"),
        ("no uri", "no uri"),
    ],
)
def test_passwords_inside_uris(text: str, expected: str) -> None:
    """They are masked and nothing else is; people write @ and / unescaped."""
    assert expected == mask_uris(text)
    assert has_uri_password(text) is (MASK in expected)
    assert len(uri_passwords(text)) == expected.count(MASK)


@given(st.text(VISIBLE, min_size=1, max_size=20).filter(lambda text: "://" not in text))
def test_no_password_of_a_uri_gets_through(password: str) -> None:
    """Whatever is in it, as long as it does not look like a port and a path."""
    assume(not password[:1].isdigit())
    shown = mask_uris(f"https://user:{password}@host.example.com/path")
    assert f"https://user:{MASK}@host.example.com/path" == shown


def test_leaves_are_masked_by_path() -> None:
    """Secrets get the mask, null stays, numbers too, and the input is left alone."""
    data = {"a": [1, "hush", None], "b": {"c": "u://x:y@z"}, "d": Secret("hush"), "e": 5}
    masked = mask_leaves(data, lambda path: path[:1] == ("a",) or path == ("e",))
    assert {
        "a": [MASK, MASK, None],
        "b": {"c": f"u://x:{MASK}@z"},
        "d": MASK,
        "e": MASK,
    } == masked
    assert [1, "hush", None] == data["a"]


@pytest.mark.parametrize(
    "text", ["a://b" * 50_000 + " @", "x@" + "a://b:c" * 30_000, "a." * 90_000 + " x://@"]
)
def test_a_text_of_many_beginnings_is_read_at_once(text: str) -> None:
    """None of them is a password, and nothing is looked for from each to the end."""
    assert text == mask_uris(text)
