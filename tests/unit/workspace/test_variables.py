"""Dotenv files beside the configuration, below the variables of the process."""

from __future__ import annotations

import re

import pytest

from escai_nb.errors import (
    DocumentError,
    FileUnavailableError,
    InvalidConfigurationError,
    ValueRefusedError,
)
from escai_nb.workspace.manager import ConfigManager


def told(manager, path):
    """Return the origins of a leaf's chain that are no defaults, and the one that won."""
    steps = manager.explain(path).steps
    return [str(s.origin) for s in steps[1:]], next(str(s.origin) for s in steps if s.won)


def test_a_dotenv_file_lies_between_file_and_environment(open_manager, workspace):
    """The file of the environment over the general one, the process over both."""
    open_manager()
    (workspace.root / ".env").write_text("# ours\nESCAI_API__PORT=9001\nESCAI_API__WORKERS=3\n")
    (workspace.root / ".env.development").write_text("ESCAI_API__PORT=9002\n")
    manager = open_manager()
    assert manager.load_config().api.port == 9002
    assert manager.get_config().api.workers == 3
    assert told(manager, "api.port")[1] == ".env.development:1:17"
    assert told(manager, "api.workers")[1] == ".env:3:20"
    environ = {**workspace.environ, "ESCAI_API__PORT": "9003"}
    over = ConfigManager(workspace.root, environ=environ, enable_hot_reload=False)
    assert over.load_config().api.port == 9003
    assert told(over, "api.port") == (
        [
            "config.development.yaml:36:9",
            ".env:2:17",
            ".env.development:1:17",
            "env ESCAI_API__PORT",
        ],
        "env ESCAI_API__PORT",
    )


def test_the_stronger_dotenv_file_wins_however_it_says_the_name(open_manager, workspace, tmp_path):
    """One underscore, or a file of a secret, in the stronger file beat the exact name below."""
    open_manager()
    (tmp_path / "password").write_text("of-the-file\n")
    (workspace.root / ".env").write_text(
        "ESCAI_API__PORT=9001\nESCAI_DATABASE__POSTGRES_PASSWORD=direct\n"
    )
    (workspace.root / ".env.development").write_text(
        f"ESCAI_API_PORT=9002\nESCAI_DATABASE__POSTGRES_PASSWORD_FILE={tmp_path / 'password'}\n"
    )
    manager = open_manager()
    assert manager.load_config().api.port == 9002
    assert told(manager, "api.port")[0][-2:] == [".env:1:17", ".env.development:1:16"]
    assert manager.get_config_value("database.postgres_password") == "of-the-file"
    assert not manager.reading.unknown_variables


def test_overrides_lie_over_every_layer_and_are_never_saved(open_manager, workspace):
    """They are told as such, hide what is saved, and are judged like any value."""
    open_manager()
    environ = {**workspace.environ, "ESCAI_API__PORT": "9003"}
    given = {"api": {"port": 9004}, "database": {"postgres_password": "canary-override"}}
    manager = ConfigManager(
        workspace.root, environ=environ, enable_hot_reload=False, overrides=given
    )
    assert manager.load_config().api.port == 9004
    origins, winner = told(manager, "api.port")
    assert origins[-2:] == ["env ESCAI_API__PORT", "override"]
    assert winner == "override" == str(manager.shadowed("api.port"))
    assert "canary" not in f"{manager.explain('database').to_data()} {vars(manager)}"
    before = workspace.file("development").read_text()
    manager.set_config_value("log_level", "WARNING")
    manager.save_config()
    after = workspace.file("development").read_text()
    assert before.count("\n") == after.count("\n")
    assert "9004" not in after
    assert manager.get_config().api.port == 9004

    with pytest.raises(InvalidConfigurationError, match=r"api\.prot") as caught:
        open_manager(overrides={"api": {"prot": 1}}).load_config()
    assert str(caught.value.findings[0].origin) == "override"
    with pytest.raises(ValueRefusedError, match=r"api\.port.* object"):
        open_manager(overrides={"api": {"port": object()}})


def test_of_a_section_is_told_what_sets_something_in_it(open_manager, workspace):
    """A variable has a name in each chain."""
    open_manager()
    environ = {**workspace.environ, "ESCAI_API__PORT": "9003"}
    manager = ConfigManager(workspace.root, environ=environ, enable_hot_reload=False)
    assert told(manager, "api")[0][-1] == "env ESCAI_API__PORT"


