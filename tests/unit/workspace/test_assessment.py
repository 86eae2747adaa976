"""What a report says of a workspace: its comments, its policy, its other environments, its age."""

import datetime as dt

import pytest
import yaml

from escai_nb.origin import OriginKind
from escai_nb.validation.finding import Severity
from escai_nb.workspace.assessment import assess
from escai_nb.workspace.bootstrap import import_file, initialise
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.loading.opening import read_environment

STRONG = "Vq7-tR2m_zK9wLx4Pb1sYd8f"
FILE = f"""# the service
environment: development
api:
  host: 10.0.0.5
  port: 443  {{comment}}
  cors_origins:
    - https://a.example.com
security:
  jwt_secret_key: {STRONG}{STRONG}
"""


@pytest.fixture
def clear(workspace, tmp_path):
    """Function: a workspace whose development file is clear, with a comment at the port."""

    def make(comment="", text=FILE):
        source = tmp_path / "source.yaml"
        source.write_text(text.replace("{comment}", comment).replace("{{", "{").replace("}}", "}"))
        import_file(workspace, "development", source)
        return workspace

    return make


def report(workspace, environment="development", **more):
    """The report on an environment as it lies there."""
    return assess(read_environment(workspace, environment), **{"neighbours": True} | more)


def codes(made):
    """Code → finding."""
    return {finding.code: finding for finding in made.findings}


def demand(workspace, **entries):
    """Put *entries* into the policy of *workspace*."""
    data = yaml.safe_load(workspace.policy_file.read_text())
    workspace.policy_file.write_text(yaml.safe_dump(data | entries, sort_keys=False))


def at(workspace, day):
    """The same workspace on another day."""
    clock = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    return Workspace.at(
        workspace.root,
        workspace.spec,
        environ=workspace.environ,
        author="ada",
        clock=lambda: clock,
    )


def test_a_comment_puts_aside_what_stands_at_its_line(clear):
    """And only that; the report still knows of it."""
    workspace = clear('# escai: ignore ESC202 reason="behind a socket unit"')
    made = report(workspace)

    assert "ESC202" not in codes(made)
    assert ["ESC202"] == [aside.finding.code for aside in made.put_aside]
    assert "ESC202" in codes(report(workspace, suppressions=False))


def test_a_comment_of_no_use_is_found_at_its_place(clear):
    """By line and column."""
    found = codes(report(clear("# escai: ignore ESC203 reason=x")))["ESC907"]

    assert "config.development.yaml:5:14" == str(found.origin)
    assert "api.port" == found.path


def test_a_comment_in_the_shared_file_speaks_of_the_shared_file(clear, workspace):
    """A value that another layer sets is another value."""
    text = FILE.replace("  port: 443  {comment}\n", "")
    clear(text=text)
    workspace.shared_file.write_text("api:\n  port: 443  # escai: ignore ESC202 reason=x\n")
    assert "ESC202" not in codes(report(workspace))

    set_here = Workspace.at(
        workspace.root,
        workspace.spec,
        environ={**workspace.environ, "ESCAI_API__PORT": "80"},
        author="ada",
    )
    made = codes(report(set_here))
    assert OriginKind.VARIABLE is made["ESC202"].origin.kind
    assert "ESC907" in made


def test_the_policy_puts_aside_and_weighs(clear):
    """Severities, limits and suppressions hold for its workspace."""
    workspace = clear()
    demand(
        workspace,
        severities={"ESC202": "error", "ESC901": "off"},
        thresholds={"ESC327": 7},
        suppressions=[{"rule": "ESC401", "path": "database", "reason": "a laptop"}],
    )
    made = report(workspace)

    assert Severity.ERROR is codes(made)["ESC202"].severity
    assert "≤ 7" == codes(made)["ESC327"].expected
    assert {"ESC901", "ESC401"}.isdisjoint(codes(made))
    assert {"ESC401"} == {aside.finding.code for aside in made.put_aside}


def test_what_the_policy_asks_in_vain_is_found(clear):
    """At its line where that is known."""
    workspace = clear()
    demand(
        workspace,
        severities={"ESC999": "error"},
        suppressions=[{"rule": "ESC203"}, {"rule": "ESC999", "reason": "x"}],
    )
    found = report(workspace).findings
    places = {f.code: str(f.origin) for f in found if str(f.origin).startswith(".escai")}

    assert {"ESC910", "ESC908", "ESC909"} == places.keys()
    assert places["ESC908"].startswith(".escai/policy.yaml:")


def test_an_old_key_is_found(workspace):
    """When the policy says how old it may become; a rotation makes it young."""
    initialise(at(workspace, "2026-01-01"), "development")
    assert "ESC911" not in codes(report(at(workspace, "2026-12-01")))
    demand(workspace, max_key_age_days=180)
    assert "ESC911" not in codes(report(at(workspace, "2026-06-30")))
    assert "ESC911" in codes(report(at(workspace, "2026-07-01")))
    rotate_keys(at(workspace, "2026-07-01"), "development")
    assert "ESC911" not in codes(report(at(workspace, "2026-07-02")))


def test_old_secrets_are_found_where_the_history_knows(workspace, open_manager):
    """A new key makes no new secret, a new value does."""
    initialise(at(workspace, "2026-01-01"), "development")
    demand(workspace, max_secret_age_days=90)

    def old(day):
        found = report(at(workspace, day)).findings
        return {finding.path for finding in found if finding.code == "ESC912"}

    assert set() == old("2026-03-01")
    everything = old("2026-05-01")
    assert "security.jwt_secret_key" in everything
    rotate_keys(at(workspace, "2026-05-01"), "development")
    assert everything == old("2026-05-02")
    manager = open_manager(enable_encryption=None)
    manager.set_config_value("security.jwt_secret_key", STRONG + STRONG)
    manager.save_config()
    assert everything - {"security.jwt_secret_key"} == old("2026-05-03")


def test_a_secret_of_two_environments_is_found(workspace):
    """By a keyed hash; the other one is named, and its place, and no value."""
    same = {"security": {"jwt_secret_key": STRONG + STRONG}}
    initialise(workspace, "development", values=same)
    initialise(workspace, "testing", values=same)
    found = codes(report(workspace))["ESC337"]

    assert ("security.jwt_secret_key of testing",) == found.related
    assert "config.testing.yaml" == found.related_origins[0].source
    assert STRONG not in str(report(workspace).to_data())
    initialise(workspace, "staging")
    assert "ESC337" not in codes(report(workspace, "staging"))


def test_what_cannot_be_compared_is_said(workspace):
    """Without the key of the other environment, or with its file broken."""
    initialise(workspace, "development")
    initialise(workspace, "testing")
    keys = list((workspace.root.parent / "keys").rglob("testing.key"))
    for key in keys:
        key.rename(key.with_suffix(".away"))
    reasons = dict(report(workspace).not_run)
    assert "of testing is sealed, and its key is not at hand" in reasons["ESC337"]
    assert {"ESC417", "ESC418"}.isdisjoint(reasons)
    workspace.file("testing").write_text("api: [1\n")
    reasons = dict(report(workspace).not_run)
    assert {"testing cannot be read"} == {reasons[n] for n in ("ESC337", "ESC417", "ESC418")}


def test_new_environments_share_nothing(workspace):
    """What init writes in all of them is quiet in all of them."""
    for name in workspace.spec.environments:
        initialise(workspace, name)
    for name in workspace.spec.environments:
        made = report(workspace, name)
        assert [] == list(map(str, made.at_least("warning"))), name
        assert () == made.not_run, name
