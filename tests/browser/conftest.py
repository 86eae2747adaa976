"""A JupyterLab of the tests' own, and a browser on it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
PATIENCE = 180
"""Seconds for the server to answer, and for a first cell to run."""
expect.set_options(timeout=30_000)  # a machine with much else to do is no failure
READY = """path => {
    const app = window.jupyterapp;
    const notebook = [...(app?.shell?.widgets("main") ?? [])].find(w => w.context?.path === path);
    const session = notebook?.sessionContext;
    if (!app?.commands.hasCommand("notebook:run-all-cells")) return false;
    if (!session?.isReady || session.session?.kernel?.status !== "idle") return false;
    if (app.shell.currentWidget !== notebook) app.shell.activateById(notebook.id);
    app.shell.collapseLeft();
    return app.shell.currentWidget === notebook;
}"""
"""A notebook is open and in front, and its kernel waits for a cell."""
OPEN = """async path => {
    const { commands, serviceManager, shell } = window.jupyterapp ?? {};
    const opened = [...(shell?.widgets("main") ?? [])];
    if (!opened.length || opened.some(widget => widget.context?.path === path)) return false;
    await commands.execute("docmanager:open", { path });
    for (const widget of opened) widget.dispose();
    for (const { id, path: at } of serviceManager.sessions.running())
        if (at !== path) serviceManager.sessions.shutdown(id);
    return true;
}"""
"""A notebook is opened in a lab that shows others, in place of them."""
STATE = """() => {
    const shown = [...(window.jupyterapp?.shell?.widgets("main") ?? [])].map(widget => {
        const kernel = widget.sessionContext?.session?.kernel;
        return [widget.title.label, kernel?.status, kernel?.connectionStatus].join(" ");
    });
    return [...shown, ...[...document.querySelectorAll(".jp-Dialog")].map(it => it.innerText)];
}"""
"""What the lab has open instead, how far each kernel has come, and what it asks."""
REPOSITORY = Path(__file__).parents[2]
ARTIFACTS = REPOSITORY / ".artifacts" / "browser"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder that it shows."""

    url: str
    folder: Path

    def notebook(self, name: str, *cells: str) -> Path:
        """Write a notebook of code cells into the lab's folder."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # a loopback address
                return
        except OSError:
            assert server.poll() is None, "JupyterLab ended before it answered"
            assert time.monotonic() < deadline, "JupyterLab does not answer"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Run one JupyterLab for all tests in a browser."""
    with running_lab(tmp_path_factory.mktemp("lab-home"), tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@contextmanager
def running_lab(home: Path, folder: Path) -> Iterator[Lab]:
    """Run JupyterLab on loopback under a *home* of its own, and stop it in the end."""
    port = _free_port()
    marks = ("JPY_", "JUPYTER", "VSCODE_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(marks)}
    environ |= {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": str(REPOSITORY),
        "XDG_DATA_HOME": os.environ.get("XDG_DATA_HOME", str(home / "share")),
    }
    _write_settings(home / "settings", "light")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--allow-root"),
        *(f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="),
        f"--ServerApp.root_dir={folder}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = (home / "lab.log").open("wb")
    with log, subprocess.Popen(command, env=environ, stdout=log, stderr=log) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(f"{url}/api", server)
            yield Lab(url, folder)
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _write_settings(folder: Path, theme: str) -> None:
    """Set what a test needs of the lab: a theme, and widget state saved with the notebook."""
    settings = {
        "@jupyterlab/apputils-extension/themes.jupyterlab-settings": {
            "theme": THEMES[theme],
            "adaptive-theme": False,
        },
        "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        "@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings": {"saveState": True},
    }
    for name, values in settings.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Run one headless browser; its event loop must be gone before other tests need theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def screen(browser: Browser) -> Page:
    """Open one page for all tests of a file, which would mostly wait for the lab."""
    return browser.new_page()


@pytest.fixture
def page(screen: Page) -> Iterator[Page]:
    """Take over the page, and fail the test when a script on it fails."""
    failures: list[str] = []

    def note(error: Error) -> None:
        failures.append(str(error))

    screen.set_viewport_size({"width": 1280, "height": 900})
    screen.evaluate("document.body.style.zoom = 1")
    screen.on("pageerror", note)
    yield screen
    screen.remove_listener("pageerror", note)
    assert [] == [failure for failure in failures if "form" in failure]


@dataclass(frozen=True)
class Desk:
    """A page of the lab in front of somebody."""

    lab: Lab
    page: Page

    def open(self, path: Path) -> None:
        """Open a notebook with its kernel; where that got stuck, once more with a new kernel."""
        inside = path.relative_to(self.lab.folder)
        workspace = "-".join(inside.with_suffix("").parts)
        address = f"{self.lab.url}/lab/workspaces/{workspace}/tree/{inside}"
        for last in (False, True):
            if last or not self.page.evaluate(OPEN, str(inside)):
                self.page.goto(address)
            try:
                self.page.wait_for_function(READY, arg=str(inside), timeout=PATIENCE * 500)
            except TookTooLong:
                if last:
                    pytest.fail(f"{inside} does not get ready: {self.page.evaluate(STATE)}")
                self.page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
            else:
                return

    def command(self, name: str, **arguments: object) -> None:
        """Execute one of JupyterLab's commands."""
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, arguments]
        )

    def save(self) -> None:
        """Save the notebook, widget state included."""
        self.command("docmanager:save")
        self.page.wait_for_function(
            "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
        )

    def theme(self, theme: str) -> None:
        """Switch the lab to ``light`` or ``dark``."""
        self.command("apputils:change-theme", theme=THEMES[theme])
        light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")

    def pictures(self, name: str) -> None:
        """Keep what is on screen, in both themes, for a person to look at."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        for theme in ("dark", "light"):
            self.theme(theme)
            self.page.wait_for_selector("#jupyterlab-splash", state="detached")
            self.page.screenshot(path=ARTIFACTS / f"{name}-{theme}.png")


@pytest.fixture
def desk(lab: Lab, page: Page) -> Desk:
    """Sit down in front of the lab."""
    return Desk(lab, page)
