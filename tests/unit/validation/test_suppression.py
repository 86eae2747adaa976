"""Suppressions: how they are written, what they reach, and when they do not hold."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.origin import Origin, OriginKind
from escai_nb.validation import state_rules
from escai_nb.validation.facts import Comment
from escai_nb.validation.finding import Finding, Severity
from escai_nb.validation.report import Report
from escai_nb.validation.rule import Tier, rule
from escai_nb.validation.settling import without_suppressed
from escai_nb.validation.suppression import Suppression, of_comment, speaks_to_us

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HERE = Origin(OriginKind.FILE, "c.yaml", 3, 5)
ELSEWHERE = Origin(OriginKind.FILE, "other.yaml", 3, 5)


@rule("OWN1", title="t", severities="W/W/W/W", why="w", fix="f", source="s")
def own(_):
    """Nothing."""
    return iter(())


def read(text):
    """What a comment says."""
    return list(of_comment(Comment(text, "api.port", HERE)))


def finding(code="OWN1", path="api.port", *, origin=HERE, layer="own"):
    """A finding as the rule would make it."""
    return Finding(code, Severity.ERROR, path, "is bad", origin=origin, layer=layer)


def settled(suppressions, *findings, **more):
    """The report on *findings* after *suppressions*."""
    report = Report(findings, "production", NOON, **more)
    return without_suppressed(
        report,
        suppressions,
        rules=[own],
        tier=Tier.PRODUCTION,
        environments=("development", "production"),
    )


def codes(report):
    """Codes of what counts, and of what was put aside."""
    return [f.code for f in report.findings], [aside.finding.code for aside in report.put_aside]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('escai: ignore ESC203 reason="a b"', [("ESC203", None, "a b")]),
        (
            "escai:ignore esc203, ESC211 until=2027-01-31 reason=why",
            [("ESC203", dt.date(2027, 1, 31), "why"), ("ESC211", dt.date(2027, 1, 31), "why")],
        ),
        ("escai: ignore ESC203 reason='it is \"so\"'", [("ESC203", None, 'it is "so"')]),
        ("escai: ignore ESC203 reason=“typed on a phone”", [("ESC203", None, "typed on a phone")]),
        ("ESCAI: Ignore OWN1", [("OWN1", None, "")]),
        ("behind a proxy  # escai: ignore OWN1 reason=r", [("OWN1", None, "r")]),
        ("behind a proxy; escai: ignore OWN1 reason=r", [("OWN1", None, "r")]),
    ],
)
def test_what_a_comment_says(text, expected):
    """Rule, last day and reason; each of several rules by itself."""
    assert expected == [(s.rule, s.until, s.reason) for s in read(text)]
    assert speaks_to_us(text)
    assert all(s.path == "api.port" and s.origin == HERE and s.in_file for s in read(text))


@pytest.mark.parametrize(
    "text",
    ["the main port", "escai: the main service", "see escai: ignore ESC203", "ignore ESC203", ""],
)
def test_ordinary_comments_say_nothing(text):
    """Only one that begins with the name and the word is meant."""
    assert [] == read(text)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("escai: ignroe ESC203", "did you mean ignore?"),
        ("escai: ignore", "names no rule"),
        ("escai: ignore everything", "names no rule"),
        ("escai: ignore ESC203 until=soon reason=x", "no date"),
        ("escai: ignore ESC203 until=2027-02-30 reason=x", "no date"),
        ("escai: ignore ESC203 because", "means nothing"),
        ("escai: ignore ESC203 untill=2027-01-31 reason=x", "means nothing"),
    ],
)
def test_what_cannot_be_understood_is_said(text, trouble):
    """And puts nothing aside."""
    [suppression] = read(text)

    assert trouble in suppression.trouble
    assert (["OWN1", "ESC909"], []) == codes(settled([suppression], finding()))


@given(st.text())
def test_no_comment_is_too_odd(text):
    """Whatever stands there, nothing breaks."""
    for suppression in of_comment(Comment(f"escai: {text}", "a")):
        assert suppression.rule or suppression.trouble


@pytest.mark.parametrize(
    ("own_path", "path", "reached"),
    [
        ("", "anything", True),
        ("", "", True),
        ("api", "api.port", True),
        ("api.cors_origins", "api.cors_origins[2]", True),
        ("api.port", "api", False),
        ("api.port", "api.portal", False),
        ("api", "", False),
        ("a..b", "a", False),
    ],
)
def test_what_lies_at_or_below_is_reached(own_path, path, reached):
    """Steps count, not letters."""
    assert reached == Suppression("ESC203", path=own_path).reaches(path)


def test_what_is_suppressed_does_not_count():
    """It is kept, with the reason and the day."""
    until = dt.date(2026, 11, 1)
    made = settled([Suppression("OWN1", "because", until)], finding(), finding("OWN2"))

    assert (["OWN2"], ["OWN1"]) == codes(made)
    [aside] = made.put_aside
    assert ("because", "2026-11-01", "policy") == (aside.reason, aside.until, aside.by)
    assert "put aside by policy until 2026-11-01: because" in str(aside)


def test_the_day_after_the_last_it_counts_again():
    """And the suppression is a finding of its own."""
    made = settled([Suppression("OWN1", "because", dt.date(2026, 10, 31))], finding())

    assert (["OWN1", "ESC906"], []) == codes(made)


def test_without_a_reason_nothing_is_put_aside():
    """Whoever says ignore says why."""
    assert (["OWN1", "ESC908"], []) == codes(settled([Suppression("OWN1")], finding()))


def test_an_unknown_rule_is_said():
    """As a misspelt one would be believed to hold."""
    assert (["OWN1", "ESC909"], []) == codes(settled([Suppression("OWN7", "r")], finding()))


@pytest.mark.parametrize("code", ["ESC001", "ESC104", "ESC902", "ESC990", "ESC908"])
def test_some_findings_cannot_be_put_aside(code):
    """A broken file stays broken."""
    layer = {"ESC001": "parse", "ESC104": "schema"}.get(code, "state")
    made = settled([Suppression(code, "r")], finding(code, layer=layer))

    assert [code, "ESC909"] == codes(made)[0]
    assert "cannot be put aside" in made.findings[1].message


def test_what_puts_nothing_aside_is_said():
    """It would hide the next finding."""
    made = settled([Suppression("OWN1", "r", path="api", origin=HERE)])

    assert ["ESC907"] == codes(made)[0]
    assert ("api", HERE) == (made.findings[0].path, made.findings[0].origin)


def test_a_rule_that_could_not_run_leaves_it_open():
    """Perhaps there is something to put aside."""
    assert ([], []) == codes(settled([Suppression("OWN1", "r")], not_run=(("OWN1", "sealed"),)))


def test_two_for_one_finding_are_both_used():
    """Neither is told to be useless."""
    twice = [Suppression("OWN1", "r"), Suppression("OWN1", "s", path="api.port")]

    assert ([], ["OWN1"]) == codes(settled(twice, finding()))


def test_other_environments_are_not_meant():
    """Neither put aside, nor told to be unused."""
    other = Suppression("OWN1", "r", environments=("staging",))

    assert (["OWN1"], []) == codes(settled([other], finding()))
    assert ([], []) == codes(settled([other]))


def test_an_environment_that_there_is_not_is_said():
    """As a misspelt one would be believed to hold; a policy is told of its own by its reader."""
    [comment] = read("escai: ignore OWN1 environments=development,prod reason=r")

    assert (["OWN1", "ESC909"], []) == codes(settled([comment], finding()))
    made = settled([comment], finding())
    assert "no environment prod, but development, production" in made.findings[1].message
    policy = Suppression("OWN1", "r", environments=("prod",))
    assert (["OWN1"], []) == codes(settled([policy], finding()))


def test_a_comment_speaks_of_its_own_file():
    """A value from another file, or from a variable, is another value."""
    [comment] = read("escai: ignore OWN1 reason=r")
    variable = Origin(OriginKind.VARIABLE, "ESCAI_API__PORT")

    assert ([], ["OWN1"]) == codes(settled([comment], finding()))
    for origin in (ELSEWHERE, variable, None):
        assert (["OWN1", "ESC907"], []) == codes(settled([comment], finding(origin=origin)))


def test_every_page_of_state_has_a_finding_that_cannot_be_hidden_or_can():
    """What is firm is named once, and is a rule."""
    assert state_rules.FIRM < {page.id for page in state_rules.STATE_RULES}


@pytest.mark.parametrize(
    ("pattern", "path", "reaches"),
    [
        ("api.cors_origins[*]", "api.cors_origins[3]", True),
        ("api.cors_origins[*]", "api.cors_origins", False),
        ("database.*_password", "database.redis_password", True),
        ("database.*_password", "database.redis_passwords", False),
        ("*.port", "api.port", True),
        ("*", "api.port", True),
        ("custom_settings.*", "custom_settings.a.b", True),
        ("*_settings", "api.port", False),
    ],
)
def test_a_star_stands_for_any_part_of_a_name(pattern, path, reaches):
    """But not for a step to a deeper name; what lies below is reached as well."""
    assert reaches is Suppression("ESC203", path=pattern).reaches(path)


def test_several_rules_stand_with_commas_or_blanks():
    """Both are written by people."""
    for text in ("ESC202, ESC203", "ESC202 ESC203", "ESC202,ESC203"):
        comment = Comment(f'escai: ignore {text} reason="x"', "api.port")
        assert ["ESC202", "ESC203"] == [each.rule for each in of_comment(comment)]
