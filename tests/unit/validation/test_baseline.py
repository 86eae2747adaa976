"""A baseline: what is known does not count, what is new does."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.origin import Origin, OriginKind
from escai_nb.validation.baseline import Baseline, parse, without_known
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.report import Report
from escai_nb.validation.rule import Tier

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
PLACES = st.tuples(st.sampled_from(["OWN1", "OWN2", "OWN3"]), st.sampled_from(["", "a", "a.b[0]"]))


def finding(code="OWN1", path="a", line=1, layer="own"):
    """A finding at a line."""
    origin = Origin(OriginKind.FILE, "c.yaml", line)
    return Finding(code, Severity.ERROR, path, "is bad", origin=origin, layer=layer)


def report(*findings, **more):
    """A report of production."""
    return Report(findings, "production", NOON, **more)


def counting(made, baseline):
    """Code and path of what still counts."""
    after = without_known(made, baseline, tier=Tier.PRODUCTION)
    return [(f.code, f.path) for f in after.findings]


def test_what_is_known_does_not_count_wherever_it_moves():
    """By rule and path, not by line."""
    baseline = Baseline.of([report(finding(line=1))])
    after = without_known(report(finding(line=99)), baseline, tier=Tier.PRODUCTION)

    assert () == after.findings
    assert ["baseline"] == [aside.by for aside in after.put_aside]


def test_what_is_new_counts():
    """Another rule, or another path."""
    baseline = Baseline.of([report(finding())])
    new = [finding("OWN2"), finding(path="b")]

    assert [("OWN1", "b"), ("OWN2", "a")] == sorted(counting(report(finding(), *new), baseline))


def test_what_is_gone_is_said_once():
    """As it would be hidden when it comes back; not if its rule could not run."""
    baseline = Baseline.of([report(finding(), finding(path="b"))])

    assert [("ESC913", "")] == counting(report(), baseline)
    assert [] == counting(report(not_run=(("OWN1", "sealed"),)), baseline)


def test_environments_are_apart():
    """What is known of one says nothing of another."""
    other = Baseline.of([Report((finding(),), "staging", NOON)])

    assert [("OWN1", "a")] == counting(report(finding()), other)


@pytest.mark.parametrize(("code", "layer"), [("ESC001", "parse"), ("ESC902", "state")])
def test_what_is_firm_is_never_known(code, layer):
    """Not remembered, and not put aside by a file that was edited."""
    broken = report(finding(code, layer=layer))
    baseline = Baseline.of([broken])
    known = Baseline.of([report(finding(code))])

    assert {"production": {}} == baseline.known
    assert [(code, "a")] == counting(broken, known)


@given(st.sets(PLACES), st.sets(PLACES))
def test_only_the_difference_counts(before, after):
    """For any findings before and after."""
    baseline = Baseline.of([report(*(finding(*place) for place in before))])
    baseline = parse(json.loads(json.dumps(baseline.to_data())))
    left = counting(report(*(finding(*place) for place in after)), baseline)

    assert sorted(after - before) == sorted(place for place in left if place[0] != "ESC913")
    assert bool(before - after) == (("ESC913", "") in left)


def test_what_is_written_is_read_back():
    """parse(to_data(b)) == b."""
    baseline = Baseline.of([report(finding(), finding("OWN2")), Report((), "testing", NOON)])

    assert baseline == parse(baseline.to_data())


DATA = Baseline.of([report(finding())]).to_data()


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        DATA | {"kind": "other"},
        DATA | {"format": "1"},
        DATA | {"format": True},
        DATA | {"environments": []},
        DATA | {"environments": {"production": {}}},
        DATA | {"environments": {"production": ["a"]}},
        DATA | {"environments": {"production": [{"rule": "OWN1"}]}},
    ],
)
def test_what_is_no_baseline_is_refused(data):
    """A file that is misread would hide what is new."""
    with pytest.raises(DocumentError) as caught:
        parse(data, where="b.json")

    assert "baseline-broken" == caught.value.code
    assert "--write-baseline" in caught.value.hint


def test_a_newer_format_is_said_to_be_newer():
    """It may be right; this package cannot tell."""
    with pytest.raises(NewerFormatError, match="newer"):
        parse(DATA | {"format": 2})
