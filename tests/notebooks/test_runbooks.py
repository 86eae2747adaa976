"""The runbooks that ship: each against a real workspace, in a real kernel."""

from __future__ import annotations

import json
import secrets

import pytest

from escai_nb.errors import EnvironmentUnknownError, ParameterError, UsageError
from escai_nb.runbooks import notebook
from escai_nb.runbooks.catalogue import PROCEDURES, find_runbook, list_runbooks, shipped
from escai_nb.runbooks.lean import lean_imports
from escai_nb.runbooks.outcome import Status
from escai_nb.runbooks.parameters import cell_of
from escai_nb.runbooks.run import run
from escai_nb.workspace.access.unlocking import key_place
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

with lean_imports():
    import papermill
    from papermill.engines import papermill_engines

    from escai_nb.runbooks.engine import EscaiEngine

SHIPPED = tuple(PROCEDURES)
VERBS = ("preflight", "plan", "gate", "apply", "verify", "receipt")


@pytest.fixture
def root(tmp_path):
    """Folder of a workspace with a development environment in clear and a sealed staging."""
    workspace = Workspace.at(tmp_path / "config")
    initialise(workspace, "development", encrypt=False)
    initialise(workspace, "staging")
    return workspace.root


def manager_of(root, environment):
    """Return a manager that watches nothing."""
    return ConfigManager(root, environment, enable_hot_reload=False, enable_encryption=None)


def done(result):
    """Return the receipt of a run that must have completed."""
    assert result.status is Status.COMPLETED, result.outcome
    return result.receipt


@pytest.mark.parametrize("name", SHIPPED)
def test_shape(name):
    """Every shipped runbook has a purpose, its model's cell, the six steps, and no output."""
    data = notebook.load(shipped() / f"{name}.ipynb")
    title, purpose = notebook.title_and_purpose(data)
    assert title
    assert purpose.endswith(".")
    cell = notebook.tagged(data, notebook.PARAMETERS)
    assert notebook.source_of(cell) == cell_of(find_runbook(name).model)
    code = [c for c in data["cells"] if c["cell_type"] == "code"]
    assert all(not c["outputs"] and c["execution_count"] is None for c in code)
    called = [notebook.source_of(c).rsplit("steps.", 1)[-1] for c in code[1:]]
    assert called == [f"{verb}()" for verb in VERBS]


def test_all_are_listed(tmp_path):
    """The lookup finds what ships, and a workspace's own under the same name wins."""
    own = tmp_path / "runbooks"
    own.mkdir()
    (own / "encrypt.ipynb").write_bytes((shipped() / "encrypt.ipynb").read_bytes())
    found = {book.name: book.is_own for book in list_runbooks(tmp_path)}
    assert found == {name: name == "encrypt" for name in sorted(SHIPPED)}


def test_encrypt(root):
    """A dry run changes nothing; applied, no secret lies in clear and the comments stay."""
    path = root / "config.development.yaml"
    path.write_text("# kept\n" + path.read_text())
    before = path.read_bytes()
    planned = done(run("encrypt", environment="development", config_dir=root))
    assert path.read_bytes() == before
    assert (planned["status"], planned["done"]) == ("planned", None)
    applied = run("encrypt", environment="development", apply=True, config_dir=root)
    receipt = done(applied)
    assert (receipt["status"], receipt["plan_hash"]) == ("verified", planned["plan_hash"])
    assert receipt["done"]["sealed"] == planned["plan"]["to seal"] != []
    assert path.read_text().startswith("# kept\n")
    secret = manager_of(root, "development").get_config_value(receipt["done"]["sealed"][0])
    for evidence in (path, *applied.folder.iterdir()):
        assert str(secret) not in evidence.read_text()
    titles = [cell.title for cell in applied.outcome.cells]
    assert titles[-6:] == ["1 Preflight", "2 Plan", "3 Gate", "4 Apply", "5 Verify", "6 Receipt"]
    manifest = json.loads((applied.folder / "manifest.json").read_text())
    assert manifest["plan_hash"] == planned["plan_hash"]
    assert sorted(manifest["files"]) == ["journal.jsonl", "receipt.json", "run.html", "run.ipynb"]


def test_dry_run_skips_what_is_below_the_gate(root):
    """A dry run completes at the gate; the cells below are skipped, not completed."""
    result = run("rotate-keys", environment="staging", config_dir=root)
    done(result)
    statuses = [cell.status for cell in result.outcome.cells]
    assert statuses[-3:] == [Status.SKIPPED] * 3
    assert set(statuses[:-3]) == {Status.COMPLETED}


