"""Somebody who has read nothing makes an environment, works by the keyboard, and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from escai_nb.spec import load_spec
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

TRICKY = """\
from pydantic import create_model
from tests.data.specs import tricky
from escai_nb.widgets import ConfigForm

fields, values = {}, {}
for case in tricky.CASES:
    name, given = case.name.replace(" ", "_"), (case.misfits or case.fits)[-1]
    own = case.model.__name__ == "One"
    kind = case.model.model_fields["field"].rebuild_annotation() if own else case.model
    fields[name] = (kind, ...)
    is_whole = isinstance(given, dict) and set(given) == {"field"}
    values[name] = given["field"] if is_whole else given
form = ConfigForm(model=create_model("Tricky", **fields), value=values)
form"""
OPEN_ALL = "() => document.querySelectorAll('.esf details').forEach(each => { each.open = true; })"
UNTOLD = """() => {
    const form = document.querySelector(".esf");
    const told = new Set();
    const lacking = [];
    for (const el of form.querySelectorAll("input, select, textarea, button, [role=group]")) {
        const name = el.labels?.length || el.getAttribute("aria-label") || el.textContent.trim();
        if (!name) lacking.push(`no name: ${el.outerHTML}`);
        for (const id of (el.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)) {
            if (!document.getElementById(id)) lacking.push(`nothing is ${id}: ${el.outerHTML}`);
            told.add(id);
        }
    }
    for (const list of form.querySelectorAll(".esf-problems[id]"))
        if (list.children.length && !told.has(list.id)) lacking.push(`tied to nothing: ${list.id}`);
    return lacking;
}"""
MANY = """\
from pydantic import BaseModel
from escai_nb.widgets import ConfigForm

class Many(BaseModel):
    name: str = "svc"
    weights: dict[str, float] = {"a": 0.5}
    hosts: list[str] = ["one", "two"]

