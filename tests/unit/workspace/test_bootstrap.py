"""A workspace begins with a preset or with a file that exists, and is mended and sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from escai_nb.errors import (
    InvalidConfigurationError,
    KeyUnsafeError,
    RefusedError,
    TargetExistsError,
)
from escai_nb.history.version import VersionKind
from escai_nb.workspace.bootstrap import import_file, initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.repair import apply_repairs, plan_repairs
from escai_nb.workspace.sealing import seal_environment

EXAMPLE = Path(__file__).parents[2] / "data" / "escai" / "config.example.yaml"


@pytest.mark.parametrize("environment", ["development", "testing", "staging", "production"])
def test_a_new_environment_has_no_finding_to_worry_about(workspace, environment):
    """A preset gives nothing at warning or above."""
    created = initialise(workspace, environment)

    assert not created.report.at_least("warning")
    assert created.file.stat().st_mode & 0o777 == 0o644
    assert created.key_file.stat().st_mode & 0o777 == 0o600


def test_an_imported_file_keeps_every_byte_and_its_history_is_sealed(workspace):
    """The text is taken as it is; its secrets are in no other file."""
    created = import_file(workspace, "development", EXAMPLE)

    assert created.file.read_text() == EXAMPLE.read_text()
    assert created.version.kind is VersionKind.IMPORT
    assert created.report.findings
    others = [p for p in workspace.state.rglob("*") if p.is_file()]
    assert not any(b"change_me" in p.read_bytes() for p in others)
    assert created.file.stat().st_mode & 0o777 == 0o600


def test_an_imported_file_is_mended_and_sealed_without_losing_a_comment(workspace, open_manager):
    """Safe repairs and sealing change the lines that they must, and no comment."""
    import_file(workspace, "development", EXAMPLE)
    manager = open_manager(enable_encryption=None)
    repairs = plan_repairs(manager.copy)
    apply_repairs(manager)
    receipt = seal_environment(workspace, "development")
    text = workspace.file("development").read_text()

    assert repairs.diff
    assert not open_manager().report().fixes()
    assert "security.jwt_secret_key" in receipt.sealed
    assert "change_me" not in text
    comments = [line.split("#", 1)[1] for line in EXAMPLE.read_text().splitlines() if "#" in line]
    assert all(comment in text for comment in comments)
    assert seal_environment(workspace, "development").already


def test_what_does_not_fit_the_model_is_not_imported(workspace):
    """Every misfit is told, and nothing is made."""
    invalid = EXAMPLE.with_name("config.development.invalid.yaml")

    with pytest.raises(InvalidConfigurationError) as caught:
        import_file(workspace, "development", invalid)

    assert len(caught.value.findings) > 5
    assert not workspace.root.exists()


def test_import_never_replaces_and_takes_no_sealed_file(workspace):
    """A present environment stays; a sealed file is no plain configuration."""
    created = initialise(workspace, "development")
    with pytest.raises(TargetExistsError):
        import_file(workspace, "development", EXAMPLE)
    with pytest.raises(RefusedError):
        import_file(workspace, "testing", created.file)


def test_a_key_inside_the_workspace_is_refused(workspace):
    """The master key is never beside what it opens."""
    inside = Workspace.at(
        workspace.root, workspace.spec, environ={"XDG_DATA_HOME": str(workspace.root / "keys")}
    )

    with pytest.raises(KeyUnsafeError):
        initialise(inside, "development")
    assert not inside.root.exists()
