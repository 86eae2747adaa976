"""Documents: data, places, limits, and refusals that say where and nothing more."""

from __future__ import annotations

import datetime as dt
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from escai_nb.errors import DocumentError, FileUnavailableError
from escai_nb.sources.document import Mark, parse, read, refuse_shared, render
from escai_nb.sources.places import locating
from escai_nb.sources.refusal import LIMITS
from escai_nb.sources.yaml_reader import FASTEST, PythonParser
from escai_nb.sources.yaml_reader import read as read_yaml

DATA = Path(__file__).parents[2] / "data"
FILES = sorted([*(DATA / "yaml").glob("*.yaml"), *(DATA / "escai").glob("*.yaml")])

CANARY = "c4nary-s3cret-value"


def parsed(text, format="yaml"):  # noqa: A002
    """Parse *text* as a file of that format would be."""
    return parse(text, source=f"config.{format}", format=format)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_public_files_read_as_safe_loader_reads_them(path):
    """Real files have the data of SafeLoader, with libyaml and without."""
    text = path.read_text()
    assert yaml.safe_load(text) == read(path).data
    assert yaml.safe_load(text) == read_yaml(text, path.name, parser=PythonParser)[0]


def test_every_key_and_value_has_its_place():
    """Marks are those of the first character, 1-based, in characters."""
    document = parsed("é: 1\napi:\n  ports: [80, 'x']\n  # note\n  host: |\n    a\n")
    assert {
        (): Mark(1, 1),
        ("é",): Mark(1, 4),
        ("api",): Mark(3, 3),
        ("api", "ports"): Mark(3, 10),
        ("api", "ports", 0): Mark(3, 11),
        ("api", "ports", 1): Mark(3, 15),
        ("api", "host"): Mark(5, 9),
    } == document.marks
    assert {
        ("é",): Mark(1, 1),
        ("api",): Mark(2, 1),
        ("api", "ports"): Mark(3, 3),
        ("api", "host"): Mark(5, 3),
    } == document.key_marks


def test_json_has_places_too():
    """Keys and values of JSON are located as those of YAML are."""
    document = parsed('{\n  "a": [1, {"b": "x"}]\n}', "json")
    assert {"a": [1, {"b": "x"}]} == document.data
    assert Mark(2, 18) == document.marks["a", 1, "b"]
    assert Mark(2, 13) == document.key_marks["a", 1, "b"]
    assert "config.json:2:9" == document.where(("a", 0))


def test_what_is_missing_is_located_at_what_would_hold_it():
    """A path that is not there has the place of the nearest one above."""
    document = parsed("api:\n  port: 1\n")
    assert Mark(2, 3) == document.mark_of(("api", "host", "deep"))
    assert Mark(1, 1) == document.mark_of(("database", "port"))


def test_byte_order_mark_and_line_breaks_stay_in_the_text():
    """The text is the file, and the mark moves no column."""
    document = parsed("\ufeffa: 1\r\nb: 2\r\n".encode())
    assert "\ufeffa: 1\r\nb: 2\r\n" == document.text
    assert {"a": 1, "b": 2} == document.data
    assert Mark(2, 4) == document.marks["b",]


def test_aliases_and_merges_lead_to_what_they_stand_for():
    """A value behind an alias is located where it is written, the alias where it stands."""
    text = "base: &b\n  x: 1\n  y: 2\nmine:\n  <<: *b\n  y: 3\nyours: *b\n"
    document = parsed(text)
    assert yaml.safe_load(text) == document.data
    assert Mark(2, 6) == document.marks["mine", "x"]
    assert Mark(6, 6) == document.marks["mine", "y"]
    assert Mark(7, 8) == document.marks["yours",]
    assert Mark(3, 6) == document.marks["yours", "y"]
    assert {("base",), ("mine", "x"), ("yours",)} == set(document.shared)


