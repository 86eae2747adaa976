"""Secrets stay out of notebooks in every form in which output may carry them."""

from __future__ import annotations

import base64
import json

import pytest

from escai_nb.runbooks.lean import lean_imports
from escai_nb.runbooks.redaction import Redaction
from escai_nb.secret import MASK

with lean_imports():
    from nbformat.v4 import new_code_cell, new_notebook, new_output

SECRET = 'canary-"7Kx!Q\\zz'


def notebook_of(*outputs):
    """Return a notebook with one cell that has *outputs*."""
    return new_notebook(cells=[new_code_cell("1", outputs=list(outputs))])


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        SECRET.encode().hex(),
        base64.b64encode(b"x" + SECRET.encode()).decode(),
        json.dumps({"a": SECRET}),
        f"http://u:{'p' * 12}@host",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_masked_wherever_it_stands(shown):
    """A known secret in any encoding, a URI's password and a private key are masked."""
    redaction = Redaction(lambda: [SECRET])
    output = new_output("execute_result", {"text/plain": shown}, metadata={shown: shown})
    clean, masked = redaction.notebook(notebook_of(output))
    assert masked == 3
    text = json.dumps(clean)
    assert MASK in text
    assert redaction.text(text) == text


def test_split_between_two_writes():
    """A secret that arrives in two pieces, or with colours in it, is found."""
    pieces = [new_output("stream", text=piece) for piece in (SECRET[:5], SECRET[5:])]
    coloured = new_output(
        "error", ename="E", evalue="e", traceback=[SECRET[:5] + "\x1b[31m" + SECRET[5:]]
    )
    clean, masked = Redaction(lambda: [SECRET]).notebook(notebook_of(*pieces, coloured))
    assert masked == 2
    assert [output.get("text") for output in clean.cells[0].outputs] == [MASK, None]


def test_widget_state_is_left_out():
    """What widgets held is not stored, whatever it is."""
    notebook = notebook_of()
    notebook.metadata["widgets"] = {"state": {"value": "typed"}}
    clean, masked = Redaction().notebook(notebook)
    assert ("widgets" in clean.metadata, masked) == (False, 0)
    assert "widgets" in notebook.metadata


def test_learns_and_does_not_forget():
    """A secret that was known stays known when it is replaced."""
    known = ["first-secret"]
    redaction = Redaction(lambda: tuple(known))
    known[:] = ["second-secret"]
    redaction.refresh()
    assert redaction.text("first-secret second-secret") == f"{MASK} {MASK}"
    assert "secret" not in repr(redaction).replace("hidden", "")
