"""Editing the opened file: what comes back, what is refused and kept, what is left behind."""

from __future__ import annotations

import json
import os
import pty
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

SECRET = "database.postgres_password"
ESCAI = (sys.executable, "-m", "escai_nb", "config")


@pytest.fixture
def place(monkeypatch):
    """A place for opened texts, in memory where there is one, that no other test uses."""
    memory = Path("/dev/shm")  # noqa: S108
    folder = Path(tempfile.mkdtemp(dir=memory if memory.exists() else None))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def editor(tmp_path, monkeypatch, place):
    """Make a Python program the editor; it gets the text as ``text`` and its path as ``path``."""

    def use(program):
        script = tmp_path / "editor.py"
        script.write_text(
            "import os, re, sys\nfrom pathlib import Path\npath = Path(sys.argv[-1])\n"
            f"assert {str(place)!r} == str(path.parents[1])\n"
            f"text = path.read_text()\n{program}\n"
        )
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")

    return use


def replacing(old, new):
    """A program that puts one text in place of another, which must be there."""
    return f"assert {old!r} in text\npath.write_text(text.replace({old!r}, {new!r}))"


def kept(escai, environment="development"):
    """Where an edit is kept."""
    return escai.config / ".escai" / f"edit.{environment}.json"


def test_an_edit_is_one_version_with_its_comments(workspace, editor):
    """A plain value, a secret and a comment at once; what did not change keeps its token."""
    before = workspace.file().read_text().splitlines()
    editor(
        "text = re.sub(r'workers: .*', 'workers: 3  # one a core', text)\n"
        "text = re.sub(r'postgres_password: .*', 'postgres_password: otter-teapot-17!', text)\n"
        "path.write_text(text)"
    )
    said = workspace("config", "edit", "-m", "by hand")
    after = workspace.file().read_text().splitlines()

    assert "otter-teapot-17!" not in said.out + said.err + workspace.file().read_text()
    assert "otter-teapot-17!\n" == workspace("config", "get", SECRET, "--reveal", "--yes").out
    assert "  workers: 3  # one a core" in after
    assert {"workers", "postgres_password", "revision", "seal"} == {
        new.split(":")[0].strip() for old, new in zip(before, after, strict=True) if old != new
    }
    history = workspace("config", "history", "--format", "json").data
    assert ["by hand"] == [version["message"] for version in history[:-1]]


def test_nothing_is_seen_by_others_or_left(workspace, editor, place):
    """The folder and the file are their owner's, and gone with all that lies beside the file."""
    editor(
        "import json\n"
        "modes = [oct(each.stat().st_mode & 0o777) for each in (path.parent, path)]\n"
        "(path.parent / 'copy~').write_text(text)\n"
        "Path('seen.json').write_text(json.dumps([*modes, path.name, '_escai' in text]))"
    )
    workspace("config", "edit")

    assert ["0o700", "0o600", "config.development.yaml", False] == json.loads(
        Path("seen.json").read_text()
    )
    assert [] == list(place.iterdir())
    assert not kept(workspace).exists()


def test_an_edit_that_says_the_same_makes_no_version(workspace, editor):
    """A new comment is written, an untouched file stays byte for byte."""
    before, versions = workspace.file().read_bytes(), workspace("config", "history").out
    editor("pass")
    assert "no changes" in workspace("config", "edit").out
    assert before == workspace.file().read_bytes()

    editor("path.write_text('# ours\\n' + text)")
    workspace("config", "edit")
    assert b"# ours\n" + before == workspace.file().read_bytes()
    assert versions == workspace("config", "history").out
    workspace("config", "get", "api.port")


