"""From a first file to production and back: every verb on real files."""

from __future__ import annotations

import resource
import shutil
import stat
from pathlib import Path

import pytest
import yaml

from escai_nb.errors import WriteFailedError
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.standalone.single_file import decrypt_file

EXAMPLE = Path(__file__).parent.parent / "data" / "escai" / "config.example.yaml"


def ids(escai, *words):
    """The ids of an environment's versions, newest first."""
    listed = escai("config", "history", *words, "--format", "json").data
    return [version["id"] for version in listed]


def test_init_seals_and_keeps_the_key_apart(escai):
    """A new environment is sealed, recorded, ignored where it must be, its key elsewhere."""
    outcome = escai("config", "init", "-e", "development")
    text = escai.file().read_text()
    assert "escai:1:fernet:" in text
    assert "_escai:" in text
    assert "back it up" in outcome.err
    (key,) = (escai.folder.parent / "home").rglob("*.key")
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    assert key.read_text().strip() not in outcome.out + outcome.err
    assert "\n*\n" in (escai.config / ".escai" / ".gitignore").read_text()
    assert 1 == len(ids(escai))


def test_init_leaves_no_error_in_any_environment(escai):
    """What init writes passes validate, in every environment."""
    for name in ("development", "testing", "staging", "production"):
        escai("config", "init", "-e", name)
    escai("config", "validate", "--all")


def test_import_keeps_the_file_as_it_is(escai):
    """An imported file stays clear and commented; its first version is recorded."""
    escai("config", "import", "-e", "development", EXAMPLE)
    assert EXAMPLE.read_text() == escai.file().read_text()
    assert 1 == len(ids(escai))
    assert "no changes" in escai("config", "import", EXAMPLE).out


def test_validate_finds_repairs_and_looks_again(escai):
    """Findings exit with 1; safe repairs are saved as one version and are gone then."""
    escai("config", "import", "-e", "development", EXAMPLE)
    before = escai("config", "validate", "--format", "json", "--fail-on", "never").data
    assert all(f["origin"]["line"] for f in before["findings"] if f["layer"] == "secrets")
    dry = escai("config", "validate", "--fix", "--dry-run", "--fail-on", "never").out
    assert "nothing was written" in dry
    assert 1 == len(ids(escai))
    fixed = escai("config", "validate", "--fix", "--fail-on", "never", "--format", "json").data
    assert not [finding for finding in fixed["findings"] if finding["safe"]]
    assert 2 == len(ids(escai))
    assert "# This is a comprehensive example" in escai.file().read_text()


@pytest.mark.parametrize(("level", "code"), [("never", 0), ("advice", 1)])
def test_validate_fails_on_what_it_is_told(escai, level, code):
    """--fail-on sets the least severity that exits with 1."""
    escai("config", "import", "-e", "development", EXAMPLE)
    escai("config", "validate", "--fail-on", level, code=code)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("sarif", '"ruleId": "ESC332"'),
        ("junit", "<testsuite"),
        ("github", "::error file="),
        ("markdown", "| ESC332 |"),
        ("text", "    How to mend it: "),
    ],
)
def test_validate_speaks_to_other_tools(escai, form, said):
    """Each form names the findings, and no form has anything beside it on stdout."""
    escai("config", "import", "-e", "development", EXAMPLE)
    out = escai("config", "validate", "--detailed", "--format", form, code=1).out
    assert said in out
    assert "ESC332" in out
    if form == "sarif":
        both = escai("config", "validate", "--all", "--format", form, code=1).data
        assert 1 == len(both["runs"])


def test_validate_judges_a_single_file(escai):
    """A file outside any workspace is judged by itself, and nothing is made."""
    broken = EXAMPLE.with_name("config.development.invalid.yaml")
    report = escai("config", "validate", "-c", broken, "--format", "json", code=1).data
    assert report["findings"]
    assert [] == list(escai.folder.iterdir())


