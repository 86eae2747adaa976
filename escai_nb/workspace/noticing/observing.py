"""The system's notices of changes in folders: one observer for all managers of a process."""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watchdog.events import FileSystemEvent
    from watchdog.observers.inotify_c import InotifyEvent


class Listener(Protocol):
    """Who is told what happens in one folder; on the observer's thread, so briefly."""

    def on_change(self, name: str, *, is_open: bool) -> None:
        """Something happened to *name*; *is_open* while its writer has not closed it."""

    def on_loss(self) -> None:
        """Notices were lost, or the folder itself was moved or taken away."""


class Observer(Protocol):
    """What passes the system's notices on."""

    def add(self, folder: Path, listener: Listener) -> Callable[[], None]:
        """
        Tell *listener* of *folder* from now on; what is returned ends it.

        Raises:
            OSError: If the folder cannot be watched, or no further one.
        """

    def stop(self) -> None:
        """End its threads."""


class InotifyObserver:
    """
    Linux's own notices, by one thread.

    The thread is watchdog's, without its emitters: those hold a move back for
    half a second, and do not tell that the queue of notices ran over.
    """

    def __init__(self) -> None:
        from watchdog.observers.inotify_c import InotifyConstants as On
        from watchdog.observers.inotify_c import InotifyFD, Mask

        self._kinds = Mask(
            On.IN_MODIFY | On.IN_CLOSE_WRITE | On.IN_ATTRIB | On.IN_CREATE | On.IN_DELETE
            | On.IN_MOVED_FROM | On.IN_MOVED_TO | On.IN_DELETE_SELF | On.IN_MOVE_SELF
            | On.IN_ONLYDIR
        )  # fmt: skip
        self._fd = InotifyFD()
        self._fd.start()

    def add(self, folder: Path, listener: Listener) -> Callable[[], None]:
        """Tell *listener* of *folder*; see `Observer`."""
        from watchdog.observers.inotify_c import CallbackId

        ear = _InotifyEar(listener)
        name = CallbackId(id(ear))
        descriptor = self._fd.add_callback(os.fsencode(folder), self._kinds, ear, name)
        forget = partial(self._fd.remove_callbacks, [(descriptor, name)])
        if descriptor < 0:  # how watchdog says that it may not be read
            forget()
            raise PermissionError
        return forget

    def stop(self) -> None:
        """End the thread."""
        self._fd.stop()
        self._fd.join()


class _InotifyEar:
    """Passes on what inotify says of one folder."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def on_event(self, event: InotifyEvent) -> None:
        if event.is_delete_self or event.is_move_self:
            self._listener.on_loss()
        else:
            self._listener.on_change(os.fsdecode(event.name), is_open=event.is_modify)

    def on_watch_deleted(self, wd: int) -> None:  # noqa: ARG002  # watchdog's signature
        self._listener.on_loss()

    def on_queue_overflow(self) -> None:
        self._listener.on_loss()


class PortableObserver:
    """Notices as watchdog gets them on systems other than Linux."""

    def __init__(self) -> None:
        from watchdog.observers import Observer as Best

        self._observer = Best()
        self._observer.start()

    def add(self, folder: Path, listener: Listener) -> Callable[[], None]:
        """Tell *listener* of *folder*; see `Observer`."""
        ear = _PortableEar(listener)
        watch = self._observer.schedule(ear, str(folder), recursive=False)  # type: ignore[arg-type]
        return partial(self._observer.remove_handler_for_watch, ear, watch)  # type: ignore[arg-type]

    def stop(self) -> None:
        """End the threads."""
        self._observer.stop()
        self._observer.join()


class _PortableEar:
    """Passes on what watchdog says of one folder."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def dispatch(self, event: FileSystemEvent) -> None:
        if event.event_type in {"opened", "closed_no_write"}:
            return  # somebody, perhaps we, only looked
        for path in (event.src_path, event.dest_path):
            if path:
                name = os.path.basename(os.fsdecode(path))  # noqa: PTH119  # a text or bytes
                self._listener.on_change(name, is_open=False)


class _Shared:
    """The one observer of this process, as long as somebody needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._observer: Observer | None = None
        self._users = 0

    def enter(self) -> Observer:
        with self._lock:
            if self._observer is None:
                is_linux = sys.platform.startswith("linux")
                self._observer = InotifyObserver() if is_linux else PortableObserver()
            self._users += 1
            return self._observer

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._observer is not None:
                self._observer.stop()
                self._observer = None


SHARED = _Shared()
# a forked process has none of the threads, and is to begin anew
os.register_at_fork(after_in_child=SHARED.__init__)  # type: ignore[misc]
