"""What a reader sees where no kernel runs: no network, sanitised, light and dark."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bleach
import nbformat
import pytest
from nbconvert import HTMLExporter

from escai_nb.spec import load_spec
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from tests.browser.conftest import ARTIFACTS, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = pytest.mark.browser

CANARY = "canary-static-61c0a9d4-never-shown"
HOSTILE = "<img src=http://127.0.0.1:9/x onerror=alert(1)>\u202eexe.txt\x07" + "x" * 20_000
WIDTH = 1100
"""Pixels of the window; what keeps our style fits into it."""
SHOWN = ("ReportPanel", "HistoryPanel", "DiffPanel", "PromotionPanel", "ConfigForm")
SETUP = """\
from escai_nb import ConfigManager
from escai_nb.widgets import *
manager = ConfigManager("config", "development", enable_hot_reload=False)"""
CELLS = (
    SETUP,
    "ReportPanel(manager)",
    "HistoryPanel(manager)",
    'DiffPanel(manager, "HEAD~1", "HEAD")',
    'PromotionPanel("config", "development", "staging")',
    "ConfigForm(manager)",
)
GITHUB_TAGS = {
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "code", "pre", "span", "strong"),
    *("p", "br", "wbr", "details", "summary", "div"),
}
"""Elements of ours that GitHub's preview leaves; of attributes only `scope` and `colspan`."""
COLOURS = {
    "vscode": {"light": ("#ffffff", "#3b3b3b"), "dark": ("#1f1f1f", "#cccccc")},
    "github": {"light": ("#ffffff", "#1f2328"), "dark": ("#0d1117", "#f0f6fc")},
}
"""Background and text of each viewer's own themes."""
BOXED = "<style>code { background: #8886; padding: 1px 3px; border-radius: 4px }</style>"
"""As VS Code draws code: each line in a box, which hides an underscore of the line above."""

CONTRASTS = """elements => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b]
        .map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = element => {
        for (let each = element; each; each = each.parentElement) {
            const colour = parts(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    return elements.filter(each => each.textContent.trim()).map(each => {
        const pair = [parts(getComputedStyle(each).color), behind(each)].map(luminance);
        const [dark, light] = pair.sort((a, b) => a - b);
        return [(light + 0.05) / (dark + 0.05), each.textContent.slice(0, 60)];
    });
}"""
"""Contrast of the text of each element to what lies behind it (WCAG 2.2), and the text."""


