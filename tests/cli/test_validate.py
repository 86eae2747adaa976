"""``validate``: what it shows, what it puts aside, what it mends, and for whom."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "data" / "escai" / "config.example.yaml"
INVALID = EXAMPLE.with_name("config.development.invalid.yaml")
CANARY = "kZ4-canary_9QvTx7Lm"
CLEAR = f"""# of a desk: {CANARY}
environment: development
api:
  port: 443{{}}
  host: 10.0.0.5
security: {{{{jwt_secret_key: "{CANARY}{CANARY}", jwt_algorithm: HS256}}}}
"""
RULES = """
from escai_nb.validation.rule import Problem, rule

@rule("ACME1", title="Odd port", severities="E/E/E/E", why="So.", fix="Choose.", source="Us")
def odd_port(facts):
    if facts["api.port"] % 2:
        yield Problem("api.port", "is odd", "an even port")

@rule("ACME2", title="Broken", severities="W/W/W/W", why="Because.", fix="Mend.", source="Us")
def broken(facts):
    raise RuntimeError(facts["security.jwt_secret_key"])

BOTH = (odd_port, broken)
TAKEN = rule("ESC202", title="t", severities="W/W/W/W", why="w", fix="f", source="s")(lambda f: ())
"""


@pytest.fixture
def desk(escai):
    """A shell in a workspace with a clear file; *remark* stands behind its port."""

    def make(remark=""):
        source = escai.folder / "source.yaml"
        source.write_text(CLEAR.format(remark))
        escai("config", "import", "-e", "development", source)
        source.unlink()
        return escai

    return make


def codes(outcome):
    """Codes of what counts, in JSON."""
    return {finding["code"] for finding in outcome.data["findings"]}


def report(escai, *words, code=0):
    """The report as JSON."""
    return escai("config", "validate", "--format", "json", *words, code=code)


def test_in_full_each_finding_has_its_lines(desk):
    """With a mark below the place, and every secret of the lines masked."""
    out = desk()("config", "validate", "--detailed").out

    assert "advice  ESC202  api.port  443 needs the rights of root" in out
    assert "    4 |   port: 443\n      |         ^\n" in out.replace("        4", "    4").replace(
        "          |", "      |"
    )
    assert "Why it matters: " in out
    assert CANARY not in out
    assert "6 | security: {jwt_secret_key: ********, jwt_algorithm: HS256}" in out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github", "markdown", "html"])
def test_every_form_is_pure_and_says_nothing_secret(desk, form):
    """Stdout is one document; what is said beside it is on stderr."""
    escai = desk()
    words = ["--format", form, "--detailed", "--fix", "--fail-on", "never"]
    outcome = escai("config", "validate", *words)
    out = outcome.out

    assert CANARY not in out + outcome.err
    assert "ESC202" in out
    first = {"sarif": "{", "json": "{", "junit": "<?xml", "html": "<!DOCTYPE html>"}
    if form in {"json", "sarif"}:
        json.loads(out)
    assert out.startswith({**first, "github": "::", "markdown": "###"}.get(form, ""))


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github", "markdown", "html"])
def test_every_form_takes_several_environments(desk, form):
    """In one document."""
    escai = desk()
    escai("config", "init", "-e", "testing")
    out = escai("config", "validate", "--all", "--format", form).out

    assert "development" in out
    assert "testing" in out
    if form in {"json", "sarif"}:
        json.loads(out)
    if form in {"junit", "html"}:
        assert 1 == out.count("<?xml") + out.count("<!DOCTYPE")


def test_a_comment_puts_aside(desk):
    """Unless nothing may be."""
    escai = desk('  # escai: ignore ESC202 until=2999-01-31 reason="behind a proxy"')

    assert "ESC202" not in codes(report(escai))
    [aside] = report(escai).data["put_aside"]
    assert ("behind a proxy", "2999-01-31") == (aside["reason"], aside["until"])
    assert "ESC202" in codes(report(escai, "--no-suppressions"))
    assert "1 finding put aside: ESC202." in escai("config", "validate").out


@pytest.mark.parametrize(
    ("remark", "code"),
    [
        ("# escai: ignore ESC202 until=2020-01-31 reason=x", "ESC906"),
        ("# escai: ignore ESC203 reason=x", "ESC907"),
        ("# escai: ignore ESC202", "ESC908"),
        ("# escai: ignore ESC2O2 reason=x", "ESC909"),
    ],
)
def test_a_suppression_that_does_not_hold_is_found_in_its_line(desk, remark, code):
    """Expired, unused, without a reason, unknown."""
    found = {f["code"]: f["origin"] for f in report(desk(f"  {remark}")).data["findings"]}

    assert ("config.development.yaml", 4) == (found[code]["source"], found[code]["line"])
    assert ("ESC202" in found) == (code != "nothing")


def test_a_baseline_lets_only_the_new_count(desk):
    """It is written once, and compared with from then on."""
    escai = desk()
    known = codes(report(escai))
    outcome = escai("config", "validate", "--write-baseline", "known.json")
    assert "wrote known.json" in outcome.err
    aside = report(escai, "--baseline", "known.json").data["put_aside"]
    assert {"baseline"} == {each["by"] for each in aside}

    def new():
        found = codes(report(escai, "--baseline", "known.json", "--fail-on", "never"))
        return found - {"ESC904"}  # that it was edited by hand is always said

    assert set() == new()
    path = escai.file()
    path.write_text("# moved\n\n" + path.read_text().replace("443", "80"))
    assert set() == new()
    path.write_text(path.read_text().replace("api:\n", "api:\n  reload: true\n  workers: 2\n"))
    assert {"ESC504"} == new() - {"ESC913"}
    path.write_text(path.read_text().replace("port: 80", "port: 8000"))
    assert {"ESC504", "ESC913"} == new()
    listed = json.loads(Path("known.json").read_text())["environments"]["development"]
    assert known == {each["rule"] for each in listed}
    escai("config", "validate", "--baseline", "nowhere.json", code=3)
    Path("odd.json").write_text("{}")
    escai("config", "validate", "--baseline", "odd.json", code=3)


def test_rules_of_a_module_are_asked_too(desk):
    """One of them fails: the others are asked, and no secret is told."""
    escai = desk()
    Path("acme_rules_cli.py").write_text(RULES)
    made = report(escai, "--rules", "acme_rules_cli:BOTH", code=1)

    assert {"ACME1", "ESC990", "ESC202"} <= codes(made)
    assert CANARY not in made.out + made.err
    assert "ACME1" not in codes(report(escai, "--rules", "acme_rules_cli:broken"))
    escai("config", "validate", "--rules", "acme_rules_cli:NOTHING", code=2)
    refused = escai("config", "validate", "--rules", "acme_rules_cli:TAKEN", code=2)
    assert "more than one rule is called ESC202" in refused.err


BRINGING = f"""
from escai_nb.validation.rule import Problem, replace_with, rule