form = ConfigForm(model=Many)
form"""


def row(page: Page | Locator, path: str) -> Locator:
    """Find the row or part at *path*."""
    return page.locator(f'.esf-field[data-path="{path}"]').first


def run(desk: Any, name: str, *cells: str) -> Path:
    """Open a notebook of *cells* in a folder of its own, and run it."""
    path: Path = desk.lab.notebook(f"{name}/{name}.ipynb", *cells)
    desk.open(path)
    desk.command("notebook:run-all-cells")
    desk.page.locator(".jp-OutputArea-output").first.wait_for(timeout=PATIENCE * 1000)
    return path


def press(page: Page, label: str) -> Locator:
    """Press a button of this very name by the keyboard."""
    return strike(page.get_by_role("button", name=label, exact=True))


def strike(button: Locator) -> Locator:
    """Press *button* once, which may be gone before the key is up."""
    expect(button).to_be_enabled()
    button.focus()
    button.page.keyboard.press("Enter")
    return button


def test_a_new_environment_from_an_empty_folder(desk: Any, page: Page) -> None:
    """Choose, step through, mend what is wrong, save; what the report then finds leads back."""
    path = run(desk, "fresh", "import escai_nb\nescai_nb.open('config')")
    expect(page.get_by_text("has no environment yet")).to_be_visible()
    desk.pictures("workbench-empty")
    page.set_viewport_size({"width": 1280, "height": 600})
    press(page, "+ testing")
    status = page.locator(".esf-status")
    expect(status).to_have_text("Not saved yet")
    expect(page.locator(".esf-steps")).to_contain_text("Step 1 of 6")
    press(page, "Next")
    expect(page.locator(".esf-section > summary", has_text="Database")).to_be_focused()
    expect(page.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1280, "height": 900})
    password = row(page, "database.postgres_password").get_by_role("textbox")
    expect(password).to_have_attribute("placeholder", "•••••••• generated, type to replace")
    port = row(page, "database.postgres_port").get_by_role("textbox")
    port.fill("70000")
    press(page, "Next")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    press(page, "1 error")
    expect(port).to_be_focused()
    desk.pictures("workbench-wizard")
    port.fill("5433")
    expect(status).to_have_text("1 change")
    page.get_by_role("textbox", name="Message of the version").press("Enter")
    notes = page.locator(".esf-notes")
    expect(notes).to_contain_text("Saved as version")
    expect(notes).to_contain_text("back that up now")
    expect(page.locator(".esf-steps")).to_be_hidden()
    press(page, "history")
    expect(page.locator("table", has_text="History of testing")).to_contain_text("just now")
    press(page, "report")
    expect(page.locator("table", has_text="config.testing.yaml")).to_be_visible()
    desk.pictures("workbench-report")
    manager = ConfigManager(path.parent / "config", "testing", enable_hot_reload=False)
    assert 5433 == manager.load_config().database.postgres_port
    manager.update_config({"security": {"password_min_length": 9}})
    manager.save_config(message="found at once, and led to")
    leads = page.get_by_role("button", name="security.password_min_length")
    leads.wait_for()
    page.set_viewport_size({"width": 600, "height": 800})
    desk.pictures("workbench-narrow")
    assert page.locator(".escai-panel").last.evaluate("e => e.scrollWidth <= e.clientWidth")
    strike(leads)
    length = row(page, "security.password_min_length").get_by_role("textbox")
    expect(length).to_be_focused()
    expect(length).to_have_value("9")


def test_both_sides_of_a_conflict(desk: Any, page: Page) -> None:
    """A refused save leads to theirs and mine, row by row, and the keyboard stays where it was."""
    workspace = Workspace.at(desk.lab.folder / "conflict" / "config", load_spec("escai"))
    initialise(workspace, "development")
    run(
        desk,
        "conflict",
        "from escai_nb import ConfigManager\nfrom escai_nb.widgets import ConfigForm\n"
        'ConfigForm(ConfigManager("config", "development", enable_hot_reload=False))',
    )
    page.get_by_role("searchbox").fill("api.")
    row(page, "api.port").get_by_role("textbox").fill("8111")
    row(page, "api.workers").get_by_role("textbox").fill("7")
    expect(page.locator(".esf-status")).to_have_text("2 changes")
    other = ConfigManager(workspace.root, "development", enable_hot_reload=False)
    other.update_config({"api": {"port": 8222, "workers": 5}})
    other.save_config(message="theirs")
    press(page, "Save")
    expect(page.locator(".esf-notes")).to_contain_text("Not saved")
    press(page, "Reload, keep my edits")
    review = page.locator(".esf-review")
    port = review.get_by_role("row", name="api.port")
    expect(port).to_contain_text("changed on both sides")
    expect(port).to_contain_text("8222 → 8111")
    desk.pictures("form-conflict")
    strike(port.get_by_role("button", name="Take theirs"))
    expect(row(page, "api.port").get_by_role("textbox")).to_have_value("8222")
    expect(review.get_by_role("row")).to_have_count(2)
    expect(review.get_by_role("button", name="Take theirs")).to_be_focused()
    press(page, "Save")
    expect(page.locator(".esf-notes")).to_contain_text("Saved as version")
    press(page, "Dismiss")
    expect(page.locator(".esf-notes")).to_be_empty()
    expect(page.locator(".esf-body")).to_be_focused()
    config = ConfigManager(workspace.root, "development", enable_hot_reload=False).load_config()
    assert (8222, 7) == (config.api.port, config.api.workers)


def test_the_focus_stays_through_every_act(desk: Any, page: Page) -> None:
    """Undone, redone, discarded, renamed, filtered: the keyboard is never thrown off the form."""
    run(desk, "focus", MANY)
    page.locator(".esf-bar").wait_for()
    row(page, "name").get_by_role("textbox").fill("other")
    expect(page.locator(".esf-status")).to_have_text("1 change")
    for label in ("Undo", "Redo", "Discard", "Undo"):
        expect(press(page, label)).to_be_focused()
    expect(page.locator(".esf-status")).to_have_text("1 change")
    key = page.get_by_role("textbox", name="Name of Weights, a")
    key.fill("b")
    key.press("Tab")
    expect(
        row(page, "weights.b").get_by_role("textbox", name="Weights, b", exact=True)
    ).to_be_focused()
    back = row(page, "name").get_by_role("button", name="back to saved: svc")
    strike(back)
    expect(row(page, "name").get_by_role("textbox")).to_be_focused()
    strike(page.get_by_role("button", name="Changed"))
    hosts = row(page, "hosts")
    strike(page.get_by_role("button", name="Changed"))
    for _ in range(2):
        strike(hosts.get_by_role("button", name="Remove item 1"))
        expect(hosts.locator(":focus")).to_have_count(1)
    expect(hosts.get_by_role("button", name="Add item")).to_be_focused()


def test_every_input_is_named_and_tied_to_its_errors(desk: Any, page: Page) -> None:
    """Over a model of every awkward kind, all of it wrong, nothing is without name or reason."""
    run(desk, "tricky", TRICKY)
    page.locator(".esf-bar").wait_for()
    expect(page.locator(".esf-status")).to_contain_text("errors")
    for _ in range(4):  # what is opened may hold more to open
        page.evaluate(OPEN_ALL)
        page.wait_for_timeout(100)
    assert 30 < page.locator(".esf [aria-invalid=true]").count()
    assert [] == page.evaluate(UNTOLD)
