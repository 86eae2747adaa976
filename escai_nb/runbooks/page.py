"""A notebook that was run, as one web page: no script, nothing to fetch, light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import mistune

from escai_nb.runbooks.cleaning import clean
from escai_nb.runbooks.notebook import joined, source_of
from escai_nb.runbooks.outcome import Status, tone_of
from escai_nb.tables.html import badge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 100rem; margin: 2rem auto; }
p, pre { max-width: 62rem; }
body { padding: 0 1rem; }
pre { font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
pre { padding: .6rem .8rem; margin: .4rem 0; }
.in { border-left: 4px solid #1a5fb4; background: rgba(128, 128, 128, .12); }
.error { border-left: 4px solid #b3261e; }
.state { font-size: .8rem; margin: 0; }
.out { overflow-x: auto; }
table { border-collapse: collapse; margin: .4rem 0; }
tbody tr { border-top: 1px solid rgba(128, 128, 128, .4); }
"""
_PICTURES = ("image/png", "image/jpeg")

_markdown = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


def page_of(notebook: Any, *, title: str) -> str:  # noqa: ANN401  # a notebook as plain data
    """Draw *notebook*; the same text for the same notebook."""
    head = f"{_state(notebook['metadata'].get('papermill', {}))} {escape(title)}"
    body = "\n".join(part for cell in notebook["cells"] for part in _cell(cell))
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<p>{head}</p>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _cell(cell: Any) -> Iterator[str]:  # noqa: ANN401
    if cell["cell_type"] == "markdown":
        yield clean(str(_markdown(source_of(cell))))
    elif cell["cell_type"] == "code" and source_of(cell).strip():
        record = cell["metadata"].get("papermill", {})
        yield f'<pre class="in"><code>{escape(source_of(cell))}</code></pre>'
        yield f'<p class="state">{_state(record)}</p>'
        for output in cell["outputs"]:
            yield _output(output)


def _state(record: Mapping[str, Any]) -> str:
    """Draw how a cell or the run ended, and how long it took."""
    status, seconds = Status(record.get("status", Status.NOT_RUN)), record.get("duration")
    drawn = badge(status.value, tone_of(status))
    return drawn + (f" {seconds:.2f} s" if seconds is not None else "")


def _output(output: Any) -> str:  # noqa: ANN401
    kind = output["output_type"]
    if kind == "stream":
        return f"<pre>{escape(joined(output['text']))}</pre>"
    if kind == "error":
        lines = "\n".join(output["traceback"]) or f"{output['ename']}: {output['evalue']}"
        return f'<pre class="error">{escape(lines)}</pre>'
    data = output["data"]
    if "text/html" in data:
        return f"<div class='out'>{clean(joined(data['text/html']))}</div>"
    for picture in _PICTURES:
        if picture in data:
            return f'<img alt="output" src="data:{picture};base64,{escape(joined(data[picture]))}">'
    if "text/markdown" in data:
        return clean(str(_markdown(joined(data["text/markdown"]))))
    return f"<pre>{escape(joined(data.get('text/plain', '')))}</pre>"