NEW = "{CANARY}-new-T9wLx2Hs8Kd4"

@rule("ACME1", title="Old", severities="E/E/E/E", why="So.", fix="Take another.", source="Us")
def password(facts):
    if facts["database.postgres_password"] != NEW:
        patch = replace_with("database.postgres_password", NEW)
        yield Problem("database.postgres_password", f"take {{NEW}}", NEW, patch=patch, safe=True)

@rule("ACME2", title="Old", severities="E/E/E/E", why="So.", fix="Take another.", source="Us")
def cache(facts):
    if facts["database.redis_password"] != NEW[::-1]:
        value = {{"postgres_password": NEW, "redis_password": NEW[::-1]}}
        patch = ({{"op": "replace", "path": "/database", "value": value}},)
        yield Problem("database", "is to be another", patch=patch)
"""


def test_a_secret_that_a_rule_brings_is_sealed_and_never_shown(workspace):
    """In no format, question or diff, nor in history; it is what the file says afterwards."""
    Path("bringing_rules_cli.py").write_text(BRINGING)
    words = ("config", "validate", "--rules", "bringing_rules_cli", "--fail-on", "never")
    said = [
        workspace(*words, "--format", form)
        for form in ("text", "json", "sarif", "junit", "github", "markdown", "html")
    ]
    said += [workspace(*words, "--detailed", "--verbose")]
    said += [workspace(*words, "--fix", "--unsafe", stdin="n\n" * 9)]
    said += [workspace(*words, "--fix"), workspace("config", "history")]
    mended = codes(workspace(*words, "--format", "json"))
    password = workspace("config", "get", "database.postgres_password", "--reveal", "--yes").out
    said += [workspace(*words, "--fix", "--unsafe", "--yes")]
    cache = workspace("config", "get", "database.redis_password", "--reveal", "--yes").out

    told = "".join(each.out + each.err for each in said)
    assert [] == [each for each in (CANARY, CANARY[::-1]) if each in told]
    assert ("ACME1" in mended, "ACME2" in mended) == (False, True)
    assert f"{CANARY}-new-T9wLx2Hs8Kd4" == password.strip()
    assert f"{CANARY}-new-T9wLx2Hs8Kd4"[::-1] == cache.strip()
    assert CANARY not in workspace.file().read_text()


DUPLICATES = """
from escai_nb.validation.rule import Problem, rule

