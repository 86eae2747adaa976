"""Services are asked from a notebook, which stays usable while they are slow."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from escai_nb.spec import load_spec
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

CANARY = "kZ4-canary_9QvT-live"
CELLS = (
    """\
from escai_nb import ConfigManager
from escai_nb.widgets import ReportPanel
ReportPanel(ConfigManager("config", "development", enable_hot_reload=False))""",
    "6 * 7000",
)


@pytest.fixture
def notebook(desk: Any) -> Iterator[Path]:
    """Make an environment that names a server which takes connections and never answers."""
    path: Path = desk.lab.notebook("live/live.ipynb", *CELLS)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        closed = {f"{name}_host": "127.0.0.1" for name in ("postgres", "influxdb", "mongodb")}
        closed |= {f"{name}_port": 1 for name in ("postgres", "influxdb", "mongodb")}
        cache = {"redis_host": "127.0.0.1", "redis_port": silent.getsockname()[1]}
        values = {
            "database": {**closed, **cache, "redis_password": CANARY},
            "security": {"tls_enabled": False},
        }
        workspace = Workspace.at(path.parent / "config", load_spec("escai"))
        initialise(workspace, "development", values=values)
        yield path


def test_services_are_asked_and_can_be_left_alone(desk: Any, page: Page, notebook: Path) -> None:
    """Cancelled at first; then another cell runs meanwhile, and every verdict is told."""
    desk.open(notebook)
    desk.command("notebook:run-all-cells")
    panel = page.locator(".jp-CodeCell").first.locator(".jp-OutputArea-output")
    ask = panel.get_by_role("button", name="Check live", exact=True)
    ask.click(timeout=PATIENCE * 1000)
    expect(panel.get_by_role("status")).to_contain_text("Asking the services")
    panel.get_by_role("button", name="Cancel", exact=True).click()
    expect(panel).to_contain_text("Cancelled: nothing was changed.")
    expect(panel).not_to_contain_text("ESC652")

    ask.click()
    expect(panel.get_by_role("status")).to_contain_text("Asking the services")
    second = page.locator(".jp-CodeCell").nth(1)
    second.locator(".cm-content").click()
    page.keyboard.press("End")
    page.keyboard.type(" + 1")
    page.keyboard.press("Shift+Enter")
    expect(second).to_contain_text("42001")
    expect(panel).to_contain_text("Asked 5 targets")
    for code, path in (("ESC652", "database.redis_host"), ("ESC651", "database.postgres_host")):
        expect(panel.get_by_role("row", name=code).filter(has_text=path)).to_be_visible()
    desk.pictures("report-live")
    desk.save()
    assert CANARY not in notebook.read_text()
