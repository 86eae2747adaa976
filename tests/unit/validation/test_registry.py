"""Rules by others: found where they are offered, and no harm where they fail."""

import sys

import pytest

from escai_nb.errors import SpecError
from escai_nb.escai.spec import ESCAI
from escai_nb.validation.registry import load_rules, with_installed
from escai_nb.validation.rule import Tier, rule
from escai_nb.workspace.facade import ConfigValidator

HEAD = """
from escai_nb.validation.rule import Problem, rule

def one(name):
    @rule(name, title="t", severities="W/W/W/E", why="w", fix="f", source="s")
    def made(facts):
        yield Problem("api.port", "is looked at")
    return made
"""


@rule("OWN1", title="t", severities="W/W/W/E", why="w", fix="f", source="s")
def own(_):
    """Nothing."""
    return iter(())


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """Function: install a package that offers what its module is made of."""

    def install(source, *, value="NAME", name="acme"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}_rules.py").write_text(HEAD + source)
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[escai_nb.rules]\n{name} = {name}_rules{value and f':{value}'}\n"
        )
        monkeypatch.syspath_prepend(folder)

    yield install
    for name in [name for name in sys.modules if name.endswith("_rules") and "." not in name]:
        del sys.modules[name]


def ids(judges):
    """Ids of all rules."""
    return [each.id for each in judges.rules]


def test_without_packages_there_are_only_ones_own():
    """Those of a spec, and nothing is searched for long."""
    assert ESCAI.all_rules == with_installed(ESCAI.all_rules).rules


@pytest.mark.parametrize(
    "source", ["NAME = one('ACME1')", "NAME = [one('ACME1')]", "NAME = iter((one('ACME1'),))"]
)
def test_a_package_brings_one_rule_or_several(offered, source):
    """In whatever they come."""
    offered(source)

    assert ["OWN1", "ACME1"] == ids(with_installed((own,)))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ValueError('secret')", "rules acme of acme: ValueError"),
        ("OTHER = 1", "rules acme of acme: AttributeError"),
        ("NAME = 5", "rules acme of acme: TypeError"),
        ("NAME = ['x']", "rules acme of acme: TypeError"),
        ("raise SystemExit(3)", "rules acme of acme: SystemExit"),
    ],
)
def test_a_package_that_fails_is_a_finding(offered, source, reason):
    """It tells the package and the kind of error, and the rest is asked."""
    offered(source)
    judges = with_installed((own,))

    assert ["OWN1"] == ids(judges)
    [finding] = judges.findings(Tier.PRODUCTION)
    assert ("ESC991", reason) == (finding.code, finding.message)


def test_one_package_does_not_hide_another(offered):
    """Whichever comes first."""
    offered("NAME = one('ACME1')")
    offered("1 / 0", name="broken")
    judges = with_installed((own,))

    assert ["OWN1", "ACME1"] == ids(judges)
    assert ("rules broken of broken: ZeroDivisionError",) == judges.failures


def test_no_package_replaces_a_rule(offered):
    """An id that is taken stays with whom it belongs to."""
    offered("NAME = [one('OWN1'), one('ACME1'), one('ACME1')]")
    judges = with_installed((own,))

    assert ["OWN1", "ACME1"] == ids(judges)
    assert own is judges.rules[0]
    assert 2 == len(judges.failures)


@pytest.mark.parametrize("name", ["ESC101", "ESC901", "ESC990", "own1"])
def test_no_rule_takes_an_id_of_the_toolkits_own(offered, name):
    """Also not that of a page without a check, and in no other case."""
    offered(f"NAME = one('{name}')")
    judges = with_installed((own,))

    assert ["OWN1"] == ids(judges)
    assert (f"a package brings a rule {name}, and there is one already",) == judges.failures


def test_a_spec_says_each_id_once():
    """The first one stays, and it is told that the other one does not."""
    judges = with_installed((own, own))

    assert ["OWN1"] == ids(judges)
    assert ("the spec brings a rule OWN1, and there is one already",) == judges.failures


def test_rules_are_loaded_by_name(offered):
    """One or several."""
    offered("NAME = one('ACME1')\nBOTH = (NAME, one('ACME2'))")

    assert ["ACME1"] == [each.id for each in load_rules("acme_rules:NAME")]
    assert ["ACME1", "ACME2"] == [each.id for each in load_rules("acme_rules:BOTH")]


def test_a_module_brings_all_its_rules(offered):
    """By themselves and in lists, each once; what begins with an underscore is its own affair."""
    offered("A = one('ACME1')\nB = [A, one('ACME2')]\n_C = one('ACME3')")

    assert ["ACME1", "ACME2"] == [each.id for each in load_rules("acme_rules")]


def test_a_package_may_offer_a_module(offered):
    """Just as one is named on the command line."""
    offered("A = one('ACME1')\nB = one('ACME2')", value="")

    assert ["OWN1", "ACME1", "ACME2"] == ids(with_installed((own,)))


def test_a_module_that_exits_is_a_wrong_call(offered):
    """And does not exit."""
    offered("raise SystemExit(0)")
    with pytest.raises(SpecError, match="SystemExit"):
        load_rules("acme_rules")


