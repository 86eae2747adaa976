"""A run as a page: everything in it, nothing to fetch, nothing to run."""

from __future__ import annotations

from html.parser import HTMLParser

from escai_nb.runbooks.page import page_of


class Loads(HTMLParser):
    """Collects whatever a browser would run or fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        """Note scripts, links to resources and sources that are not inline."""
        if tag in {"script", "link", "iframe", "object"}:
            self.found.append(tag)
        self.found += [v for k, v in attrs if k == "src" and not v.startswith("data:")]
        self.found += [k for k, _ in attrs if k.startswith("on")]


CELLS = [
    {"cell_type": "markdown", "source": "# T\n\n<script>x</script> ![p](http://a.b/c.png)"},
    {
        "cell_type": "code",
        "source": ["a = '<b>'\n", "a"],
        "metadata": {"papermill": {"status": "failed", "duration": 1.5}},
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["one <1>\n", "two"]},
            {
                "output_type": "display_data",
                "data": {"text/html": "<table><tr><td>x</td></tr></table><script>y</script>"},
            },
            {"output_type": "error", "ename": "E", "evalue": "<v>", "traceback": []},
        ],
    },
]


def test_nothing_runs_and_nothing_is_fetched():
    """Scripts of cells and pictures from elsewhere are not in the page."""
    seen = Loads()
    seen.feed(page_of({"cells": CELLS, "metadata": {}}, title="A <run>"))
    assert seen.found == []


def test_everything_is_told():
    """Sources, outputs, statuses and errors stand in the page as text."""
    page = page_of({"cells": CELLS, "metadata": {}}, title="A <run>")
    for told in ("A &lt;run&gt;", "a = &#x27;&lt;b&gt;&#x27;", "✖ failed</span> 1.50 s",
                 "one &lt;1&gt;\ntwo", "<td>x</td>", "E: &lt;v&gt;"):  # fmt: skip
        assert told in page
    assert page == page_of({"cells": CELLS, "metadata": {}}, title="A <run>")
