"""All targets of a configuration asked at once, and none of them waited for longer than said."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from escai_nb.display import load
from escai_nb.errors import ValueRefusedError
from escai_nb.validation.live.login import load_drivers
from escai_nb.validation.live.outcome import Fault, Outcome
from escai_nb.validation.live.place import Unaskable, place_of
from escai_nb.validation.live.record import Record, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from escai_nb.advance import Advance
    from escai_nb.validation.facts import Facts
    from escai_nb.validation.live.place import Place
    from escai_nb.validation.live.target import Target

PATIENCE = 5.0
"""Seconds that each target has, if nothing else is said."""
LONGEST_PATIENCE = 300.0
GRACE = 0.25
"""Seconds; sockets stop by themselves first, as they know what they were waiting for."""


@dataclass(frozen=True, slots=True)
class LiveChecks:
    """
    The wish to have everything outside asked that a configuration names.

    Attributes:
        timeout: Seconds that each target has; they are asked at the same time.

        advance: Told of each target that has answered.
    """

    timeout: float = PATIENCE
    advance: Advance | None = None

    def __post_init__(self) -> None:
        """
        Refuse to wait for nothing, or for ever.

        Raises:
            ValueRefusedError: If *timeout* is not more than 0 and at most `LONGEST_PATIENCE`.
        """
        if not 0 < self.timeout <= LONGEST_PATIENCE:
            message = f"a timeout is more than 0 and at most {LONGEST_PATIENCE:g} seconds"
            raise ValueRefusedError(message)

    @classmethod
    def wished(cls, wish: bool | LiveChecks) -> LiveChecks | None:  # noqa: FBT001
        """Return *wish* itself, the usual one for True, and nothing for False."""
        if isinstance(wish, LiveChecks):
            return wish
        return cls() if wish else None

    def asking(self, targets: Iterable[Target]) -> Callable[[Facts], tuple[Outcome, ...]]:
        """Return what asks *targets* once it is given the facts."""
        return lambda facts: self.ask(targets, facts)

    def ask(self, targets: Iterable[Target], facts: Facts) -> tuple[Outcome, ...]:
        """Ask all *targets* of which *facts* tell, at the same time; return what came out."""
        records: list[Record] = []
        asked: list[tuple[Target, Place, Record]] = []
        for target in targets:
            record = Record(target)
            try:
                place = place_of(target, facts)
            except Unaskable as gap:
                record.trouble(Fault.UNCHECKED, gap.path, f"nothing was asked: this {gap}")
            else:
                if place is None:
                    continue
                asked.append((target, place, record))
            records.append(record)
        load_drivers(target.service for target, _, _ in asked)  # which no service is to blame for
        ends = time.monotonic() + self.timeout
        self._gather([(t, replace(place, ends=ends), r) for t, place, r in asked], ends)
        return tuple(record.outcome() for record in records)

    def _gather(self, asked: list[tuple[Target, Place, Record]], ends: float) -> None:
        done: queue.SimpleQueue[Record] = queue.SimpleQueue()
        for target, place, record in asked:
            # not of a pool: its threads are waited for when the program ends
            thread = threading.Thread(
                target=_ask, args=(target, place, record, done), name=f"live {target.name}"
            )
            thread.daemon = True
            thread.start()
        if self.advance is not None and asked:
            self.advance("live checks", 0, len(asked))
        waiting = {record: (target, place) for target, place, record in asked}
        while waiting:
            try:
                record = done.get(timeout=max(0.0, ends + GRACE - time.monotonic()))
            except queue.Empty:
                break
            target, _ = waiting.pop(record)
            if self.advance is not None:
                self.advance(target.name, len(asked) - len(waiting), len(asked))
        for record, (_, place) in waiting.items():
            _time_is_over(place, record)
            record.close()


def _ask(target: Target, place: Place, record: Record, done: queue.SimpleQueue[Record]) -> None:
    """Ask one target; whatever happens, the record tells of it, and of no value."""
    try:
        load(target.backend)(place, record)
    except Stopped:
        pass
    except TimeoutError:
        _time_is_over(place, record)
    except OSError:
        message = "the connection breaks off"
        record.trouble(Fault.UNREACHABLE, place.path("host", "certificate"), message)
    except BaseException as error:  # noqa: BLE001  # a driver may raise anything, also to exit, and quote a password
        message = f"was not checked: that failed with {type(error).__name__}"
        record.trouble(Fault.UNCHECKED, place.path("host", "certificate"), message)
    finally:
        done.put(record)


def _time_is_over(place: Place, record: Record) -> None:
    related = (place.path("port"),) if "port" in place.paths else ()
    message = "did not answer in time"
    path = place.path("host", "certificate")
    record.trouble(Fault.SILENT, path, message, "an answer", related)
