"""Running a program with the opened settings in its environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

SECRET = "database.postgres_password"
ESCAI = (sys.executable, "-m", "escai_nb", "config")
ALL = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")


def run(*words, **more):
    """Call the command as a process of its own, which it gives away."""
    return subprocess.run([*ESCAI, *words], capture_output=True, text=True, check=False, **more)


def test_a_program_finds_the_settings_in_its_environment(workspace):
    """Defaults, plain values, secrets and lists, under the names that would set them."""
    workspace("config", "set", "api.cors_origins", '["https://a.example", "https://b.example"]')
    value = workspace("config", "get", SECRET, "--reveal", "--yes").out.strip()
    before = {name: text for name, text in workspace.tree().items() if "audit" not in name}
    found = json.loads(run("exec", "--", *ALL).stdout)

    assert value == found["ESCAI_DATABASE__POSTGRES_PASSWORD"]
    assert ["https://a.example", "https://b.example"] == json.loads(
        found["ESCAI_API__CORS_ORIGINS"]
    )
    assert os.environ["PATH"] == found["PATH"]
    after = {name: text for name, text in workspace.tree().items() if "audit" not in name}
    assert {name: after[name] for name in before if "history.db" not in name} == {
        name: before[name] for name in before if "history.db" not in name
    }
    assert before.keys() == after.keys()


def test_the_settings_found_there_are_the_same_settings(workspace):
    """Read back as overrides over nothing, they are what was in effect."""
    listed = workspace("config", "show", "--reveal", "--yes", "--format", "json").data
    found = run("exec", "--", *ESCAI, "show", "--reveal", "--yes", "--format", "json")

    assert listed == json.loads(found.stdout)
    assert "" == found.stderr


@pytest.mark.usefixtures("workspace")
def test_a_variable_that_wins_is_what_the_program_sees(monkeypatch, tmp_path):
    """An override is in effect; a file named in one has been read."""
    (tmp_path / "password").write_text("from-a-file\n")
    monkeypatch.setenv("ESCAI_API__PORT", "8123")
    monkeypatch.setenv("ESCAI_DATABASE__POSTGRES_PASSWORD_FILE", str(tmp_path / "password"))
    found = json.loads(run("exec", "--", *ALL).stdout)

    assert "8123" == found["ESCAI_API__PORT"]
    assert "from-a-file" == found["ESCAI_DATABASE__POSTGRES_PASSWORD"]
    assert "ESCAI_DATABASE__POSTGRES_PASSWORD_FILE" not in found


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("code", [0, 7])
def test_the_exit_code_is_that_of_the_program(code):
    """Whatever it is; its options are its own, also without two dashes."""
    assert code == run("exec", "--", "sh", "-c", f"exit {code}").returncode
    assert code == run("exec", "sh", "-c", f"exit {code}").returncode


def test_a_program_that_cannot_be_run_is_told_as_shells_do(workspace, tmp_path):
    """127 where there is none, 126 where it is no program; what was not to be opened is 3."""
    (tmp_path / "file").write_text("")
    missing, useless = run("exec", "no-such-program"), run("exec", str(tmp_path / "file"))

    assert [127, 126] == [missing.returncode, useless.returncode]
    assert "no-such-program cannot be run" in missing.stderr
    workspace("config", "exec", "-e", "staging", "true", code=3)
    workspace("config", "exec", code=2)


@pytest.mark.usefixtures("workspace")
def test_a_signal_reaches_the_program():
    """There is nobody in between; and a broken pipe ends it as any other program."""
    words = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
    with subprocess.Popen([*ESCAI, "exec", "--", *words], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)

    assert -signal.SIGTERM == process.returncode
    assert "" == run("exec", "--", "sh", "-c", "kill -PIPE $$; echo alive").stdout


def test_what_no_variable_can_hold_is_refused(workspace):
    """The place is told, the program does not run."""
    workspace("config", "set", "custom_settings", json.dumps({"odd": "a\0b"}))
    said = workspace("config", "exec", "--", "touch", "ran", code=2)

    assert "custom_settings.odd has a NUL character" in said.err
    assert not (workspace.folder / "ran").exists()


def test_running_a_program_is_audited_first(workspace):
    """The line names the program and the secrets, and none of its arguments."""
    run("exec", "--", "true", "an-argument")
    line = workspace("config", "audit", "list", "--format", "json").data[0]
    assert ("reveal", "exec true") == (line["what"], line["note"])
    assert SECRET in line["paths"]

    log = workspace.config / ".escai" / "audit.jsonl"
    log.unlink()
    log.mkdir()
    assert 3 == run("exec", "--", "touch", "ran").returncode
    assert not (workspace.folder / "ran").exists()


def test_why_something_is_secret_is_told(workspace):
    """What the model says, a name in free settings, the shape of a value; never the value."""
    workspace(
        "config",
        "set",
        "custom_settings",
        "--stdin",
        stdin=json.dumps(
            {"billing": {"api_key": "hush-hush"}, "queue": "amqp://u:hush-two@q", "name": "x"}
        ),
    )
    said = workspace("config", "show", "--why-secret", "--format", "json")
    reasons = {row["path"]: row["why"] for row in said.data}

    assert "declared in the model" == reasons[SECRET]
    assert "its name: 'api_key' is a key" == reasons["custom_settings.billing.api_key"]
    assert "its value is a URI with a password" == reasons["custom_settings.queue"]
    assert "custom_settings.name" not in reasons
    assert "hush" not in said.out + workspace("config", "show", "--why-secret").out
    below = workspace("config", "show", "-k", "custom_settings", "--why-secret", "--format", "json")
    assert ["custom_settings.billing.api_key", "custom_settings.queue"] == [
        row["path"] for row in below.data
    ]


def test_why_something_is_secret_is_told_without_a_key(workspace, monkeypatch, tmp_path):
    """As far as names tell; it is said what was not seen."""
    workspace("config", "set", "custom_settings.queue", "--stdin", stdin="amqp://u:hush-hush@q")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nowhere"))
    said = workspace("config", "show", "--why-secret", "--format", "json")
    reasons = {row["path"]: row["why"] for row in said.data}

    assert "declared in the model" == reasons[SECRET]
    assert "sealed in the file" == reasons["custom_settings.queue"]
    assert "unverified" in said.err
