"""Drift: the file beside its newest version and beside what a process works with."""

from __future__ import annotations

from escai_nb.workspace.drift import Agreement, Observer
from escai_nb.workspace.manager import ConfigManager


def told(drift):
    """Return agreement and differing paths of each observer."""
    return {
        each.observer: (each.agreement, [change.path for change in each.changes])
        for each in drift.observations
    }


def test_all_agree_after_a_save(open_manager):
    """Nothing is told, and all are known."""
    manager = open_manager()
    manager.set_config_value("api.port", 9001)
    manager.save_config()
    drift = manager.drift()
    assert told(drift) == {each: (Agreement.SAME, []) for each in Observer}
    assert (drift.is_drifted, drift.is_known) == (False, True)
    assert drift.to_sheet().summary.endswith("no difference")


def test_a_hand_edit_is_drift_of_history_and_of_who_runs(open_manager, workspace):
    """Until it is loaded, and then until it is recorded."""
    manager = open_manager()
    manager.load_config()
    file = workspace.file("development")
    file.write_text(file.read_text().replace("port: 8000", "port: 9001"))
    both = (Agreement.DRIFTED, ["api.port"])
    assert told(manager.drift()) == {Observer.RECORDED: both, Observer.RUNNING: both}
    change = manager.drift().observations[0].changes[0]
    assert (change.old, change.new) == (8000, 9001)
    manager.load_config()
    assert told(manager.drift()) == {
        Observer.RECORDED: both,
        Observer.RUNNING: (Agreement.SAME, []),
    }
    manager.accept()
    assert not manager.drift().is_drifted


def test_unsaved_changes_are_drift_of_who_runs_and_secrets_are_not_shown(open_manager):
    """What only memory knows is told, a secret as changed."""
    manager = open_manager()
    manager.set_config_value("database.postgres_password", "canary-quiet-otter")
    drift = manager.drift()
    assert told(drift)[Observer.RUNNING] == (Agreement.DRIFTED, ["database.postgres_password"])
    assert "canary" not in f"{drift} {drift.to_data()} {drift.to_table()} {drift.to_sheet()}"


def test_what_cannot_be_told_is_unknown(open_manager, workspace):
    """A broken file, and a folder without any history, are no agreement."""
    manager = open_manager()
    manager.load_config()
    file = workspace.file("development")
    good = file.read_text()
    file.write_text("a: [")
    drift = manager.drift()
    assert {each.agreement for each in drift.observations} == {Agreement.UNKNOWN}
    assert (drift.is_drifted, drift.is_known) == (False, False)
    assert "config.development.yaml" in drift.observations[0].why
    file.write_text(good)
    assert manager.drift().is_known


def test_without_a_history_the_recorded_is_unknown(tmp_path, workspace, open_manager):
    """A file that nobody has saved yet."""
    open_manager()
    folder = tmp_path / "bare"
    folder.mkdir()
    lines = workspace.file("development").read_text().splitlines()
    text = [line for line in lines if "escai:1:" not in line]
    (folder / "config.development.yaml").write_text("\n".join(text[: text.index("_escai:")]))
    manager = ConfigManager(folder, "development", environ={}, enable_hot_reload=False)
    manager.set_config_value("api.port", 9001, validate=False)
    assert told(manager.drift()) == {
        Observer.RECORDED: (Agreement.UNKNOWN, []),
        Observer.RUNNING: (Agreement.DRIFTED, ["api.port"]),
    }
