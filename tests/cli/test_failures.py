"""Errors become exit codes and three lines, in one place."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from escai_nb.cli.failures import MOST_FINDINGS, lines_of
from escai_nb.cli.lazy import INTERRUPTED, Program
from escai_nb.errors import (
    DocumentError,
    EscaiError,
    HeadMovedError,
    InvalidConfigurationError,
    RunFailedError,
    RunTimedOutError,
    UsageError,
)


def failing(error):
    """A program whose one command ends with *error*."""

    @click.command("fail")
    def fail():
        raise error

    program = Program("escai", table={"fail": ("nowhere:fail", "Fail.")})
    program.get_command = lambda _ctx, _name: fail
    return CliRunner().invoke(program, ["fail"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HeadMovedError("moved"), 1),
        (UsageError("wrong"), 2),
        (click.UsageError("wrong"), 2),
        (DocumentError("broken"), 3),
        (EscaiError("other"), 3),
        (RunFailedError("step"), 4),
        (RunTimedOutError("late"), 5),
        (KeyboardInterrupt(), INTERRUPTED),
    ],
)
def test_each_error_has_its_exit_code(error, code):
    """An error of ours, of click, and the user's Ctrl-C end as the design says."""
    result = failing(error)
    assert code == result.exit_code
    assert "" == result.stdout
    assert result.stderr


def test_an_error_tells_what_where_and_what_next():
    """Message, place and next step stand on a line each."""
    error = DocumentError("a key stands twice", where="config.yaml:3:1", hint="remove one")
    assert [
        "error: a key stands twice",
        "  at config.yaml:3:1",
        "  hint: remove one",
    ] == lines_of(error)


def test_a_place_that_the_message_names_is_not_repeated():
    """The message may name the file itself."""
    error = DocumentError("config.yaml is empty", where="config.yaml")
    assert ["error: config.yaml is empty"] == lines_of(error)


def test_an_invalid_configuration_lists_its_findings():
    """Findings stand under the error; of very many the rest is counted."""
    error = InvalidConfigurationError("refused", findings=[f"f{n}" for n in range(25)])
    lines = lines_of(error)
    assert "  - f0" == lines[1]
    assert f"  - and {25 - MOST_FINDINGS} more" == lines[-1]
    assert MOST_FINDINGS + 2 == len(lines)


def test_an_error_cannot_move_the_cursor():
    """Control characters in an error are written out, not obeyed."""
    (line,) = lines_of(EscaiError("bad \x1b[2J\u202e name\nerror: forged"))
    assert "error: bad \\x1b[2J\\u202e name\\nerror: forged" == line