def made(name):
    page = {"title": "Port of ours", "severities": "W/W/W/W", "why": "Ours.", "fix": "Move.",
            "source": "our handbook"}
    return rule(name, **page)(lambda facts: iter([Problem("api.port", "is ours")]))

BOTH = [made("DUP1"), made("team-port")]
"""


@pytest.mark.parametrize("name", ["DUP1", "dup1", "team-port"])
def test_rules_of_a_module_are_explained_and_listed(desk, name):
    """By an id of any form; the report says with what words."""
    escai = desk()
    Path("dup_rules_cli.py").write_text(DUPLICATES)
    words = ("--rules", "dup_rules_cli:BOTH")
    page = escai("config", "explain", name, *words).out

    assert "Port of ours" in page
    assert "our handbook" in page
    assert "no rule" in escai("config", "explain", "DUP2", *words, code=2).err
    assert "no rule" in escai("config", "explain", "DUP1", code=2).err
    assert "team-port" in escai("config", "rules", *words).out
    asked = escai("config", "validate", "--fail-on", "never", *words).out
    assert "--rules dup_rules_cli:BOTH" in asked.splitlines()[-1]


def test_an_empty_file_is_named_once(escai):
    """Where it is stands beside what it is."""
    Path("empty.yaml").touch()
    [found] = report(escai, "-c", "empty.yaml", code=1).data["findings"]

    assert "the document is empty" == found["message"]
    assert "empty.yaml" == found["origin"]["source"]


def test_what_is_mended_is_shown_first(desk):
    """As a table of changes, then as one version, then the report."""
    escai = desk()
    path = escai.file()
    path.write_text(path.read_text().replace("  host:", "  request_timeout: 20\n  host:"))
    out = escai("config", "validate", "--fix").out

    change, version, rest = (out.index(part) for part in ("Before", "version ", "advice"))
    assert change < version < rest
    assert "api.websocket_heartbeat_interval  added" in out
    before = escai.tree()
    assert "no safe repair to make" in escai("config", "validate", "--fix").err
    assert before == escai.tree()


def test_a_broken_file_is_judged_as_far_as_it_goes(desk):
    """In every form, with the code of a finding."""
    escai = desk()
    path = escai.file()
    path.write_text(path.read_text().replace("  host:", "  workers: [1\n  host:"))

    for words in ([], ["--detailed"], ["--format", "json"], ["--all"]):
        assert "ESC001" in escai("config", "validate", *words, code=1).out


def test_a_history_that_was_changed_is_a_finding_among_others(escai):
    """The file is judged all the same; loading still refuses."""
    escai("config", "init", "-e", "testing")
    with sqlite3.connect(escai.folder / "config/.escai/history.db") as database:
        database.execute("UPDATE versions SET author = 'mallory'")
    database.close()
    made = report(escai, "-e", "testing", "--fail-on", "never")

    assert {"ESC916", "ESC322"} <= codes(made)
    assert "warning" == next(f for f in made.data["findings"] if f["code"] == "ESC916")["severity"]
    escai("config", "get", "-e", "testing", "security.jwt_secret_key", code=3)


def test_approvals_are_given_and_asked_for(escai, monkeypatch):
    """One writes the plan, another one approves it, the first applies it."""
    for name in ("development", "testing"):
        escai("config", "init", "-e", name)
    public = escai("config", "approve", "--new-key", "bob.pem").out.strip()
    policy = escai.folder / "config/.escai/policy.yaml"
    policy.write_text(f'{policy.read_text()}approvals:\n  testing: {{by: {{bob: "{public}"}}}}\n')
    escai("config", "set", "-e", "development", "ml.model_cache_size", "321")
    ends = ("--from", "development", "--to", "testing")
    escai("config", "promote", *ends, "--plan", "plan.json")

    refused = escai("config", "promote", "--apply", "plan.json", "--yes", code=1)
    assert "needs 1 approval" in refused.err
    escai("config", "approve", "plan.json", "--key", "bob.pem", "-o", "a.json", "--yes", code=2)
    words = ("plan.json", "--key", "bob.pem", "-o", "a.json", "--yes")
    monkeypatch.setenv("ESCAI_AUTHOR", "bob")
    assert "bob approves" in escai("config", "approve", *words).out
    monkeypatch.setenv("ESCAI_AUTHOR", "ada")
    escai("config", "promote", "--apply", "plan.json", "--approval", "a.json", "--yes")
    assert "321" in escai("config", "get", "-e", "testing", "ml.model_cache_size").out
    escai("config", "promote", "--apply", "plan.json", *ends, code=2)
    escai("config", "promote", *ends, "--break-glass", " ", code=2)
    escai("config", "promote", code=2)


def test_what_may_hurt_is_asked_for(desk):
    """Nobody is there to answer; yes to all mends it, in a dry run it is shown."""
    escai = desk()
    path = escai.file()
    path.write_text(
        path.read_text().replace("  host:", "  cors_origins: [https://A.example.com]\n  host:")
    )
    assert (
        "nobody is here to answer" in escai("config", "validate", "--fix", "--unsafe", code=2).err
    )
    dry = escai("config", "validate", "--fix", "--unsafe", "--dry-run").out
    assert "https://a.example.com" in dry
    assert "https://A.example.com" in path.read_text()
    escai("config", "validate", "--fix", "--unsafe", "--yes")
    assert "https://a.example.com" in path.read_text()


@pytest.mark.parametrize(
    ("answers", "code", "left"),
    [
        ("y\ny\ny\n", 0, ""),
        ("y\nn\nn\n", 0, "B"),
        ("n\ny\nn\n", 0, "A"),
        ("n\nn\nn\n", 0, "AB"),
        ("y\ny\n", 2, "AB"),
    ],
)
def test_answers_may_be_piped(desk, answers, code, left):
    """One line for each question; when they run out nothing is written."""
    escai = desk()
    path = escai.file()
    origins = "  cors_origins: [https://A.example.com, https://B.example.com]\n  host:"
    path.write_text(path.read_text().replace("  host:", origins))
    said = escai("config", "validate", "--fix", "--unsafe", stdin=answers, code=code)

    assert left == "".join(each for each in "AB" if f"https://{each}.ex" in path.read_text())
    assert ("nobody is here to answer" in said.err) == (code == 2)
    assert "\\n" not in said.err


def test_a_misspelt_name_is_mended_when_agreed(desk):
    """The value moves with it, be it a secret."""
    escai = desk()
    path = escai.file()
    path.write_text(path.read_text().replace("jwt_secret_key", "jwt_secret_kay"))
    assert "did you mean security.jwt_secret_key?" in escai("config", "validate", code=1).out
    out = escai("config", "validate", "--fix", "--unsafe", "--yes").out
    assert "jwt_secret_key: " in path.read_text()
    assert CANARY not in out
    assert CANARY in path.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["--unsafe"],
        ["--dry-run"],
        ["-c", "x.yaml", "--fix"],
        ["-c", "x.yaml", "--all"],
        ["--baseline", "a", "--write-baseline", "b"],
    ],
)
def test_options_that_do_not_go_together(workspace, words):
    """Are a wrong call, before anything is looked at."""
    workspace("config", "validate", *words, code=2)


@pytest.mark.parametrize("form", ["text", "sarif", "junit", "github", "markdown", "html"])
def test_a_foreign_file_is_reported_in_every_form(escai, form):
    """Each strange name at its line, with what to do, and nothing is written."""
    out = escai("config", "validate", "-c", INVALID, "--format", form, "--detailed", code=1).out

    assert "ESC101" in out
    assert "ESC104" in out
    assert re.search("unknown field", out)
    assert [] == list(escai.folder.iterdir())


def test_each_strange_name_is_told_what_there_is(escai):
    """What was meant, where that stands, or which names there are and how to list more."""
    made = json.loads(escai("config", "validate", "-c", INVALID, "--format", "json", code=1).out)[
        "findings"
    ]
    said = {each["path"]: (each["expected"], each["fix"]) for each in made}

    assert all(expected and fix for expected, fix in said.values())
    assert "debug at the top level" == said["api.debug"][0]
    assert "the top level, as debug" in said["api.debug"][1]
    assert "log_level" == said["logging"][0]
    assert "one of environment, debug, log_level, " in said["cli"][0]
    assert "one of the 29 fields of database" == said["database.name"][0]
    assert "escai config schema --format markdown" in said["database.name"][1]


def test_more_annotations_than_github_shows_are_announced(escai):
    """Beside the result, which is commands alone."""
    outcome = escai("config", "validate", "-c", INVALID, "--format", "github", code=1)

    assert all(line.startswith("::") for line in outcome.out.splitlines())
    assert "GitHub shows 10 annotations of a kind" in outcome.err


def test_a_file_by_itself_is_judged_for_the_environment_that_is_asked_for(escai):
    """Else for the one that it names; what is fine for developers is not for production."""
    (escai.folder / "app.yaml").write_text("environment: development\ndebug: true\n")
    words = ("config", "validate", "-c", "app.yaml", "--format", "json", "--fail-on", "never")

    strict = json.loads(escai(*words, "-e", "production").out)
    lax = json.loads(escai(*words).out)
    assert ("production", "development") == (strict["environment"], lax["environment"])
    codes = {each["code"] for each in strict["findings"]}
    assert codes > {each["code"] for each in lax["findings"]} | {"ESC501"}
    assert "there is no environment" in escai(*words, "-e", "prodution", code=2).err


@pytest.mark.parametrize("text", [None, "{", "[1]", "{}"])
def test_a_baseline_that_is_none_is_to_be_written(escai, text):
    """Whatever keeps it from being read, that is the next step."""
    if text is not None:
        (escai.folder / "known.json").write_text(text)
    words = ("config", "validate", "-c", EXAMPLE, "--baseline", "known.json")

    assert "write it anew: escai config validate --write-baseline" in escai(*words, code=3).err


def test_a_report_too_long_for_a_comment_is_told_to_be(escai):
    """Whole on stdout all the same."""
    names = "".join(f"unknown_{n}: 1\n" for n in range(300))
    (escai.folder / "app.yaml").write_text(names)
    words = ("config", "validate", "-c", "app.yaml", "--format", "markdown")

    outcome = escai(*words, code=1)
    assert 300 == outcome.out.count("<code>unknown")
    assert "65,536 characters" in outcome.err


def test_a_narrow_list_of_findings_goes_to_stdout(workspace, monkeypatch):
    """It is the result, also where it is drawn for a narrow screen."""
    monkeypatch.setenv("COLUMNS", "50")
    said = workspace("config", "validate", "--color", "always")
    assert "ESC322" in said.out
    assert "ESC322" not in said.err
