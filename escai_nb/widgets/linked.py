"""HTML whose buttons lead somewhere, drawn in the browser by the form's script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets
from anywidget import AnyWidget
from ipywidgets import Layout

from escai_nb.widgets.form import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Callable


class Linked(AnyWidget):
    """
    HTML of which each press on a button that says where it leads is told to *follow*.

    A button says so in its attribute ``data-to``. One that has the focus keeps it
    when the HTML is another, by its title or else its words.

    Attributes:
        html: What is shown.
    """

    _esm = SCRIPT

    html = traitlets.Unicode().tag(sync=True)

    def __init__(self, follow: Callable[[str], object]) -> None:
        super().__init__(layout=Layout(width="100%", padding="0 2px", overflow="auto"))
        self._follow = follow
        self.on_msg(self._receive)

    def _receive(self, _: object, content: Any, __: object) -> None:  # noqa: ANN401
        match content:
            case {"to": str(place)}:
                self._follow(place)
