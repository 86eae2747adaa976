"""Long work of the panels is stopped in front of the reader, and nothing is changed then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from escai_nb.spec import load_spec
from escai_nb.workspace.bootstrap import import_file, initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from tests.browser.conftest import PATIENCE, REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

EXAMPLE = REPOSITORY / "tests" / "data" / "escai" / "config.example.yaml"
CELLS = (
    """\
from escai_nb import ConfigManager
from escai_nb.widgets import HistoryPanel, PromotionPanel, ReportPanel
def manager(environment):
    return ConfigManager("config", environment, enable_hot_reload=False)
ReportPanel(manager("development"))""",
    "HistoryPanel(manager('staging'))",
    "PromotionPanel('config', 'staging', 'production')",
)


@pytest.fixture
def workspace(desk: Any) -> Workspace:
    """Make a file with repairs, an environment with a past, and one that is behind it."""
    workspace = Workspace.at(desk.lab.folder / "cancel" / "config", load_spec("escai"))
    import_file(workspace, "development", EXAMPLE)
    for environment in ("staging", "production"):
        initialise(workspace, environment)
    staging = ConfigManager(workspace.root, "staging", enable_hot_reload=False)
    staging.set_config_value("custom_settings.team", "blue")
    staging.save_config(message="a team")
    return workspace


def panel_of(page: Page, number: int) -> Locator:
    """Find the panel that a cell shows."""
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea-output")


def cancelled(workspace: Workspace, panel: Locator, label: str) -> None:
    """Press *label*, press Cancel while another writer has the lock, and see it said."""
    before = {file.name: file.read_bytes() for file in workspace.root.glob("*.yaml")}
    with workspace.writing():
        panel.get_by_role("button", name=label, exact=True).click()
        stop = panel.get_by_role("button", name="Cancel", exact=True)
        stop.click()
        expect(panel).to_contain_text("stopping")
    expect(panel).to_contain_text("Cancelled")
    expect(stop).to_be_hidden()
    assert before == {file.name: file.read_bytes() for file in workspace.root.glob("*.yaml")}


def test_what_is_cancelled_changes_nothing(desk: Any, page: Page, workspace: Workspace) -> None:
    """Repairs, a way back and a promotion are stopped by the mouse, and can be done again."""
    desk.open(desk.lab.notebook("cancel/cancel.ipynb", *CELLS))
    desk.command("notebook:run-all-cells")
    report, history, promotion = (panel_of(page, number) for number in range(3))
    expect(promotion).to_contain_text("custom_settings", timeout=PATIENCE * 1000)

    report.get_by_role("button", name="safe repair").click()
    cancelled(workspace, report, "Apply them")

    history.get_by_role("combobox", name="Version").select_option(index=1)
    history.get_by_role("button", name="Preview rollback").click()
    cancelled(workspace, history, "Roll back")
    desk.pictures("panels-cancelled")

    cancelled(workspace, promotion, "Apply 1 change to production")
    promotion.get_by_role("button", name="Apply 1 change to production").click()
    expect(promotion).to_contain_text("Promoted")
    production = ConfigManager(workspace.root, "production", enable_hot_reload=False)
    assert "blue" == production.load_config().custom_settings["team"]
