"""Faults planted in every layer of a real workspace, broken syntax among them: each is found."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escai_nb.escai.spec import ESCAI
from escai_nb.workspace.bootstrap import import_file
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.sealing import seal_environment

OWN, SHARED = "config.testing.yaml", "config.yaml"
GOOD_SECRET, WEAK_SECRET = "kZ4-aQ9vTx7Lm_w2Rb8N", "please_change_me_in_production"
HEARTBEAT = "  websocket_heartbeat_interval: 20"
EDITED = "ESC904"  # said of a file that was changed by hand, as all are here
REDIS_PORT = "database.redis_port"
JWT = "fT6-uY1pWq3Zx_e8KcV5mB2nHs7Jd4Lr0"

SHARED_LINES = (
    "ml:",
    "  training_batch_size: 32",
    "  training_epochs: 10",
    "monitoring:",
    "  metrics_interval_seconds: 60",
    "  sampling_rate: 0.5",
)
OWN_LINES = (
    "environment: testing",
    "log_level: INFO",
    "api:",
    "  host: 127.0.0.1",
    "  port: 8000",
    "  workers: 2",
    "  request_timeout: 25",
    "  cors_origins:",
    "    - https://a.example.com",
    "    - https://b.example.com",
    "  cors_headers: [Content-Type]",
    HEARTBEAT,
    "database:",
    "  redis_host: 127.0.0.1",
    "  redis_port: 6379",
    "  postgres_database: escai_testing",
)

# layer, line that is replaced, what stands there instead, code, key path, lines further down
FAULTS = (
    (
        "shared",
        "  metrics_interval_seconds: 60",
        "  metrics_interval_seconds: 0",
        "ESC103",
        "monitoring.metrics_interval_seconds",
        0,
    ),
    (
        "shared",
        "  training_batch_size: 32",
        "  training_batch_size: [32, 64",
        "ESC001",
        "ml.training_batch_size",
        0,
    ),
    ("shared", "  training_epochs: 10", "  training_epochs: x", "ESC102", "ml.training_epochs", 0),
    (
        "shared",
        "  sampling_rate: 0.5",
        "  sampling_rate: !pct 5",
        "ESC003",
        "monitoring.sampling_rate",
        0,
    ),
    ("own", "log_level: INFO", "log_level: LOUD", "ESC105", "log_level", 0),
    ("own", "  port: 8000", "  port: 80 : 80", "ESC001", "api.port", 0),
    ("own", "  host: 127.0.0.1", "  hots: 127.0.0.1", "ESC101", "api.hots", 0),
    (
        "own",
        "    - https://b.example.com",
        "    - https://b.example.com/x",
        "ESC212",
        "api.cors_origins[1]",
        0,
    ),
    ("own", "  redis_port: 6379", "  redis_port: 1\n  redis_port: 2", "ESC002", REDIS_PORT, 1),
    ("own", "  redis_host: 127.0.0.1", '  redis_host: "x', "ESC001", "database.redis_host", 0),
    ("own", "  postgres_database: escai_testing", "  postgres_database 7", "ESC001", "database", 0),
    ("default", HEARTBEAT, "  # none", "ESC223", "api.websocket_heartbeat_interval", 0),
    ("variable", "ESCAI_API__MAX_REQUEST_SIZE", "0", "ESC103", "api.max_request_size", 0),
    ("variable", "ESCAI_API__PROT", "80", "ESC903", "", 0),
    ("sealed", "", "", "ESC332", "database.redis_password", 0),
)


def made(root, lines, secret):
    """A workspace whose secrets are sealed, and whose own file has *lines* below them."""
    workspace = Workspace.at(root / "config", ESCAI, environ=environ(root), author="ada")
    source = root / "source.yaml"
    secrets = [
        "security:",
        f'  jwt_secret_key: "{JWT}"',
        "  audit_retention_days: 400",
    ]
    source.write_text("\n".join([*lines, f'  redis_password: "{secret}"', *secrets, ""]))
    import_file(workspace, "testing", source)
    seal_environment(workspace, "testing")
    (workspace.root / SHARED).write_text("\n".join((*SHARED_LINES, "")))
    return workspace


def environ(root):
    """Variables under which the keys of *root* are found."""
    return {"XDG_DATA_HOME": str(root / "keys")}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Two sealed workspaces: with a good secret, and with a placeholder in its place."""
    found = {}
    for secret in (GOOD_SECRET, WEAK_SECRET):
        found[secret] = tmp_path_factory.mktemp("world")
        made(found[secret], OWN_LINES, secret)
    return found


