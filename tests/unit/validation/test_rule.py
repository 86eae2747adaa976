import pytest

from escai_nb.validation.finding import Severity
from escai_nb.validation.rule import (
    MISFIT,
    Facts,
    Problem,
    Tier,
    Unreadable,
    replace_with,
    rule,
    severities_of,
)

DATA = {"api": {"port": 80, "origins": ["a", "b"], "host": None}, "key": "s3cret"}


def facts(unreadable=(), given=DATA):
    """Facts over `DATA`, with the paths *unreadable* misfitting."""
    return Facts(
        DATA,
        given=given,
        environment="development",
        tier=Tier.DEVELOPMENT,
        unreadable=dict.fromkeys(unreadable, MISFIT),
        origin_of=lambda path: path,
    )


def test_values_are_read_by_key_path():
    """List items and sections too."""
    assert 80 == facts()["api.port"]
    assert "b" == facts()["api.origins[1]"]
    assert ["a", "b"] == facts()["api.origins"]


@pytest.mark.parametrize("path", ["api.prot", "api.origins[2]", "api.port.number", "nowhere"])
def test_what_is_missing_is_not_judged(path):
    """The validator hears of it instead of a wrong value."""
    with pytest.raises(Unreadable, match="is missing"):
        facts()[path]


@pytest.mark.parametrize(
    ("gap", "path"),
    [
        (("api", "port"), "api.port"),
        (("api", "port"), "api"),
        (("api",), "api.port"),
        (("api", "origins", 1), "api.origins"),
        ((), "api.port"),
    ],
)
def test_a_gap_closes_what_lies_above_and_below(gap, path):
    """A list with one bad item is not judged as if it had none."""
    with pytest.raises(Unreadable, match=MISFIT):
        facts([gap])[path]


def test_a_gap_leaves_its_neighbours_readable():
    """One bad item does not hide the other."""
    assert "a" == facts([("api", "origins", 1)])["api.origins[0]"]
    assert [("api", "port"), ("api", "origins", 0), ("api", "host"), ("key",)] == [
        path for path, _ in facts([("api", "origins", 1)]).leaves()
    ]


def test_has_tells_null_from_unreadable():
    """Null is nothing; what cannot be read is not nothing."""
    assert facts().has("api.port")
    assert not facts().has("api.host")
    assert not facts().has("api.prot")
    with pytest.raises(Unreadable):
        facts([("api", "port")]).has("api.port")


def test_each_reads_on_after_a_gap():
    """The gap is told after all that could be read."""
    reading = facts([("api", "host")]).each("api.host", "api.port", "key")

    assert [("api.port", 80), ("key", "s3cret")] == [next(reading), next(reading)]
    with pytest.raises(Unreadable, match=r"api\.host"):
        next(reading)


def test_shared_work_is_done_once():
    """Rules of one validation share what they compute."""
    calls = []

    def walk(given):
        calls.append(given)
        return len(calls)

    here = facts()

    assert (1, 1) == (here.once(walk), here.once(walk))
    assert [here] == calls


def test_default_is_what_no_layer_gives():
    """Also when the value is the same."""
    assert facts(given={"key": "s3cret"}).is_default("api.port")
    assert not facts().is_default("api.port")


def test_facts_show_no_values():
    """A traceback with locals tells nothing."""
    assert "s3cret" not in repr(facts())


def test_severities_are_one_letter_a_tier():
    """Development first."""
    severities = severities_of("A/-/W/E")

    assert list(Tier) == list(severities)
    assert [Severity.ADVICE, None, Severity.WARNING, Severity.ERROR] == list(severities.values())


@pytest.mark.parametrize("text", ["E", "E/E/E", "E/E/E/F", "E/E/E/E/E", "e/e/e/e"])
def test_other_severities_are_refused(text):
    """When a rule is made, not when it runs."""
    with pytest.raises(ValueError, match="four tiers"):
        severities_of(text)


def test_a_rule_takes_its_layer_from_its_id_or_from_its_maker():
    """ESC3xx is security; others say so themselves."""

    def make(rule_id, **more):
        @rule(rule_id, title="", severities="E/E/E/E", why="", fix="", source="", **more)
        def made(_):
            yield Problem("a", "b")

        return made.layer

    assert "security" == make("ESC301")
    assert "shop" == make("SHOP1", layer="shop")
    assert "own" == make("OWN1")


def test_replacing_is_written_as_adding():
    """RFC 6902 `replace` needs the value to be written; a default is not."""
    assert ({"op": "add", "path": "/api/port", "value": 8000},) == replace_with("api.port", 8000)
