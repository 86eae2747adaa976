"""What a person at a terminal sees and is asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing

import pytest

SECRET = "database.postgres_password"
PLAIN = "violet-otter-lantern-copper-0815"

# the terminal is the one of the new session, as getpass asks there
AS_PERSON = """
import fcntl, termios
from escai_nb.cli.main import main
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
main(prog_name="escai")
"""


class Terminal:
    """A pseudo-terminal with ``escai`` in it."""

    def __init__(self, folder, words):
        self.master, slave = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", AS_PERSON, "config", *words],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def until(self, said):
        """Read until *said* is on the screen."""
        while said not in self.seen:
            try:
                read = os.read(self.master, 4096)
            except OSError:  # the program has ended
                read = b""
            assert read, self.seen
            self.seen += read.decode()

    def type(self, text):
        """Type a line."""
        os.write(self.master, f"{text}\n".encode())

    def end(self):
        """Read what is left, and return the exit code."""
        while True:
            try:
                read = os.read(self.master, 4096)
            except OSError:
                read = b""
            if not read:
                return self.process.wait()
            self.seen += read.decode()

    def close(self):
        """Hang up."""
        os.close(self.master)


@pytest.fixture
def at_terminal(workspace):
    """Start a command in a terminal."""
    return lambda *words: closing(Terminal(workspace.folder, words))


def test_a_secret_is_asked_for_twice_and_not_shown(workspace, at_terminal):
    """What is typed for a secret does not appear, and is saved."""
    with at_terminal("set", SECRET) as screen:
        screen.until(f"{SECRET}:")
        screen.type(PLAIN)
        screen.until("Repeat")
        screen.type(PLAIN)
        assert 0 == screen.end()
        assert PLAIN not in screen.seen
    assert f"{PLAIN}\n" == workspace("config", "get", SECRET, "--reveal", "--yes").out


@pytest.mark.parametrize(("answer", "code", "port"), [("y", 0, "8000"), ("n", 1, "9000")])
def test_a_rollback_asks_first(workspace, at_terminal, answer, code, port):
    """The difference is shown, and a no changes nothing."""
    workspace("config", "set", "api.port", "9000")
    with at_terminal("rollback", "HEAD~1") as screen:
        screen.until("make these changes to development?")
        assert "9000" in screen.seen
        screen.type(answer)
        assert code == screen.end()
    assert f"{port}\n" == workspace("config", "get", "api.port").out


def test_a_secret_is_revealed_to_a_person(workspace, at_terminal):
    """On a terminal --reveal is enough."""
    workspace("config", "set", SECRET, "--stdin", stdin=PLAIN)
    with at_terminal("get", SECRET, "--reveal") as screen:
        assert 0 == screen.end()
        assert PLAIN in screen.seen


def test_a_value_cannot_command_the_terminal(workspace, at_terminal):
    """On a terminal control characters are written out; in a pipe a value is exact."""
    harm = "a\x1b]0;title\x07b"
    workspace("config", "set", "custom_settings.note", harm)
    assert f"{harm}\n" == workspace("config", "get", "custom_settings.note").out
    with at_terminal("get", "custom_settings.note") as screen:
        assert 0 == screen.end()
        assert "\x1b" not in screen.seen
        assert "\\x1b]0;title\\x07b" in screen.seen


def test_tables_are_framed_and_fit(at_terminal):
    """On a terminal a table has a frame and no line is wider than the screen."""
    with at_terminal("history") as screen:
        assert 0 == screen.end()
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in screen.seen.splitlines()]
    assert any("──" in line for line in lines)
    assert all(len(line) <= 100 for line in lines)


def test_ctrl_c_is_130_and_changes_nothing(workspace, at_terminal):
    """A person who stops a command finds everything as it was."""
    before = workspace.tree()
    with at_terminal("set", SECRET) as screen:
        screen.until(f"{SECRET}:")
        os.write(screen.master, b"\x03")
        assert 130 == screen.end()
    assert before == workspace.tree()
    assert "Traceback" not in screen.seen


HOSTILE = "\x1b]0;title\x07 \x1b[31mred \u202e\u2066 \x9b2J"


@pytest.mark.parametrize(
    "words",
    [
        ["get", "custom_settings.note"],
        ["get", "custom_settings.note", "--format", "json"],
        ["show"],
        ["show", "--format", "json"],
        ["show", "--format", "env"],
        ["export"],
    ],
)
def test_a_terminal_obeys_no_value(workspace, at_terminal, words):
    """Controls and direction marks are escapes there, while a pipe gets what was said."""
    workspace("config", "set", "custom_settings.note", HOSTILE)
    with at_terminal(*words) as screen:
        assert 0 == screen.end()

    assert "red" in screen.seen
    assert screen.seen.replace("\r\n", "").isprintable()
    assert f"{HOSTILE}\n" == workspace("config", "get", "custom_settings.note").out
