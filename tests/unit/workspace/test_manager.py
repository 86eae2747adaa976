"""The manager reads, changes, saves and goes back, all or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
import yaml

from escai_nb.errors import (
    FieldUnknownError,
    FileUnavailableError,
    HeadMovedError,
    InvalidConfigurationError,
    KeyUnavailableError,
    SealError,
    TargetExistsError,
)
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import VersionKind
from escai_nb.validation.finding import Severity
from escai_nb.workspace.access.key_list import list_keys
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.manager import ConfigManager


def contents(folder):
    """Name the content of every file below *folder*, but for locks and the like."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("lock", "-wal", "-shm"))
    }


def test_a_saved_value_is_read_back_by_another_manager(open_manager):
    """What one manager saves, the next one loads."""
    manager = open_manager()
    manager.set_config_value("api.port", 9001)
    manager.save_config(message="other port")

    assert open_manager().load_config().api.port == 9001


def test_the_history_may_lie_elsewhere(workspace, tmp_path):
    """Named in a variable or by an argument, as where the workspace is on a network."""
    place = tmp_path / "local" / "history.db"
    apart = replace(workspace, environ={**workspace.environ, "ESCAI_HISTORY_FILE": str(place)})
    initialise(apart, "development")
    with ConfigManager(
        workspace.root,
        "development",
        enable_hot_reload=False,
        environ=workspace.environ,
        store=place,
    ) as manager:
        manager.update_config({"api": {"port": 9001}})
        manager.save_config()
        assert ["save", "init"] == [version.kind.value for version in manager.history()]

    assert place.exists()
    assert not (workspace.state / "history.db").exists()


def test_secrets_are_sealed_in_the_file_and_open_in_the_model(open_manager, workspace):
    """The file has tokens where the model has secrets."""
    manager = open_manager()
    manager.set_config_value("database.redis_password", "quiet otter lantern")
    manager.save_config()

    text = workspace.file("development").read_text()
    assert "quiet otter lantern" not in text
    assert yaml.safe_load(text)["database"]["redis_password"].startswith("escai:1:fernet:")
    assert (
        open_manager().load_config().database.redis_password.get_secret_value()
        == "quiet otter lantern"
    )


@pytest.mark.parametrize("environment", ["development", "production"])
def test_one_changed_scalar_is_one_changed_line(open_manager, workspace, environment):
    """Beside the value only revision and seal of the block change."""
    manager = open_manager(environment)
    before = workspace.file(environment).read_text().splitlines()
    manager.set_config_value("api.port", 9001)
    manager.save_config()
    after = workspace.file(environment).read_text().splitlines()

    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    names = [line.split(":")[0].strip() for line in changed]
    assert sorted(names) == ["port", "revision", "seal"]


def test_saving_without_a_change_makes_no_version(open_manager):
    """Saying it twice does nothing twice."""
    manager = open_manager()
    first = manager.save_config()
    manager.set_config_value("api.port", manager.get_config_value("api.port"))

    assert manager.save_config() == first
    assert len(manager.history()) == 1


def test_there_and_back_makes_two_versions(open_manager):
    """A → B → A is recorded as such."""
    manager = open_manager()
    for port in (9001, 8000):
        manager.set_config_value("api.port", port)
        manager.save_config()

    assert len(manager.history()) == 3


def test_a_refused_update_leaves_memory_and_disk_as_they_were(open_manager, workspace):
    """Neither half of a refused update stays."""
    manager = open_manager()
    manager.load_config()
    before = contents(workspace.root)

    with pytest.raises(InvalidConfigurationError, match=r"api\.port"):
        manager.update_config({"api": {"workers": 2, "port": 70000}})

    assert not manager.pending
    assert contents(workspace.root) == before
    manager.update_config({"api": {"workers": 2}})
    assert manager.save_config().changes == 1


def test_an_unknown_field_names_the_nearest_one(open_manager):
    """A slip of the fingers is met with the right name."""
    with pytest.raises(FieldUnknownError) as caught:
        open_manager().set_config_value("api.prot", 1)

    assert "api.port" in caught.value.hint


def test_reading_writes_nothing(open_manager, workspace):
    """Loading, validating and looking leave every file as it is."""
    open_manager()
    before = contents(workspace.root)
    manager = open_manager()
    manager.load_config()
    manager.report()
    manager.history()
    manager.diff()

    assert contents(workspace.root) == before


