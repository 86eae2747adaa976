"""Bad input: a clear error, a next step, the right exit code, and nothing changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml

SEALED = "security.jwt_secret_key"

READS = [("show",), ("get", "api.port"), ("explain", "api.port"), ("diff",)]
WRITES = [
    ("set", "api.port", "9001"),
    ("unset", "api.port"),
    ("accept",),
    ("encrypt",),
    ("keys", "rotate"),
    ("rollback", "HEAD~1", "--yes"),
    ("validate", "--fix"),
]


def refused(escai, *words, code=3):
    """Call a command that must end with *code*, a message and a next step, changing nothing."""
    before = escai.tree()
    outcome = escai("config", *words, code=code)
    assert outcome.err.startswith("error: "), outcome
    assert "  hint: " in outcome.err, outcome
    assert before == escai.tree()
    return outcome


BROKEN_FILES = {
    "empty": (b"", "empty"),
    "comments": (b"# nothing\n", "empty"),
    "non-mapping": (b"- a\n- b\n", "mapping"),
    "scalar": (b"just words\n", "mapping"),
    "broken": (b"api:\n  port: [1, 2\n", "config.development.yaml:"),
    "tab": (b"api:\n\tport: 1\n", "config.development.yaml:2"),
    "oversized": (b"a: " + b"x" * (5 << 20), "larger than"),
    "deep": (b"a: " + b"[" * 200 + b"]" * 200, "inside each other"),
    "duplicate key": (b"api:\n  port: 1\n  port: 2\n", "config.development.yaml:3:3"),
    "custom tag": (b"api: !!python/name:os.system x\n", "config.development.yaml:1:"),
    "not text": (b"\xff\xfe\x00\x01", "UTF"),
}


@pytest.fixture(params=BROKEN_FILES)
def broken(request, workspace):
    """A workspace whose file is broken in one way, and what an error says of it."""
    content, said = BROKEN_FILES[request.param]
    workspace("config", "set", "api.port", "9000")
    workspace.file().write_bytes(content)
    return workspace, said


def test_a_broken_file_is_one_finding_of_validate(broken):
    """Validate reports what is broken once, beside what stands against the rest; exits with 1."""
    escai, said = broken
    before = escai.tree()
    report = escai("config", "validate", "--format", "json", code=1).data
    (finding,) = [each for each in report["findings"] if each["layer"] == "parse"]
    assert "error" == finding["severity"]
    assert finding["fix"]
    escai("config", "validate", code=1)
    assert before == escai.tree()
    assert said


def test_a_broken_file_stops_all_else(broken):
    """Every command that needs the file says what is wrong with it and where."""
    escai, said = broken
    for words in (*READS, *WRITES):
        assert said in refused(escai, *words).err


def test_a_missing_file_is_told_how_to_make_one(workspace):
    """Without a file for the environment, the error names init and the ones there are."""
    for words in (*READS, *WRITES, ("validate",)):
        outcome = refused(workspace, *words, "-e", "staging")
        assert "escai config init" in outcome.err
        assert "development" in outcome.err


def test_a_missing_workspace_is_not_made_by_looking(escai):
    """No command but init and import makes a workspace."""
    for words in (*READS, *WRITES, ("validate",), ("validate", "--all")):
        refused(escai, *words)
    assert 0 == escai("config", "history").code
    assert [] == list(escai.folder.iterdir())


def test_an_unreadable_file_says_so(workspace):
    """What is there and cannot be read as a file is neither missing nor empty."""
    workspace.file().unlink()
    workspace.file().mkdir()
    for words in (*READS, *WRITES, ("validate",)):
        assert "cannot be read" in refused(workspace, *words).err


@pytest.mark.parametrize("words", [*READS, *WRITES, ("validate",), ("history",), ("init",)])
def test_a_wrong_environment_is_told_the_nearest(workspace, words):
    """A misspelt environment is a wrong call."""
    outcome = refused(workspace, *words, "-e", "prodution", code=2)
    assert "did you mean production?" in outcome.err


@pytest.mark.parametrize("words", [("get",), ("explain",), ("set", "--dry-run"), ("unset",)])
def test_an_unknown_field_is_told_the_nearest(workspace, words):
    """A misspelt key path is a wrong call."""
    value = ["1"] if words[0] == "set" else []
    outcome = refused(workspace, *words, "api.prt", *value, code=2)
    assert "did you mean api.port?" in outcome.err


def test_an_unknown_field_in_the_file_is_a_located_finding(workspace):
    """A misspelt key in the file is reported with its place and the nearest name."""
    text = workspace.file().read_text().replace("\n  port:", "\n  prt:")
    workspace.file().write_text(text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("  prt:"))
    findings = workspace("config", "validate", "--format", "json", code=1).data["findings"]
    (found,) = [finding for finding in findings if finding["path"] == "api.prt"]
    assert "api.port" in found["message"] + found["fix"] + found["expected"]
    assert line == found["origin"]["line"]


def wrong(value):
    """The same tree with a value of another type at each leaf."""
    if isinstance(value, dict):
        return {key: wrong(each) for key, each in value.items()}
    return {"wrong": "type"} if not isinstance(value, list) else "type"


def told_of(workspace):
    """Sections and fields of all findings."""
    findings = workspace("config", "validate", "--format", "json", code=1).data["findings"]
    return {".".join(finding["path"].split(".")[:2]) for finding in findings}


def test_wrong_types_everywhere_are_all_told_at_once(workspace):
    """One wrong type does not hide the next; what is mended is taken, and the rest stays told."""
    data = yaml.safe_load(workspace.file().read_text())
    data.pop("_escai")
    fields = [
        (section, name)
        for section, values in data.items()
        if isinstance(values, dict)
        for name in values
    ]
    keyring = workspace.config / ".escai" / "keyring.development.json"
    shutil.rmtree(workspace.config / ".escai")
    assert not keyring.exists()
    workspace.file().write_text(yaml.safe_dump(wrong(data)))
    assert set() == {".".join(each) for each in fields} - told_of(workspace)
    refused(workspace, "set", "api.port", "90010", code=2)
    workspace("config", "set", "api.port", "9001")
    assert {"api.port"} == {".".join(each) for each in fields} - told_of(workspace)


@pytest.mark.parametrize(
    ("path", "value"),
    [("api.port", "many"), ("api.port", "70000"), ("api.reload", "maybe"), ("log_level", "LOUD")],
)
def test_a_value_that_does_not_fit_is_a_wrong_call(workspace, path, value):
    """A refused value says what would fit, and nothing is saved."""
    outcome = refused(workspace, "set", path, value, code=2)
    assert path in outcome.err


def key_file(escai, environment="development"):
    """Where the master key of an environment lies."""
    (row,) = escai("config", "keys", "list", "-e", environment, "--format", "json").data
    return escai.folder / row["key_file"]


def without_key(escai):
    """Take the master key away."""
    key_file(escai).unlink()
    return "is not on this machine"


def other_key(escai):
    """Put another key in its place."""
    path = key_file(escai)
    path.write_text("A" * 43 + "=\n")
    return "key"


def open_key(escai):
    """Let everybody read the key."""
    key_file(escai).chmod(0o644)
    return "can be read or changed by others"


def nonsense_key(escai):
    """Damage the key file."""
    key_file(escai).write_text("nonsense\n")
    return "key"


@pytest.mark.parametrize("harm", [without_key, other_key, open_key, nonsense_key])
def test_without_its_key_a_sealed_file_is_not_used(workspace, harm):
    """No secret, no change and no empty result; the error says where the key belongs."""
    workspace("config", "set", "api.port", "9000")
    said = harm(workspace)
    for words in (("get", SEALED), ("get", SEALED, "--reveal", "--yes"), ("show",), *WRITES):
        assert said in refused(workspace, *words).err


def test_without_a_key_one_can_still_look(workspace):
    """Validate, diff, explain, history and what is not sealed, with a word that nothing vouches."""
    workspace("config", "set", "api.port", "9000")
    without_key(workspace)
    report = workspace("config", "validate", "--format", "json", "--fail-on", "never").data
    assert report["verified"] is False
    assert SEALED in report["unreadable"]
    assert "unverified" in workspace("config", "explain", "api.port").err
    assert "unverified" in workspace("config", "diff", "HEAD~1").err
    assert "api.port" in workspace("config", "diff", "HEAD~1").out
    assert 2 == len(workspace("config", "history", "--format", "json").data)
    for words in (("get", "api.port"), ("get", "api.port", "--reveal", "--yes")):
        outcome = workspace("config", *words)
        assert outcome.out == "9000\n"
        assert "unverified" in outcome.err
    for form in ("yaml", "json", "table", "env"):
        outcome = workspace("config", "show", "-k", "api", "--format", form)
        assert "9000" in outcome.out
        assert "unverified" in outcome.err
    for words in (("get", "database"), ("show", "-k", "database"), ("export",)):
        refused(workspace, *words)


def test_without_its_keyring_a_sealed_file_is_not_read(workspace):
    """The key is here, but what was changed since it was sealed would not be seen."""
    file = workspace.file()
    file.write_text(file.read_text().replace("port: 8000", "port: 8001"))
    (workspace.folder / "config" / ".escai" / "keyring.development.json").unlink()
    for words in (("get", "api.port"), ("show", "-k", "api"), ("show", "-k", "api.port")):
        assert "8001" not in refused(workspace, *words).out


def test_what_is_sealed_under_another_name_is_not_read_without_a_key(escai):
    """The default, which would show where the sealed value is left out, is not in effect."""
    Path("vault.py").write_text(
        "from pydantic import AliasChoices, BaseModel, Field, SecretStr\n"
        "from escai_nb.spec import ConfigSpec\n\n"
        "class Vault(BaseModel):\n"
        "    host: str = 'here'\n"
        "    pin: SecretStr = Field('by-default', validation_alias=AliasChoices('pin', 'word'))\n\n"
        "VAULT = ConfigSpec('vault', Vault, environments=('dev',))\n"
    )
    Path("values.yaml").write_text("host: there\nword: Zq9kk-aa-33xkwL\n")
    spec = ("--spec", "vault:VAULT")
    escai("config", "import", "values.yaml", *spec)
    escai("config", "encrypt", *spec)
    (row,) = escai("config", "keys", "list", "--format", "json", *spec).data
    (escai.folder / row["key_file"]).unlink()
    assert "there\n" == escai("config", "get", "host", *spec).out
    for name in ("pin", "word"):
        outcome = refused(escai, "get", name, "--reveal", "--yes", *spec)
        assert "by-default" not in outcome.out


def test_init_twice_changes_nothing(workspace):
    """A second init is a wrong call; --force keeps the old content as a version."""
    before = workspace("config", "history", "--format", "json").data
    outcome = refused(workspace, "init", "-e", "development", code=2)
    assert "--force" in outcome.err
    workspace("config", "init", "-e", "development", "--force")
    after = workspace("config", "history", "--format", "json").data
    assert before == after[-len(before) :]
    assert len(before) < len(after)


def newer_policy(escai):
    """A later release wrote the policy."""
    path = escai.config / ".escai" / "policy.yaml"
    path.write_text(path.read_text().replace("format: 1", "format: 2"))


def newer_keyring(escai):
    """A later release wrote the keyring."""
    path = escai.config / ".escai" / "keyring.development.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))


def newer_seal(escai):
    """A later release sealed the file."""
    text = escai.file().read_text()
    assert "\n  format: 1\n" in text
    escai.file().write_text(text.replace("\n  format: 1\n", "\n  format: 2\n"))


def newer_history(escai):
    """A later release wrote the history."""
    with closing(sqlite3.connect(escai.config / ".escai" / "history.db")) as later:
        later.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("newer", [newer_policy, newer_keyring, newer_seal, newer_history])
def test_a_newer_format_is_left_alone(workspace, newer):
    """What a later release wrote is neither read nor changed, and the error says to update."""
    workspace("config", "set", "api.port", "9000")
    newer(workspace)
    for words in (("show",), ("get", SEALED), *WRITES):
        outcome = refused(workspace, *words)
        assert "format" in outcome.err
        assert "escai-nb" in outcome.err


def damaged(path):
    """Cut a file in half."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_a_damaged_history_is_not_an_empty_one(workspace):
    """Half a database stops what needs it, and is kept as it is."""
    workspace("config", "set", "api.port", "9000")
    damaged(workspace.config / ".escai" / "history.db")
    for words in (("history",), ("set", "api.port", "9001"), ("rollback", "HEAD~1", "--yes")):
        assert "history" in refused(workspace, *words).err