REFUSED = {
    "model": ("re.sub(r'workers: .*', 'workers: many', text)", 1, "api.workers"),
    "broken": ("text + 'api: [1, 2\\n'", 3, "config.development.yaml:"),
    "twice": ("text + 'api: {}\\n'", 3, "config.development.yaml:"),
    "block": ("text + '_escai: {}\\n'", 3, "reserved for the seal"),
    "token": (
        "text.replace('settings: {}', 'settings: {a: \"escai:1:fernet:gA==\"}')",
        2,
        "settings.a",
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_refused_edit_is_kept_sealed_and_goes_on(how, workspace, editor):
    """The file stays, the edit lies there without a clear secret, the next call begins with it."""
    change, code, told = REFUSED[how]
    before = workspace.file().read_bytes()
    secret = workspace("config", "get", SECRET, "--reveal", "--yes").out.strip()
    editor(f"path.write_text({change} + '# mine')")
    said = workspace("config", "edit", code=code)

    assert told in said.err
    assert str(kept(workspace).relative_to(workspace.folder)) in said.err
    assert before == workspace.file().read_bytes()
    assert secret not in kept(workspace).read_text()
    assert 0o600 == stat.S_IMODE(kept(workspace).stat().st_mode)

    editor("Path('again').write_text(text)\npath.write_text(text.split('# mine')[0])")
    said = workspace("config", "edit", code=code)
    assert "goes on with an edit that was kept" in said.err
    assert Path("again").read_text().endswith("# mine")
    assert secret in Path("again").read_text()

    editor("Path('again').write_text(text)")
    workspace("config", "edit", "--discard")
    assert "# mine" not in Path("again").read_text()
    assert not kept(workspace).exists()


def test_another_save_meanwhile_is_not_overwritten(workspace, editor):
    """It is told, the edit is kept, and the next call merges both; ours is named where both did."""
    others = (
        "import subprocess\n"
        f"subprocess.run([*{ESCAI!r}, 'set', 'api.port', '8181', 'api.workers', '5'], check=True)\n"
    )
    editor(
        others + "text = re.sub(r'workers: .*', 'workers: 3', text)\n"
        "path.write_text(re.sub(r'  debug: .*', '  debug: false', text))"
    )
    said = workspace("config", "edit", code=1)
    assert "both sides changed api.workers" in said.err
    assert "5\n" == workspace("config", "get", "api.workers").out

    editor("pass")
    said = workspace("config", "edit")
    assert "api.workers was changed by somebody else too" in said.err
    assert ["3\n", "8181\n"] == [
        workspace("config", "get", path).out for path in ("api.workers", "api.port")
    ]


def test_a_comment_of_somebody_else_is_not_overwritten(workspace, editor):
    """A hand edit that changes no value counts as well."""
    file = workspace.file()
    editor(
        f"file = Path({str(file)!r})\nfile.write_text('# theirs\\n' + file.read_text())\n"
        + replacing("workers: ", "workers: 1")
    )
    assert "edited meanwhile" in workspace("config", "edit", code=1).err
    editor("pass")
    workspace("config", "edit")

    assert file.read_text().startswith("# theirs\n")


def test_an_editor_that_fails_changes_nothing(workspace, editor, monkeypatch):
    """Its exit code counts; a text that it had changed is kept."""
    before = workspace.file().read_bytes()
    editor("sys.exit(4)")
    assert "exit code 4" in workspace("config", "edit", code=1).err
    assert not kept(workspace).exists()
    editor(replacing("workers: ", "workers: 1") + "\nsys.exit(4)")
    workspace("config", "edit", code=1)
    assert kept(workspace).exists()
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert "no-such-editor cannot be run" in workspace("config", "edit", code=2).err

    assert before == workspace.file().read_bytes()


def test_each_opening_is_audited_first(workspace, editor):
    """Where the log cannot be written, no editor opens."""
    editor("Path('opened').touch()")
    workspace("config", "edit")
    lines = workspace("config", "audit", "list", "--format", "json").data
    assert ("reveal", "edit") == (lines[0]["what"], lines[0]["note"])
    assert SECRET in lines[0]["paths"]

    Path("opened").unlink()
    log = workspace.config / ".escai" / "audit.jsonl"
    log.unlink()
    log.mkdir()
    workspace("config", "edit", code=3)
    assert not Path("opened").exists()


def test_a_clear_file_stays_clear_and_as_it_was_written(escai, editor):
    """Dates keep their form; only what was edited differs."""
    source = escai.folder / "clear.yaml"
    source.write_text(
        "api:\n  port: 8000\ncustom_settings:\n  since: 2026-01-01\n"
        f"security:\n  jwt_secret_key: {secrets.token_urlsafe(48)}\n"
    )
    escai("config", "import", "-e", "development", source)
    editor(replacing("port: 8000", "port: 8001"))
    escai("config", "edit")

    assert source.read_text().replace("8000", "8001") == escai.file().read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_session_that_is_ended_leaves_no_clear_text(number, workspace, editor, place):
    """The editor ends too, its text is kept sealed, the exit code names the signal."""
    editor(
        replacing("workers: ", "workers: 1")
        + "\nPath('ready').touch()\nimport time\ntime.sleep(60)"
    )
    process = subprocess.Popen([*ESCAI, "edit"])
    wait_for(Path("ready").exists)
    process.send_signal(number)

    assert 128 + number == process.wait()
    assert [] == sessions(place)
    assert kept(workspace).exists()


def test_what_a_killed_session_left_is_wiped_by_the_next(workspace, editor, place):
    """A living one is let alone."""
    editor("Path('ready').write_text(str(os.getpid()))\nimport time\ntime.sleep(60)")
    process = subprocess.Popen([*ESCAI, "edit"])
    wait_for(lambda: Path("ready").exists() and Path("ready").read_text())
    editor("pass")
    living = sessions(place)
    assert "wiped" not in workspace("config", "edit").err
    assert living == sessions(place) != []

    process.kill()
    process.wait()
    os.kill(int(Path("ready").read_text()), signal.SIGKILL)
    wait_for(lambda: "wiped" in workspace("config", "edit").err)
    assert [] == sessions(place)


def test_a_person_may_try_again_at_once(workspace, editor):
    """On a terminal the question is asked, and the editor opens on the same text."""
    editor(
        "first = not Path('once').exists()\nPath('once').touch()\n"
        "path.write_text(re.sub(r'workers: .*', 'workers: ' + ('x' if first else '7'), text))"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*ESCAI, "edit"], stdin=theirs, stderr=theirs, stdout=theirs)
    os.close(theirs)
    said = b""
    while b"edit it again?" not in said:
        said += os.read(ours, 4096)
    os.write(ours, b"y\n")
    while b"version " not in said:
        said += os.read(ours, 4096)
    process.wait()
    os.close(ours)

    assert b"api.workers" in said
    assert "7\n" == workspace("config", "get", "api.workers").out
    assert not kept(workspace).exists()


def sessions(place):
    """Folders of opened texts."""
    return list(place.glob("escai-edit-*"))


def wait_for(happens):
    """Return once *happens* says so."""
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_without_an_editor_and_a_terminal_it_does_not_wait(workspace, place, monkeypatch):
    """It says what to name, and leaves nothing behind."""
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run(
        [*ESCAI, "edit"],
        check=False,
        cwd=workspace.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert 2 == done.returncode
    assert "EDITOR=" in done.stderr
    assert [] == list(place.iterdir())
