"""Lines of a file as they may be shown: in place, and without a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb import keypath
from escai_nb.escai.spec import ESCAI
from escai_nb.sources.document import parse, render
from escai_nb.sources.recovery import recovered
from escai_nb.views.excerpt import LONGEST_LINE, Excerpts
from escai_nb.views.text import width

CANARY = "kZ4-canary_9QvT"
SECRETS = [keypath.parse(text) for text in ESCAI.generated]
TEXT = f"""environment: development # pw={CANARY}
security: {{jwt_secret_key: "{CANARY}", jwt_algorithm: HS256}}
database:
  postgres_password: |
    {CANARY}
    and {CANARY}
  redis_host: "日本"\t# {CANARY}
  neo4j_uri: bolt://me:{CANARY}@host
  redis_password:
    {{{CANARY}: [{CANARY}]}}
  postgres_pasword: {CANARY}
custom_settings:
  note: the same {CANARY} again
  sync: ghp_{"a1B2" * 10}
  smtp_password: {CANARY}
  link: https://host/x?id=7&access_token={CANARY}
  page: https://host/x?id=7&token=short
log_level: {CANARY}
api: {{port: {CANARY}, workers: 70000}}
"""


def frames(text, **more):
    """All frames of a text, by the path of the value that each marks."""
    document = parse(text, source="c.yaml", **more)
    excerpts = Excerpts(document, ESCAI.catalog)
    return {path: excerpts.frame(m.line, m.column) for path, m in document.marks.items()}


def test_a_frame_shows_the_place_and_what_is_around():
    """Numbered, with a mark below the column."""
    text = "api:\n  host: 10.0.0.5\n  port: 443\n\n"

    assert [
        "2 |   host: 10.0.0.5",
        "3 |   port: 443",
        "  |         ^",
    ] == frames(text)[("api", "port")]


def test_no_frame_shows_a_secret():
    """Of none of its lines, be it declared, misspelt, in a comment, a URI or a block."""
    shown = "\n".join(line for frame in frames(TEXT).values() for line in frame)

    assert CANARY not in shown
    assert "ghp_" not in shown
    assert "jwt_algorithm: HS256" in shown
    assert "# …" in shown
    assert "id=7&token=********" in shown
    assert "workers: 70000" in shown


def test_secrets_of_other_layers_are_masked_too():
    """Such as a variable's, where it stands in the file; a short one would hide other text."""
    document = parse(f"custom_settings:\n  note: {CANARY} abc\n", source="c.yaml")
    excerpts = Excerpts(document, ESCAI.catalog, {CANARY, "abc"})

    assert "2 |   note: ******** abc" in excerpts.frame(2, 1)


def test_marks_stand_below_what_they_mean():
    """Behind masks, tabs and wide characters."""
    for path, frame in frames(TEXT).items():
        if path not in {("security", "jwt_algorithm"), ("database", "redis_host")}:
            continue
        number = next(n for n, line in enumerate(frame) if line.strip("| ") == "^")
        column = width(frame[number][:-1])
        cut = next(n for n in range(200) if width(frame[number - 1][:n]) == column)
        assert frame[number - 1][cut:].startswith(("HS256", '"日本"'))


@given(st.text(st.characters(codec="utf-8"), min_size=4).filter(lambda s: s not in "********"))
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_no_secret_of_any_form_is_shown(form, secret):
    """Whatever it is made of, however it is written, and where it stands once more."""
    data = {"custom_settings": {"x": 1, "note": f"<<<{secret}>>>"}}
    for path in SECRETS:
        data = keypath.replace(data, path, secret)
    text = render(data, form)
    bare = "\n".join(line for f in frames(text, format=form).values() for line in f)

    for line in bare.splitlines():
        value = line.partition("|")[2].strip().partition(": ")[2]
        if any(f"{path[-1]}" in line for path in SECRETS):
            assert value.strip(",") in {"", "********", "^"}


def test_a_line_too_long_is_cut():
    """A token would fill the screen."""
    text = f"custom_settings:\n  note: {'x' * 500}\n"

    assert all(len(line) <= LONGEST_LINE + 8 for f in frames(text).values() for line in f)


def test_control_characters_are_escapes():
    """A terminal obeys none of them."""
    shown = frames('custom_settings: {note: "a\x85\u200eb"}\n')

    assert all(line.isprintable() for frame in shown.values() for line in frame)


def test_a_place_outside_has_no_frame():
    """A report may be older than the file."""
    excerpts = Excerpts(parse("a: 1\n", source="c.yaml"), ESCAI.catalog)

    assert [] == excerpts.frame(0, 0) == excerpts.frame(99, 1)
    assert CANARY not in repr(excerpts)


def test_a_poor_secret_takes_no_name_away():
    """Where it is a part of one that the model gives, in its section, above and below."""
    text = "database:\n  postgres_host: of postgres\n  postgres_password: postgres\n"

    assert [
        "1 | database:",
        "2 |   postgres_host: of ********",
        "  |                  ^",
        "3 |   postgres_password: ********",
    ] == frames(text)[("database", "postgres_host")]


def test_a_secret_that_begins_like_an_alias_is_masked():
    """A password that was not quoted; the name of an anchor that is there tells nothing."""
    text = (
        f"custom_settings: {{one: &one 1, two: *one, three: *{CANARY}3}}\n"
        f"database:\n  postgres_password: *{CANARY}\n  neo4j_password: &{CANARY}\n"
        f"  pasword: &{CANARY} x\n"
    )
    excerpts = Excerpts(recovered(text.encode(), source="c.yaml").document, ESCAI.catalog)
    shown = "\n".join(line for number in range(1, 6) for line in excerpts.frame(number, 1))

    assert CANARY not in shown
    assert "two: *one" in shown


def test_personal_data_is_masked_as_findings_say_it():
    """In what people write freely; the addresses of servers stay."""
    text = (
        "custom_settings:\n"
        "  note: 'mail jane.doe@corp.example.de, card 4111 1111 1111 1111'\n"
        "  card: 4111111111111111\n"
        "  peers: [10.1.2.3, 93.184.215.14]\n"
        "  more: |\n    nobody here\n    mail jane.doe@corp.example.de\n    nobody there\n"
        "api:\n  host: 93.184.215.14\n"
    )
    shown = frames(text)
    assert shown["custom_settings", "card"][:3] == [
        "2 |   note: 'mail j***@corp.example.de, card **** 1111'",
        "3 |   card: **** 1111",
        "  |         ^",
    ]
    assert shown["custom_settings", "peers", 0][1].endswith("[10.1.2.3, 93.184.215.14]")
    block = Excerpts(parse(text, source="c.yaml"), ESCAI.catalog).frame(7, 0)
    assert [line.split("| ")[1].strip() for line in block] == [
        "nobody here",
        "mail j***@corp.example.de",
        "nobody there",
    ]
    assert shown["api", "host"][-2].endswith("host: 93.184.215.14")
