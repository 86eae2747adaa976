"""``escai config lab``: JupyterLab on a workspace."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from escai_nb.cli.command import command
from escai_nb.cli.opening import open_workspace
from escai_nb.errors import ExtraMissingError
from escai_nb.looking import is_there
from escai_nb.safefile import create_exclusive

if TYPE_CHECKING:
    from escai_nb.cli.command import Call

NOTEBOOK = """{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "open",
   "metadata": {},
   "outputs": [],
   "source": "import escai_nb\\n\\nescai_nb.open(%s)"
  }
 ],
 "metadata": {
  "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
"""


@command("lab", example="escai config lab\nescai config lab -- --no-browser --port 8890")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGUMENT…]")
def lab(call: Call, *, arguments: tuple[str, ...]) -> None:
    """
    Start JupyterLab here, with a notebook that opens the workspace.

    The notebook escai.ipynb is made where there is none. ARGUMENTs go to
    JupyterLab. Needs the extra "lab".
    """
    open_workspace(call)  # or refuse it
    program = shutil.which("jupyter-lab", path=str(Path(sys.executable).parent))
    program = program or shutil.which("jupyter-lab")
    if program is None:
        message = "JupyterLab is not installed"
        raise ExtraMissingError(message, hint="pip install 'escai-nb[lab]'")
    notebook = Path("escai.ipynb")
    if not is_there(notebook):
        quoted = repr(str(call.config_dir)).replace("\\", "\\\\").replace('"', '\\"')
        create_exclusive(notebook, (NOTEBOOK % quoted).encode(), mode=0o644)
    as_root = ["--allow-root"] if os.geteuid() == 0 else []
    os.execv(program, [program, *as_root, str(notebook), *arguments])  # noqa: S606  # no shell
