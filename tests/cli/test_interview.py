"""An environment begun by questions, on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

PASSWORD = "violet-otter-lantern-copper-0815"
QUESTION = re.compile(rb"([a-z_.]+) \([^\n]*\) \[[^\n]*\]: $")


def answered(answers, *options):
    """Answer the questions of ``init --interactive`` by field; all others with Enter."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "escai_nb", "config", "init", "--interactive", *options],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said, seen = b"", 0
    try:
        while more := os.read(ours, 4096):
            said += more
            if question := QUESTION.search(said, seen):
                seen = len(said)
                name = question[1].decode()
                answer = answers[name].pop(0) if answers.get(name) else ""
                os.write(ours, answer.encode() + b"\n")
    except OSError:  # the terminal is closed with the program
        pass
    os.close(ours)
    assert 0 == process.wait(), said
    return said.decode()


def test_answers_become_the_configuration(escai):
    """What does not fit is asked again; a secret is not shown; Enter keeps the preset."""
    said = answered(
        {
            "database.postgres_host": ["db.example.org"],
            "database.postgres_password": [PASSWORD],
            "api.port": ["high", "70000", "8443"],
            "api.workers": ["."],
        }
    )

    assert PASSWORD not in said
    assert 3 == len(re.findall(r"api\.port \(a whole number, 1..65535\) \[8000\]: ", said))
    assert "api.port must" in said
    assert "monitoring." not in said.partition("wrote ")[0]
    assert "8443\n" == escai("config", "get", "api.port").out
    assert "db.example.org\n" == escai("config", "get", "database.postgres_host").out
    words = ("get", "database.postgres_password", "--reveal", "--yes")
    assert f"{PASSWORD}\n" == escai("config", *words).out
    assert PASSWORD not in escai.file().read_text()


def test_rules_speak_while_one_answers(escai):
    """What stands against an answer is told at once, and stays reported."""
    said = answered({"api.reload": ["true"], "api.rate_limit_requests": ["."]}, "-e", "production")

    questions = said.partition("wrote ")[0]
    assert "ESC503" in questions
    assert "ESC503" in escai("config", "validate", "-e", "production", code=1).out


def test_without_a_terminal_nobody_is_asked(escai):
    """Nothing is made."""
    assert "nobody is here" in escai("config", "init", "--interactive", code=2).err
    assert not escai.config.exists()
