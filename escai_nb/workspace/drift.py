"""Whether all who know a configuration agree: its file, its history, and the process that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from escai_nb.display import Showable
from escai_nb.errors import EscaiError
from escai_nb.history.change import Diff
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.loading.reading import Standing
from escai_nb.workspace.working_copy import WorkingCopy
from escai_nb.workspace.writing.saving import version_values

if TYPE_CHECKING:
    from pathlib import Path

    from escai_nb.workspace.loading.reading import Reading


class Observer(StrEnum):
    """Who knows what a configuration says, besides its file."""

    RECORDED = "recorded"
    RUNNING = "running"


class Agreement(StrEnum):
    """How an observer stands to the file."""

    SAME = "same"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Observation:
    """
    What one observer knows, beside the file as it lies there.

    Attributes:
        changes: What the file says otherwise; secrets are told as changed.

        why: Why this is unknown; empty if it is known.
    """

    observer: Observer
    changes: Diff = field(default_factory=Diff)
    why: str = ""

    @property
    def agreement(self) -> Agreement:
        """Whether both say the same, as far as that can be told."""
        if self.why:
            return Agreement.UNKNOWN
        return Agreement.DRIFTED if self.changes else Agreement.SAME

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data, secrets masked."""
        return {
            "observer": self.observer.value,
            "agreement": self.agreement.value,
            "why": self.why,
            "changes": self.changes.to_data()["changes"],
        }


@dataclass(frozen=True, slots=True)
class Drift(Showable):
    """
    How the file of one environment stands to those who know it.

    Attributes:
        source: The file.
    """

    environment: str
    source: str
    observations: tuple[Observation, ...]

    @property
    def is_drifted(self) -> bool:
        """Whether anybody knows it otherwise than the file says it."""
        return any(each.agreement is Agreement.DRIFTED for each in self.observations)

    @property
    def is_known(self) -> bool:
        """Whether everybody could be asked."""
        return not any(each.why for each in self.observations)

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data, secrets masked."""
        return {
            "environment": self.environment,
            "source": self.source,
            "drifted": self.is_drifted,
            "known": self.is_known,
            "observations": [each.to_data() for each in self.observations],
        }


def drift_of(running: WorkingCopy, *observers: Observer, file: Path | None = None) -> Drift:
    """
    Compare the file as it lies there with its newest version, and with what is *running*.

    Of the *observers* those that are named are asked, without a name all.

    What cannot be told, without a key or with a broken file, is unknown, and
    never taken for agreement.
    """
    before = running.reading
    place = before.files.path
    try:
        fresh = read_environment(before.workspace, before.environment, file=file)
        fresh.require_usable()
    except EscaiError as error:
        unknown = tuple(Observation(each, why=str(error)) for each in observers or Observer)
        return Drift(before.environment, str(place), unknown)
    asked = {
        Observer.RECORDED: lambda: _recorded(fresh, is_other=file is not None),
        Observer.RUNNING: lambda: _running(fresh, running),
    }
    found = tuple(asked[each]() for each in observers or Observer)
    return Drift(before.environment, str(place), found)


def _recorded(fresh: Reading, *, is_other: bool) -> Observation:
    observer, name = Observer.RECORDED, fresh.files.path.name
    if is_other:
        return Observation(observer, why=f"{name} has no history of its own")
    if fresh.head is None:
        return Observation(observer, why=f"no version of {fresh.environment} is recorded here")
    if fresh.standing is Standing.CURRENT:
        return Observation(observer)
    try:
        said = version_values(fresh, fresh.head)
    except EscaiError as error:
        return Observation(observer, why=str(error))
    return Observation(observer, difference(said, fresh.own, left=fresh.head.short, right=name))


def _running(fresh: Reading, running: WorkingCopy) -> Observation:
    if running.reading.troubles:
        return Observation(Observer.RUNNING, why=str(running.reading.troubles[0]))
    here, there = running.values(), WorkingCopy.of(fresh).values()
    return Observation(Observer.RUNNING, difference(here, there, left="running", right="file"))