def test_values_are_typed_and_never_saved(open_manager, workspace):
    """Lists, mappings, booleans, secrets and files of secrets, as with variables."""
    open_manager()
    (workspace.root / "password").write_text("a-secret-from-a-file\n")
    (workspace.root / ".env").write_text(
        'ESCAI_API__CORS_ORIGINS=["https://a.example"]\n'
        "ESCAI_DEBUG=no\n"
        'ESCAI_CUSTOM_SETTINGS={"team": {"size": 4}}\n'
        f"ESCAI_DATABASE__POSTGRES_PASSWORD_FILE={workspace.root / 'password'}\n"
        "POSTGRES_PASSWORD=${for_others}\n"
    )
    manager = open_manager()
    config = manager.load_config()
    assert config.api.cors_origins == ["https://a.example"]
    assert config.debug is False
    assert config.custom_settings == {"team": {"size": 4}}
    assert manager.get_config_value("database.postgres_password") == "a-secret-from-a-file"
    assert "a-secret" not in str(manager.explain("database.postgres_password").to_data())
    before = workspace.file("development").read_text()
    manager.set_config_value("log_level", "WARNING")
    manager.save_config()
    after = workspace.file("development").read_text()
    assert "a.example" not in after
    assert before.count("\n") == after.count("\n")
    assert str(manager.shadowed("debug")) == ".env:2:13"


def test_what_has_no_effect_is_told_with_its_line(open_manager, workspace):
    """Unknown names with a hint, names of the toolkit, values that others would replace."""
    open_manager()
    (workspace.root / ".env").write_text(
        "ESCAI_API__PROT=1\nESCAI_ENV=production\nESCAI_API__HOST=${HOSTNAME}\nOTHER=1\n"
    )
    found = [f for f in open_manager().report().findings if f.code == "ESC903"]
    findings = sorted(found, key=lambda f: f.origin.line)
    assert [(str(f.origin), f.message) for f in findings] == [
        (".env:1:17", "ESCAI_API__PROT has no effect"),
        (".env:2:11", "ESCAI_ENV has no effect"),
        (".env:3:17", "ESCAI_API__HOST has no effect"),
    ]
    assert "ESCAI_API__PORT" in findings[0].fix


def test_a_broken_dotenv_file_is_refused_at_its_place(open_manager, workspace):
    """Nothing is loaded as if it were not there."""
    open_manager()
    (workspace.root / ".env").write_text("ESCAI_API__PORT=9001\nnonsense\n")
    with pytest.raises(DocumentError, match=r"\.env:2:1"):
        open_manager().load_config()
    finding, *others = open_manager().report().findings
    assert str(finding.origin) == ".env:2:1"
    assert all(other.code != finding.code for other in others)


def test_a_missing_file_of_a_secret_is_told_at_the_line_that_names_it(open_manager, workspace):
    """No variable of the process has that name, and nobody is sent to look for it there."""
    open_manager()
    (workspace.root / ".env").write_text(
        "\nESCAI_DATABASE__REDIS_PASSWORD_FILE=/run/not-there/password\n"
    )
    with pytest.raises(FileUnavailableError, match="REDIS_PASSWORD_FILE") as caught:
        open_manager().load_config()
    assert caught.value.where == ".env:2:37"


def test_what_cannot_be_read_beside_the_files_hides_nothing_in_a_report(open_manager, workspace):
    """Each line of a dotenv file, and a secret's file, is a finding beside all others."""
    open_manager()
    file = workspace.file("development")
    file.write_text(re.sub("ensemble_size: .*", "ensemble_size: 0", file.read_text()))
    (workspace.root / ".env").write_text(
        "nonsense\nESCAI_API__PORT=x\nESCAI_API__HOST='\nESCAI_API__WORKERS=9000\n"
        "ESCAI_DATABASE__REDIS_PASSWORD_FILE=/is/not/there\n"
    )
    workspace.environ["ESCAI_DATABASE__NEO4J_PASSWORD_FILE"] = "/is/not/here"
    report = open_manager().report()
    found = {(f.code, f.path, str(f.origin)) for f in report.findings if f.severity.rank == 3}

    assert found == {
        ("ESC001", "", ".env:1:1"),
        ("ESC102", "api.port", ".env:2:17"),
        ("ESC001", "", ".env:3:17"),
        ("ESC103", "api.workers", ".env:4:20"),
        ("ESC001", "database.redis_password", ".env:5:37"),
        ("ESC001", "database.neo4j_password", "env ESCAI_DATABASE__NEO4J_PASSWORD_FILE"),
        ("ESC103", "ml.ensemble_size", f"config.development.yaml:{_line(file, 'ensemble_size')}"),
    }
    assert report.verified
    assert {"database.neo4j_password", "database.redis_password"} == {*report.unreadable}
    with pytest.raises((DocumentError, FileUnavailableError)):
        open_manager().load_config()


