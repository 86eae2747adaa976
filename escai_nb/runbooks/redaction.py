"""Keeps known secrets, and what looks like one, out of everything a run leaves."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from escai_nb.masking import Redactor, mask_uris
from escai_nb.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nbformat import NotebookNode

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)


class Redaction:
    """
    Masks a run's texts: the values that *known* lists, passwords in URIs, private keys.

    What is known may grow while a run makes new secrets; `refresh` asks again
    and forgets nothing.
    """

    def __init__(self, known: Callable[[], Iterable[str]] = tuple) -> None:
        self._known = known
        self._values: frozenset[str] = frozenset()
        self._redactor = Redactor(())
        self.refresh()

    def __repr__(self) -> str:
        return "Redaction(values hidden)"

    def refresh(self) -> None:
        """Learn the values that are known now."""
        values = self._values | frozenset(self._known())
        if values != self._values:
            self._values = values
            self._redactor = Redactor(values)

    def text(self, text: str) -> str:
        """Return *text* without secrets."""
        return _PRIVATE_KEY.sub(MASK, mask_uris(self._redactor(text)))

    def data(self, data: Any) -> Any:  # noqa: ANN401  # any plain tree
        """Return a copy of *data* with every text in it masked, keys included."""
        return self._walk(data, [])

    def notebook(self, notebook: NotebookNode) -> tuple[NotebookNode, int]:
        """
        Return a copy of *notebook* that is fit to be stored, and how many texts were masked.

        Pieces of one stream are joined and colours dropped before the search,
        as both could split a secret. Widget state is left out.
        """
        clean = copy.deepcopy(notebook)
        clean.metadata.pop("widgets", None)
        for cell in clean.cells:
            if cell.cell_type == "code":
                cell.outputs = _joined(cell.outputs)
        hits: list[None] = []
        return self._walk(clean, hits), len(hits)

    def _walk(self, data: Any, hits: list[None]) -> Any:  # noqa: ANN401
        if isinstance(data, str):
            masked = self.text(data)
            if masked != data:
                hits.append(None)
            return masked
        if isinstance(data, dict):
            return type(data)(
                (self._walk(key, hits), self._walk(value, hits)) for key, value in data.items()
            )
        if isinstance(data, list | tuple):
            return [self._walk(item, hits) for item in data]
        return data


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream; drop colours."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = _COLOUR.sub("", output.text)
            if joined and joined[-1].get("name") == output.name:
                joined[-1].text += output.text
                continue
        elif output.output_type == "error":
            output.traceback = [_COLOUR.sub("", line) for line in output.traceback]
            output.evalue = _COLOUR.sub("", output.evalue)
        joined.append(output)
    return joined