@dataclass(frozen=True)
class Story:
    """A notebook that was executed headless."""

    path: Path

    @property
    def notebook(self) -> Any:
        """The notebook as read again."""
        return nbformat.read(self.path, 4)

    @property
    def outputs(self) -> list[str]:
        """The HTML of each output."""
        cells = self.notebook.cells
        return [output["data"]["text/html"] for cell in cells for output in cell.outputs]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Execute a notebook of every panel, on values that somebody means ill with."""
    folder = tmp_path_factory.mktemp("story")
    workspace = Workspace.at(folder / "config", load_spec("escai"), author="ada")
    for environment in ("development", "staging"):
        values = {"security": {"jwt_secret_key": f"{CANARY}-{environment}"}}
        initialise(workspace, environment, values=values)
    manager = ConfigManager(workspace.root, "development", enable_hot_reload=False)
    manager.update_config({"custom_settings": {"note": HOSTILE}, "api": {"port": 8101}})
    manager.set_config_value("security.jwt_secret_key", f"{CANARY}-new")
    manager.save_config(message=HOSTILE[:2_000])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    path = folder / "story.ipynb"
    nbformat.write(notebook, path)
    execute = ("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(path))
    subprocess.run([sys.executable, *execute], check=True, capture_output=True, timeout=PATIENCE)
    return Story(path)


@dataclass
class Reader:
    """A page without network that keeps what it asked for and complained of."""

    page: Page
    asked: list[str]
    complained: list[str]

    def read(self, html: str, theme: Any) -> Locator:
        """Open *html* in a *theme*; return its tables."""
        self.asked.clear()
        self.complained.clear()
        self.page.emulate_media(color_scheme=theme)
        self.page.set_content(html)
        return self.page.locator("table")

    def picture(self, name: str) -> None:
        """Keep what is on screen for a person to look at."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"static-{name}.png")


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """Open a page that reaches nothing."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 1300})
    page = context.new_page()
    reader = Reader(page, [], [])

    def refuse(route: Route) -> None:
        reader.asked.append(route.request.url)
        route.abort()

    page.route("**/*", refuse)
    page.on("console", lambda said: reader.complained.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: reader.complained.append(str(error)))
    yield reader
    context.close()


def assert_readable(tables: Locator) -> None:
    """Every panel is there, says what its cells are, in words, in colours that can be read."""
    assert len(SHOWN) == tables.count()
    captions = tables.locator("caption").all_text_contents()
    assert len(SHOWN) == len(captions)
    assert all(captions)
    assert 0 == tables.locator('th:not([scope="col"], [scope="row"], [scope="rowgroup"])').count()
    rows = tables.locator('tbody tr:not(:has(> th[scope="rowgroup"]))')
    assert rows.count() == tables.locator('tbody tr > th[scope="row"]').count()
    badges = tables.locator("td span").all_text_contents()
    assert rows.count() == len(badges)
    assert all(badge[0] in "✖▲●✔○" and badge[1:].strip() for badge in badges)
    assert {"advice", "changed", "as saved"} <= {badge[2:] for badge in badges}
    texts = tables.locator("caption, th, td, code, span")
    assert [] == [each for each in texts.evaluate_all(CONTRASTS) if each[0] < 4.5]


def exported(story: Story, theme: str) -> str:
    """Convert the notebook as ``jupyter nbconvert --to html`` does."""
    page: str = HTMLExporter(theme=theme).from_notebook_node(story.notebook)[0]
    return page


def page_of(outputs: list[str], background: str, text: str) -> str:
    """Put *outputs* on a bare page in a viewer's own two colours."""
    style = f"body {{ background: {background}; color: {text}; font: 13px sans-serif }}"
    body = "\n".join(outputs)
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><body>{body}</body>'


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nbconvert_without_network(story: Story, reader: Reader, theme: str) -> None:
    """The page asks for what nbconvert's own template asks for, and for nothing of ours."""
    empty = Story(story.path.with_name("empty.ipynb"))
    nbformat.write(nbformat.v4.new_notebook(), empty.path)
    reader.read(exported(empty, theme), theme)
    asked, complained = sorted(reader.asked), sorted(reader.complained)
    html = exported(story, theme)
    assert CANARY not in html
    assert_readable(reader.read(html, theme))
    assert (asked, complained) == (sorted(reader.asked), sorted(reader.complained))
    reader.picture(f"nbconvert-{theme}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewer", ["vscode", "github"])
def test_bare_html(story: Story, reader: Reader, viewer: str, theme: str) -> None:
    """An editor's output cell, and a preview without style, script and ids, say the same."""
    outputs = story.outputs
    if viewer == "github":
        cleaned = [
            bleach.clean(html, tags=GITHUB_TAGS, attributes=["scope", "colspan"], strip=True)
            for html in outputs
        ]
        assert [bleach.clean(html, tags=set(), strip=True) for html in outputs] == [
            bleach.clean(html, tags=set(), strip=True) for html in cleaned
        ]
        outputs = cleaned
    else:
        outputs = [BOXED, *outputs]
    assert_readable(reader.read(page_of(outputs, *COLOURS[viewer][theme]), theme))
    assert ([], []) == (reader.asked, reader.complained)
    reader.picture(f"{viewer}-{theme}")
    if viewer == "vscode":
        boxes = "each => [...new Set(each.map(it => getComputedStyle(it).backgroundColor))]"
        code = reader.page.locator("td code, th code")
        assert ["rgba(0, 0, 0, 0)"] == code.evaluate_all(boxes)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def test_untrusted_in_jupyterlab(story: Story, desk: Any, page: Page) -> None:
    """A notebook of others, whose outputs are sanitised, reads the same before it is trusted."""
    path = desk.lab.folder / "static-story" / "story.ipynb"
    path.parent.mkdir()
    path.write_bytes(story.path.read_bytes())
    desk.open(path)
    tables = page.locator(".jp-OutputArea table")
    tables.nth(len(SHOWN) - 1).wait_for()
    assert not page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(1).trusted"
    )
    for theme in ("dark", "light"):
        desk.theme(theme)
        assert_readable(tables)
    desk.pictures("static-untrusted")
    wider = "each => each.filter(it => it.scrollWidth > it.clientWidth).map(it => it.innerText)"
    assert [] == page.locator(".jp-OutputArea-output").evaluate_all(wider)