def test_a_secret_behind_an_anchor_is_refused_by_position():
    """What stands in several places cannot be sealed in one."""
    document = parsed("a: &p hidden\nb: *p\nc: plain\n")
    refuse_shared(document, [("c",), ("missing",)])
    with pytest.raises(DocumentError) as caught:
        refuse_shared(document, [("c",), ("b",)])
    assert "anchor-refused" == caught.value.code
    assert "config.yaml:2:4" == caught.value.where


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("012", 10),
        ("08", "08"),
        ("0x1F", 31),
        ("0b101", 5),
        ("0o7", "0o7"),
        ("1_000", 1000),
        ("1:20", 80),
        ("1:20.5", 80.5),
        ("1e3", "1e3"),
        ("1.5e+3", 1500.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("2001-01-31", dt.date(2001, 1, 31)),
        (
            "2001-12-14t21:59:43.10-05:00",
            dt.datetime(
                2001, 12, 14, 21, 59, 43, 100_000, tzinfo=dt.timezone(dt.timedelta(hours=-5))
            ),
        ),
        ("!!str 12", "12"),
        ("!!float 1", 1.0),
        ("! 12", 12),
        ("'12'", "12"),
        ("99999999999999999999", 99999999999999999999),
    ],
)
def test_scalars_mean_what_yaml_1_1_says(text, value):
    """Each form has SafeLoader's value and type."""
    expected = yaml.safe_load(f"a: {text}\n")["a"]
    actual = parsed(f"a: {text}\n").data["a"]
    assert (expected, type(expected)) == (actual, type(actual)) == (value, type(value))


DEEP = LIMITS.depth
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n"
    for old, new in zip("abcde", "bcdef", strict=True)
)

REFUSED = [
    ("a: 1\nb: 2\na: 3\n", "duplicate-key", "3:1"),
    ("a: 1\n1: 1\ntrue: 2\n", "duplicate-key", "3:1"),
    ("a: {b: 1, 'b': 2}\n", "duplicate-key", "1:11"),
    ("a: &x {}\nb:\n  <<: *x\n  <<: *x\n", "duplicate-key", "4:3"),
    ("a: !secret x\n", "tag-refused", "1:4"),
    ("a: !!python/name:os.system\n", "tag-refused", "1:4"),
    ("a: !!set {x, y}\n", "tag-refused", "1:4"),
    ("a: !!binary aGk=\n", "tag-refused", "1:4"),
    ("!!binary aGk=: a\n", "tag-refused", "1:1"),
    ("a: !!omap [x: 1]\n", "tag-refused", "1:4"),
    ("a: *nobody\n", "anchor-refused", "1:4"),
    ("a: &x [*x]\n", "anchor-refused", "1:8"),
    ("a: &x 1\nb: &x 2\n", "anchor-refused", "2:4"),
    (BOMB, "anchor-refused", "5:36"),
    ("a: 1\n---\nb: 2\n", "document-broken", "2:1"),
    ("a: [1, 2\nb: 3\n", "document-broken", "2:2"),
    ("a: 'x\n", "document-broken", "2:1"),
    ("a: b: c\n", "document-broken", "1:5"),
    ("\ta: 1\n", "document-broken", "1:1"),
    ("a: @x\n", "document-broken", "1:4"),
    ("a: \0\n", "document-broken", "1:4"),
    ("a: 2001-13-45\n", "document-broken", "1:4"),
    ("a: !!int x\n", "document-broken", "1:4"),
    ("a: =\n", "document-broken", "1:4"),
    ("a:\n  <<: 1\n", "document-broken", "2:3"),
    ("? [a]\n: 1\n", "document-broken", "1:3"),
    ("a: " + "[" * DEEP + "]" * DEEP, "document-broken", f"1:{3 + DEEP}"),
    (b"a: 1\nb: \xff\n", "document-broken", "2:4"),
    ("- 1\n", "document-not-mapping", "1:1"),
    ("text\n", "document-not-mapping", "1:1"),
]


