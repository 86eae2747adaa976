import datetime as dt
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator

from escai_nb.origin import Origin, OriginKind
from escai_nb.reports.github import unshown
from escai_nb.reports.junit import junit
from escai_nb.reports.page import page
from escai_nb.validation.finding import Finding, PutAside, Severity
from escai_nb.validation.live.outcome import Fault, Outcome, Trouble, Verdict
from escai_nb.validation.report import FORMAT, Report, in_order

SCHEMAS = Path(__file__).parents[2] / "data/report_schemas"
NOON = dt.datetime(2026, 11, 1, 13, tzinfo=dt.timezone(dt.timedelta(hours=1)))
LINE = Origin(OriginKind.FILE, "config.production.yaml", 12, 9)
HOSTILE = "</td>|`x`\x1b[31m\n::error::%0A<script>alert(1)</script>]]>&\udcff_*[a](b)"

with gzip.open(SCHEMAS / "sarif-schema-2.1.0.json.gz") as file:
    SARIF = Draft4Validator(json.load(file))
JUNIT = xmlschema.XMLSchema(str(SCHEMAS / "JUnit.xsd"))


def finding(path="api.port", severity=Severity.ERROR, **more):
    """A finding with all that it may have."""
    values = {
        "message": "443 needs the rights of root",
        "expected": "≥ 1024",
        "why": "Why.",
        "fix": "Fix.",
        "title": "Privileged port",
        "layer": "network",
        "origin": LINE,
        "related": ("api.host",),
        "related_origins": (None,),
    }
    return Finding("ESC202", severity, path, **values | more)


def report(*findings, **more):
    """A report of production with *findings*."""
    values = {"source": "config/config.production.yaml", "not_run": (("ESC301", "a is sealed"),)}
    return Report(in_order(list(findings)), "production", NOON, **values | more)


LIVE = (
    Outcome("Redis", "database.redis_host", ("connection",)),
    Outcome(
        "PostgreSQL",
        "database.postgres_host",
        (),
        (Trouble(Fault.SILENT, "database.postgres_host", "did not answer in time"),),
    ),
)

REPORTS = {
    "nothing": report(not_run=()),
    "live": report(live=LIVE),
    "all": report(
        finding(),
        finding("a", Severity.WARNING, origin=None, related=(), related_origins=()),
        finding("b", Severity.ADVICE, origin=Origin(OriginKind.VARIABLE, "ESCAI_B")),
        finding("", Severity.ERROR, layer="", title="", why="", fix=""),
    ),
    "put aside": report(
        put_aside=(
            PutAside(finding(), "comment", "moves in spring", "2027-01-31", LINE),
            PutAside(finding("b"), "baseline", HOSTILE),
        ),
        unreadable=("a.b",),
    ),
    "no source": report(finding(origin=None), source=""),
    "absolute": report(finding(), source="/srv/über config/config.production.yaml"),
    "hostile": report(
        finding(HOSTILE, message=HOSTILE, expected=HOSTILE, fix=HOSTILE, title=HOSTILE),
        source=HOSTILE,
        not_run=(("X", HOSTILE),),
    ),
}
every_report = pytest.mark.parametrize("name", REPORTS)


@every_report
def test_sarif_satisfies_its_schema(name):
    """Also with nothing to tell, and with hostile values."""
    data = REPORTS[name].to_sarif()

    assert [] == [error.message for error in SARIF.iter_errors(data)]
    assert data == json.loads(json.dumps(data))
    results = data["runs"][0]["results"]
    assert len(REPORTS[name].findings) == sum("suppressions" not in each for each in results)
    assert len(REPORTS[name].put_aside) == sum("suppressions" in each for each in results)


@every_report
def test_junit_satisfies_its_schema(name):
    """And counts what it holds."""
    text = REPORTS[name].to_junit()
    JUNIT.validate(text)
    suite = JUNIT.to_dict(text)["testsuite"][0]

    assert suite["@tests"] == len(suite["testcase"])
    assert suite["@failures"] == sum("failure" in case for case in suite["testcase"])
    assert suite["@skipped"] == sum("skipped" in case for case in suite["testcase"])


