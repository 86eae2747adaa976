"""Live where a front end is known, static everywhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel

from escai_nb.errors import UnavailableError
from escai_nb.widgets import ConfigForm
from escai_nb.widgets.staging import WIDGET, Staged, is_live


class Small(BaseModel):
    port: int = 80


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"ESCAI_STATIC": "0"}, True),
        ({"ESCAI_STATIC": "1", "JPY_SESSION_NAME": "a.ipynb"}, False),
    ],
)
def test_the_wish_decides(environ: dict[str, str], expected: object) -> None:
    """`ESCAI_STATIC` has the last word; without it and without a kernel nothing is live."""
    assert expected is is_live(environ)


PROBE = """
import os, sys, types
sys.modules["ipykernel"] = types.ModuleType("ipykernel")
from escai_nb.widgets.staging import is_live
print(is_live())
"""


@pytest.mark.parametrize(
    ("inherited", "expected"), [(False, "True"), (True, "False")], ids=["own", "inherited"]
)
def test_a_mark_counts_only_if_it_is_the_kernels_own(
    inherited: bool,  # noqa: FBT001  # a case
    expected: str,
) -> None:
    """A kernel that papermill starts from a live notebook inherits the mark, and is static."""
    start = f"import subprocess, sys, os; print(subprocess.run([sys.executable, '-c', {PROBE!r}], "
    start += "capture_output=True, text=True, env={**os.environ, 'JPY_SESSION_NAME': 'a'}).stdout)"
    marks = {"JPY_SESSION_NAME": "a"} if inherited else {}
    done = subprocess.run(
        [sys.executable, "-c", start],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ".", **marks},
    )
    assert expected == done.stdout.strip()


def test_static_form_makes_no_model_and_no_comm(static) -> None:
    """Without a front end there is a table and a line of text, and nothing else."""
    form = ConfigForm(model=Small)
    form.set("port", 81)
    bundle = form._repr_mimebundle_()
    assert {"text/plain", "text/html"} == set(bundle)
    assert [] == static()
    assert form.comm is None
    assert "ConfigForm of Small: 1 fields, 1 changed, 0 errors" == bundle["text/plain"]
    assert "<script" not in bundle["text/html"]
    assert "<style" not in bundle["text/html"]
    assert " id=" not in bundle["text/html"]


def test_live_form_carries_all_three(live) -> None:
    """With a front end the bundle has the widget beside what any viewer can show."""
    form = ConfigForm(model=Small)
    bundle = form._repr_mimebundle_()
    assert {"text/plain", "text/html", WIDGET} == set(bundle)
    assert {"ConfigForm", "Layout"} == {type(model).__name__ for model in live()}


@pytest.mark.usefixtures("static")
def test_what_goes_wrong_while_showing_is_shown() -> None:
    """IPython swallows exceptions of a display; the reader sees a sentence instead."""

    class Broken(Staged):
        summary = "a broken thing"

        def to_html(self) -> str:
            message = "no <key> here"
            raise UnavailableError(message, hint="bring it")

    bundle = Broken()._repr_mimebundle_()
    assert "UnavailableError: no <key> here (bring it)" == bundle["text/plain"]
    assert "no &lt;key&gt; here (bring it)" in bundle["text/html"]
