"""How people name versions."""

from __future__ import annotations

import datetime as dt

import pytest

from escai_nb.errors import ValueRefusedError, VersionUnknownError
from escai_nb.history.address import Back, Moment, Name, parse_address, require_tag_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HEAD", Back(0)),
        ("HEAD~", Back(1)),
        ("HEAD~0", Back(0)),
        ("HEAD~12", Back(12)),
        ("v1.2", Name("v1.2", "")),
        ("cafe", Name("cafe", "cafe")),
        ("CAFE01", Name("CAFE01", "cafe01")),
        ("caf", Name("caf", "")),
    ],
)
def test_names_are_told_apart(text, expected):
    """Head, steps back, tags and beginnings of ids are each read as what they are."""
    assert expected == parse_address(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@2026-11-01", dt.datetime(2026, 11, 1, 23, 59, 59, 999999, tzinfo=dt.UTC)),
        ("@2026-11-01T10:00:00Z", dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC)),
        ("@2026-11-01T10:00:00", dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC)),
        ("@2026-11-01T10:00:00+02:00", dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)),
    ],
)
def test_a_day_means_its_end_in_utc(text, expected):
    """A day stands for its last moment, a time for itself, both in UTC."""
    assert Moment(expected) == parse_address(text)


@pytest.mark.parametrize("text", ["", "HEAD~x", "HEAD^", "@yesterday", "../x", "-1", "a b", "~1"])
def test_what_names_nothing_is_refused_with_a_next_step(text):
    """An address that cannot be one says how addresses are written."""
    with pytest.raises(VersionUnknownError) as refusal:
        parse_address(text)
    assert refusal.value.hint


@pytest.mark.parametrize("name", ["HEAD", "HEAD~1", "cafe", "2026", "@x", "", "a b", "../x"])
def test_a_tag_is_nothing_that_reads_as_another_address(name):
    """A tag cannot hide an id, the head or a day."""
    with pytest.raises(ValueRefusedError):
        require_tag_name(name)


@pytest.mark.parametrize("name", ["v1.2.0", "release/2026-11", "freigabe-für-märz", "x"])
def test_ordinary_tags_are_taken(name):
    """Letters of any language, digits and a few signs make a tag."""
    assert name == require_tag_name(name)
