"""Where a widget lives: one thread, on which it hears of everything, whoever tells it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.workspace.reader import ConfigReader


class Home:
    """
    The thread that made this, and the event loop that runs there, if one does.

    A widget is no more safe on two threads than the lists in it. Yet a watch
    tells of files on a thread of its own, and JupyterLab hands messages of
    widgets to the kernel beside the thread that runs the cells.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.loop = _running_loop()

    def do(self, call: Callable[..., object], *arguments: object) -> None:
        """Do *call* here: at once from this thread or without a loop, else in the loop's turn."""
        if self.loop is None or threading.get_ident() == self._thread:
            call(*arguments)
        else:
            self.loop.call_soon_threadsafe(call, *arguments)

    def calls(self, call: Callable[..., object]) -> Callable[..., None]:
        """Return what does *call* here, for those who call on threads of their own."""

        def here(*arguments: object) -> None:
            self.do(call, *arguments)

        return here


def follow(manager: ConfigReader, method: Callable[[], object]) -> Callable[[], None]:
    """
    Call the bound *method* when *manager* has another working copy, or refuses its files.

    It is called on the thread that follows. The manager does not keep the
    method's object alive. What is returned ends the following.
    """
    home, weakly = Home(), WeakMethod(method)

    def told() -> None:
        call = weakly()
        if call is None:
            manager.remove_copy_callback(told)
        else:
            home.do(call)

    manager.add_copy_callback(told)
    return lambda: manager.remove_copy_callback(told)


def refusal(manager: ConfigReader) -> str:
    """Say why the files of *manager* are refused, as long as they are."""
    state = manager.reload_state
    if state is None or not state.refused:
        return ""
    return f"The files were changed and are refused: {state.why}. Shown is what was read before."


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
