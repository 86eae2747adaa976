"""A runbook as a file: its title, its parameters cell, the cell that a run injects."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from escai_nb.errors import FileUnavailableError, ParameterError
from escai_nb.safefile import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 4 << 20
"""Bytes of a runbook; one without outputs has a few thousand."""
PARAMETERS = "parameters"
INJECTED = "injected-parameters"


def load(path: Path) -> dict[str, Any]:
    """
    Return the notebook at *path* as plain data.

    Raises:
        FileUnavailableError: If it is missing, or no notebook.
    """
    try:
        data = json.loads(read_bytes(path, limit=LARGEST))
    except ValueError:
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        message = f"{path} is not a notebook"
        raise FileUnavailableError(message, where=str(path), hint="save it from Jupyter again")
    return data


def source_of(cell: dict[str, Any]) -> str:
    """Return the text of *cell*, however its notebook splits it."""
    return joined(cell.get("source", ""))


def joined(text: str | list[str]) -> str:
    """Return *text*, which a notebook file may hold as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def tagged(data: dict[str, Any], tag: str) -> dict[str, Any] | None:
    """Return the first cell that carries *tag*."""
    return next((c for c in data["cells"] if tag in c.get("metadata", {}).get("tags", ())), None)


def title_and_purpose(data: dict[str, Any]) -> tuple[str, str]:
    """Read the heading of the first cell, and the paragraph under it as one line."""
    first = source_of(data["cells"][0]) if data["cells"] else ""
    blocks = [block.strip() for block in first.split("\n\n") if block.strip()]
    title = blocks[0].lstrip("# ") if blocks else ""
    return title, " ".join(blocks[1].split()) if len(blocks) > 1 else ""


def cell_values(source: str) -> dict[str, object]:
    """
    Read the assignments of a parameters cell without running it.

    Raises:
        ParameterError: If it holds anything but names with plain values.
    """
    try:
        return dict(_assignment(node) for node in ast.parse(source).body)
    except (SyntaxError, ValueError):
        message = "the parameters cell may hold nothing but names with plain values"
        raise ParameterError(message, hint='write it like: environment = "staging"') from None


def _assignment(node: ast.stmt) -> tuple[str, object]:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    value = getattr(node, "value", None)
    if not isinstance(target, ast.Name) or value is None:
        message = "not an assignment"
        raise ValueError(message)
    return target.id, ast.literal_eval(value)
