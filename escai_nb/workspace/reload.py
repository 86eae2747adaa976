"""Noticing that a file of the workspace changed, and loading it again."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from escai_nb.errors import EscaiError

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.workspace.layout import Workspace

DEBOUNCE = 0.03
"""Seconds without an event after which the files count as settled."""
_TELLING = frozenset({"modified", "created", "moved", "deleted", "closed"})
"""Events that may mean new content; looking at a file makes others."""


@dataclass(frozen=True, slots=True)
class ReloadState:
    """
    How the last reload went.

    Attributes:
        refused: Whether the files were refused and the last good values kept.

        why: What stands against them; empty when all is well.

        since: When that was found.
    """

    refused: bool
    why: str
    since: datetime


class Reloadable(Protocol):
    """What a watch needs of a manager."""

    workspace: Workspace

    def reload(self) -> None:
        """Read the files afresh."""

    def watched_files(self) -> tuple[Path, ...]:
        """List the files whose content counts."""

    def has_unsaved_changes(self) -> bool:
        """Tell whether a reload would drop somebody's work."""


class Watch(FileSystemEventHandler):
    """
    Watches the folder of a workspace; one reload for each settled content.

    The folder is watched, not the files, as renames and links swap those. What
    counts is a file's content: an event that changes none is no change. A
    refused content keeps the last good values and shows in `state`.
    """

    def __init__(self, manager: Reloadable) -> None:
        self.state = ReloadState(refused=False, why="", since=datetime.now(UTC))
        self._manager = manager
        self._seen = self._contents()
        self._woken = threading.Event()
        self._stopping = False
        self._observer = Observer()
        self._observer.schedule(self, str(manager.workspace.root), recursive=False)
        self._observer.start()
        self._thread = threading.Thread(target=self._run, name="escai-reload", daemon=True)
        self._thread.start()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake the thread that looks; nothing else happens on the observer's thread."""
        if event.event_type in _TELLING:
            self._woken.set()

    def _run(self) -> None:
        while True:
            self._woken.wait()
            while self._woken.is_set() and not self._stopping:
                self._woken.clear()
                self._woken.wait(DEBOUNCE)
            if self._stopping:
                return
            self._look()

    def _look(self) -> None:
        now = self._contents()
        if now == self._seen:
            return
        self._seen = now
        if self._manager.has_unsaved_changes():
            self._set(why="the files changed beside unsaved changes; load_config drops those")
            return
        try:
            self._manager.reload()
        except EscaiError as error:
            self._set(why=str(error))
        else:
            self._set(why="")

    def _set(self, *, why: str) -> None:
        self.state = ReloadState(refused=bool(why), why=why, since=datetime.now(UTC))

    def _contents(self) -> tuple[str, ...]:
        return tuple(_digest(path) for path in self._manager.watched_files())

    def stop(self) -> None:
        """Stop both threads; nothing is told afterwards."""
        self._stopping = True
        self._woken.set()
        self._observer.stop()
        self._observer.join()
        if threading.current_thread() is not self._thread:
            self._thread.join()


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
