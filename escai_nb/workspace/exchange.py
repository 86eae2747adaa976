"""Writing values in effect to a file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escai_nb.errors import TargetExistsError
from escai_nb.safefile import create_exclusive
from escai_nb.secret import reveal
from escai_nb.sources.writing import render

if TYPE_CHECKING:
    from pathlib import Path


def export_values(tree: dict[str, Any], target: Path) -> Path:
    """
    Write *tree* to the new file *target*, as JSON or YAML by its suffix.

    The file can be read by its owner alone, as *tree* may hold clear secrets.

    Raises:
        TargetExistsError: If *target* is there.
        WriteFailedError: If the disk refuses.
    """
    kind = "json" if target.suffix == ".json" else "yaml"
    try:
        create_exclusive(target, render(reveal(tree), kind).encode())
    except FileExistsError:
        message = f"{target} is there already"
        raise TargetExistsError(message, hint="name another file, or remove it") from None
    return target
