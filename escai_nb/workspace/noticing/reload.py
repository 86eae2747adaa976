"""Noticing that what a configuration comes from has changed, and loading it again."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import weakref
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from escai_nb.errors import EscaiError, ValueRefusedError
from escai_nb.safefile import read_bytes
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.noticing.folders import deciding, is_remote, mounts
from escai_nb.workspace.noticing.observing import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, KeysView, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from escai_nb.workspace.noticing.observing import Observer

    _Identity: TypeAlias = tuple[Path, int, int]

QUIET = 0.03
"""Seconds without a notice after which closed files count as settled."""
PATIENCE = 0.5
"""Seconds that are given to a writer who has not closed the file, or has left it unusable."""
LONGEST = 2.0
"""Seconds after which files are looked at though notices keep coming."""
POLL = 1.0
"""Seconds between looks at files of a network, of which this kernel need not be told."""
BACKSTOP = 5.0
"""Seconds between looks in any case, should a notice have been lost."""
POLL_VARIABLE = "ESCAI_POLL_INTERVAL"
"""Seconds between looks, in place of the system's notices."""


@dataclass(frozen=True, slots=True)
class ReloadState:
    """
    How the last reload went.

    Attributes:
        refused: Whether the files were refused and the last good values kept.

        why: What stands against them; empty when all is well.

        since: When that began.

        polling: Whether files are looked at regularly, as their system tells of
            no change, or was not to be asked.
    """

    refused: bool
    why: str
    since: datetime
    polling: bool = False


class Reloadable(Protocol):
    """What a watch needs of a manager."""

    def catch_up(self) -> None:
        """Take over what the files say; raise if that may not be used."""

    def announce(self, state: ReloadState) -> None:
        """Tell who asked to be told of refused reloads."""

    def watched_files(self) -> tuple[Path, ...]:
        """List the files whose content counts."""


def poll_interval(given: float | None, environ: Mapping[str, str]) -> float | None:
    """
    Return the seconds between looks; None where the system's notices are heard.

    Raises:
        ValueRefusedError: If they are no positive number.
    """
    said = environ.get(POLL_VARIABLE, "") if given is None else given
    if said == "":
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < threading.TIMEOUT_MAX:
        message = f"{POLL_VARIABLE if given is None else 'poll_interval'} is no number of seconds"
        raise ValueRefusedError(message, hint="give a number above 0, as in 2.5")
    return seconds


