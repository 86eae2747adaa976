"""Files of variables, as people and other programs write them."""

from __future__ import annotations

import subprocess

import pytest

from escai_nb.errors import DocumentError
from escai_nb.sources.dotenv import parse_dotenv, write_dotenv


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