def test_a_missing_file_says_how_to_make_one(open_manager, workspace):
    """The error of a first-time user names the command."""
    manager = open_manager()
    workspace.file("development").unlink()

    with pytest.raises(FileUnavailableError) as caught:
        manager.load_config()

    assert "escai config init" in caught.value.hint


def test_without_the_key_nothing_opens_but_the_report_works(open_manager, tmp_path):
    """No key: an error, never an empty secret; what is plain is still judged."""
    manager = open_manager("production")
    (key,) = tmp_path.glob("keys/**/production.key")
    key.rename(tmp_path / "elsewhere")

    with pytest.raises(KeyUnavailableError):
        open_manager("production").load_config()
    report = open_manager("production").report()
    assert not report.verified
    assert "security.jwt_secret_key" in report.unreadable
    assert not any(finding.path == "security.jwt_secret_key" for finding in report.findings)
    assert manager.history()


def test_the_key_of_another_is_refused(open_manager, tmp_path):
    """A wrong key is told from a missing one."""
    open_manager("staging")
    open_manager("production")
    (key,) = tmp_path.glob("keys/**/production.key")
    (other,) = tmp_path.glob("keys/**/staging.key")
    key.write_bytes(other.read_bytes())

    with pytest.raises(KeyUnavailableError) as caught:
        open_manager("production").load_config()

    assert caught.value.code == "key-wrong"


def test_of_two_writers_the_second_is_told(open_manager):
    """A save over a changed file is refused, and names the place both changed."""
    first, second = open_manager(), open_manager()
    for manager in (first, second):
        manager.load_config()
        manager.set_config_value("api.port", 9000 + id(manager) % 100)
    first.save_config()

    second.set_config_value("security.jwt_secret_key", "another-secret-of-enough-length-0123456789")
    with pytest.raises(HeadMovedError, match=r"both sides changed api\.port") as caught:
        second.save_config()

    assert second.has_unsaved_changes()
    assert [change.path for change in caught.value.theirs] == ["api.port"]
    assert {change.path for change in caught.value.mine} == {"api.port", "security.jwt_secret_key"}
    told = str(caught.value) + str(caught.value.mine.to_data()) + repr(caught.value.mine)
    assert "another-secret" not in told


def test_a_save_over_an_edit_by_hand_is_refused(open_manager, workspace):
    """The file stays as the editor left it, and the change stays in memory."""
    manager = open_manager()
    manager.set_config_value("log_level", "WARNING")
    file = workspace.file("development")
    by_hand = file.read_text().replace("port: 8000", "port: 8001")
    file.write_text(by_hand)
    with pytest.raises(HeadMovedError, match=r"theirs changes api\.port, mine log_level"):
        manager.save_config()
    assert file.read_text() == by_hand
    assert manager.get_config_value("log_level") == "WARNING"
    assert len(manager.history()) == 1


def test_a_save_keeps_links_and_modes(open_manager, workspace, tmp_path):
    """What the name means is written, with the permissions that it has."""
    manager = open_manager()
    file, target = workspace.file("development"), tmp_path / "elsewhere" / "real.yaml"
    target.parent.mkdir()
    file.rename(target)
    file.symlink_to(target)
    target.chmod(0o640)
    manager.set_config_value("api.port", 9001)
    manager.save_config()
    assert file.is_symlink()
    assert "port: 9001" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["real.yaml"]


def test_a_transaction_never_meets_a_moved_head(open_manager):
    """One-shot edits start from what is there."""
    first, second = open_manager(), open_manager()
    second.load_config()
    first.set_config_value("api.port", 9001)
    first.save_config()
    with second.transaction():
        second.set_config_value("api.workers", 2)
        second.save_config()

    config = open_manager().load_config()
    assert (config.api.port, config.api.workers) == (9001, 2)


def test_init_does_not_overwrite(open_manager, workspace):
    """A second init is refused; by force it keeps the old content as a version."""
    manager = open_manager()
    manager.set_config_value("api.port", 9001)
    manager.save_config()

    with pytest.raises(TargetExistsError):
        initialise(workspace, "development")
    initialise(workspace, "development", force=True)

    again = open_manager()
    assert again.load_config().api.port == 8000
    assert [v.kind for v in again.history()] == [
        VersionKind.INIT,
        VersionKind.SAVE,
        VersionKind.INIT,
    ]


def test_a_hand_edit_of_a_plain_value_is_taken_in_development(open_manager, workspace):
    """Under the scope `secrets` people may edit plain values; the next save adopts that."""
    open_manager()
    file = workspace.file("development")
    file.write_text(file.read_text().replace("port: 8000", "port: 8765"))
    manager = open_manager()

    assert manager.load_config().api.port == 8765
    manager.set_config_value("api.workers", 3)
    manager.save_config()
    assert [v.kind for v in manager.history()][:2] == [VersionKind.SAVE, VersionKind.ADOPTED]