def test_encrypt_seals_an_imported_file(escai):
    """The secrets of a clear file are sealed in place; twice is once."""
    escai("config", "import", "-e", "development", EXAMPLE)
    secret = yaml.safe_load(EXAMPLE.read_text())["database"]["postgres_password"]
    assert "would be sealed" in escai("config", "encrypt", "--dry-run").out
    assert secret in escai.file().read_text()
    escai("config", "encrypt")
    assert secret not in escai.file().read_text()
    count = len(ids(escai))
    assert "already" in escai("config", "encrypt").out
    assert count == len(ids(escai))
    opened = escai("config", "decrypt", "--reveal", "--yes").out
    assert secret == yaml.safe_load(opened)["database"]["postgres_password"]
    assert "escai:1:" not in opened


def test_a_secret_typed_into_a_sealed_file_is_found_and_sealed(workspace):
    """Validation names its line, with a key or without, and encrypt seals what is left."""
    file = workspace.file()
    text = file.read_text()
    file.write_text(text.replace("mongodb_password: null", "mongodb_password: typed-Zq8xW-here"))
    (key,) = (workspace.folder.parent / "home").rglob("development.key")
    away = key.rename(key.with_suffix(".away"))
    assert "ESC915" in workspace("config", "validate").out
    away.rename(key)
    found = workspace("config", "validate", "--format", "json").data["findings"]
    assert ["database.mongodb_password"] == [f["path"] for f in found if f["code"] == "ESC915"]
    would = workspace("config", "encrypt", "--dry-run").out
    done = workspace("config", "encrypt").out
    assert ("1 secret" in would, "would be" in would, "1 secret" in done) == (True, True, True)
    assert "typed-Zq8xW" not in file.read_text() + would + done
    assert "already" in workspace("config", "encrypt").out


def test_a_single_file_is_sealed_and_opened_with_its_key(escai, tmp_path):
    """What encrypt writes, decrypt brings back; the key is made once and never shown."""
    alone, key = tmp_path / "alone.yaml", tmp_path / "keys" / "alone.key"
    shutil.copy(EXAMPLE, alone)
    outcome = escai("config", "encrypt", "-c", alone, "-k", key, "--generate-key")
    assert key.read_text().strip() not in outcome.out + outcome.err
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    assert "change_me_in_production" not in alone.read_text()
    assert "is sealed already" in escai("config", "encrypt", "-c", alone, "-k", key, code=2).err
    opened = tmp_path / "opened.yaml"
    escai("config", "decrypt", "-c", alone, "-k", key, "-o", opened)
    assert yaml.safe_load(EXAMPLE.read_text()) == yaml.safe_load(opened.read_text())
    assert 0o600 == stat.S_IMODE(opened.stat().st_mode)
    sealed = alone.read_bytes()
    escai("config", "decrypt", "-c", alone, "-k", key, "-o", opened, code=2)
    escai("config", "decrypt", "-c", alone, "-k", tmp_path / "no.key", code=3)
    assert sealed == alone.read_bytes()
    escai("config", "decrypt", "-c", alone, "-k", key)
    assert yaml.safe_load(EXAMPLE.read_text()) == yaml.safe_load(alone.read_text())
    assert 0o600 == stat.S_IMODE(alone.stat().st_mode)


def test_a_file_that_cannot_be_opened_in_place_is_as_it_was(escai, tmp_path):
    """A disk that refuses is told, and neither the text nor who may read it has changed."""
    alone, key = tmp_path / "alone.yaml", tmp_path / "keys" / "alone.key"
    shutil.copy(EXAMPLE, alone)
    escai("config", "encrypt", "-c", alone, "-k", key, "--generate-key")
    alone.chmod(0o644)
    sealed, limits = alone.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(WriteFailedError, match="was not written"):
            decrypt_file(alone, key)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (sealed, 0o644) == (alone.read_bytes(), stat.S_IMODE(alone.stat().st_mode))
    assert ["alone.yaml"] == [path.name for path in tmp_path.glob("*alone*")]


