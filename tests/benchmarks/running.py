"""A notebook run unattended, each time in processes of its own, against papermill's command."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness import Row, spawned

if TYPE_CHECKING:
    from escai_nb.workspace.layout import Workspace

CELLS = ("greeting = 'hello'", "import json, os", "print(json.dumps([greeting, os.getpid()]))")
ROUNDS = 3
"""Each takes seconds."""


def running(workspace: Workspace) -> Row:
    """Run one notebook of plain cells: kernel, record and page, whole processes."""
    book = workspace.root / "runbooks" / "greet.ipynb"
    book.parent.mkdir()
    book.write_text(json.dumps(_notebook()))
    environ = {**os.environ, **workspace.environ}
    place = ("-d", workspace.root.name, "-e", "development")
    ours = ("-m", "escai_nb", "runbook", "run", "greet", *place)
    papermill = Path(sys.executable).with_name("papermill")
    where = workspace.root.parent
    theirs = (papermill, "--no-progress-bar", str(book), str(where / "run.ipynb"))
    return Row(
        "run a notebook",
        "papermill's command",
        spawned(sys.executable, *ours, cwd=where, environ=environ),
        spawned(*theirs, cwd=where, environ=environ),
        0.5,
        rounds=ROUNDS,
    )


def _notebook() -> dict[str, object]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["parameters"]} if number == 0 else {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
