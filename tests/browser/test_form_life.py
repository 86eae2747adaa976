"""One form in two places, and a form whose kernel is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

LETTERS = "every letter counts 0123456789 " * 4
CANARY = "canary-life-8c1d5e77-never-shown"
FORM = f"""\
from pydantic import BaseModel, SecretStr
from escai_nb.widgets import ConfigForm

class Service(BaseModel):
    name: str = "svc"
    port: int = 80
    token: SecretStr = SecretStr("{CANARY}")

form = ConfigForm(model=Service)
form"""


def box(form: Locator, path: str) -> Locator:
    """Find the control of one setting."""
    return form.locator(f'.esf-field[data-path="{path}"]').get_by_role("textbox")


def opened(desk: Any, name: str, *cells: str) -> Path:
    """Open a notebook of *cells*, and run it."""
    path: Path = desk.lab.notebook(f"{name}/{name}.ipynb", *cells)
    desk.open(path)
    desk.command("notebook:run-all-cells")
    return path


def test_two_views_of_one_form_agree(desk: Any, page: Page) -> None:
    """What is typed fast into one view arrives whole in the other, whose own focus stays."""
    opened(desk, "two-views", FORM, "form")
    first, second = page.locator(".esf").nth(0), page.locator(".esf").nth(1)
    name = box(first, "name")
    name.fill("")
    name.press_sequentially(LETTERS.strip())
    expect(box(second, "name")).to_have_value(LETTERS.strip())
    expect(name).to_have_value(LETTERS.strip())
    expect(name).to_be_focused()
    port = box(second, "port")
    port.fill("8x")
    expect(first.locator(".esf-problems", has_text="whole number")).to_be_visible()
    expect(box(first, "port")).to_have_value("8x")
    expect(port).to_be_focused()
    first.get_by_role("button", name="Undo").click()
    expect(box(second, "name")).to_have_value(LETTERS.strip())
    expect(box(first, "port")).to_have_value("80")
    expect(second.locator(".esf-status")).to_have_text("1 change")


def test_what_is_typed_while_a_cell_runs_is_taken_after_it(desk: Any, page: Page) -> None:
    """The kernel is busy; edits of the form wait for it, in their order, and none is lost."""
    path = opened(desk, "busy", FORM)
    form = page.locator(".esf").first
    status = form.locator(".esf-status")
    expect(status).to_have_text("No changes")
    page.evaluate(
        "code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code }) && null",
        "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)\n"
        "form.set('port', 5)",
    )
    box(form, "name").fill("typed meanwhile")
    box(form, "port").fill("81")
    box(form, "port").press("Tab")
    expect(status).to_have_text("No changes")
    (path.parent / "go").touch()
    expect(status).to_have_text("2 changes")
    expect(box(form, "port")).to_have_value("81")
    expect(box(form, "name")).to_have_value("typed meanwhile")


def test_without_its_kernel_a_form_is_still_read(desk: Any, page: Page) -> None:
    """A restarted kernel is told on the next edit; a reopened notebook shows the last values."""
    path = opened(desk, "no-kernel", FORM)
    form = page.locator(".esf").first
    box(form, "name").fill("last words")
    box(form, "name").press("Tab")
    expect(form.locator(".esf-status")).to_have_text("1 change")
    desk.save()
    assert CANARY not in path.read_text().replace(CANARY, "", 1)  # but for the cell that says it
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    box(form, "port").fill("81")
    expect(form.locator(".esf-notes")).to_contain_text("kernel does not answer", timeout=20_000)
    expect(box(form, "name")).to_have_value("last words")

    desk.open(path)
    output = page.locator(".jp-OutputArea").first
    # JupyterLab may look for a model before it has read those in the notebook, and look no more
    missed = output.get_by_text("model not found")
    expect(output.get_by_text("last words").or_(missed).first).to_be_visible(timeout=20_000)
    if missed.is_visible():
        desk.open(path)
    expect(output).to_contain_text("last words", timeout=20_000)
    desk.pictures("form-without-kernel")