@pytest.fixture(scope="module")
def always(worlds):
    """Codes of what stands against the workspace without any fault."""
    return {code for code, *_ in places(report(worlds[GOOD_SECRET], {}))} - {EDITED}


def report(root, variables):
    """The report on the workspace in *root*, its key at hand."""
    manager = ConfigManager(
        root / "config",
        "testing",
        spec=ESCAI,
        environ=environ(root) | variables,
        enable_hot_reload=False,
    )
    return manager.report()


def planted(worlds, root, chosen):
    """Plant the faults *chosen* in a copy of a workspace; return the report, and what is due."""
    layers = {FAULTS[number][0] for number in chosen}
    shutil.copytree(worlds[WEAK_SECRET if "sealed" in layers else GOOD_SECRET], root)
    files = {"shared": root / "config" / SHARED, "own": root / "config" / OWN}
    variables, due = {}, set()
    for number in sorted(chosen):
        layer, old, new, code, path, _ = FAULTS[number]
        if layer == "variable":
            variables[old] = new
            due.add((code, path, old, 0))
        elif layer in {"own", "shared", "default"}:
            file = files["shared" if layer == "shared" else "own"]
            assert f"\n{old}\n" in f"\n{file.read_text()}"
            file.write_text(f"\n{file.read_text()}".replace(f"\n{old}\n", f"\n{new}\n")[1:])
    for number in chosen:
        layer, _, new, code, path, below = FAULTS[number]
        if layer in {"own", "shared"}:
            file = files[layer]
            line = f"\n{file.read_text()}".split(f"\n{new}\n")[0].count("\n") + 1 + below
            due.add((code, path, file.name, line))
        elif layer == "default":
            due.add((code, path, OWN, files["own"].read_text().split("api:")[0].count("\n") + 2))
        elif layer == "sealed":
            text = files["own"].read_text().split("  redis_password:")[0]
            due.add((code, path, OWN, text.count("\n") + 1))
    return report(root, variables), due


def places(made):
    """What is found, and where."""
    return [
        (f.code, f.path, f.origin.source if f.origin else "", f.origin.line if f.origin else 0)
        for f in made.findings
    ]


def told(worlds, chosen):
    """What stands against a workspace with the faults *chosen*, less what always does; the due."""
    with TemporaryDirectory() as folder:
        made, due = planted(worlds, Path(folder, "world"), chosen)
    return made, places(made), due


@settings(max_examples=30)
@given(chosen=st.sets(st.sampled_from(range(len(FAULTS)))))
def test_n_faults_in_n_layers_give_n_findings(worlds, always, chosen):
    """Each once, at its own place, whatever else is broken, in whichever file."""
    made, found, due = told(worlds, chosen)
    news = [each for each in found if each[0] not in always | {EDITED}]

    assert due == set(news)
    assert len(due) == len(news)
    quiet = {rule for rule, _ in made.not_run}
    assert always - {code for code, *_ in found} <= quiet


def test_a_broken_shared_file_does_not_silence_the_other(worlds):
    """Nor the other way round; what could not be judged is listed."""
    shared = {n for n, fault in enumerate(FAULTS) if fault[0] == "shared"}
    own = {n for n, fault in enumerate(FAULTS) if fault[0] == "own"}
    made, found, due = told(worlds, shared | own)

    assert due <= set(found)
    assert {"api.port", "database.redis_host", "ml.training_batch_size"} <= set(made.unreadable)
    assert ("ESC202", "api.port could not be read") in made.not_run