def _line(file, name):
    """Line and column of the value behind *name*."""
    lines = file.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if name in line)
    return f"{number}:{lines[number - 1].index(': ') + 3}"


def test_where_the_seal_covers_everything_it_must_be_named(open_manager, workspace, tmp_path):
    """Who can write to the folder has no key, and changes no value; who names a file may."""
    open_manager("production")
    beside = workspace.root / ".env"
    beside.write_text("ESCAI_API__PORT=9001\n")
    manager = open_manager("production")
    assert manager.load_config().api.port == 8000
    assert [f.message for f in manager.report().findings if f.code == "ESC903"] == [
        "ESCAI_API__PORT has no effect"
    ]
    (workspace.root / ".env").write_text("nonsense\n")
    assert open_manager("production").load_config().api.port == 8000

    named = tmp_path / "production.env"
    named.write_text("ESCAI_API__PORT=9002\n")
    assert open_manager("production", env_file=named).load_config().api.port == 9002
    environ = {**workspace.environ, "ESCAI_ENV_FILE": str(named)}
    by_variable = ConfigManager(
        workspace.root, "production", environ=environ, enable_hot_reload=False
    )
    assert by_variable.load_config().api.port == 9002
    assert told(by_variable, "api.port")[1] == "production.env:1:17"


def test_a_named_file_takes_the_place_of_the_others_and_must_be_there(
    open_manager, workspace, tmp_path, monkeypatch
):
    """None is looked for in the working directory, or above."""
    open_manager()
    (workspace.root / ".env").write_text("ESCAI_API__PORT=9001\n")
    (tmp_path / ".env").write_text("ESCAI_API__PORT=9009\n")
    monkeypatch.chdir(tmp_path)
    assert open_manager().load_config().api.port == 9001
    (tmp_path / "mine").write_text("ESCAI_API__WORKERS=2\n")
    named = open_manager(env_file="mine").load_config()
    assert (named.api.port, named.api.workers) == (8000, 2)
    with pytest.raises(FileUnavailableError, match="absent"):
        open_manager(env_file="absent").load_config()


def test_null_hides_what_lies_below_and_unset_shows_it(open_manager, workspace):
    """A value of nothing is a step of the chain; absence is none."""
    open_manager()
    workspace.shared_file.write_text("security:\n  tls_ca_file: /shared.pem\n")
    path = "security.tls_ca_file"
    manager = open_manager()
    manager.unset_config_value(path)
    assert manager.get_config_value(path) == "/shared.pem"
    assert told(manager, path) == (["config.yaml:2:16"], "config.yaml:2:16")

    manager.set_config_value(path, None)
    manager.save_config()
    manager = open_manager()
    assert manager.load_config().security.tls_ca_file is None
    origins, winner = told(manager, path)
    assert origins == ["config.yaml:2:16", winner]
    assert winner.startswith("config.development.yaml:")
    assert [step.value for step in manager.explain(path).steps[1:]] == ["/shared.pem", None]


def test_null_where_something_must_be_is_an_error_at_its_place(open_manager, workspace):
    """It does not quietly become the default, nor what lies below."""
    open_manager()
    file = workspace.file("development")
    file.write_text(file.read_text().replace("port: 8000", "port: null"))
    with pytest.raises(InvalidConfigurationError, match=r"api\.port"):
        open_manager().load_config()
    environ = {**workspace.environ, "ESCAI_API__PORT": "9001"}
    over = ConfigManager(workspace.root, environ=environ, enable_hot_reload=False)
    assert over.load_config().api.port == 9001