def test_a_secret_added_in_clear_by_hand_is_told_and_sealed_by_the_next_save(
    open_manager, workspace
):
    """The scope `secrets` lets it load; neither the file nor the history keeps it in clear."""
    open_manager()
    file = workspace.file("development")
    text = file.read_text()
    clear = "mongodb_password: typed-in-clear-Zq8xW"
    file.write_text(text.replace("mongodb_password: null", clear).replace("8000", "8765"))
    line = file.read_text().splitlines().index(f"  {clear}") + 1
    manager = open_manager()

    found = [each for each in manager.report().findings if each.code == "ESC915"]
    assert [("database.mongodb_password", line)] == [
        (each.path, each.origin.line) for each in found
    ]
    assert found[0].severity is Severity.WARNING
    assert "typed-in-clear" not in str(found)
    version = manager.save_config()
    assert "typed-in-clear" not in file.read_text()
    assert (VersionKind.SAVE, 2) == (version.kind, version.changes)
    kept = [SQLiteStore(workspace.history_file).content(each.id) for each in manager.history()]
    assert "typed-in-clear" not in str(kept)
    again = open_manager()
    assert "ESC915" not in {each.code for each in again.report().findings}
    assert again.get_config_value("database.mongodb_password") == "typed-in-clear-Zq8xW"


def test_a_hand_edit_in_production_waits_for_accept(open_manager, workspace):
    """Under `strict` loading refuses and names the way out, which shows the change."""
    open_manager("production")
    file = workspace.file("production")
    file.write_text(file.read_text().replace("port: 8000", "port: 8765"))
    manager = open_manager("production")

    with pytest.raises(SealError) as caught:
        manager.load_config()
    assert (caught.value.code, "accept" in caught.value.hint) == ("edited-by-hand", True)
    assert any(finding.code == "ESC904" for finding in manager.report().findings)

    dry = manager.accept(dry_run=True)
    assert [(c.path, c.old, c.new) for c in dry.diff] == [("api.port", 8000, 8765)]
    done = manager.accept()
    assert done.version.kind is VersionKind.ACCEPTED
    assert open_manager("production").load_config().api.port == 8765


def test_a_moved_token_is_never_accepted(open_manager, workspace):
    """Swapping two sealed values is refused, also by accept."""
    open_manager("production")
    file = workspace.file("production")
    data = yaml.safe_load(file.read_text())
    one, two = data["database"]["postgres_password"], data["database"]["neo4j_password"]
    text = file.read_text().replace(one, "X").replace(two, one).replace("X", two)
    file.write_text(text)
    manager = open_manager("production")

    with pytest.raises(SealError):
        manager.load_config()
    with pytest.raises(SealError):
        manager.accept()


def test_an_older_document_put_back_is_refused(open_manager, workspace):
    """History knows the newest revision, and says so."""
    manager = open_manager("production")
    older = workspace.file("production").read_bytes()
    manager.set_config_value("api.port", 9001)
    manager.save_config()
    workspace.file("production").write_bytes(older)

    with pytest.raises(SealError) as caught:
        open_manager("production").load_config()

    assert caught.value.code == "older-document"
    open_manager("production").accept()
    assert open_manager("production").load_config().api.port == 8000


def test_a_stripped_seal_is_refused(open_manager, workspace):
    """A file without its block is not taken for a clear one."""
    open_manager("production")
    file = workspace.file("production")
    data = yaml.safe_load(file.read_text())
    del data["_escai"]
    file.write_text(yaml.safe_dump(data))

    with pytest.raises(SealError) as caught:
        open_manager("production").load_config()

    assert caught.value.code == "seal-missing"


def test_rotation_leaves_everything_readable(open_manager, workspace):
    """File and old versions open afterwards; nothing is left under the old key."""
    manager = open_manager("production")
    secret = manager.get_config_value("security.jwt_secret_key")
    first = manager.history()[0]
    receipt = rotate_keys(workspace, "production")
    after = open_manager("production")

    assert after.get_config_value("security.jwt_secret_key") == secret
    assert receipt.new_kid in workspace.file("production").read_text()
    assert receipt.old_kid not in workspace.file("production").read_text()
    assert not after.diff(first.id)
    assert [row.entry.state.value for row in list_keys(workspace, ["production"]).rows] == [
        "primary",
        "retired",
    ]