class Watch:
    """
    Looks at the files of one manager; one reload for each settled content.

    Folders are watched, not files, as renames and links swap those. A notice
    only leads to a look; what counts is content. Content that cannot be used is
    given `PATIENCE`, as somebody may still be writing it; then the last good
    values stay, and `state` says why.

    Args:
        interval: Seconds between looks, in place of notices.

    Attributes:
        kept: The manager, if this is to keep it alive; else it ends with it.
    """

    def __init__(self, manager: Reloadable, *, interval: float | None = None) -> None:
        self._manager = weakref.ref(manager)
        self.kept: Reloadable | None = None
        self._asked = interval
        self._process = os.getpid()
        self._woken = threading.Event()
        self._stopping = False
        self._open: set[str] = set()
        self._places: dict[_Identity, _Place] = {}
        self._known: KeysView[_Identity] = {}.keys()
        self._observer: Observer | None = self._enter() if interval is None else None
        self._interval = interval or BACKSTOP
        self.state = ReloadState(refused=False, why="", since=datetime.now(UTC))
        self._seen = self._contents()
        self._thread = threading.Thread(target=self._run, name="escai-reload", daemon=True)

    def _enter(self) -> Observer | None:
        try:
            return SHARED.enter()
        except OSError:  # the system gives out no more of its notices
            return None

    def start(self) -> None:
        """Begin to look; what changed since this was made is seen at once."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """Have the files looked at soon."""
        self._woken.set()

    def hear(self, name: str, *, is_open: bool) -> None:
        """Note that something happened to *name*; on the observer's thread."""
        (self._open.add if is_open else self._open.discard)(name)
        self._woken.set()

    def _run(self) -> None:
        try:
            while not self._stopping:
                if self._woken.wait(self._interval):
                    self._settle()
                if not self._stopping:
                    self._look()
        except BaseException as error:
            self._set(f"{type(error).__name__} ended the watch: no later change will be noticed")
            raise

    def _settle(self) -> None:
        """Wait until nobody writes any more."""
        latest = time.monotonic() + LONGEST
        while not self._stopping:
            self._woken.clear()
            more = self._woken.wait(PATIENCE if self._open else QUIET)
            if not more or time.monotonic() > latest:
                break
        self._open.clear()

    def _look(self) -> None:
        refused = ""
        while not self._stopping:
            now = self._contents()
            if now == self._seen and refused:
                self._set(refused)
                return
            if now == self._seen and not self.state.refused:
                return
            if self._asked and now != self._seen and now != self._after(QUIET):
                continue
            self._seen = now
            refused = self._refusal()
            if not refused:
                self._set("")
                return
            if self._woken.wait(PATIENCE):
                self._settle()

    def _after(self, seconds: float) -> tuple[str, ...]:
        self._woken.wait(seconds)
        return self._contents()

    def _refusal(self) -> str:
        """Let the manager read; return why it does not take what is there."""
        manager = self._manager()
        try:
            if manager is not None:
                manager.catch_up()
        except EscaiError as error:
            return str(error) or error.code
        except Exception as error:  # noqa: BLE001  # a model's own code may raise anything
            return f"{type(error).__name__} while the files were read"
        return ""

    def _set(self, why: str) -> None:
        if why == self.state.why:
            return
        self.state = replace(self.state, refused=bool(why), why=why, since=datetime.now(UTC))
        manager = self._manager()
        if manager is not None:
            manager.announce(self.state)

    def _contents(self) -> tuple[str, ...]:
        """Return what tells one content of the files from another; folders are watched first."""
        manager = self._manager()
        if manager is None:
            return ()
        paths = manager.watched_files()
        self._go_along(paths)
        return tuple(_digest(path) for path in paths)

    def _go_along(self, paths: tuple[Path, ...]) -> None:
        """Watch the folders that decide about *paths* now, and no others."""
        wanted = {_identity(folder): names for folder, names in deciding(paths).items()}
        is_same, is_heard = wanted.keys() == self._known, self._observer is not None
        if self._observer is not None and not is_same:
            is_heard = self._listen_at(self._observer, wanted.keys())
        for place, listener in self._places.items():
            listener.names = wanted[place]
        if is_same:
            return
        self._known = wanted.keys()
        if self._asked is None:
            text = mounts()
            is_heard = is_heard and not any(is_remote(folder, text) for folder, *_ in wanted)
            self._interval = BACKSTOP if is_heard else POLL
        self.state = replace(self.state, polling=not is_heard)

    def _listen_at(self, observer: Observer, wanted: KeysView[_Identity]) -> bool:
        """Listen at the folders *wanted* and at no other; tell whether all can be heard."""
        is_heard = True
        for place in wanted - self._places.keys():
            try:
                self._places[place] = _Place(self, observer, place[0])
            except OSError:  # it is gone again, or the system watches no further one
                is_heard = False
        for place in self._places.keys() - wanted:
            self._places.pop(place).forget()
        return is_heard

    def stop(self) -> None:
        """Stop looking; the observer's threads end with the last watch."""
        if self._stopping or self._process != os.getpid():
            return  # a forked process has no thread to stop, and must leave its parent's alone
        self._stopping = True
        self.kept = None
        self._woken.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()
        while self._places:
            self._places.popitem()[1].forget()
        if self._observer is not None:
            SHARED.leave()


class _Place:
    """One folder that a watch listens to."""

    def __init__(self, watch: Watch, observer: Observer, folder: Path) -> None:
        self.names: frozenset[str] = frozenset()
        self._watch = watch
        self.forget: Callable[[], None] = observer.add(folder, self)

    def on_change(self, name: str, *, is_open: bool) -> None:
        if name in self.names:
            self._watch.hear(name, is_open=is_open)

    def on_loss(self) -> None:
        self._watch.wake()


def _identity(folder: Path) -> _Identity:
    """Return *folder* with what tells it from another one put in its place."""
    try:
        found = folder.stat()
    except OSError:
        return folder, 0, 0
    return folder, found.st_dev, found.st_ino


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(read_bytes(path, limit=LIMITS.size)).hexdigest()
    except EscaiError as error:
        return error.code
