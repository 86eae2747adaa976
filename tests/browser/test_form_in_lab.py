"""The form in a real JupyterLab: typed into, mended, saved, and no secret left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from escai_nb.masking import Redactor
from escai_nb.spec import load_spec
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

OLD_SECRET = "canary-old-0f1e2d3c4b5a69788796-Tz8"
NEW_SECRET = "canary-new-Xq7-pL0_vB3-zK9-hT5-wM2"
SETUP = """\
from escai_nb import ConfigManager
from escai_nb.widgets import ConfigForm, HistoryPanel
manager = ConfigManager("config", "development", enable_hot_reload=False)"""


@pytest.fixture
def workspace(desk: Any, request: pytest.FixtureRequest) -> Workspace:
    """Make a workspace of the test's own in the lab's folder."""
    folder = desk.lab.folder / request.node.name
    workspace = Workspace.at(folder / "config", load_spec("escai"), author="ada")
    initialise(workspace, "development", values={"security": {"jwt_secret_key": OLD_SECRET}})
    return workspace


@pytest.fixture
def run(desk: Any, workspace: Workspace) -> Callable[..., Path]:
    """Return what opens a notebook of given cells beside the workspace, and runs it."""

    def opened(*cells: str) -> Path:
        name = f"{workspace.root.parent.name}/notebook.ipynb"
        path: Path = desk.lab.notebook(name, SETUP, *cells)
        desk.open(path)
        desk.command("notebook:run-all-cells")
        return path

    return opened


def reader(workspace: Workspace) -> ConfigManager:
    """Read the workspace as somebody else would."""
    return ConfigManager(workspace.root, "development", enable_hot_reload=False)


def row(page: Page | Locator, path: str) -> Locator:
    """Find the row of one setting."""
    return page.locator(f'.esf-field[data-path="{path}"]')


def search(page: Page, text: str) -> None:
    """Type into the form's search box."""
    page.get_by_role("searchbox", name="Search settings").fill(text)


def type_secret(page: Page, path: str, text: str) -> None:
    """Type a secret into its box, which forgets it at once."""
    box = row(page, path).get_by_role("textbox")
    box.click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(box).to_have_value("")
    expect(box).to_have_attribute("placeholder", "•••••••• new, not saved yet")


def value(page: Page, path: str) -> str:
    """Return what the kernel holds at *path*, as it last told the page."""
    text: str = page.evaluate(
        """async path => {
            const panel = window.jupyterapp.shell.currentWidget;
            const future = panel.sessionContext.session.kernel.requestExecute({
                code: "", user_expressions: {it: `form.core.raw(${JSON.stringify(path)})`},
            });
            const reply = await future.done;
            return reply.content.user_expressions.it.data["text/plain"];
        }""",
        path,
    )
    return text


def test_every_control_takes_the_keyboard(desk: Any, page: Page, run: Callable[..., Path]) -> None:
    """Box, choice, list and text are worked without a mouse, and no letter is lost."""
    run("form = ConfigForm(manager)\nform")
    debug = row(page, "debug").get_by_role("checkbox", name="Debug")
    debug.focus()
    page.keyboard.press("Space")
    expect(debug).not_to_be_checked()
    level = row(page, "log_level").get_by_role("combobox", name="Log level")
    level.focus()
    page.keyboard.type("WARN")
    expect(level.locator("option:checked")).to_have_text("WARNING")

    search(page, "api.")
    host = row(page, "api.host").get_by_role("textbox", name="Host")
    host.fill("")
    letters = "a-long-name." * 8 + "example"
    host.press_sequentially(letters)
    host.press("Tab")
    expect(host).to_have_value(letters)

    origins = row(page, "api.cors_origins")
    count = origins.get_by_role("textbox").count()
    origins.get_by_role("button", name="Add item").focus()
    page.keyboard.press("Enter")
    added = origins.get_by_role("textbox").nth(count)
    expect(added).to_be_focused()
    page.keyboard.type("https://a.example")
    origins.get_by_role("button", name=f"Move item {count + 1} up").focus()
    page.keyboard.press("Enter")
    expect(origins.get_by_role("textbox").nth(count - 1)).to_have_value("https://a.example")
    desk.pictures("form-list")

    search(page, "custom")
    settings = row(page, "custom_settings").get_by_role("textbox", name="Custom settings")
    settings.fill("smtp_password: hunter2-and-more\nhost: mail")
    settings.press("Tab")
    expect(settings).to_have_value("smtp_password: <secret 1>\nhost: mail")
    search(page, "")
    expect(page.locator(".esf-status")).to_contain_text("5 changes")
    assert letters in value(page, "api.host")
    assert "WARNING" in value(page, "log_level")

    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".esf-status")).to_have_text("No changes")
    expect(debug).to_be_checked()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".esf-status")).to_contain_text("5 changes")
    expect(page.locator(".jp-Cell")).to_have_count(2)