def test_rollback_keeps_todays_secrets(open_manager):
    """Values go back, secrets stay, unless they are asked for."""
    manager = open_manager()
    first = manager.save_config()
    old = manager.get_config_value("database.postgres_password")
    manager.update_config({"api": {"port": 9001}, "database": {"postgres_password": "newer-one-3"}})
    manager.save_config()

    assert [c.path for c in manager.preview_rollback(first.id)] == ["api.port"]
    manager.rollback_config(first.id)
    assert manager.get_config_value("api.port") == 8000
    assert manager.get_config_value("database.postgres_password") == "newer-one-3"
    manager.rollback_config(first.id, include_secrets=True)
    assert manager.get_config_value("database.postgres_password") == old


def test_an_import_that_is_refused_keeps_what_is_not_saved(open_manager, tmp_path):
    """A refused change leaves memory as it was, here as everywhere; one that is made does not."""
    manager = open_manager()
    manager.save_config()
    manager.set_config_value("api.port", 9001)
    given = tmp_path / "given.yaml"
    given.write_text("api: {port: 70000}\n")
    with pytest.raises(InvalidConfigurationError):
        manager.import_config(given)
    assert 9001 == manager.get_config_value("api.port")
    given.write_text("api: {workers: 3}\n")
    manager.import_config(given)
    assert 8000 == manager.get_config_value("api.port")
    assert not manager.pending


def test_versions_have_addresses_and_tags(open_manager):
    """HEAD, HEAD~1, prefixes and tags name versions."""
    manager = open_manager()
    first = manager.save_config()
    manager.set_config_value("api.port", 9001)
    second = manager.save_config()
    manager.tag("HEAD~1", "stable")

    assert manager.version("stable").id == first.id == manager.version(first.id[:8]).id
    assert manager.version("HEAD").id == second.id
    assert [(c.path, c.old, c.new) for c in manager.diff("stable", "HEAD")] == [
        ("api.port", 8000, 9001)
    ]


def test_a_secret_change_shows_as_changed_only(open_manager):
    """A diff never holds a secret."""
    manager = open_manager()
    manager.set_config_value("database.postgres_password", "quiet-otter-77")

    assert "quiet-otter-77" not in repr(manager.pending) + str(manager.pending.to_data())
    assert [c.path for c in manager.pending] == ["database.postgres_password"]


def test_env_vars_win_and_are_never_saved(open_manager, workspace):
    """An override is in effect, is named as the origin, and stays out of the file."""
    manager = open_manager()
    environ = {**workspace.environ, "ESCAI_API__PORT": "9500"}
    shadow = type(manager)(
        workspace.root,
        "development",
        enable_hot_reload=False,
        spec=workspace.spec,
        environ=environ,
        author="ada",
    )

    assert shadow.load_config().api.port == 9500
    assert str(shadow.origins()["api.port"]) == "env ESCAI_API__PORT"
    shadow.set_config_value("api.port", 9001)
    shadow.save_config()
    assert str(shadow.shadowed("api.port")) == "env ESCAI_API__PORT"
    assert open_manager().load_config().api.port == 9001


def test_callbacks_hear_of_changes_apart_from_each_other(open_manager):
    """One that fails does not keep the others from being told."""
    manager = open_manager()
    manager.load_config()
    heard = []

    def fails(*_):
        raise ValueError

    manager.add_change_callback(fails)
    manager.add_change_callback(lambda old, new, diff: heard.append((old, new, diff)), path="api")
    manager.update_config({"api": {"port": 9001}})
    manager.update_config({"log_level": "INFO"})

    assert [[c.path for c in diff] for _, _, diff in heard] == [["api.port"]]


def test_callbacks_hear_of_values_in_effect(open_manager, workspace):
    """A line that is taken out goes back to the default; one that says the default is no change."""
    open_manager()
    environ = {**workspace.environ, "ESCAI_API__WORKERS": "3"}
    manager = ConfigManager(workspace.root, environ=environ, enable_hot_reload=False)
    heard = []
    manager.add_change_callback(
        lambda old, new, changes: heard.append(
            (old["api"]["port"], new["api"]["port"], [change.path for change in changes])
        )
    )
    manager.set_config_value("api.port", 9001)
    manager.unset_config_value("api.port")
    manager.set_config_value("api.port", 8000)
    manager.set_config_value("api.workers", 5)
    assert heard == [(8000, 9001, ["api.port"]), (9001, 8000, ["api.port"])]
