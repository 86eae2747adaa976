"""What a backend finds while it asks, kept so that nothing of it is lost when time runs out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Protocol

from escai_nb.validation.live.outcome import Fault, Outcome, Trouble, Validity

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.target import Target


class Stopped(Exception):  # noqa: N818  # a signal to the checking, not an error
    """There is no use in asking further; the record says why."""


class Backend(Protocol):
    """
    Asks one kind of service.

    It notes in *record* what it finds, in the order in which it finds it, and
    lets no socket wait longer than ``place.left()``. `Stopped`, ``TimeoutError``
    and ``OSError`` may leave it; whatever else does is told by its type alone.
    """

    def __call__(self, place: Place, record: Record) -> None:
        """Ask the service at *place*."""
        ...


class Record:
    """What is known of a target so far; written by its thread, read when time is over."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._passed: list[str] = []
        self._troubles: list[Trouble] = []
        self._validities: list[Validity] = []
        self._releases: list[Callable[[], object]] = []
        self._is_closed = False

    def passed(self, what: str) -> None:
        """Note that *what* is in order; once said, it stays said."""
        if what not in self._passed:
            self._passed.append(what)

    def trouble(
        self,
        fault: Fault,
        path: str,
        message: str,
        expected: str = "",
        related: tuple[str, ...] = (),
    ) -> None:
        """Note that something is the case with the value at *path*."""
        trouble = Trouble(fault, path, message, expected, related)
        if trouble not in self._troubles:
            self._troubles.append(trouble)

    def stop(
        self,
        fault: Fault,
        path: str,
        message: str,
        expected: str = "",
        related: tuple[str, ...] = (),
    ) -> NoReturn:
        """
        Note the trouble after which nothing more can be asked.

        Raises:
            Stopped: Always.
        """
        self.trouble(fault, path, message, expected, related)
        raise Stopped from None

    def valid_for(self, path: str, days: int) -> None:
        """Note for how many more days a certificate is valid."""
        if (validity := Validity(path, days)) not in self._validities:
            self._validities.append(validity)

    def release(self, how: Callable[[], object]) -> None:
        """Let *how* be called when nobody waits for the answer any more."""
        self._releases.append(how)
        if self._is_closed:
            self.close()

    def close(self) -> None:
        """Give up what a thread still waits for; what it finds from now on is not told."""
        self._is_closed = True
        while self._releases:
            with suppress(OSError):
                self._releases.pop()()

    def outcome(self) -> Outcome:
        """Return all that was noted until now."""
        return Outcome(
            self._target.name,
            self._target.address,
            tuple(self._passed),
            tuple(self._troubles),
            tuple(self._validities),
        )