@every_report
def test_json_satisfies_its_schema(name):
    """The one of its format, which ships with the package."""
    schema = json.loads(files("escai_nb.reports").joinpath("data/report-1.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    data = json.loads(json.dumps(REPORTS[name].to_data()))

    assert [] == [error.message for error in Draft202012Validator(schema).iter_errors(data)]
    assert schema["properties"]["format"]["const"] == FORMAT == data["format"]
    assert {*data} == {*schema["properties"]}
    assert Draft202012Validator(schema).is_valid([data, data])
    assert not Draft202012Validator(schema).is_valid([data, {}])


def test_the_schema_knows_every_origin_and_verdict():
    """Whatever layer a value comes from, and whatever a live check says."""
    schema = json.loads(files("escai_nb.reports").joinpath("data/report-1.schema.json").read_text())
    kinds = schema["$defs"]["origin"]["oneOf"][1]["properties"]["kind"]["enum"]
    verdicts = schema["properties"]["live"]["items"]["properties"]["verdict"]["enum"]

    assert {kind.value for kind in OriginKind} == {*kinds}
    assert {verdict.value for verdict in Verdict} == {*verdicts}


def test_several_reports_are_several_suites():
    """In one JUnit file, each with a number of its own; and one page."""
    text = junit(report(finding()), REPORTS["nothing"])
    JUNIT.validate(text)

    assert [0, 1] == [suite["@id"] for suite in JUNIT.to_dict(text)["testsuite"]]
    assert 2 == page(report(finding()), REPORTS["nothing"]).count("<h1>")


def test_what_was_put_aside_is_told_as_such():
    """With the reason, and never as a failure."""
    made = REPORTS["put aside"]
    [first, _] = made.to_sarif()["runs"][0]["results"]

    assert [{"kind": "inSource", "justification": "moves in spring (by comment)"}] == [
        {key: value for key, value in each.items() if key != "location"}
        for each in first["suppressions"]
    ]
    assert 0 == JUNIT.to_dict(made.to_junit())["testsuite"][0]["@failures"]
    for text in (made.to_junit(), made.to_markdown(), made.to_html(), str(made.to_sheet().notes)):
        assert "put aside" in text
    for text in (made.to_junit(), made.to_markdown(), made.to_html()):
        assert "moves in spring" in text
    assert ["moves in spring", HOSTILE] == [each["reason"] for each in made.to_data()["put_aside"]]


@every_report
def test_what_did_not_run_is_told_everywhere(name):
    """Whoever reads one form alone must not take silence for consent."""
    made = REPORTS[name]
    texts = (
        made.to_github(),
        made.to_junit(),
        made.to_markdown(),
        made.to_html(),
        json.dumps(made.to_sarif()),
        json.dumps(made.to_data()),
        str(made.to_sheet().notes),
        str(made.to_frame().attrs),
    )
    for rule, _ in made.not_run:
        assert [] == [text for text in texts if rule not in text]


URLS = re.compile(
    r"(?:https?:)?//[a-z]|url\(|@import|<(?:script|link|img|iframe|object)\b", re.IGNORECASE
)


class _Outline(HTMLParser):
    """The tags of a page, which have to be closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.wrong = [], [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        self.wrong += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


@every_report
def test_the_page_needs_nothing_else(name):
    """No address, no script; both themes and paper are thought of."""
    text = REPORTS[name].to_html()
    outline = _Outline()
    outline.feed(text)

    assert None is URLS.search(text.replace("&lt;script", ""))
    assert ([], []) == (outline.open, outline.wrong)
    for part in ("prefers-color-scheme: dark", "@media print", "default-src 'none'", "<title>"):
        assert part in text
    assert text == REPORTS[name].to_html()


def test_the_page_tells_all_of_a_finding():
    """For people who read nothing else."""
    text = report(finding()).to_html()

    for part in (
        "Configuration of production: 1 error",
        "config/config.production.yaml",
        "2026-11-01 12:00:00 UTC",
        "ESC202 · Privileged port",
        "<code>api.port</code> 443 needs the rights of root",
        "config.production.yaml:12:9",
        "≥ 1024",
        "Why.",
        "Fix.",
        "api.host",
    ):
        assert part in text
    assert "No findings" in REPORTS["nothing"].to_html()


def test_a_notebook_shows_a_table_and_not_a_page():
    """A page inside of a page would be none."""
    shown = report(finding())._repr_mimebundle_()["text/html"]

    assert "<table>" in shown
    assert "<html" not in shown


def test_sarif_tells_the_place_for_people_and_for_machines():
    """File in its folder, line, column; key path; fingerprint; companions."""
    [result] = report(finding()).to_sarif()["runs"][0]["results"]
    [location] = result["locations"]

    assert {
        "artifactLocation": {"uri": "config/config.production.yaml"},
        "region": {"startLine": 12, "startColumn": 9},
    } == location["physicalLocation"]
    assert "api.port" == location["logicalLocations"][0]["fullyQualifiedName"]
    assert finding().fingerprint == result["partialFingerprints"]["escaiRuleAndPath/v1"]
    assert "api.host" == result["relatedLocations"][0]["logicalLocations"][0]["fullyQualifiedName"]


def test_a_file_beside_the_reports_own_has_its_folder():
    """As the shared file has, and that of another environment."""
    beside = Origin(OriginKind.SHARED, "config.yaml", 3, 5)
    [result] = report(finding(origin=beside, related_origins=(beside,))).to_sarif()["runs"][0][
        "results"
    ]
    for location in (*result["locations"], *result["relatedLocations"]):
        assert "config/config.yaml" == location["physicalLocation"]["artifactLocation"]["uri"]


def test_sarif_tells_where_a_value_ends():
    """Of one that stands there; a default is written nowhere yet."""
    for kind, ends in ((OriginKind.FILE, True), (OriginKind.DEFAULT, False)):
        origin = Origin(kind, "config.production.yaml", 12, 9, 12)
        [result] = report(finding(origin=origin)).to_sarif()["runs"][0]["results"]
        region = result["locations"][0]["physicalLocation"]["region"]

        begin = {"startLine": 12, "startColumn": 9}
        assert (begin | {"endLine": 12, "endColumn": 12} if ends else begin) == region


def test_sarif_tells_apart_what_one_rule_says_twice():
    """By a number, and not by the line, so that lines may move."""
    moved = replace(LINE, line=99)
    runs = [
        report(finding(origin=at), finding(origin=at, message="another")).to_sarif()["runs"][0]
        for at in (LINE, moved)
    ]
    [first, second] = [[each["partialFingerprints"] for each in run["results"]] for run in runs]

    assert first == second
    assert 2 == len({prints["primaryLocationLineHash"] for prints in first})


def test_sarif_brings_the_page_of_a_rule():
    """In words, in Markdown, and as a link to where it stands in full."""
    [rule] = report(finding(why="A *why*.")).to_sarif()["runs"][0]["tool"]["driver"]["rules"]

    assert "A *why*. Fix." == rule["help"]["text"]
    assert "A &#42;why&#42;." in rule["help"]["markdown"]
    assert "escai config explain ESC202" in rule["help"]["markdown"]
    assert rule["helpUri"].endswith("/notebooks/guides/rules.md#esc202")
    assert "PrivilegedPort" == rule["name"]


def test_code_scanning_is_given_a_line():
    """It takes no result without; what is said of a whole file is said of its first line."""
    [result] = report(finding(origin=None)).to_sarif()["runs"][0]["results"]

    assert {"startLine": 1} == result["locations"][0]["physicalLocation"]["region"]


def test_a_value_makes_no_link_in_code_scanning():
    """Where a message may have some."""
    [result] = report(finding(message="[x](https://x.io)")).to_sarif()["runs"][0]["results"]

    assert result["message"]["text"].startswith(r"api.port: \[x](https://x.io);")


def test_sarif_names_each_rule_once():
    """Results point to it by number."""
    run = report(finding("a"), finding("b"), finding("c", Severity.ADVICE)).to_sarif()["runs"][0]

    assert ["ESC202"] == [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [0, 0, 0] == [result["ruleIndex"] for result in run["results"]]
    assert ["error", "error", "note"] == [result["level"] for result in run["results"]]


def test_junit_fails_from_the_severity_that_is_asked_for():
    """A warning is told, and fails nothing, unless asked."""
    made = report(finding("a"), finding("b", Severity.WARNING), finding("c", Severity.ADVICE))

    assert [1, 2, 3] == [
        JUNIT.to_dict(junit(made, fail_on=least))["testsuite"][0]["@failures"]
        for least in ("error", "warning", "advice")
    ]
    assert "warning: b: 443 needs" in made.to_junit()


def test_what_no_file_sets_is_said_to_be_a_default():
    """A line that does not hold the value is not left to speak for it."""
    default = finding(origin=Origin(OriginKind.DEFAULT, "config.production.yaml", 12, 9))
    made = report(default)

    for text in (made.to_github(), made.to_junit(), json.dumps(made.to_sarif())):
        assert "443 needs the rights of root (by default); expected" in text
    assert "12:9 (default; would be written here)" in made.to_html()


def test_github_is_told_of_in_time_what_it_leaves_out():
    """It shows ten of a kind; and a title is short however many rules did not run."""
    few, many = ([finding(f"a{n}") for n in range(count)] for count in (10, 11))
    gaps = tuple((f"ESC3{n}", "a is sealed") for n in range(11, 40))

    assert "" == unshown([report(*few, finding("b", Severity.ADVICE))])
    assert "all 11 are in this log" in unshown([report(*many)])
    title, reason = report(not_run=gaps).to_github().split("::")[1:]
    assert "notice title=29 rules did not run" == title
    assert reason.startswith("a is sealed (ESC311, ESC312, ")


def test_markdown_says_why_once_for_each_rule():
    """Below the table, in which the last column says what to do and nothing else."""
    lines = report(finding("a"), finding("b")).to_markdown().splitlines()

    assert 2 == sum(line.endswith("| Fix. |") for line in lines)
    assert ["**Why it matters**", "", "- ESC202 Privileged port: Why."] == lines[-3:]
    assert "did not run" in lines[-5]


def test_github_marks_the_line():
    """One command a finding, with the place and the remedy."""
    assert (
        "::error file=config/config.production.yaml,line=12,col=9,title=ESC202 Privileged port::"
        "api.port: 443 needs the rights of root; expected ≥ 1024. Why. Fix.\n"
        "::notice title=ESC301 did not run::a is sealed\n"
    ) == report(finding()).to_github()


def test_what_was_expected_is_told_once():
    """For a reader of any format, unless the message says it."""
    said = report(finding(message="must be ≥ 1024"))
    unsaid = report(finding())

    for made, count in ((said, 0), (unsaid, 1)):
        [result] = made.to_sarif()["runs"][0]["results"]
        for text in (result["message"]["text"], made.to_github(), made.to_markdown()):
            assert count == text.count("; expected ≥ 1024")


def test_a_value_from_a_variable_is_told_as_such():
    """The file is where the report belongs; the variable is what has to change."""
    origin = Origin(OriginKind.VARIABLE, "ESCAI_API__PORT")
    line = report(finding(origin=origin)).to_github()

    assert line.startswith("::error file=config/config.production.yaml,title=")
    assert "(set by env ESCAI_API__PORT)" in line


def test_markdown_has_a_row_for_each_finding():
    """And a line for what did not run."""
    text = report(finding(), finding("a", Severity.WARNING)).to_markdown()

    assert text.startswith("### Configuration of production: 1 error, 1 warning\n")
    assert (
        "| ✖ error | ESC202 | config.production.yaml&#58;12&#58;9 | <code>api.port</code>" in text
    )
    assert "- ESC301 did not run&#58; a is sealed." in text
    assert "### Configuration of production: no findings\n" == REPORTS["nothing"].to_markdown()


def test_hostile_values_stay_text():
    """No control character, no tag, no command, no second row."""
    made = REPORTS["hostile"]
    texts = (
        made.to_markdown(),
        made.to_junit(),
        made.to_html(),
        made.to_github(),
        json.dumps(made.to_sarif()),
    )

    for text in texts:
        assert not any(sign in text for sign in ("\x1b", "\udcff"))
    for text in texts[:3]:
        assert "<script" not in text
    assert ["::error", "::notice"] == [line[: line.index(" ")] for line in texts[3].splitlines()]
    assert 1 == sum(line.startswith("| ✖") for line in texts[0].splitlines())


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_can_be_told(text):
    """Whatever stands in a file, the formats stay what they are."""
    made = report(finding(text, message=text, why=text), source=text, not_run=((text, text),))

    JUNIT.validate(made.to_junit())
    assert 2 == made.to_github().count("\n")
    outline = _Outline()
    outline.feed(made.to_html())
    assert ([], []) == (outline.open, outline.wrong)
    assert SARIF.is_valid(made.to_sarif())
    rows = [line for line in made.to_markdown().splitlines() if line.startswith("| ✖")]
    assert [6] == [row.count("|") for row in rows]