@pytest.mark.parametrize("reference", ["nowhere:X", "acme_rules:X", "acme_rules:one", "acme_rules"])
def test_what_is_no_rule_is_a_wrong_call(offered, reference):
    """With the form that is wanted."""
    offered("NAME = 1")
    with pytest.raises(SpecError) as caught:
        load_rules(reference)

    assert "module:NAME" in caught.value.hint


TEAM = "from dataclasses import dataclass\nfrom beside import WORD\n" + HEAD


@pytest.fixture
def team(tmp_path, monkeypatch):
    """The file of a module with two rules, which needs the one beside it."""
    folder = tmp_path / "rules of ours"
    folder.mkdir()
    (folder / "beside.py").write_text("WORD = 'ACME'\n")
    file = folder / "json.py"  # as others are called, too
    file.write_text(f"{TEAM}A = one(WORD + '1')\nB = one(WORD + '2')\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield file
    sys.modules.pop("beside", None)


def test_a_file_is_as_good_as_a_module(team, monkeypatch):
    """By whatever path, whole or in part; it takes no other module's name."""
    import json

    monkeypatch.chdir(team.parent.parent)
    names = [str(team), "rules of ours/json.py", f"./{team.parent.name}/json.py"]

    assert [["ACME1", "ACME2"]] * 3 == [[each.id for each in load_rules(name)] for name in names]
    assert ["ACME2"] == [each.id for each in load_rules(f"{team}:B")]
    assert [load_rules(f"{team}:B")] * 3 == [load_rules(f"{name}:B") for name in names]
    assert sys.modules["json"] is json


def test_a_file_that_fails_is_loaded_again(team):
    """Once it is mended."""
    whole = team.read_text()
    team.write_text(whole + "1 / 0\n")
    with pytest.raises(SpecError, match=r"ZeroDivisionError: division by zero \(json.py:\d+\)"):
        load_rules(str(team))
    team.write_text(whole)

    assert 2 == len(load_rules(str(team)))


@pytest.mark.parametrize(
    ("source", "reason", "hint"),
    [
        ("import nowhere_to_be", "No module named 'nowhere_to_be' (acme_rules.py:9)", "that line"),
        ("def (", "SyntaxError: invalid syntax (acme_rules.py, line 9)", "name a module"),
        ("one(3)", "the id of a rule is a text such as TEAM001 (acme_rules.py:", "that line"),
        ("one(' ')", "the id of a rule is a text such as TEAM001 (acme_rules.py:", "that line"),
        ("rule('A', title='t')", "missing 4 required keyword-only arguments", "that line"),
        (
            "rule('A', title=1, severities='E/E/E/E', why='', fix='', source='')(one)",
            "title, layer, why, fix and source of rule A are texts (acme_rules.py:9)",
            "that line",
        ),
        ("NAME = 1", "there is no rule in acme_rules", "name a module"),
    ],
)
def test_what_keeps_rules_from_being_loaded_is_told(offered, source, reason, hint):
    """With the line, where it is in the module, and what to do next."""
    offered(source)
    with pytest.raises(SpecError) as caught:
        load_rules("acme_rules")

    assert reason in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("nowhere", "there is no module nowhere"),
        ("acme_rules.nowhere", "there is no module acme_rules.nowhere"),
        ("nowhere.py", "there is no such file"),
        ("nowhere.py:X", "there is no such file"),
    ],
)
def test_what_is_not_there_is_told(offered, reference, reason):
    """With all the ways to name what is."""
    offered("NAME = one('ACME1')")
    with pytest.raises(SpecError) as caught:
        load_rules(reference)

    assert reason in str(caught.value)
    assert "or a file such as team.py" in caught.value.hint


def test_a_package_that_comes_later_is_seen(offered, tmp_path):
    """Also in a process that has looked in the same folders before."""
    offered("NAME = one('ACME1')")
    assert ["OWN1", "ACME1"] == ids(with_installed((own,)))
    (tmp_path / "acme" / "late_rules.py").write_text(f"{HEAD}NAME = one('LATE1')")
    info = tmp_path / "acme" / "late-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[escai_nb.rules]\nlate = late_rules:NAME\n")

    assert {"OWN1", "ACME1", "LATE1"} == {*ids(with_installed((own,)))}


def test_what_cannot_be_read_offers_no_rules(offered, tmp_path):
    """A folder where a file of entries should be stops nobody."""
    offered("NAME = one('ACME1')")
    (tmp_path / "acme" / "odd-1.0.dist-info" / "entry_points.txt").mkdir(parents=True)

    assert ["OWN1", "ACME1"] == ids(with_installed((own,)))


def test_a_mapping_and_a_file_by_itself_are_judged_by_packages_too(offered, tmp_path):
    """As a workspace is; what cannot be loaded is a finding there, too."""
    offered("NAME = one('ACME1')")
    offered("1 / 0", name="broken")
    file = tmp_path / "own.yaml"
    file.write_text("api: {port: 8443}\n")
    validator = ConfigValidator()

    for report in (validator.generate_validation_report({}), validator.report_file(file)):
        assert {"ACME1", "ESC991"} <= {finding.code for finding in report.findings}
