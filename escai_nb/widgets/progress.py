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

    from escai_nb.advance import Advance

Result = TypeVar("Result")


class Cancelled(Exception):  # noqa: N818  # an answer to who asked for it, no fault
    """The work was ended between two of its steps."""


class Progress(HBox):  # type: ignore[misc]  # ipywidgets is not typed
    """A bar, what was done last, and a button that cancels."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._bar = IntProgress(max=1, layout=Layout(width="180px"))
        self._said = HTML()
        self._stop = Button(description="Cancel", layout=Layout(width="auto"))
        self._home = Home()
        self._stop.on_click(self._home.calls(lambda _: self.cancel()))
        self.cancelled = self._dropped = False
        super().__init__((self._bar, self._said, self._stop))
        self.show("", 0, 0)

    def show(self, last: str, done: int, of: int) -> None:
        """Show that *done* parts *of* so many are there, *last* the newest of them."""
        if self.cancelled or self._dropped:
            return
        self._bar.max, self._bar.value = max(of, 1), done
        count = f": {done} of {of}" if of else "…"
        newest = f", {last}" if last and done else ""
        self._said.value = f'<span role="status">{escape(self.what + count + newest)}</span>'

    def cancel(self) -> None:
        """Ask the work to end at its next step; what it has done by then is told as ever."""
        self.cancelled = self._stop.disabled = True
        self._said.value = f'<span role="status">{escape(self.what)}: stopping…</span>'

    def drop(self) -> None:
        """Tell nobody any longer how far the work is and what came of it; it goes on."""
        self._dropped = True

    def run(
        self,
        job: Callable[[Advance], Result],
        over: Callable[[Result | EscaiError | Cancelled], object],
    ) -> None:
        """
        Do *job* on a thread, and tell where this lives what came of it.

        Without a loop it is done at once.
        """
        here = self._home.do

        def advance(last: str, count: int, of: int) -> None:
            if self.cancelled:
                raise Cancelled
            here(self.show, last, count, of)

        def work() -> None:
            outcome: Result | EscaiError | Cancelled = EscaiError(
                f"{self.what} ended by a fault of its own", hint="the kernel's log tells which"
            )
            try:
                outcome = job(advance)
            except (EscaiError, Cancelled) as error:
                outcome = error
            finally:  # also where it raised something else, or the panel would wait for ever
                here(self._end, over, outcome)

        if self._home.loop is None:
            work()
        else:
            threading.Thread(target=work, name=f"panel: {self.what}", daemon=True).start()

    def _end(self, tell: Callable[[Any], object], what: object) -> None:
        if not self._dropped:
            tell(what)
