"""A Sheet as HTML: semantic, escaped, script-free, readable on light and dark."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escai_nb.tables.html import BADGES, MOST_CHARACTERS, MOST_ROWS, badge, html
from escai_nb.views.sheet import Column, Sheet, Tone

PLAIN = {"table", "caption", "thead", "tbody", "tr", "th", "td", "code", "span", "br", "p", "wbr"}
COLUMNS = (
    Column("path", "Key path", "path"),
    Column("severity", "Severity", "badge"),
    Column("count", "Count", "number"),
)


class Elements(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def sheet(*rows, notes=(), caption="Findings"):
    """A sheet of *rows*."""
    tones = (Tone.DANGER,) * len(rows)
    return Sheet(caption, COLUMNS, rows, tones, "one line", "nothing.", notes, index="path")


def test_a_table_says_what_its_cells_are():
    """Caption, header cells with scope for columns and for each row."""
    drawn = html(sheet(("api.port", "error", 3)))
    seen = Elements(drawn)

    assert {"table", "caption", "thead", "tbody", "th", "td"} <= set(seen.tags)
    assert 3 == seen.attributes.count(("scope", "col"))
    assert 1 == seen.attributes.count(("scope", "row"))


def test_rows_stand_in_groups_under_headings():
    """A heading that screen readers know, once for each group, with what is drawn of how many."""
    rows = [(f"a.{n}", "error", n) for n in range(3)] + [(f"b.{n}", "<b>", n) for n in range(2)]
    drawn = html(replace(sheet(*rows), group="severity"), limit=4)
    seen = Elements(drawn)

    assert 2 == seen.attributes.count(("role", "heading"))
    assert 2 == seen.attributes.count(("scope", "rowgroup"))
    assert 2 == seen.attributes.count(("scope", "col"))
    assert ["error (3)", "<b> (1 of 2)"] == [word for word in seen.words if " (" in word]
    assert "… and 1 more row" in drawn
    assert "scope" not in html(replace(sheet(), group="severity"))


@given(st.text(), st.text(), st.text())
def test_whatever_is_written_stays_text(path, word, note):
    """Nothing in a cell, caption or note becomes an element or an attribute."""
    seen = Elements(html(sheet((path, word, 1), notes=(note,), caption=word)))

    assert set(seen.tags) <= PLAIN
    assert {"scope", "style"} >= {name for name, _ in seen.attributes}


def test_the_same_sheet_gives_the_same_bytes():
    """Nothing random, no time, no ids."""
    rows = (("a", "error", 1), ("b", "error", None))

    assert html(sheet(*rows)) == html(sheet(*rows))


def test_an_empty_sheet_is_a_sentence():
    """Where there are no rows there is no table."""
    assert "<p><strong>Findings</strong>: nothing.</p>" == html(sheet())


def test_long_tables_say_how_much_is_left_out():
    """The first rows are drawn, the others counted."""
    drawn = html(sheet(*((f"k{n}", "error", n) for n in range(MOST_ROWS + 3))))

    assert MOST_ROWS == drawn.count('scope="row"')
    assert "… and 3 more rows" in drawn


def test_one_left_out_is_one_row():
    """The sentence counts right."""
    assert "… and 1 more row;" in html(sheet(("a", "e", 1), ("b", "e", 1)), limit=1)


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("tone", Tone)
def test_badges_can_be_read(tone):
    """Text on a badge has a contrast of 4.5 or more (WCAG 2.2 AA), and a sign and a word."""
    sign, background, text = BADGES[tone]
    light, dark = sorted((_luminance(background), _luminance(text)), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert f"{sign} word" in badge("word", tone)


def test_only_badges_set_colours():
    """All other text takes the colour of the page, light or dark."""
    outside = re.sub(r"<span.*?</span>", "", html(sheet(("a", "error", 1), notes=("n",))))

    assert "color" not in outside


def test_long_paths_may_be_broken_where_their_parts_meet():
    """So that the words beside them stay in sight; what is read out is the path."""
    drawn = html(sheet(("api.cors_origins[0]", "error", 1)))

    assert ">api.<wbr>cors_<wbr>origins[0]</code>" in drawn
    assert "api.cors_origins[0]" in "".join(Elements(drawn).words)


def test_values_are_never_broken():
    """A value stays one text, so that masking by known values would find it."""
    plain = Sheet("T", (Column("v", "V", "code"),), (("a_b.c/d",),), (Tone.CALM,), "", "")

    assert ">a_b.c/d</code>" in html(plain)


def test_a_very_long_text_is_cut_and_counted():
    """Of a text of 1 MB its beginning is drawn, wherever it stands."""
    long = "x" * 1_000_000
    columns = tuple(Column(kind, kind, kind) for kind in ("path", "code", "text", "badge"))
    drawn = html(Sheet(long, columns, ((long,) * 4,), (Tone.CALM,), "", "", notes=(long,)))

    assert 6 == drawn.replace("<wbr>", "").count(
        f"{'x' * MOST_CHARACTERS}… (1,000,000 characters)<"
    )
    assert len(drawn) < 10 * MOST_CHARACTERS


@given(st.text(alphabet=st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1))
def test_a_viewer_obeys_no_character(hostile):
    """Controls, direction marks and separators are written as escapes, line ends kept in text."""
    columns = tuple(Column(kind, kind, kind) for kind in ("path", "code", "text", "badge"))
    for row in (hostile,) * 4, ():
        rows, tones = ((row,), (Tone.CALM,)) if row else ((), ())
        drawn = html(Sheet(hostile, columns, rows, tones, "", hostile, notes=(hostile,)))

        assert drawn.replace("\n", "").isprintable()


def test_a_long_word_does_not_widen_the_table():
    """A line may end inside of it, also where styles are dropped; other values keep their lines."""
    column = Column("v", "V", "code")
    plain, long = (
        re.search(
            "<code.*?>(.*)</code>", html(Sheet("T", (column,), ((text,),), (Tone.CALM,), "", ""))
        )
        for text in ("a<b " * 50, f"<b> {'x' * 100}")
    )

    assert "wbr" not in plain[1]
    assert f"&lt;b&gt; {'x' * 100}" == long[1].replace("<wbr>", "")
    assert max(map(len, long[1].split("<wbr>"))) <= 20


def test_lines_of_a_place_stay_lines():
    """Whatever a viewer does to spaces, what stands under a key path stands under it."""
    assert ">api.<wbr>port<br>line 3</code>" in html(sheet(("api.port\nline 3", "error", 1)))


def test_a_long_name_in_a_text_may_go_on_in_the_next_line():
    """Where its parts meet, so that it holds no column wide; what it says stays the same."""
    name = "monitoring.monitoring_overhead_threshold"
    sheet = Sheet(
        "c", (Column("a", "A"),), ((f"did you mean {name} & <b>?",),), (Tone.GOOD,), "", ""
    )
    drawn = html(sheet)

    assert "monitoring.<wbr>monitoring_<wbr>overhead_<wbr>threshold" in drawn
    assert f"did you mean {name} &amp; &lt;b&gt;?" in drawn.replace("<wbr>", "")
