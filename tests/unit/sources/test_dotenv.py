"""Files of variables, as people and other programs write them."""

from __future__ import annotations

import re
import subprocess
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.errors import DocumentError, FileUnavailableError
from escai_nb.sources.dotenv import assignments, parse_dotenv, read, write_dotenv


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=two\n", {"A": "1", "B": "two"}),
        ("\ufeffA=1", {"A": "1"}),
        ("# note\n\n  export A = 1  # why\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=", {"A": ""}),
        ("A=''\nB=\"\"", {"A": "", "B": ""}),
        ("A='it'\"'\"'s'", {"A": "it's"}),
        (r'A="one\ntwo \"three\" \$four \\"', {"A": 'one\ntwo "three" $four \\'}),
        ("A='one\ntwo'\nB=3", {"A": "one\ntwo", "B": "3"}),
        ("A=p#ss#word # remark", {"A": "p#ss#word"}),
        ("A=two words\n", {"A": "two words"}),
        ("A=$HOME", {"A": "$HOME"}),
        ('A=["x", "it\'s"] # list', {"A": '["x", "it\'s"]'}),
        ("A=C:\\new\\table", {"A": "C:\\new\\table"}),
        ("A= # nothing\nB=#x", {"A": "", "B": "#x"}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_what_a_file_says(text, expected):
    """Quotes, comments, exports, the last of a name that stands twice."""
    assert expected == parse_dotenv(text, source=".env")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("A=1\nno value\n", ".env:2:1"),
        ("A='open\n", ".env:1:3"),
        ('A="open', ".env:1:3"),
        ("1A=2", ".env:1:1"),
    ],
)
def test_what_is_none_is_refused_by_position(text, where):
    """And nothing of the text is told."""
    with pytest.raises(DocumentError) as refused:
        parse_dotenv(text, source=".env")
    assert where == refused.value.where
    assert "open" not in str(refused.value)


def test_a_shell_reads_the_same():
    """What is written can be sourced."""
    values = {"A": "it's", "B": '$(false) `x` \\ "q"', "C": "one\n two", "D": "", "E": "ä#b"}
    script = write_dotenv(values) + "".join(f'printf "%s\\0" "${name}"\n' for name in values)
    said = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert [*values.values(), ""] == said.stdout.decode().split("\0")


TEXT = """\
# of the team

A=plain
export B = "two
lines"
C='${word}'
D=${word}   # comment
E="x ${word}"
F="\\${word}"
A=last
"""


def test_names_have_lines():
    """Behind values of several lines too; of two lines for one name the last one's."""
    found = assignments(TEXT, source=".env")
    assert {name: line.line for name, line in found.items()} == {
        "A": 10,
        "B": 4,
        "C": 6,
        "D": 7,
        "E": 8,
        "F": 9,
    }


def test_what_other_tools_would_replace_is_told_apart():
    """A value in single quotes means itself everywhere."""
    found = assignments(TEXT, source=".env")
    assert {name for name, line in found.items() if line.refers} == {"D", "E"}


def test_files_are_read_as_utf_8(tmp_path):
    """A missing one, and one that is no text, are errors that hold nothing of it."""
    path = tmp_path / ".env"
    with pytest.raises(FileUnavailableError):
        read(path)
    path.write_bytes(b"A=1\nB=\xff\n")
    with pytest.raises(DocumentError, match=r"\.env:2"):
        read(path)
    path.write_text("A=hunter2\nhunter2\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"\.env:2:1") as caught:
        read(path)
    assert caught.value.__context__ is None
    path.write_text("A=é\n", encoding="utf-8")
    assert read(path)["A"].value == "é"


def test_no_traceback_shows_the_file(tmp_path):
    """Not one with local variables either, however it is read."""
    path = tmp_path / ".env"
    path.write_text("A=hunter2\nhunter2\n", encoding="utf-8")
    for act in (lambda: read(path), lambda: parse_dotenv(path.read_text(), source=".env")):
        with pytest.raises(DocumentError) as caught:
            act()
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        own = [frame.locals for frame in shown.stack if "escai_nb" in frame.filename]
        assert own
        assert "hunter2" not in repr(own)


def test_assignments_do_not_show_their_values():
    """They may be secrets."""
    assert "hunter2" not in repr(assignments("A=hunter2\n", source=".env"))


@given(st.text(alphabet="A=\"'#\\$ {}\n\t\r"))
def test_any_text_is_read_or_refused(text):
    """Nothing else happens to broken files."""
    lines = range(1, len(re.split(r"\r\n|\n|\r", text)) + 1)
    try:
        told = [line.line for line in assignments(text, source=".env").values()]
    except DocumentError as error:
        told = [int(error.where.split(":")[1])]
    assert set(told) <= set(lines)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "  ", "export ", "# a remark\n\n", "\texport  "]),
            st.sampled_from(["=", " = ", "=  "]),
            st.text(alphabet="ab c#é\n'\"\\"),
        )
    )
)
def test_each_value_has_its_place(lines):
    """At line and column of a name begins what it is set to."""
    values = {f"N{number}": value for number, (_, _, value) in enumerate(lines)}
    said = write_dotenv(values).split("N")[1:]
    text = "".join(
        before + "N" + assignment.replace("=", sign, 1)
        for (before, sign, _), assignment in zip(lines, said, strict=True)
    )
    for name, found in assignments(text, source=".env").items():
        assert found.value == values[name]
        line = "".join(text.splitlines(keepends=True)[found.line - 1 :])
        assert line[: found.column - 1].strip().removeprefix("export").split("=")[0].strip() == name
        assert line[found.column - 1 :].startswith(write_dotenv({"": found.value})[1:-1])


def test_faults_are_gathered_when_they_are_asked_for():
    """Each at its place, and what is between them is read."""
    faults = []
    text = 'A=1\nno name\nB=\'open\nC=3\n=4\nD="5" 6\nE="7"\n'
    read = assignments(text, source=".env", faults=faults)

    assert {"A": "1", "C": "3", "E": "7"} == {name: each.value for name, each in read.items()}
    assert [".env:2:1", ".env:3:3", ".env:5:1", ".env:6:6"] == [each.where for each in faults]