def test_papermill_runs_it_too(root, tmp_path):
    """By papermill's own verb the dry run is complete as well."""
    papermill_engines.register("escai", EscaiEngine)
    finished = papermill.execute_notebook(
        shipped() / "encrypt.ipynb",
        tmp_path / "out.ipynb",
        {"config_dir": str(root)},
        engine_name="escai",
        progress_bar=False,
    )
    assert finished.metadata.papermill["status"] == "completed"
    saved = json.loads((tmp_path / "out.ipynb").read_text())
    statuses = [c["metadata"]["papermill"]["status"] for c in saved["cells"] if "outputs" in c]
    assert statuses[-4:] == ["completed", "skipped", "skipped", "skipped"]


def test_rotate_keys(root):
    """Afterwards another key seals the file, and every version still opens."""
    receipt = done(
        run("rotate-keys", environment="staging", apply=True, reason="a test", config_dir=root)
    )
    assert receipt["done"]["retired key"] == receipt["plan"]["key to retire"]
    assert receipt["done"]["new key"] != receipt["done"]["retired key"]
    assert {check["ok"] for check in receipt["checks"]} == {True}
    assert manager_of(root, "staging").load_config()


def test_promote(root):
    """A changed value arrives in the next environment, with its lineage."""
    with manager_of(root, "development") as manager:
        manager.set_config_value("database.postgres_max_overflow", 15)
        manager.save_config()
    result = run(
        "promote",
        environment="staging",
        parameters={"only": ["database.postgres_max_overflow"]},
        apply=True,
        reason="fewer connections",
        config_dir=root,
    )
    receipt = done(result)
    assert receipt["done"]["changed"] == ["database.postgres_max_overflow"]
    with manager_of(root, "staging") as manager:
        assert manager.get_config_value("database.postgres_max_overflow") == 15
        (version,) = manager.get_config_history(1)
    assert (version.kind.value, version.message) == ("promotion", "fewer connections")


def test_bootstrap_and_rollback(root):
    """A new environment opens with its own secrets; going back makes another version."""
    done(run("bootstrap", environment="testing", apply=True, reason="a test", config_dir=root))
    with manager_of(root, "testing") as manager:
        before = manager.get_config_value("api.port")
        manager.set_config_value("api.port", before + 1)
        manager.save_config()
    done(run("rollback", environment="testing", apply=True, reason="back", config_dir=root))
    with manager_of(root, "testing") as manager:
        assert manager.get_config_value("api.port") == before
        assert [version.kind.value for version in manager.history()] == ["rollback", "save", "init"]


def test_a_failing_preflight_is_a_failed_step(root):
    """Without its key, a run stops before any plan and says what is missing."""
    place = key_place(Workspace.at(root), "staging").path
    place.rename(place.with_name("gone"))
    result = run("rotate-keys", environment="staging", config_dir=root)
    place.with_name("gone").rename(place)
    assert (result.status, result.exit_code) == (Status.FAILED, 4)
    assert "staging opens" in result.outcome.failure.message
    assert result.receipt == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"environment": "stagng"}, EnvironmentUnknownError),
        ({"environment": "staging", "apply": True}, ParameterError),
        ({"parameters": {"enviroment": "staging"}}, ParameterError),
    ],
)
def test_refused_before_anything_starts(root, given, expected):
    """What cannot be meant is refused without a kernel and without a trace."""
    with pytest.raises(expected) as refused:
        run("encrypt", config_dir=root, **given)
    assert refused.value.exit_code == 2
    assert not (root / ".escai" / "runs").exists()


def test_unknown_runbook(root):
    """A misspelt name is told the nearest."""
    with pytest.raises(UsageError) as refused:
        run("promot", config_dir=root)
    assert "promote" in refused.value.hint


def test_a_workspace_runbook_cannot_say_a_secret(root, write_own):
    """Whatever a cell prints, the evidence does not repeat a secret of the workspace."""
    canary = "canary-" + secrets.token_hex(8)
    with manager_of(root, "staging") as manager:
        manager.set_config_value("database.postgres_password", canary)
        manager.save_config()
    write_own(
        "leak",
        "from escai_nb import ConfigManager\n"
        "m = ConfigManager('config', 'staging', enable_hot_reload=False)\n"
        "s = m.load_config().database.postgres_password.get_secret_value()\n"
        "print(s[:5], end='', flush=True); print(s[5:])",
        "import base64; base64.b64encode(b'x' + s.encode())",
        "raise ValueError(s)",
    )
    result = run("leak", config_dir=root)
    assert result.outcome.masked >= 3
    for evidence in result.folder.iterdir():
        assert canary not in evidence.read_text()
    assert canary not in str(result.outcome)


@pytest.fixture
def write_own(root, notebook_of):
    """Return a function that puts a runbook into the workspace."""

    def write(name, *sources):
        (root / "runbooks").mkdir()
        path = root / "runbooks" / f"{name}.ipynb"
        path.write_text(json.dumps(notebook_of(*sources)))

    return write
