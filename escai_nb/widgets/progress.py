"""Long work of a panel: how far it is, and a way to stop it."""

from __future__ import annotations

import threading
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from ipywidgets import HTML, Button, HBox, IntProgress, Layout

from escai_nb.errors import EscaiError
from escai_nb.widgets.following import Home

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.validation.live.checking import Advance

Result = TypeVar("Result")


class _Cancelled(Exception):  # noqa: N818  # ends the work's own thread, and is seen nowhere else
    """Nobody waits for this work any longer."""


class Progress(HBox):  # type: ignore[misc]  # ipywidgets is not typed
    """A bar, what was done last, and a button that cancels."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bar = IntProgress(max=1, layout=Layout(width="180px"))
        self._said = HTML()
        self._stop = Button(description="Cancel", layout=Layout(width="auto"))
        self._home = Home()
        self._stop.on_click(self._home.calls(lambda _: self.cancel()))
        self._over: Callable[[], object] = lambda: None
        self.cancelled = False
        super().__init__((self._bar, self._said, self._stop))
        self.show("", 0, 0)

    def show(self, last: str, done: int, of: int) -> None:
        """Show that *done* parts *of* so many are there, *last* the newest of them."""
        if self.cancelled:
            return
        self._bar.max, self._bar.value = max(of, 1), done
        count = f": {done} of {of}" if of else "…"
        newest = f", {last}" if last and done else ""
        self._said.value = f'<span role="status">{escape(self._what + count + newest)}</span>'

    def cancel(self) -> None:
        """End the work: what it has not done yet is not done, and what comes of it is dropped."""
        self.cancelled = True
        self._over()

    def run(
        self,
        job: Callable[[Advance], Result],
        done: Callable[[Result], object],
        refused: Callable[[EscaiError], object],
        over: Callable[[], object],
    ) -> None:
        """
        Do *job* on a thread, and tell where this lives what came of it.

        Without a loop it is done at once. *over* is called in any case, first.
        """
        self._over, here = over, self._home.do

        def advance(last: str, count: int, of: int) -> None:
            if self.cancelled:
                raise _Cancelled
            here(self.show, last, count, of)

        def work() -> None:
            try:
                result = job(advance)
            except _Cancelled:
                return
            except EscaiError as error:
                here(self._end, refused, error)
            else:
                here(self._end, done, result)

        if self._home.loop is None:
            work()
        else:
            threading.Thread(target=work, name=f"panel: {self._what}", daemon=True).start()

    def _end(self, tell: Callable[[Any], object], what: object) -> None:
        if not self.cancelled:
            self._over()
            tell(what)
