"""
Each fault of the earlier system, and that it is impossible here.

A test is named after its line in the list of faults that were observed by
running that system.
"""

from __future__ import annotations

import ast
import json
import queue
import re
import secrets
import shutil
import stat
import subprocess
import sys
import threading
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import escai_nb
from escai_nb import (
    ConfigEncryption,
    ConfigManager,
    ConfigTemplates,
    ConfigValidator,
    ConfigVersioning,
    EscaiConfig,
)
from escai_nb.cli.main import main
from escai_nb.encryption.block import read_block
from escai_nb.encryption.seal import sealed_paths
from escai_nb.errors import (
    EscaiError,
    HistoryDamagedError,
    InvalidConfigurationError,
    KeyUnavailableError,
    RefusedError,
    SealError,
    VersionUnknownError,
)
from escai_nb.history.database import connect
from escai_nb.history.shelf import stored_content
from escai_nb.history.store import SQLiteStore

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "tests" / "data"
EXAMPLE = DATA / "escai" / "config.example.yaml"
ENVIRONMENTS = ("development", "testing", "staging", "production")
PASSWORD = "quiet-otter-lantern-under-0815"
SETTLED = 10.0
"""Seconds in which a reload must have come; it comes after some hundredths of one."""


class Shell:
    """Calls ``escai config`` in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "config"

    def __call__(self, *words, code=0, stdin=None):
        """Run one command, which must exit with *code*; return all that it said."""
        result = CliRunner().invoke(main, ["config", *map(str, words)], input=stdin)
        assert code == result.exit_code, result.output
        return result.output

    def file(self, environment="development"):
        """The file of an environment."""
        return self.config / f"config.{environment}.yaml"

    def manager(self, environment="development", **options):
        """A manager as another process would make it."""
        return ConfigManager(self.config, environment, **{"enable_hot_reload": False, **options})

    def versions(self, environment="development"):
        """The versions of an environment, newest first."""
        return self.manager(environment).get_config_history(1000)

    def key(self, environment="development"):
        """The master key's file."""
        (found,) = self.folder.parent.glob(f"home/**/{environment}.key")
        return found

    def run(self, program, *arguments):
        """Start *program* as a process of its own."""
        words = [sys.executable, "-c", program, *map(str, arguments)]
        return subprocess.Popen(words, cwd=self.folder, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def escai(tmp_path, monkeypatch):
    """A shell in an empty folder, with a key store of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Shell(folder)


def findings(report):
    """Code and place of each finding."""
    return {(finding.code, finding.path) for finding in report.findings}


def complete(environment="production"):
    """What a new environment begins with, secrets included."""
    return ConfigTemplates().generate_config_template(environment)


# --- data and keys ---------------------------------------------------------


def test_01_after_a_rotation_everything_is_read_again(escai):
    """Every leaf is sealed under the new key, which a new process finds: rotate, save, restart."""
    escai("init", "-e", "staging")
    before = yaml.safe_load(escai.file("staging").read_text())
    value = escai.manager("staging").get_config_value("security.jwt_secret_key")
    escai("keys", "rotate", "-e", "staging")
    after = yaml.safe_load(escai.file("staging").read_text())
    escai("set", "-e", "staging", "api.port", "9001")

    assert read_block(before).kid != read_block(after).kid
    assert sealed_paths(before) == sealed_paths(after)
    assert value == escai.manager("staging").get_config_value("security.jwt_secret_key")
    reading = ["get", "security.jwt_secret_key", "-e", "staging", "--reveal", "--yes"]
    program = "from escai_nb.cli.main import main; import sys; main(['config', *sys.argv[1:]])"
    assert value == escai.run(program, *reading).communicate()[0].strip()


def test_02_encrypt_makes_no_key_that_it_throws_away(escai):
    """Without a key file, sealing a file is a wrong call; the file is as it was."""
    file = escai.folder / "app.yaml"
    file.write_bytes(EXAMPLE.read_bytes())
    said = escai("encrypt", "--config-file", file, code=2)

    assert "--key-file" in said
    assert EXAMPLE.read_bytes() == file.read_bytes()


def test_03_encrypt_with_a_generated_key_can_be_decrypted(escai):
    """The documented pair of commands works; the key is its owner's alone and never printed."""
    file, key = escai.folder / "app.yaml", escai.folder.parent / "elsewhere" / "app.key"
    file.write_bytes(EXAMPLE.read_bytes())
    escai("encrypt", "--config-file", file, "-g", "-k", key)
    assert EXAMPLE.read_bytes() != file.read_bytes()
    escai("decrypt", "--config-file", file, "-k", key)
    said = escai("encrypt", "--config-file", file, "-g", code=2)

    assert EXAMPLE.read_bytes() == file.read_bytes()
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    assert not re.search(r"[A-Za-z0-9_-]{43}=", said)


def test_04_a_key_from_a_password_is_taken_and_its_salt_kept():
    """The class accepts what it derives, and the salt derives the same again."""
    derived = ConfigEncryption.derive_key_from_password(PASSWORD)
    again = ConfigEncryption.derive_key_from_password(PASSWORD, derived.salt)

    sealed = ConfigEncryption(derived).encrypt_config(complete())
    assert complete()["api"] == ConfigEncryption(again).decrypt_config(sealed)["api"]


def test_05_a_damaged_key_file_is_an_error(escai):
    """No key, no save: nothing is written in clear, by no way in."""
    escai("init", "-e", "development")
    escai.key().write_text("damaged\n")
    before = escai.file().read_bytes()

    escai("set", "database.redis_password", "--stdin", stdin=PASSWORD, code=3)
    with pytest.raises(KeyUnavailableError):
        escai.manager().set_config_value("database.redis_password", PASSWORD)
    with pytest.raises(KeyUnavailableError):
        ConfigEncryption(key_file=escai.key())
    assert before == escai.file().read_bytes()


FULL_DISK = """
import resource, signal, sys
from escai_nb import ConfigManager
from escai_nb.errors import WriteFailedError
manager = ConfigManager(sys.argv[1], "development", enable_hot_reload=False)
manager.set_config_value("custom_settings.text", "x" * 20_000)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
try:
    manager.save_config()
except WriteFailedError:
    print("refused")
"""
SAVES = """
import sys
from escai_nb import ConfigManager
with ConfigManager(sys.argv[1], "development", enable_hot_reload=False) as manager:
    for port in range(9000, 9000 + int(sys.argv[2])):
        manager.set_config_value("api.port", port)
        manager.save_config()
"""


def test_06_a_save_is_all_or_nothing(escai):
    """A full disk leaves the file as it was, and no reader beside a writer ever fails."""
    escai("init", "-e", "development")
    before = escai.file().read_bytes()
    assert "refused" == escai.run(FULL_DISK, escai.config).communicate()[0].strip()
    assert before == escai.file().read_bytes()

    writer, seen = escai.run(SAVES, escai.config, 20), set()
    while writer.poll() is None:
        seen.add(yaml.safe_load(escai.file().read_text())["api"]["port"])
        assert escai.manager().load_config().api.port >= 8000
    assert 0 == writer.returncode
    assert 1 < len(seen)
    writer.stdout.close()


DISTINCT = """
import sys
from escai_nb import ConfigManager
with ConfigManager(sys.argv[1], "development", enable_hot_reload=False) as manager:
    for number in range(8):
        with manager.transaction():
            manager.set_config_value(f"custom_settings.n{sys.argv[2]}_{number}", number)
            manager.save_config()
"""


def test_07_no_save_of_several_processes_is_lost(escai):
    """Six processes save 48 distinct keys: all are there, and so are 48 versions."""
    escai("init", "-e", "development")
    writers = [escai.run(DISTINCT, escai.config, writer) for writer in range(6)]
    for writer in writers:
        writer.communicate()

    assert [0] * 6 == [writer.returncode for writer in writers]
    settings = escai.manager().load_config().custom_settings
    assert {f"n{w}_{n}" for w in range(6) for n in range(8)} == settings.keys()
    assert 49 == len(escai.versions())


def test_08_threads_see_whole_updates(escai):
    """Of two values that are changed together nobody sees one without the other."""
    escai("init", "-e", "development")
    manager = escai.manager()
    troubles = []

    def work(first):
        try:
            for port in range(first, first + 5):
                manager.update_config({"api": {"port": port, "request_timeout": port}})
                now = manager.get_config().api
                if now.port != now.request_timeout:
                    troubles.append((now.port, now.request_timeout))
        except (EscaiError, RuntimeError) as error:
            troubles.append(error)

    threads = [threading.Thread(target=work, args=(9000 + 100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == troubles
    assert manager.save_config() is not None


def test_09_a_refused_update_leaves_nothing_behind(escai):
    """After a refusal the next valid update is taken and saved."""
    escai("init", "-e", "development")
    manager = escai.manager()
    with pytest.raises(InvalidConfigurationError):
        manager.update_config({"api": {"workers": 3, "port": 70_000}})
    manager.update_config({"api": {"port": 9001}})

    assert ["api.port"] == [change.path for change in manager.pending]
    assert manager.save_config() is not None
    assert 1 == escai.manager().load_config().api.workers


def test_10_looking_at_the_history_changes_nothing(escai):
    """However it is listed, the next save follows the newest version and deletes none."""
    escai("init", "-e", "development")
    manager = escai.manager()
    for port in range(9000, 9015):
        manager.set_config_value("api.port", port)
        manager.save_config()
        manager.get_config_history(3)
        escai("history", "-n", 2)
    listed = escai.versions()

    assert 16 == len(listed)
    assert [v.parent for v in listed[:-1]] == [v.id for v in listed[1:]]
    assert sorted(listed, key=lambda v: v.time, reverse=True) == listed
    assert all(manager.diff(v.id, "HEAD") is not None for v in listed)


def test_11_a_truncated_history_is_neither_empty_nor_overwritten(escai):
    """Damage is said, and everything stays as it lies there."""
    escai("init", "-e", "development")
    database = escai.config / ".escai" / "history.db"
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) // 2])
    before = escai.file().read_bytes()

    for words in (["history"], ["set", "api.port", "9001"], ["rollback", "HEAD", "--yes"]):
        assert "damaged" in escai(*words, code=3)
    assert whole[: len(whole) // 2] == database.read_bytes()
    assert before == escai.file().read_bytes()


def test_12_there_and_back_is_recorded(escai):
    """A→B→A makes two versions after the first."""
    escai("init", "-e", "development")
    escai("set", "api.port", "9001")
    escai("set", "api.port", "8000")

    first, second, third = reversed(escai.versions())
    assert first.value_digest == third.value_digest != second.value_digest
    assert 3 == len({first.id, second.id, third.id})


def test_13_a_cleanup_spares_what_is_tagged_and_newest(escai):
    """Tagged versions stay, the newest cannot go, and stays the current one."""
    versioning = ConfigVersioning(escai.folder / "versions")
    made = [versioning.save_version({"n": n}, f"save {n}") for n in range(8)]
    versioning.tag_version(made[1], ["v1"])
    assert 4 == versioning.cleanup_old_versions(keep_count=3)
    with pytest.raises(RefusedError):
        versioning.delete_version(made[-1])

    assert made[-1] == versioning.get_current_version().id
    assert {"n": 1} == versioning.get_version("v1")
    assert [made[n] for n in (1, 5, 6, 7)] == [
        version.id for version in reversed(versioning.get_version_history(20)) if version.kept
    ]
    assert versioning.verify().is_whole


def test_14_a_rollback_reaches_the_environment_it_names(escai):
    """Sealed production goes back, on disk, and development is not touched."""
    for environment in ("development", "production"):
        escai("init", "-e", environment)
    manager = escai.manager("production")
    was = manager.get_config_value("database.postgres_password")
    escai("set", "-e", "production", "api.port", "9001")
    before = escai.file().read_bytes()
    escai("rollback", "HEAD~1", "-e", "production", "--yes")

    after = escai.manager("production")
    assert 8000 == after.load_config().api.port
    assert was == after.get_config_value("database.postgres_password")
    assert "rollback" == after.version("HEAD").kind.value
    assert before == escai.file().read_bytes()


def test_15_a_rollback_obeys_the_rules_of_today(escai):
    """What would bring an error back is refused, and nothing is written."""
    escai("init", "-e", "staging")
    text = escai.file("staging").read_text()
    loose = text.replace("https://staging.example.com", "'*'", 1)
    assert loose != text
    escai.file("staging").write_text(loose)
    said = escai("accept", "-e", "staging", "-m", "opened to all", code=1)
    assert "ESC" in said
    escai.file("staging").write_text(text)

    source = escai.folder / "open.yaml"
    source.write_text(yaml.safe_dump(complete("production") | {"custom_settings": {"a": 1}}))
    data = yaml.safe_load(source.read_text())
    data["api"]["cors_origins"] = ["*"]
    source.write_text(yaml.safe_dump(data))
    escai("import", "-e", "production", source)
    escai("set", "-e", "production", "api.cors_origins", "https://app.example.com")
    before = escai.file("production").read_bytes()
    said = escai("rollback", "HEAD~1", "-e", "production", "--yes", code=1)
    assert "api.cors_origins" in said
    assert before == escai.file("production").read_bytes()


# --- leaks and tampering ---------------------------------------------------


def stored(database):
    """Every content in the history, as the disk has it and unpacked."""
    with connect(database) as connection:
        rows = connection.execute("SELECT digest, body FROM contents").fetchall()
        contents = [stored_content(connection, row["digest"]) for row in rows]
    connection.close()
    return [database.read_bytes(), *(row["body"] for row in rows), *contents]


def test_16_versions_hold_no_secret_and_are_their_owners_alone(escai):
    """Neither the file of the history nor anything packed in it holds a password."""
    escai("init", "-e", "development", "--clear")
    escai("set", "database.redis_password", "--stdin", stdin=PASSWORD)
    database = escai.config / ".escai" / "history.db"

    assert PASSWORD in escai.file().read_text()
    assert [] == [one for one in stored(database) if PASSWORD.encode() in one]
    assert 0o600 == stat.S_IMODE(database.stat().st_mode)


def test_17_show_diff_and_set_print_no_secret(escai):
    """A secret is told as changed, and masked."""
    escai("init", "-e", "development")
    said = escai("set", "database.redis_password", "--stdin", stdin=PASSWORD)
    said += escai("diff", "HEAD~1", "HEAD") + escai("diff", "HEAD~1", "--format", "json")
    for form in ("yaml", "json", "table", "env"):
        said += escai("show", "--format", form)

    assert "database.redis_password" in said
    assert PASSWORD not in said


def test_18_a_masked_export_holds_no_secret_and_comes_back(escai):
    """Secrets alone are masked, not what has a telling name; a mask means: unchanged."""
    escai("init", "-e", "production")
    escai("set", "-e", "production", "database.postgres_password", "--stdin", stdin=PASSWORD)
    file = escai.manager("production").export_config(escai.folder / "export.yaml")
    said = yaml.safe_load(file.read_text())

    assert PASSWORD not in file.read_text()
    assert "********" == said["database"]["postgres_password"]
    assert said["security"]["tls_enabled"] is True
    assert isinstance(said["security"]["password_min_length"], int)
    before = escai.versions("production")
    escai("import", "-e", "production", file)
    file.write_text(file.read_text().replace("workers: ", "workers: 1"))
    escai("import", "-e", "production", file)
    assert before == escai.versions("production")[1:]
    value = escai.manager("production").get_config_value("database.postgres_password")
    assert PASSWORD == value


def test_19_a_badly_typed_secret_is_not_in_the_report():
    """Neither as a list, nor as a number, nor inside of something else."""
    data = complete()
    data["security"]["jwt_secret_key"] = [PASSWORD]
    data["database"]["postgres_password"] = {"value": PASSWORD}
    data["database"]["redis_password"] = 4711_0815_4711
    report = ConfigValidator().generate_validation_report(data)

    assert {
        "security.jwt_secret_key",
        "database.postgres_password",
        "database.redis_password",
    } <= {finding.path for finding in report.findings}
    for said in (str(report.to_data()), repr(report), report.to_html(), str(report.findings)):
        assert PASSWORD not in said
        assert "471108154711" not in said


def test_20_secrets_are_told_from_words_that_look_like_them(escai):
    """Not part of a word but what it means is a secret: in lists, as numbers, inside URIs."""
    escai("init", "-e", "development")
    plain = {"author": "ada", "monkey": "george", "keyboard": "qwertz", "password_min_length": 9}
    hidden = {
        "api_keys": ["Wq9-bN37-hRc2-4Py"],
        "hooks": [{"token": 47110815}],
        "queue": "amqp://user:Vt6-mD58-jLs1@queue.example.org/main",
    }
    manager = escai.manager()
    manager.update_config({"custom_settings": plain | hidden})
    manager.save_config()

    kept = yaml.safe_load(escai.file().read_text())["custom_settings"]
    assert plain == {name: kept[name] for name in plain}
    for leaf in (kept["api_keys"][0], kept["hooks"][0]["token"], kept["queue"]):
        assert leaf.startswith("escai:1:")
    assert plain | hidden == escai.manager().load_config().custom_settings


@pytest.mark.parametrize("how", ["swapped", "in clear", "in an unsealed file"])
def test_21_tampering_with_a_sealed_file_is_refused(escai, how):
    """Neither another ciphertext nor a plaintext passes for what was sealed."""
    escai("init", "-e", "staging")
    file = escai.file("staging")
    data = yaml.safe_load(file.read_text())
    database = data["database"]
    if how == "swapped":
        one, other = "postgres_password", "neo4j_password"
        database[one], database[other] = database[other], database[one]
    else:
        database["postgres_password"] = PASSWORD
    if how == "in an unsealed file":
        del data["_escai"]
    file.write_text(yaml.safe_dump(data))

    with pytest.raises(SealError):
        escai.manager("staging").load_config()
    said = escai("validate", "-e", "staging", code=1)
    assert {"swapped": "ESC902", "in clear": "ESC904"}.get(how, "ESC90") in said
    escai("show", "-e", "staging", code=3)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE versions SET message = 'another'",
        "UPDATE versions SET author = 'mallory'",
        "UPDATE versions SET time = '2020-01-01T00:00:00.000000+00:00'",
        "UPDATE contents SET body = x'789c030000000001'",
    ],
)
def test_21_an_edited_version_is_refused(escai, edit):
    """A version that is not as it was recorded is not gone back to."""
    escai("init", "-e", "staging")
    database = escai.config / ".escai" / "history.db"
    with connect(database) as connection:
        connection.execute(edit)
    connection.close()

    with pytest.raises(HistoryDamagedError):
        SQLiteStore(database).content(SQLiteStore(database).resolve("staging", "HEAD").id)
    escai("diff", "-e", "staging", "HEAD", code=3)
    assert "was changed" in (said := escai("history", "verify", code=1)) or "stands for" in said


def test_22_a_version_id_names_no_file(escai):
    """A path instead of an id names no version, to read or to take away."""
    escai("init", "-e", "development")
    outside = escai.folder.parent / "outside.json"
    outside.write_text("{}")

    for address in ("../../../outside", "../outside.json", str(outside), "..%2f", "HEAD/../x"):
        with pytest.raises(VersionUnknownError):
            escai.manager().version(address)
        escai("rollback", address, "--yes", code=2)
    assert "{}" == outside.read_text()


# --- validation ------------------------------------------------------------


def test_23_an_open_production_is_not_valid():
    """Each opening is an error of its own."""
    data = complete()
    data["security"] |= {
        "jwt_secret_key": "your-secret-key-change-in-production",
        "jwt_algorithm": "none",
        "tls_cert_file": None,
        "tls_key_file": None,
    }
    data["database"]["postgres_password"] = ""
    data["api"]["cors_origins"] = ["*"]
    is_valid, errors = ConfigValidator().validate_config(data)

    assert not is_valid
    assert {
        "security.jwt_secret_key",
        "security.jwt_algorithm",
        "security.tls_cert_file",
        "database.postgres_password",
        "api.cors_origins[0]",
    } <= {finding.path for finding in errors}


def test_24_a_typo_is_found_wherever_it_stands():
    """An unknown name is an error, with the one that was meant."""
    data = complete()
    data["api"]["prot"] = 8000
    data["monitorng"] = {}
    _, errors = ConfigValidator().validate_config(data)

    told = {finding.path: finding.message for finding in errors}
    assert "api.port" in told["api.prot"]
    assert "monitoring" in told["monitorng"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_25_the_defaults_are_valid(escai, environment):
    """The model's own, the templates, and what init writes."""
    assert EscaiConfig(security={"jwt_secret_key": secrets.token_urlsafe(32)})
    assert (True, []) == ConfigValidator().validate_config(complete(environment))
    escai("init", "-e", environment)
    escai("validate", "-e", environment)


def test_26_what_is_right_is_not_refused():
    """Host names, one port on several hosts, and a pool without overflow."""
    data = complete()
    data["api"]["host"] = "api.example.com"
    data["database"] |= {
        "postgres_host": "one.example.com",
        "postgres_port": 7000,
        "mongodb_host": "two.example.com",
        "mongodb_port": 7000,
        "postgres_max_overflow": 0,
    }

    assert (True, []) == ConfigValidator().validate_config(data)


def test_27_a_schema_error_hides_no_finding():
    """The rules that can still run do."""
    data = complete()
    data["api"]["cors_origins"] = ["*"]
    before = findings(ConfigValidator().generate_validation_report(data))
    data["ml"]["training_epochs"] = "many"
    after = findings(ConfigValidator().generate_validation_report(data))

    assert before < after
    assert {"ml.training_epochs"} == {path for _, path in after - before}


def test_28_a_command_says_by_its_exit_code_how_it_went(escai):
    """Findings exit with 1, and what is missing with 3; a sealed file is judged."""
    escai("validate", "-e", "staging", code=3)
    escai("import", "-e", "development", EXAMPLE)
    escai("validate", "-e", "development", code=1)
    escai("init", "-e", "staging")
    escai("validate", "-e", "staging")


def test_28_looking_makes_nothing(escai):
    """Neither keys nor folders come of a command that only looks."""
    for words in (["validate"], ["show"], ["history"], ["explain", "api.port"], ["keys", "list"]):
        CliRunner().invoke(main, ["config", *words])

    assert [] == list(escai.folder.parent.rglob("*.key"))
    assert [] == list(escai.folder.iterdir())


def test_28_init_overwrites_only_when_told(escai):
    """What is there stays; with --force it stays as a version."""
    escai("init", "-e", "development")
    escai("set", "api.port", "9001")
    before = escai.file().read_bytes()
    escai("init", "-e", "development", code=2)
    assert before == escai.file().read_bytes()

    escai("init", "-e", "development", "--force")
    assert 9001 == next(c.old for c in escai.manager().diff("HEAD~1", "HEAD") if "port" in c.path)


def test_28_ids_that_are_printed_are_ids_that_are_taken(escai):
    """What history lists, diff and rollback understand; negative numbers can be set."""
    escai("init", "-e", "development")
    escai("set", "custom_settings.offset", "-5")
    (older,) = re.findall(r"^([0-9a-f]{12}) +init", escai("history"), flags=re.MULTILINE)

    assert "custom_settings.offset" in escai("diff", older)
    assert -5 == escai.manager().get_config_value("custom_settings.offset")
    escai("rollback", older, "--yes")
    assert {} == escai.manager().get_config_value("custom_settings")


# --- absent though promised ------------------------------------------------


def test_29_hot_reload_sees_every_kind_of_save(escai):
    """In place, by renaming, and the last of several in a row: the newest always arrives."""
    escai("init", "-e", "development", "--clear")
    told = queue.Queue()
    with escai.manager(enable_hot_reload=True) as manager:
        manager.load_config()
        manager.add_change_callback(lambda _, new, __: told.put(new["api"]["port"]))
        for first in (9000, 9010, 9020):
            for port in range(first, first + 3):
                text = re.sub(r"  port: \d+", f"  port: {port}", escai.file().read_text())
                if first == 9010:
                    beside = escai.file().with_suffix(".new")
                    beside.write_text(text)
                    beside.rename(escai.file())
                else:
                    escai.file().write_text(text)
            while told.get(timeout=SETTLED) != first + 2:
                pass
            assert told.empty()
    assert 9022 == manager.get_config_value("api.port")


def test_30_variables_override_and_files_come_in(escai, monkeypatch):
    """A variable is typed and in effect, and is not saved; a file becomes a configuration."""
    escai("import", "-e", "development", EXAMPLE)
    monkeypatch.setenv("ESCAI_API__PORT", "9001")
    manager = escai.manager()

    assert 9001 == manager.load_config().api.port
    assert "ESCAI_API__PORT" in escai("explain", "api.port")
    manager.set_config_value("api.workers", 2)
    manager.save_config()
    monkeypatch.delenv("ESCAI_API__PORT")
    assert (8000, 2) == (
        escai.manager().load_config().api.port,
        escai.manager().load_config().api.workers,
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_31_what_is_deployed_is_taken_and_valid(escai, environment, monkeypatch):
    """Compose takes its files, and the configuration of a ConfigMap or a mount passes."""
    guide = (REPOSITORY / "notebooks" / "guides" / "containers.md").read_text()
    (compose,) = re.findall(r"^```yaml\n(services:.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    schema = json.loads((DATA / "compose" / "compose-spec.schema.json").read_text())
    Draft7Validator(schema).validate(yaml.safe_load(compose))
    made = ConfigTemplates().generate_docker_compose_template(environment)
    Draft7Validator(schema).validate(yaml.safe_load(made))
    assert [environment] == [each for each in ENVIRONMENTS if each in made]
    objects = map(
        yaml.safe_load, ConfigTemplates().generate_kubernetes_template(environment).values()
    )
    (config_map,) = (each for each in objects if each["kind"] == "ConfigMap")
    (content,) = config_map["data"].values()
    assert (True, []) == ConfigValidator().validate_config(yaml.safe_load(content))

    escai("init", "-e", environment)
    mounted = escai.folder.parent / "mounted"
    mounted.mkdir()
    key = shutil.copy(escai.key(environment), mounted / "escai.key")
    for name in (f"config.{environment}.yaml", f".escai/keyring.{environment}.json"):
        there = mounted / "config" / name
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(escai.config / name, there)
    shutil.copy(escai.config / ".escai" / "policy.yaml", mounted / "config" / ".escai")
    monkeypatch.setenv("XDG_DATA_HOME", str(mounted / "nothing"))
    monkeypatch.setenv("ESCAI_MASTER_KEY_FILE", str(key))
    monkeypatch.setenv("ESCAI_ENV", environment)

    escai("validate", "-d", mounted / "config")
    with ConfigManager(mounted / "config", enable_hot_reload=False) as manager:
        assert environment == manager.load_config().environment


def test_32_saving_the_same_again_makes_no_version(escai):
    """Five identical saves leave one version, and between equals nothing differs."""
    escai("init", "-e", "staging")
    for _ in range(5):
        manager = escai.manager("staging")
        manager.load_config()
        manager.save_config()
    assert 1 == len(escai.versions("staging"))

    escai("keys", "rotate", "-e", "staging")
    assert [] == list(escai.manager("staging").diff("HEAD~1", "HEAD"))


def test_33_everything_that_is_imported_is_installed():
    """Each library that the package imports is one of its dependencies."""
    package = Path(escai_nb.__file__).parent
    names = set()
    for room in package.rglob("*.py"):
        for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").split(".")[0])
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = set()
    waiting = [Requirement(line) for line in project["dependencies"]]
    while waiting:
        needed = waiting.pop()
        name = canonicalize_name(needed.name)
        is_for_here = needed.marker is None or needed.marker.evaluate({"extra": ""})
        if is_for_here and name not in installed:
            installed.add(name)
            waiting += [Requirement(line) for line in distribution(name).requires or ()]
    homes = packages_distributions()

    assert set() == {
        name
        for name in names - sys.stdlib_module_names - {"escai_nb"}
        if not installed & {canonicalize_name(home) for home in homes.get(name, ())}
    }


def test_34_the_master_key_is_not_committed(escai, monkeypatch):
    """All that git takes in of a workspace holds no key, and no key is put among it."""
    git = ["git", "-C", escai.folder]
    subprocess.run([*git, "init", "-q"], check=True)
    escai("init", "-e", "production")
    subprocess.run([*git, "add", "-A"], check=True)
    listed = subprocess.run([*git, "ls-files"], check=True, capture_output=True, text=True).stdout
    names = listed.splitlines()
    key = escai.key("production").read_text().strip()

    assert "config/config.production.yaml" in names
    assert not [name for name in names if key in (escai.folder / name).read_text()]
    assert not [name for name in names if "history" in name or "lock" in name]
    monkeypatch.setenv("XDG_DATA_HOME", str(escai.folder / "home"))
    assert "git checkout" in escai("init", "-e", "staging", code=3)