def test_an_edited_sealed_value_is_refused(workspace):
    """A token in another place is no value; the audit log tells of it once."""
    data = yaml.safe_load(workspace.file().read_text())
    text = workspace.file().read_text()
    password, secret = data["database"]["postgres_password"], data["security"]["jwt_secret_key"]
    workspace.file().write_text(text.replace(secret, password))
    workspace("config", "get", SEALED, code=3)
    for words in (("get", SEALED), ("show",), ("accept",), ("set", "api.port", "9001")):
        refused(workspace, *words)


# no file grows beyond the size given first, as if the disk were full
LIMITED = """
import resource, signal, sys
from escai_nb.cli.main import main
size = int(sys.argv.pop(1))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
main(prog_name="escai")
"""


@pytest.mark.parametrize("size", [0, 1000, 20_000])
def test_a_full_disk_while_saving_changes_nothing(workspace, size):
    """A save that cannot be written ends with 3; the configuration and its history stay."""
    workspace("config", "set", "api.port", "9000")
    history = workspace("config", "history", "--format", "json").data
    before = workspace.file().read_bytes()
    for words in (["set", "api.workers", "2"], ["keys", "rotate"], ["init", "-e", "staging"]):
        run = subprocess.run(
            [sys.executable, "-c", LIMITED, str(size), "config", *words],
            cwd=workspace.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 3 == run.returncode, run.stderr
        assert run.stderr.startswith("error: ")
        assert "hint: " in run.stderr
    assert before == workspace.file().read_bytes()
    assert history == workspace("config", "history", "--format", "json").data
    assert not workspace.file("staging").exists()
    assert "9000\n" == workspace("config", "get", "api.port").out
    workspace("config", "set", "api.workers", "2")
    assert "2\n" == workspace("config", "get", "api.workers").out


def test_many_writers_lose_nothing(workspace):
    """Processes that save different values at once all succeed, each as a version of its own."""
    values = {"api.port": "9000", "api.workers": "2", "log_level": "ERROR", "debug": "false"}
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "escai_nb", "config", "set", *pair],
            cwd=workspace.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for pair in values.items()
    ]
    assert [0] * len(runs) == [run.communicate() and run.returncode for run in runs]
    found = {path: workspace("config", "get", path).out.strip() for path in values}
    assert values == found
    assert 1 + len(values) == len(workspace("config", "history", "--format", "json").data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (SEALED, "typed-in-the-open-0123456789"),
        ("custom_settings.billing", '{"api_key": "typed-in-the-open-0123456789"}'),
        ("custom_settings.source", "amqp://ada:typed-in-the-open@queue.example"),
    ],
)
def test_a_secret_is_never_an_argument(workspace, path, value):
    """A secret on the command line is refused, also inside a value, and not repeated."""
    outcome = refused(workspace, "set", path, value, "api.port", "9001", code=2)
    assert "typed-in-the-open" not in outcome.out + outcome.err
    assert "--stdin" in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ("set", "api.port"),
        ("set", "api.port", "1", "api.workers"),
        ("set", "api.port", "1", "--dryrun"),
        ("set",),
        ("validate", "--dry-run"),
        ("validate", "--fail-on", "sometimes"),
        ("promote", "--from", "staging"),
        ("decrypt",),
        ("encrypt", "--generate-key"),
        ("rollback",),
        ("tag", "HEAD"),
        ("show", "--format", "xml"),
        ("nothing",),
    ],
)
def test_a_wrong_call_is_2(workspace, words):
    """Whatever is wrong with the call itself exits with 2 and changes nothing."""
    before = workspace.tree()
    assert workspace("config", *words, code=2).err
    assert before == workspace.tree()
