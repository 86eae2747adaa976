"""Where a target is: key paths looked up, a URI taken apart, gaps told."""

from __future__ import annotations

import pytest

from escai_nb.validation.facts import MISFIT, SEALED, Facts
from escai_nb.validation.live.place import Tls, Unaskable, place_of
from escai_nb.validation.live.target import Target
from escai_nb.validation.tier import Tier

URI = Target(service="postgresql", uri="url", password="word", database="name")


def facts(data, **unreadable):
    """Facts about *data*, some of which cannot be read."""
    return Facts(
        data,
        given=data,
        environment="production",
        tier=Tier.PRODUCTION,
        unreadable={(name,): reason for name, reason in unreadable.items()},
        origin_of=lambda _: None,
    )


def place(target, data, **unreadable):
    """Where *target* is."""
    return place_of(target, facts(data, **unreadable))


def test_a_uri_is_taken_apart():
    """Percent signs are undone; what it does not say is the service's own."""
    made = place(URI, {"url": "postgresql://us%40er:pa%2Fs%3As@db.example.org/shop%20x"})

    assert ("db.example.org", 5432, "us@er", "shop x") == (
        made.host,
        made.port,
        made.username,
        made.database,
    )
    assert "pa/s:s" == made.password.open()
    assert "pa/s:s" not in repr(made)


def test_a_field_of_its_own_counts_before_the_uri():
    """Two places for one thing: the more definite one."""
    made = place(URI, {"url": "postgresql://u:p@h/d", "word": "own", "name": "mine"})

    assert ("own", "mine") == (made.password.open(), made.database)


@pytest.mark.parametrize(
    ("uri", "tls"),
    [
        ("postgresql://h", Tls.OFFERED),
        ("postgresql://h?sslmode=verify-full", Tls.VERIFIED),
        ("postgresql://h?sslmode=require", Tls.UNVERIFIED),
        ("postgresql://h?sslmode=disable", Tls.OFF),
        ("rediss://h", Tls.VERIFIED),
        ("https://h", Tls.VERIFIED),
        ("mongodb://h/?tls=true", Tls.VERIFIED),
        ("neo4j+s://h", Tls.VERIFIED),
        ("bolt+ssc://h", Tls.UNVERIFIED),
        ("bolt://h", Tls.OFFERED),
    ],
)
def test_a_uri_says_whether_it_is_encrypted(uri, tls):
    """By its scheme, or by what it asks for."""
    assert tls is place(URI, {"url": uri}).tls


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "h:5432",
        "postgresql://",
        "postgresql://a,b/x",
        "postgresql://a:1,b:2/x",
        "mongodb+srv://cluster.example.org",
        "postgresql://[::1",
        "postgresql://h:99999",
    ],
)
def test_a_uri_that_cannot_be_followed(uri):
    """An empty one is no target; of any other it is said that nothing was asked."""
    if not uri:
        assert place(URI, {"url": uri}) is None
        return
    with pytest.raises(Unaskable) as raised:
        place(URI, {"url": uri})
    assert "url" == raised.value.path
    assert "postgresql" not in str(raised.value)


def test_an_address_of_ipv6():
    """Its brackets belong to the URI."""
    made = place(URI, {"url": "bolt://[2001:db8::1]:7687"})

    assert ("2001:db8::1", 7687) == (made.host, made.port)


SPLIT = Target(service="redis", host="host", port="port", password="word", when="on")


@pytest.mark.parametrize("data", [{"on": False, "host": "h"}, {"on": True, "host": None}])
def test_what_is_off_is_not_asked(data):
    """Neither is what has no address."""
    assert place(SPLIT, data) is None


@pytest.mark.parametrize(("name", "reason"), [("host", MISFIT), ("port", MISFIT), ("on", SEALED)])
def test_what_cannot_be_read_is_told(name, reason):
    """Without the whole address nothing is asked."""
    with pytest.raises(Unaskable, match=reason) as raised:
        place(SPLIT, {"on": True, "host": "h", "port": 1}, **{name: reason})
    assert name == raised.value.path


def test_a_sealed_password_is_a_gap():
    """The address alone can still be asked."""
    made = place(SPLIT, {"on": True, "host": "h", "port": 1}, word=SEALED)

    assert {"word"} == {made.paths[role] for role in made.gaps}
    assert made.password is None


BARE = Target(service="postgresql", uri="url")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("postgresql://h/d?user=u%40&password=p%2F", ("h", 5432, "u@", "p/", "d")),
        ("postgresql://u:p@h/d?user=x&password=y&dbname=z", ("h", 5432, "u", "p", "d")),
        ("postgresql://?host=h&port=6000&dbname=d&user=u&password=p", ("h", 6000, "u", "p", "d")),
        ("postgresql://u:p@/d?host=/run/pg", ("/run/pg", 5432, "u", "p", "d")),
        ("postgresql://u:p@%2Frun%2Fpg/d", ("/run/pg", 5432, "u", "p", "d")),
        ("unix:///run/redis.sock?db=3&password=p&user=u", ("/run/redis.sock", 5432, "u", "p", "3")),
        ("redis://u:p@h?db=3", ("h", 5432, "u", "p", "3")),
        ("redis://u:p@[::1]:6/3", ("::1", 6, "u", "p", "3")),
    ],
)
def test_a_uri_may_say_it_behind_the_question_mark(uri, expected):
    """As libpq and redis-py take it; what stands before it counts more."""
    made = place(BARE, {"url": uri})

    assert expected == (
        made.host,
        made.port,
        made.username,
        made.password.open(),
        made.database,
    )


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("host=h user=u password=p", "names no host, as in scheme://host:port"),
        ("postgresql:///d", "names no host"),
        ("postgresql://h:99999/d", "its port is none"),
        ("postgresql://h/d?port=none", "is no port"),
        ("postgresql://u:p%/@h/d", "its port is none"),
        ("postgresql://[::1/d", "is no address that can be read"),
        ("postgresql://u:p@one:1,two:2/d", "names more than one host"),
        ("mongodb+srv://u:p@h/d", "names more than one host"),
    ],
)
def test_what_is_no_address_is_told_as_what_it_is(uri, reason):
    """By the key path, without a word of it."""
    with pytest.raises(Unaskable, match=reason) as caught:
        place(BARE, {"url": uri})

    assert "url" == caught.value.path
    assert uri not in str(caught.value)
