"""
The steps that Binder takes, taken here: install, postBuild, start, open the guide, run it.

As on Binder the home folder is the repository, and the environment is empty at first.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import pytest
from websocket import create_connection

REPOSITORY = Path(__file__).parents[2]
GUIDE = "notebooks/guides/getting_started.ipynb"
LANDING = "binder/workbench.ipynb"
PAGES = pytest.mark.parametrize("page", [LANDING, GUIDE], ids=["workbench", "guide"])
TOKEN = "guest"
PATIENCE = 60
"""Seconds that the server may take for its first answer, and for each."""
TRIES = 300


class Container:
    """A home folder that is a checkout, and an environment with the project in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home" / "jovyan"
        self.prefix = folder / "srv" / "environment"
        tracked = _output(["git", "ls-files", "-z"], cwd=REPOSITORY).split("\0")
        for name in filter(None, tracked):
            if (REPOSITORY / name).exists():
                (self.home / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / name, self.home / name)
        self.environ = {
            **{name: value for name, value in os.environ.items() if not _is_ours(name)},
            "HOME": str(self.home),
            "PATH": f"{self.prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "NB_PYTHON_PREFIX": str(self.prefix),
            "PIP_NO_COMPILE": "1",  # what is imported here compiles itself
            "PIP_CACHE_DIR": _output([sys.executable, "-m", "pip", "cache", "dir"]).strip(),
        }

    def run(self, *command: str) -> str:
        """Run *command* in the home folder, as repo2docker does."""
        done = subprocess.run(
            command, cwd=self.home, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _is_ours(name: str) -> bool:
    return name.startswith(("XDG_", "ESCAI_", "VIRTUAL_ENV", "PYTEST", "JUPYTER", "COV_"))


def _output(command: list[str], cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    """The container as repo2docker would have built it."""
    made = Container(tmp_path_factory.mktemp("binder"))
    made.run("git", "init", "-q")
    made.run(sys.executable, "-m", "venv", str(made.prefix))
    install = ("pip", "install", "-qq", "--constraint", ".ci/constraints.txt")
    made.run("python", "-m", *install, "--upgrade", "pip")  # Binder's is a recent one, too
    made.run(*install, "-r", "binder/requirements.txt")
    made.run("./binder/postBuild")
    return made


@pytest.fixture(scope="module")
def ask(container):
    """A function that asks the running server; it is started as the container would start it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = f"127.0.0.1:{port}"
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root"]
    quiet = ["--LabApp.extension_manager=readonly", f"--IdentityProvider.token={TOKEN}"]
    log = container.home.parent / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            ["binder/start", "jupyter", "lab", *options, *quiet],
            cwd=container.home,
            env=container.environ,
            stdout=output,
            stderr=output,
        )

    def ask(path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}"}
        asked = urllib.request.Request(f"http://{where}{path}", data=data, headers=headers)
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310  # our own
            return answer.read()

    ask.where = where
    try:
        _wait_for(ask, server, log)
        yield ask
    finally:
        server.terminate()
        server.wait()


def _wait_for(ask, server, log):
    """Return once the server answers; give up when it has ended."""
    for _ in range(TRIES):
        try:
            ask("/api")
        except URLError:
            with suppress(subprocess.TimeoutExpired):
                server.wait(PATIENCE / TRIES)
                pytest.fail(log.read_text())
        else:
            return
    pytest.fail("the server does not answer\n" + log.read_text())


def test_the_demo_workspace_is_there(container):
    """The image brings three environments, and no key inside the checkout."""
    workspace = container.home / "demo" / "config"

    assert {"development", "staging", "production"} == {
        path.suffixes[0][1:] for path in workspace.glob("config.*.yaml")
    }
    assert [] == list(container.home.rglob("*.key"))
    assert 3 == len(list(container.prefix.rglob("share/escai/keys/*/*.key")))


def test_the_demo_workspace_opens(container):
    """With the start script's surroundings, a secret can be read."""
    command = "cd demo && escai config get -e production security.jwt_secret_key --reveal --yes"

    assert len(container.run("binder/start", "bash", "-c", command).strip()) >= 32


@PAGES
def test_the_page_answers(ask, page):
    """The badge's path opens the workbench in JupyterLab, and the guide is there too."""
    opened = ask(f"/lab/tree/{page}")
    notebook = json.loads(ask(f"/api/contents/{page}?type=notebook"))

    assert b"jupyter-config-data" in opened
    assert notebook["content"]["cells"]


@PAGES
def test_the_page_runs(ask, container, page):
    """Every cell of the page runs in a kernel that the server starts."""
    body = {"path": page, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    kernel = json.loads(ask("/api/sessions", body))["kernel"]["id"]
    socket_to = create_connection(
        f"ws://{ask.where}/api/kernels/{kernel}/channels?token={TOKEN}", timeout=120
    )
    cells = json.loads((container.home / page).read_text())["cells"]
    for cell in (each for each in cells if each["cell_type"] == "code"):
        reply = _executed(socket_to, "".join(cell["source"]))
        assert "ok" == reply["status"], reply
    socket_to.close()


def _executed(kernel, code):
    """Have *code* run and return the kernel's reply."""
    name = uuid.uuid4().hex
    header = {"msg_id": name, "msg_type": "execute_request", "username": "", "session": name}
    message = {"channel": "shell", "header": {**header, "version": "5.3"}, "metadata": {}}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    kernel.send(json.dumps({**message, "content": content, "parent_header": {}, "buffers": []}))
    while True:
        answer = json.loads(kernel.recv())
        if answer["parent_header"].get("msg_id") == name and answer["msg_type"] == "execute_reply":
            return answer["content"]
