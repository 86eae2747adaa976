"""Live checks as people meet them: the shell, a manager, every format, and what none may say."""

from __future__ import annotations

import json
import logging

import pytest
from canary.search import canary, found
from click.testing import CliRunner
from servers import HOST, USER, talking

from escai_nb.cli.main import main
from escai_nb.validation.live.checking import LiveChecks
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

SECRETS = {
    "postgres": "database.postgres_password",
    "redis": "database.redis_password",
    "influxdb": "database.influxdb_password",
    "neo4j": "database.neo4j_password",
}
FORMATS = ("text", "json", "sarif", "junit", "github", "markdown", "html")


@pytest.fixture
def workspace(tmp_path):
    """Function: a workspace of development that names servers on some ports."""

    def make(**ports):
        database = {}
        for service, port in ports.items():
            database |= {f"{service}_host": HOST, f"{service}_port": port}
            database[f"{service}_password"] = canary(SECRETS[service])
        if "influxdb" in ports:
            database["influxdb_username"] = USER
        values = {"database": database, "security": {"tls_enabled": False}}
        made = Workspace.at(tmp_path / "config")
        initialise(made, "development", values=values)
        return made

    return make


def run(workspace, *words):
    """Run the shell's validate on *workspace*."""
    arguments = ["config", "validate", "-d", str(workspace.root), "-e", "development", *words]
    return CliRunner().invoke(main, arguments)


@pytest.mark.postgresql
@pytest.mark.redis
@pytest.mark.influxdb
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_tells_a_password(form, workspace, postgresql, redis_port, influxdb, caplog):
    """Wrong passwords are found and located in every format; none of them is in it."""
    caplog.set_level(logging.DEBUG)
    made = workspace(postgres=postgresql.port, redis=redis_port, influxdb=influxdb.port)
    done = run(made, "--live", "--timeout", "20", "--format", form)

    assert 1 == done.exit_code
    for path in list(SECRETS.values())[:3]:
        assert path in done.stdout.replace("&#95;", "_").replace("&#46;", ".")
    assert 3 <= done.stdout.count("ESC656")
    said = {"out": done.output.encode(), "log": caplog.text.encode()}
    assert [] == list(found(SECRETS.values(), said))


def test_a_server_that_says_everything_back(workspace):
    """An echo of the login is in no output, and no error carries it."""

    def echo(connection):
        connection.settimeout(5)
        while said := connection.recv(4096):
            connection.sendall(said)

    with talking(b"N", then=echo) as one, talking(b"-ERR x\r\n", then=echo) as two:
        made = workspace(postgres=one, redis=two, influxdb=two)
        done = run(made, "--live", "--timeout", "3", "--detailed")

    assert 1 == done.exit_code
    assert [] == list(found(SECRETS.values(), {"out": done.output.encode()}))


@pytest.mark.redis
def test_a_verdict_is_told_where_there_is_nothing_to_find(workspace, redis_port):
    """What was asked and is well stands below the findings, in text and in JSON."""
    made = workspace(redis=redis_port)
    text = run(made, "--live").stdout
    data = json.loads(run(made, "--live", "--format", "json").stdout)

    assert "Live: Redis at database.redis_host: auth (connection, without TLS)." in text
    assert {"target": "Redis", "path": "database.redis_host", "verdict": "auth"}.items() <= next(
        each.items() for each in data["live"] if each["target"] == "Redis"
    )


def test_a_manager_asks_on_request(workspace):
    """A finding is located in the file that names the service."""
    with talking() as port:
        manager = ConfigManager(workspace(postgres=port).root, enable_hot_reload=False)
        report = manager.report(live=LiveChecks(0.3))
        silent = next(f for f in report.findings if f.code == "ESC652")

    assert "database.postgres_host" == silent.path
    assert "config.development.yaml" == silent.origin.source
    assert silent.origin.line > 1
    assert manager.report().live is None


def test_a_suppression_waits_for_the_next_live_check(workspace):
    """It is not unused because nobody has asked; asked, it puts aside."""
    made = workspace()
    file = made.file("development")
    text = file.read_text()
    comment = '# escai: ignore ESC651 reason="not on this laptop"\n'
    file.write_text(text.replace("database:\n", f"{comment}database:\n"))
    manager = ConfigManager(made.root, enable_hot_reload=False)

    assert "ESC907" not in {finding.code for finding in manager.report().findings}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--timeout", "3"], "belongs to --live"),
        (["--live", "--timeout", "0"], "range"),
        (["--live", "--timeout", "301"], "range"),
        (["--live", "--timeout", "soon"], "float"),
    ],
)
def test_options_that_make_no_sense(workspace, words, says):
    """They are refused before anything is asked."""
    done = run(workspace(), *words)

    assert 2 == done.exit_code
    assert says in done.stderr


def test_policy_and_comments_reach_what_is_found(workspace):
    """A severity of the policy, a limit, and a suppression with a reason, as for any rule."""
    made = workspace(postgres=1, redis=2)
    comment = '# escai: ignore ESC651 reason="not on this laptop"\n  '
    file = made.file("development")
    text = file.read_text()
    file.write_text(text.replace("redis_host", f"{comment}redis_host"))
    made.policy_file.write_text(
        made.policy_file.read_text() + "severities:\n  ESC651: advice\nthresholds:\n  ESC660: 60\n"
    )
    report = ConfigManager(made.root, enable_hot_reload=False).report(live=LiveChecks(5))

    assert {"advice"} == {f.severity.value for f in report.findings if f.code == "ESC651"}
    assert ["database.redis_host"] == [each.finding.path for each in report.put_aside]
    assert {"ESC907", "ESC910"}.isdisjoint(finding.code for finding in report.findings)