def test_edit_mend_save_and_find_the_version(
    desk: Any, page: Page, run: Callable[..., Path], workspace: Workspace
) -> None:
    """Type, see the error, mend it, set a secret, preview, save; the history has the version."""
    notebook = run("ConfigForm(manager)", "HistoryPanel(manager)")
    page.locator("summary", has_text="API").click()
    port = row(page, "api.port").get_by_role("textbox")
    port.click()
    port.press("Control+a")
    port.press_sequentially("80x")
    problems = row(page, "api.port").locator(".esf-problems")
    expect(problems).to_contain_text("whole number")
    expect(port).to_have_attribute("aria-invalid", "true")
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_disabled()
    desk.pictures("form-error")

    port.press("Backspace")
    port.press_sequentially("81")
    expect(port).to_have_value("8081")
    expect(problems).to_be_empty()
    expect(port).not_to_have_attribute("aria-invalid", "true")

    search(page, "jwt secret")
    type_secret(page, "security.jwt_secret_key", NEW_SECRET)
    desk.pictures("form-secret")
    search(page, "")

    page.get_by_role("button", name="Review", exact=True).click()
    review = page.locator(".esf-review")
    expect(review.get_by_role("row", name="api.port")).to_contain_text("8000 → 8081")
    expect(review.get_by_role("row", name="jwt_secret_key")).to_contain_text("********")
    desk.pictures("form-review")

    page.get_by_role("textbox", name="Message of the version").fill("port moved")
    save.click()
    expect(page.locator(".esf-notes")).to_contain_text("Saved as version")
    expect(page.locator(".esf-status")).to_have_text("No changes")
    version = reader(workspace).history(1)[0]
    expect(page.locator(".esf-notes")).to_contain_text(version.short)
    assert ("port moved", 2) == (version.message, version.changes)
    desk.pictures("form-saved")

    page.get_by_role("button", name="Refresh").click()
    newest = page.locator("table", has_text="History of development").get_by_role("row").nth(1)
    expect(newest).to_contain_text(version.short)
    expect(newest).to_contain_text("port moved")
    newest.scroll_into_view_if_needed()
    desk.pictures("history")

    desk.save()
    saved = notebook.read_text()
    assert "application/vnd.jupyter.widget-state+json" in saved
    assert not Redactor([OLD_SECRET, NEW_SECRET]).found_in(saved)
    config = reader(workspace).load_config()
    assert 8081 == config.api.port
    assert NEW_SECRET == config.security.jwt_secret_key.get_secret_value()


def test_the_form_follows_and_keeps_what_is_typed(
    desk: Any, page: Page, run: Callable[..., Path], workspace: Workspace
) -> None:
    """A save elsewhere reaches both forms; the box that is typed into keeps its text and focus."""
    run(
        "from escai_nb import ConfigManager\n"
        'live = ConfigManager("config", "development", enable_encryption=None)\n'
        "form = ConfigForm(live)\nform",
        "ConfigForm(live, read_only=True)",
    )
    editing, reading = page.locator(".esf").nth(0), page.locator(".esf").nth(1)
    for form in (editing, reading):
        form.locator("summary", has_text="API").click()
    port, host = (row(editing, f"api.{name}").get_by_role("textbox") for name in ("port", "host"))
    port.fill("")
    port.press_sequentially("81")
    expect(row(editing, "api.port")).to_have_class("esf-field esf-changed")
    other = reader(workspace)
    other.update_config({"api": {"port": 8002, "host": "10.0.0.1"}})
    version = other.save_config(message="theirs")
    expect(host).to_have_value("10.0.0.1")
    expect(port).to_have_value("81")
    expect(port).to_be_focused()
    expect(editing.locator(".esf-notes")).to_contain_text("Both sides changed api.port")
    expect(editing.locator(".esf-head")).to_contain_text(version.short)

    shown = row(reading, "api.port").get_by_role("textbox")
    expect(shown).to_have_value("8002")
    expect(shown).not_to_be_editable()
    expect(reading.get_by_role("button", name="Save", exact=True)).to_be_hidden()
    expect(reading.locator(".esf-status")).to_have_text("Read-only")
    desk.pictures("form-followed")
    reading.scroll_into_view_if_needed()
    desk.pictures("form-read-only")


def test_a_locked_check_box_is_reached_and_says_why(
    page: Page, run: Callable[..., Path], workspace: Workspace
) -> None:
    """Tab comes to it, a screen reader is told which variable sets it, and Space leaves it."""
    run(
        'import os\nos.environ["ESCAI_DEBUG"] = "false"\n'
        'ConfigForm(ConfigManager("config", "development", enable_hot_reload=False))'
    )
    debug = row(page, "debug").get_by_role("checkbox", name="Debug")
    row(page, "environment").get_by_role("combobox").focus()
    for _ in range(4):  # buttons of the row above may lie between
        page.keyboard.press("Tab")
        if debug.evaluate("box => box === document.activeElement"):
            break
    expect(debug).to_be_focused()
    expect(debug).to_have_accessible_description(re.compile("ESCAI_DEBUG"))
    page.keyboard.press("Space")
    expect(debug).not_to_be_checked()
    expect(page.locator(".esf-status")).to_have_text("No changes")
    assert reader(workspace).load_config().debug
