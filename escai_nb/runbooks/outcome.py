"""How the cells of a run, and the run itself, came to their end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import assert_never

from escai_nb import errors
from escai_nb.views.sheet import Tone


class Status(StrEnum):
    """What became of a cell or a run; nothing is called completed that is not."""

    NOT_RUN = "not-run"
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    KILLED = "killed"
    TIMED_OUT = "timed-out"
    INTERRUPTED = "interrupted"


CUT_SHORT = frozenset({Status.KILLED, Status.TIMED_OUT, Status.INTERRUPTED})
"""Ends that no step decided on."""


def tone_of(status: Status) -> Tone:
    """Name the tone of *status*."""
    match status:
        case Status.COMPLETED:
            return Tone.GOOD
        case Status.SKIPPED:
            return Tone.CALM
        case Status.NOT_RUN:
            return Tone.NEUTRAL
        case Status.RUNNING:
            return Tone.CAUTION
        case Status.FAILED | Status.KILLED | Status.TIMED_OUT | Status.INTERRUPTED:
            return Tone.DANGER
        case _:
            assert_never(status)


@dataclass(frozen=True, slots=True)
class CellRecord:
    """
    One cell of a run.

    Attributes:
        index: 0-based position in the notebook that was run.

        title: The heading that the cell stands under.

        seconds: Time from its start to its end; 0 when it never started.

        said: The gist of what it showed, one line; may be empty.
    """

    index: int
    title: str
    status: Status
    seconds: float = 0.0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Why a run did not complete.

    Attributes:
        error: Name of the error's class, or an empty string.

        message: First line of what it said; carries no secret.

        hint: What the reader can do next; may be empty.

        title: The heading of the cell in which it happened.
    """

    error: str = ""
    message: str = ""
    hint: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a run: its status, its cells, and the failure if there is one."""

    status: Status
    cells: tuple[CellRecord, ...] = ()
    failure: Failure | None = None
    masked: int = 0

    @property
    def exit_code(self) -> int:
        """Return what a command that ends with this run returns."""
        if self.status is Status.COMPLETED:
            return 0
        if self.status in CUT_SHORT:
            return errors.RunTimedOutError.exit_code
        kind = getattr(errors, self.failure.error, None) if self.failure else None
        if isinstance(kind, type) and issubclass(kind, errors.RefusedError):
            return kind.exit_code
        return errors.RunFailedError.exit_code

    def raise_if_failed(self) -> None:
        """
        Return only when the run completed.

        Raises:
            PlanRefusedError: If a step refused the plan.
            RunFailedError: If a step failed.
            RunTimedOutError: If the run or its kernel did not come to an end.
        """
        if self.status is Status.COMPLETED:
            return
        said = self.failure or Failure()
        message = f"{said.title or 'the run'} {_WORDS.get(self.status, self.status)}" + (
            f": {said.message}" if said.message else ""
        )
        kind = {
            errors.PlanRefusedError.exit_code: errors.PlanRefusedError,
            errors.RunTimedOutError.exit_code: errors.RunTimedOutError,
        }.get(self.exit_code, errors.RunFailedError)
        raise kind(message, hint=said.hint)

    def to_data(self) -> dict[str, object]:
        """Write the outcome as plain data."""
        return {
            "status": self.status.value,
            "exit_code": self.exit_code,
            "failure": asdict(self.failure) if self.failure else None,
            "masked": self.masked,
            "cells": [asdict(cell) for cell in self.cells],
        }


_WORDS = {
    Status.FAILED: "failed",
    Status.KILLED: "ended with its kernel, which died",
    Status.TIMED_OUT: "took longer than it may",
    Status.INTERRUPTED: "was interrupted",
}


class DryRunEnded(Exception):  # noqa: N818  # the good end of a dry run
    """A dry run has shown what it would do; the cells below are not for it."""

    def __str__(self) -> str:
        return "the dry run ends here; nothing was changed"

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show one line where it would show a traceback."""
        return [str(self)]
