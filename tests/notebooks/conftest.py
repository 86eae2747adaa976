"""Notebooks for tests: written on the spot, run in real kernels."""

from __future__ import annotations

import json

import pytest


def book_of(*sources, parameters=None, runbook=None):
    """Return a notebook as plain data: a heading and a code cell for each of *sources*."""
    cells = [_markdown("# A test\n\nShows what happens.")]
    if parameters is not None:
        cells.append({**_code(parameters), "metadata": {"tags": ["parameters"]}})
    for number, source in enumerate(sources, 1):
        cells += [_markdown(f"## Step {number}"), _code(source)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    language = {"name": "python"}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": language}
    if runbook:
        metadata["escai"] = {"runbook": runbook}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text):
    return {
        "cell_type": "code",
        "metadata": {},
        "source": text,
        "outputs": [],
        "execution_count": None,
    }


@pytest.fixture
def workspace(tmp_path):
    """Folder of a workspace that has runbooks of its own, and nothing else."""
    root = tmp_path / "config"
    (root / "runbooks").mkdir(parents=True)
    return root


@pytest.fixture
def write_runbook(workspace):
    """Return a function that puts a runbook of the given cells into the workspace."""

    def write(name, *sources, parameters=None):
        path = workspace / "runbooks" / f"{name}.ipynb"
        path.write_text(json.dumps(book_of(*sources, parameters=parameters)))
        return path

    return write


@pytest.fixture
def notebook_of():
    """Return the function that makes a notebook of cells, as plain data."""
    return book_of