def test_history_diff_tag_and_rollback(workspace):
    """Versions are listed, compared, named and gone back to, by any address."""
    for port in (9001, 9002):
        workspace("config", "set", "api.port", port)
    newest, middle, oldest = ids(workspace)
    workspace("config", "tag", middle[:8], "good")
    assert [middle] == ids(workspace, "--tag", "good")
    assert [newest] == ids(workspace, "-n", "1")
    assert [] == ids(workspace, "--since", "2999-01-01")
    out = workspace("config", "diff", "good", "HEAD").out
    assert "9001" in out
    assert "9002" in out
    assert "no changes" in workspace("config", "diff").out
    dry = workspace("config", "rollback", "good", "--dry-run").out
    assert "nothing was written" in dry
    assert "--yes" in workspace("config", "rollback", "good", code=2).err
    workspace("config", "rollback", "good", "--yes")
    assert "9001\n" == workspace("config", "get", "api.port").out
    back = workspace("config", "history", "--format", "json").data[0]
    assert ("rollback", middle) == (back["kind"], back["source"])
    workspace("config", "untag", "good", "good")
    assert [] == ids(workspace, "--tag", "good")
    assert oldest


def test_accept_takes_over_a_hand_edit(escai):
    """Under a strict seal a hand edit is refused, shown, accepted, and then a version."""
    escai("config", "init", "-e", "staging")
    text = escai.file("staging").read_text()
    escai.file("staging").write_text(text.replace("  workers: 2\n", "  workers: 3\n"))
    refusal = escai("config", "get", "-e", "staging", "api.workers", code=3)
    assert "escai config accept" in refusal.err
    assert "api.workers" in escai("config", "accept", "-e", "staging", "--dry-run").out
    escai("config", "get", "-e", "staging", "api.workers", code=3)
    escai("config", "accept", "-e", "staging", "-m", "more workers")
    assert "3\n" == escai("config", "get", "-e", "staging", "api.workers").out
    newest = escai("config", "history", "-e", "staging", "--format", "json").data[0]
    assert ("accepted", "more workers") == (newest["kind"], newest["message"])


def test_keys_are_rotated_and_everything_stays_readable(workspace):
    """After a rotation the old key is retired, and old versions open still."""
    before = workspace("config", "get", "security.jwt_secret_key", "--reveal", "--yes").out
    workspace("config", "keys", "rotate", "--dry-run")
    (old,) = workspace("config", "keys", "list", "--format", "json").data
    receipt = workspace("config", "keys", "rotate", "--format", "json").data
    new, retired = workspace("config", "keys", "list", "--format", "json").data
    assert (old["kid"], "retired") == (retired["kid"], retired["state"])
    assert (receipt["new_kid"], "primary") == (new["kid"], new["state"])
    after = workspace("config", "get", "security.jwt_secret_key", "--reveal", "--yes").out
    assert before == after
    assert "no changes" in workspace("config", "diff", "HEAD~1", "HEAD").out


def test_promote_shows_a_plan_and_applies_it(workspace):
    """Values move on, secrets and places stay, and the version knows its source."""
    workspace("config", "init", "-e", "testing")
    workspace("config", "set", "custom_settings.region", "eu-west")
    words = ("promote", "--from", "development", "--to", "testing", "--only", "custom_settings")
    plan = workspace("config", *words, "--dry-run", "--format", "json").data
    assert plan["applicable"]
    assert "--yes" in workspace("config", *words, code=2).err
    workspace("config", *words, "--yes", "-m", "regions")
    assert "eu-west\n" == workspace("config", "get", "-e", "testing", "custom_settings.region").out
    newest = workspace("config", "history", "-e", "testing", "--format", "json").data[0]
    assert ("promotion", ids(workspace)[0]) == (newest["kind"], newest["source"])


