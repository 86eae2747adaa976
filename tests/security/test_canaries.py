"""Law 1: a canary planted in every sensitive leaf is found in no output of any surface."""

from __future__ import annotations

import shutil
from importlib import import_module

import click
import pytest
from canary.planting import Planted, plant
from canary.registry import SURFACES, Collector
from canary.search import canary, forms, found, middle

import escai_nb.widgets
from escai_nb.cli.main import main
from escai_nb.runbooks.catalogue import list_runbooks
from escai_nb.workspace.manager import ConfigManager

for family in ("cli", "api", "screens", "crashes"):
    import_module(f"canary.surfaces_{family}")


@pytest.fixture(scope="module")
def planted_once(tmp_path_factory):
    """A planted workspace with its keys, that nobody works on."""
    base = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(base / "share"))
        yield plant(base)


@pytest.fixture
def planted(planted_once, tmp_path, monkeypatch):
    """A copy of the planted workspace and of its keys, with temporary files kept beside it."""
    base = tmp_path / "work"
    shutil.copytree(planted_once.base, base)
    (base / "tmp").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "share"))
    monkeypatch.setenv("TMPDIR", str(base / "tmp"))
    monkeypatch.chdir(base)
    return Planted(base, planted_once.spec, planted_once.names)


@pytest.mark.parametrize("name", SURFACES)
def test_no_output_tells_a_secret(name, planted):
    """Whatever the surface says, on whatever way, no encoding of a canary is in it."""
    say = Collector()
    SURFACES[name](planted, say)

    assert [] == say.surprises
    assert [] == list(found((*planted.names, "typed"), say.outputs))


def commands(group, names):
    """Names of all commands below *group*, as they are typed."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{names} {name}")
        else:
            yield f"{names} {name}"


def test_every_command_is_a_surface():
    """A command that is added to the tree is added to the canary's rounds."""
    assert set() == set(commands(main, "cli")) - SURFACES.keys()


def test_every_panel_is_a_surface():
    """So is a panel."""
    assert set() == {f"panel {name}" for name in escai_nb.widgets.__all__} - SURFACES.keys()


def test_every_runbook_is_a_surface():
    """So is a runbook."""
    assert set() == {f"runbook {each.name}" for each in list_runbooks()} - SURFACES.keys()


def test_every_method_of_the_manager_is_a_surface():
    """So is a public method."""
    public = {name for name in dir(ConfigManager) if not name.startswith("_")}

    assert set() == {f"api ConfigManager.{name}" for name in public} - SURFACES.keys()


@pytest.mark.parametrize("encoding", forms("x" * 8))
def test_the_search_would_find_it(encoding):
    """Every encoding is found, wherever in a longer text the canary stands."""
    form = forms(middle("one"))[encoding]

    for before in range(4):
        said = {"out": b"a" * before + form + b"tail"}
        assert [f"out: one ({encoding})"] == [
            hit for hit in found(["one"], said) if encoding in hit
        ]


def test_the_search_finds_it_inside_other_encodings():
    """Whole canaries are found escaped, compressed and in base64 among other bytes."""
    import base64
    import json
    import urllib.parse
    import zlib

    text = f"before {canary('one')} after"
    for said in (
        json.dumps(text).encode(),
        urllib.parse.quote(text).encode(),
        b"head" + zlib.compress(text.encode()),
        *(base64.urlsafe_b64encode(b"x" * shift + text.encode()) for shift in range(3)),
    ):
        assert list(found(["one"], {"out": said}))


LEAKS = {
    "stdout": "print(secret)",
    "stderr": "import sys; print(secret, file=sys.stderr)",
    "log": "import logging; logging.getLogger('x').debug(secret)",
    "return value": "value = [{'a': secret}]",
    "error": "raise ValueError('no') from KeyError(secret)",
    "hidden error": "try: int(secret)\nexcept ValueError: raise KeyError from None",
    "local variable": "def f(given): 1 / 0\nf(secret)",
}
"""Where a program could tell a secret → a program that does."""


@pytest.mark.parametrize("where", LEAKS)
def test_the_collector_hears_it(where):
    """A program that tells a secret is heard, wherever it tells it."""
    say = Collector()

    def leak():
        names = {"secret": canary("one"), "value": None}
        exec(compile(LEAKS[where], "/elsewhere/program.py", "exec"), names)  # noqa: S102
        return names["value"]

    say.call(leak)

    assert list(found(["one"], say.outputs))


def test_the_collector_reads_files(tmp_path):
    """A file that is left behind is read, whatever its name."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ".left").write_text(canary("one"))
    say = Collector()
    say.files(tmp_path)

    assert list(found(["one"], say.outputs))
