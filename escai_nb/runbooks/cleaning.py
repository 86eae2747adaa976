"""HTML from anywhere, reduced to what can neither run nor load anything."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

# fmt: off
TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
    "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr"
})
DROPPED = frozenset({
    "script", "style", "template", "iframe", "object", "embed", "svg", "math", "head", "title",
    "noscript", "select", "textarea"
})
"""Elements whose content goes with them."""
EMPTY = frozenset({"br", "col", "hr", "img", "wbr"})
ATTRIBUTES = frozenset({
    "class", "style", "scope", "colspan", "rowspan", "title", "role", "lang", "dir", "alt",
    "href", "src", "open", "start", "datetime"
})
# fmt: on
_LINKS = frozenset({"http", "https", "mailto", ""})
_LOADING_STYLE = re.compile(r"url|expression|@import|image|\\|behavior", re.IGNORECASE)


def clean(text: str) -> str:
    """Return *text* with nothing in it that a browser would run or fetch."""
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return "".join(cleaner.kept) + "".join(f"</{tag}>" for tag in reversed(cleaner.open))


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.kept: list[str] = []
        self.open: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self._dropping.append(tag)
        elif tag in TAGS and not self._dropping:
            pairs = [(name, value or "") for name, value in attrs]
            held = (f' {name}="{escape(value)}"' for name, value in pairs if _may_stay(name, value))
            self.kept.append(f"<{tag}{''.join(held)}>")
            if tag not in EMPTY:
                self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag in self.open:
            while (closed := self.open.pop()) != tag:
                self.kept.append(f"</{closed}>")
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.kept.append(escape(data, quote=False))


def _may_stay(name: str, content: str) -> bool:
    if name.startswith("aria-"):
        return True
    if name not in ATTRIBUTES:
        return False
    if name == "href":
        return urlsplit(content.strip()).scheme.lower() in _LINKS and not _controls(content)
    if name == "src":
        return content.startswith("data:image/") and not content.startswith("data:image/svg")
    return name != "style" or _LOADING_STYLE.search(content) is None


def _controls(text: str) -> bool:
    return any(ord(sign) < ord(" ") for sign in text)
