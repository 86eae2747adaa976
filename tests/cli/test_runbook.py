"""``escai runbook``: what can be run, what it takes, and how a run is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_list(workspace):
    """Every runbook of the package is listed with its purpose."""
    listed = workspace("runbook", "list", "--format", "json").data
    assert {"encrypt", "promote", "rotate-keys"} <= {each["name"] for each in listed}
    assert all(each["purpose"].endswith(".") for each in listed)
    assert "promote" in workspace("runbook", "list").out


def test_show(workspace):
    """The parameters are told with their types, defaults and meaning."""
    told = workspace("runbook", "show", "promote", "--format", "json").data
    (take,) = [row for row in told["parameters"] if row["name"] == "take"]
    assert (take["default"], "source, target" in take["expected"]) == ("{}", True)
    assert "whose value to take" in workspace("runbook", "show", "promote").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["promot"], "promote"),
        (["promote", "-p", "taek", "{}"], "take"),
        (["promote", "-p", "dry_run", "perhaps"], "dry_run"),
        (["promote", "-e", "stagng"], "staging"),
        (["encrypt", "-e", "production", "--apply"], "--reason"),
    ],
)
def test_refused_before_anything_starts(workspace, arguments, said):
    """A wrong name, value or environment is refused with the way out; nothing is left."""
    before = workspace.tree()
    assert said in workspace("runbook", "run", *arguments, code=2).err
    assert workspace.tree() == before


def test_run(workspace):
    """A dry run tells what each step came to, and where the evidence lies."""
    done = workspace("runbook", "run", "encrypt", "--format", "json").data
    assert (done["status"], done["exit_code"]) == ("completed", 0)
    assert [cell["status"] for cell in done["cells"]][-3:] == ["skipped"] * 3
    manifest = json.loads((Path(done["folder"]) / "manifest.json").read_text())
    assert manifest["plan_hash"] == done["receipt"]["plan_hash"]


def test_a_failed_step(workspace):
    """A step that fails exits with 4 and says in which step and why, after the table."""
    outcome = workspace("runbook", "run", "bootstrap", code=4)
    assert "1 Preflight failed: the place is free?" in outcome.err
    assert "not-run" in outcome.out


def test_a_refused_plan(workspace):
    """A promotion that cannot be applied exits with 1 and names what stands against it."""
    workspace("config", "init", "-e", "staging")
    for environment, level in (("development", 11), ("staging", 12)):
        path = "database.postgres_pool_size"
        workspace("config", "set", "-e", environment, path, level)
    arguments = ("promote", "-e", "staging", "--apply", "--reason", "a test")
    outcome = workspace("runbook", "run", *arguments, code=1)
    assert "database.postgres_pool_size" in outcome.err
    taken = ("-p", "take", '{"database.postgres_pool_size": "source"}')
    workspace("runbook", "run", *arguments, *taken)
    shown = workspace("config", "get", "-e", "staging", "database.postgres_pool_size")
    assert shown.out.strip() == "11"