@pytest.mark.parametrize(("text", "code", "place"), REFUSED)
def test_what_is_ambiguous_or_harmful_is_refused_by_position(text, code, place):
    """The error has a code, a place in the file, and nothing behind it."""
    with pytest.raises(DocumentError) as caught:
        parsed(text)
    error = caught.value
    assert (code, f"config.yaml:{place}") == (error.code, error.where)
    assert str(error).startswith(f"config.yaml:{place}: ")
    assert (None, None) == (error.__cause__, error.__context__)


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "null\n", "~"])
def test_an_empty_document_is_refused_as_such(text):
    """Nothing at all is no configuration; an empty mapping is one."""
    with pytest.raises(DocumentError) as caught:
        parsed(text)
    assert ("document-empty", "config.yaml") == (caught.value.code, caught.value.where)
    assert {} == parsed("{}\n").data


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('{"a": 1, "a": 2}', "duplicate-key", "1:10"),
        ('{"a": [1, 2}', "document-broken", "1:12"),
        ('{"a": 1,}', "document-broken", "1:9"),
        ('{"a" 1}', "document-broken", "1:6"),
        ('{"a": NaN}', "document-broken", "1:7"),
        ('{"a": 1e999}', "document-broken", "1:7"),
        ('{"a": "\\ud800"}', "document-broken", "1:7"),
        ('{"a": "x', "document-broken", "1:7"),
        ('{"a": 1}\n{}', "document-broken", "2:1"),
        ("[1]", "document-not-mapping", "1:1"),
        ('{"a": ' + "[" * DEEP + "]" * DEEP + "}", "document-broken", f"1:{6 + DEEP}"),
    ],
)
def test_json_is_refused_by_position_too(text, code, place):
    """What is no JSON, or is ambiguous, is refused where it is so."""
    with pytest.raises(DocumentError) as caught:
        parsed(text, "json")
    assert (code, f"config.json:{place}") == (caught.value.code, caught.value.where)


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_documents_beyond_the_limit_of_size_are_refused(tmp_path, format):  # noqa: A002
    """Size is counted in bytes, of text and of files, before anything is parsed."""
    text = "é" * (LIMITS.size // 2 + 1)
    file = tmp_path / f"config.{format}"
    file.write_text(text)
    for attempt in (lambda: parsed(text, format), lambda: read(file)):
        with pytest.raises(DocumentError) as caught:
            attempt()
        assert "document-too-large" == caught.value.code


BROKEN = [
    f"a: {CANARY}\nb: [\n",
    f"a: {CANARY}\na: 1\n",
    f"a: !{CANARY} x\n",
    f"a: *{CANARY}\n",
    f"a: &{CANARY} 1\nb: &{CANARY} 2\n",
    f"!{CANARY}!x a: 1\n",
    f"a: !{CANARY}!x 1\n",
    f"%{CANARY}\n",
    f"a: '{CANARY}\n",
    f'a: "\\{CANARY}"\n',
    f"a: !!int {CANARY}\n",
    f"a: !!timestamp {CANARY}\n",
    f"a: {CANARY}\0\n",
    f"a: {CANARY}\n  b: 1\n",
    f"{CANARY}\n",
    f"- {CANARY}\n",
]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("parser", [None, PythonParser])
def test_no_error_carries_the_document(text, parser):
    """Neither message nor hint nor what led to the error holds any of the text."""
    with pytest.raises(DocumentError) as caught:
        parsed(text) if parser is None else read_yaml(text, "config.yaml", parser=parser)
    error = caught.value
    assert CANARY not in f"{error} {error!r} {error.hint} {error.where} {error.args}"
    if parser is None:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        own = [frame for frame in shown.stack if "escai_nb" in frame.filename]
        assert CANARY not in repr([frame.locals for frame in own])
        assert (None, None) == (error.__cause__, error.__context__)


def test_several_threads_may_ask_where_things_stand():
    """They are told the same, also where they ask for the first time at once."""
    text = "".join(f"k{n}: {n}\n" for n in range(20_000))
    for _ in range(5):
        locate = locating(text)
        with ThreadPoolExecutor(4) as threads:
            told = list(threads.map(locate, [len(text) - 1] * 8))
        assert {locate(len(text) - 1)} == set(told)


def test_a_document_shows_neither_text_nor_data():
    """Its representation names the file alone."""
    assert CANARY not in repr(parsed(f"password: {CANARY}\n"))


def test_files_are_told_by_their_suffix(tmp_path):
    """YAML and JSON by name; other names, and missing files, are refused."""
    (tmp_path / "a.yml").write_text("a: 1\n")
    (tmp_path / "a.JSON").write_text('{"a": 1}')
    (tmp_path / "a.toml").write_text("a = 1\n")
    assert ("yaml", {"a": 1}) == (
        read(tmp_path / "a.yml").format,
        read(tmp_path / "a.yml").data,
    )
    assert "json" == read(tmp_path / "a.JSON").format
    with pytest.raises(DocumentError):
        read(tmp_path / "a.toml")
    with pytest.raises(FileUnavailableError):
        read(tmp_path / "missing.yaml")


def test_an_unknown_format_is_refused():
    """There are two formats."""
    with pytest.raises(DocumentError):
        parsed("a: 1\n", "toml")


def test_fresh_documents_read_back():
    """What `render` writes is read as what was given, in both formats."""
    data = {"a": {"b": [1, {"c": None, "d": [[], {}]}]}, "t": "x\ny\n", "on": "yes"}
    for format in ("yaml", "json"):  # noqa: A001
        assert data == parsed(render(data, format), format).data
    assert {} == parsed(render({}, "yaml")).data


def test_half_a_character_is_refused_by_both_parsers():
    """An escape that no file could hold as text is none that may come out of one."""
    for parser in (FASTEST, PythonParser):
        with pytest.raises(DocumentError):
            read_yaml('a: "\\ud800"\n', "config.yaml", parser=parser)
