"""Whether a front end is there to run widgets, and what is shown where none is."""

from __future__ import annotations

import os
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipywidgets import DOMWidget

from escai_nb.errors import EscaiError
from escai_nb.widgets.following import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MARKS = ("JPY_SESSION_NAME", "VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG")
"""Variables of a kernel that a front end with widgets has started."""
WIDGET = "application/vnd.jupyter.widget-view+json"
STATIC = Path(__file__).parent / "static"
SCRIPT = STATIC / "form.js"
"""The one module of all that is drawn in the browser."""


def is_live(environ: Mapping[str, str] | None = None) -> bool:
    """
    Tell whether a front end is known to be there.

    ``ESCAI_STATIC`` of 1 or 0 decides. Else the process must be a kernel with
    a front end's mark of its own: papermill, nbclient, nbval and nbconvert set
    none, but pass on what they find where a live notebook runs them.
    """
    environ = os.environ if environ is None else environ
    if wish := environ.get("ESCAI_STATIC"):
        return wish == "0"
    if "ipykernel" not in sys.modules:
        return False
    inherited = _environment_of_parent()
    return any(name in environ and environ[name] != inherited.get(name) for name in MARKS)


def _environment_of_parent() -> dict[str, str]:
    """Return the variables of the process that started this one, where the system tells."""
    try:
        block = Path(f"/proc/{os.getppid()}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.partition("=") for entry in os.fsdecode(block).split("\0"))
    return {name: value for name, _, value in pairs}


class Staged(DOMWidget):  # type: ignore[misc]  # ipywidgets is not typed
    """
    A widget that is one only where a front end is.

    Without one it opens no comm, has no model, and shows its static side:
    `to_html` and one line of text, which are part of the live side too.
    """

    _unfollow: Callable[[], object] | None = None

    def __init__(self, **traits: Any) -> None:  # noqa: ANN401  # any trait
        self.live = is_live()
        self.home = Home()
        super().__init__(**traits)

    def open(self) -> None:
        """Open the comm, where there is somebody at its other end."""
        if self.live:
            super().open()

    def close(self) -> None:
        """Close the widget, and end its following of a manager."""
        if self._unfollow is not None:
            self._unfollow()
        super().close()

    @property
    def summary(self) -> str:
        """The whole in one line."""
        raise NotImplementedError

    def to_html(self) -> str:
        """Return the static side: script-free HTML without secrets."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.summary

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # IPython drops what is raised here, and the reader would see nothing
        try:
            shown: dict[str, Any] = {"text/plain": self.summary, "text/html": self.to_html()}
        except EscaiError as error:
            shown = trouble(error)
        if self.live and self.comm is not None:
            shown[WIDGET] = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return shown


def trouble(error: EscaiError) -> dict[str, Any]:
    """Show *error* where a widget was to be."""
    hint = f" ({error.hint})" if error.hint else ""
    text = f"{type(error).__name__}: {error}{hint}"
    return {
        "text/plain": text,
        "text/html": f"<p><strong>✖ Not shown.</strong> {escape(str(error))}{escape(hint)}</p>",
    }
