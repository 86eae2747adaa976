import datetime as dt
import json

import pytest

from escai_nb.errors import InvalidConfigurationError
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.report import KEYS, Report, in_order

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
REPAIR = ({"op": "add", "path": "/a", "value": 1},)
FINDINGS = [
    Finding("ESC223", Severity.ADVICE, "a", "late", fix="Set a.", patch=REPAIR, safe=True),
    Finding("ESC202", Severity.WARNING, "b", "low", fix="Set b.", patch=REPAIR),
    Finding("ESC301", Severity.ERROR, "d", "short", fix="Make one."),
    Finding("ESC301", Severity.ERROR, "c", "short", fix="Make one."),
]


def report(findings=FINDINGS):
    """A report with *findings* of production."""
    return Report(in_order(findings), "production", NOON, not_run=(("ESC102", "a is sealed"),))


def test_worst_come_first_then_paths():
    """The order does not depend on that of the rules."""
    assert ["c", "d", "b", "a"] == [finding.path for finding in report().findings]
    assert report().findings == report(FINDINGS[::-1]).findings


def test_is_a_mapping_as_the_earlier_system_gave():
    """Keys, texts and counts are those that its users read."""
    made = report()

    assert KEYS == tuple(made)
    assert 2 == made["total_errors"]
    assert ["c: short (ESC301)", "d: short (ESC301)"] == made["errors"]
    assert ["b: low (ESC202)"] == made["warnings"]
    assert ["Make one.", "Set b.", "Set a."] == made["recommendations"]
    assert "2026-11-01T12:00:00+00:00" == made["timestamp"]
    assert made["valid"] is False
    assert dict(made) == json.loads(json.dumps(dict(made)))


def test_an_unknown_key_is_missing():
    """As in every mapping."""
    with pytest.raises(KeyError):
        report()["score"]


def test_warnings_leave_it_valid():
    """Only errors make a configuration invalid."""
    assert report(FINDINGS[:2]).is_valid
    assert Severity.WARNING is report(FINDINGS[:2]).worst
    assert report([]).worst is None


def test_raise_if_carries_what_stands_against_it():
    """Nothing below the asked severity is held against it."""
    with pytest.raises(InvalidConfigurationError, match=r"c: short.*and 1 more") as caught:
        report().raise_if(Severity.ERROR)

    assert report().findings[:2] == caught.value.findings
    assert "Make one." == caught.value.hint
    with pytest.raises(InvalidConfigurationError, match="and 2 more"):
        report().raise_if("warning")
    report(FINDINGS[:2]).raise_if()


def test_fixes_are_the_safe_ones_unless_asked():
    """An unsafe patch is never among those that are applied without a question."""
    assert ["a"] == [finding.path for finding in report().fixes()]
    assert ["b", "a"] == [finding.path for finding in report().fixes(safe=False)]


def test_data_has_a_format_and_survives_json():
    """What is written can be read by whoever knows format 1."""
    data = report().to_data()

    assert data == json.loads(json.dumps(data))
    assert 1 == data["format"]
    assert {"error": 2, "warning": 1, "advice": 1} == data["counts"]
    assert [{"rule": "ESC102", "reason": "a is sealed"}] == data["not_run"]


def test_shows_itself_in_one_line():
    """A prompt is no place for a hundred findings."""
    assert "<Report of production: 2 error, 1 warning, 1 advice>" == repr(report())