def test_promote_does_not_apply_a_plan_with_conflicts(workspace):
    """What both sides changed must be decided; then it is done."""
    workspace("config", "init", "-e", "testing")
    workspace("config", "set", "custom_settings.region", "eu")
    workspace("config", "set", "-e", "testing", "custom_settings.region", "us")
    words = ("promote", "--from", "development", "--to", "testing")
    words = (*words, "--only", "custom_settings")
    workspace("config", *words, "--dry-run", code=1)
    assert "--take" in workspace("config", *words, "--yes", code=1).err
    workspace("config", *words, "--yes", "--take", "source", "custom_settings.region")
    assert "eu\n" == workspace("config", "get", "-e", "testing", "custom_settings.region").out


def test_an_accepted_policy_is_told_though_no_value_differs(workspace):
    """What a strict environment vouches for is taken over as a version of its own, once."""
    workspace("config", "init", "-e", "staging")
    policy = workspace.config / ".escai" / "policy.yaml"
    policy.write_text(policy.read_text().replace("testing: secrets", "testing: strict"))
    said = workspace("config", "accept", "-e", "staging").out
    assert "no changes" in said
    assert ids(workspace, "-e", "staging")[0][:12] in said
    assert "version" not in workspace("config", "accept", "-e", "staging").out


def test_another_spec_is_named_by_module(escai, monkeypatch, tmp_path):
    """A spec in the current folder can be named, without being installed."""
    (escai.folder / "tiny_spec.py").write_text(
        "from pydantic import BaseModel\n"
        "from escai_nb.spec import ConfigSpec\n"
        "class Tiny(BaseModel):\n    size: int = 3\n"
        "TINY = ConfigSpec(name='tiny', model=Tiny, environments=('here', 'there'))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    made = escai("config", "init", "--spec", "tiny_spec:TINY")
    assert "export ESCAI_SPEC=tiny_spec:TINY" in made.err
    assert "-e here --spec tiny_spec:TINY" in made.err
    assert "3\n" == escai("config", "get", "--spec", "tiny_spec:TINY", "size").out
    assert "ESCAI_SPEC" in escai("config", "get", "size", code=2).err
    with monkeypatch.context() as patch:
        patch.setenv("ESCAI_SPEC", "tiny_spec:TINY")
        assert "3\n" == escai("config", "get", "size").out
        assert 3 == ConfigManager("config").get_config_value("size")
    assert "hint" in escai("config", "get", "--spec", "tiny_spec:NO", "size", code=2).err


def test_a_file_that_is_gone_comes_back_from_its_history(workspace):
    """The error names the way: what the last version said is written anew, secrets included."""
    workspace("config", "set", "api.port", "9001")
    secret = workspace("config", "get", "security.jwt_secret_key", "--reveal", "--yes").out
    workspace.file().unlink()

    hint = workspace("config", "get", "api.port", code=3).err
    assert "escai config rollback HEAD -d config -e development" in hint
    shown = workspace("config", "rollback", "HEAD", "--dry-run").out
    assert "api.port" in shown
    assert not workspace.file().exists()
    workspace("config", "rollback", "HEAD", "--yes")
    assert workspace("config", "get", "api.port").out == "9001\n"
    assert workspace("config", "get", "security.jwt_secret_key", "--reveal", "--yes").out == secret
    assert workspace("config", "validate").code == 0
    assert "rollback" in workspace("config", "history").out


def test_an_older_version_comes_back_with_the_newest_secrets(workspace):
    """Where the file is gone, today's secrets are those of the last version."""
    workspace(
        "config", "set", "database.redis_password", "--stdin", stdin="newer-Zk39-secret-value"
    )
    workspace.file().unlink()
    workspace("config", "rollback", "HEAD~1", "--yes")

    found = workspace("config", "get", "database.redis_password", "--reveal", "--yes").out
    assert found == "newer-Zk39-secret-value\n"
