"""HTML whose buttons lead somewhere, drawn in the browser by the form's script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets
from anywidget import AnyWidget
from ipywidgets import Layout

from escai_nb.widgets.staging import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Callable


class Linked(AnyWidget):
    """
    HTML whose buttons lead somewhere: *follow* is called with the place at each press.

    A button names its place in the attribute ``data-to``. When other HTML takes the
    place of this, the focus stays on the button of the same title or the same words.

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
