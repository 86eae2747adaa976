"""Following a manager: a widget hears of every change, on the thread that it lives on."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING
from weakref import WeakMethod

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.workspace.reader import ConfigReader


def follow(manager: ConfigReader, method: Callable[[], object]) -> Callable[[], None]:
    """
    Call the bound *method* each time that *manager* has another working copy.

    A change that a watching thread found is told on the event loop that runs
    here, if one does, between two messages of the front end. The manager does
    not keep the method's object alive. What is returned ends the following.
    """
    home, thread = running_loop(), threading.get_ident()
    weakly = WeakMethod(method)

    def told() -> None:
        call = weakly()
        if call is None:
            manager.remove_copy_callback(told)
        elif home is None or threading.get_ident() == thread:
            call()
        else:
            home.call_soon_threadsafe(call)

    manager.add_copy_callback(told)
    return lambda: manager.remove_copy_callback(told)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs on this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
