"""
Does one operation again and again, with a fault at its first call, its second, and so on.

Run as ``python -m crashes.enumeration``, it reads lines of an operation, a disk and
a folder, and answers each with what went wrong, as a line of JSON. What is killed
is a fork of this process, which has imported all that is needed, and has no threads.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

from crashes import disk
from crashes.operations import OPERATIONS, Place, faults, readings, values
from crashes.outside import IDLE, Traced
from crashes.trying import DONE, KILLED, REFUSED, WRONG, attempt, attempt_in_fork
from escai_nb.errors import EscaiError
from escai_nb.workspace.writing.recovery import mend

ROUNDS = 8
"""Times that something is killed three times."""
ALWAYS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink")
"""What every operation calls."""
FAULTS = ("signal=KILL:when={}", "error=EIO:when={}", "error=ENOSPC:when={}+")
"""What strace does at a call, and with the last one at all calls after it."""


def calls_of(operation, place):
    """Do it once as it should be; name the calls that it makes."""
    with disk.Disk().watching() as counting:
        operation.run(place)
    return counting.calls


def prepared(operation, folder):
    """Return a place before the operation and one after it, the calls, and both places' values."""
    before = Place(folder / "before")
    before.base.mkdir(parents=True)
    operation.prepare(before)
    after = before.copy(folder / "after")
    calls = calls_of(operation, after)
    expected = [_without_new(operation, values(readings(each))) for each in (before, after)]
    return before, calls, expected


def enumerate_faults(operation, kind, folder):
    """Yield a sentence for each thing that went wrong."""
    before, calls, expected = prepared(operation, folder)
    is_kill = issubclass(kind, disk.Killing)
    for at, name in enumerate(calls, start=1):
        if not kind.is_told_apart(calls[at - 2] if at > 1 else "", name):
            continue
        place = before.copy(folder / "try")
        ended = (attempt_in_fork if is_kill else attempt)(place, operation, kind(at))
        found = [*_left(place, operation, ended, *expected)]
        rare = 2 if is_kill else 6
        if at % rare == 0 and operation.is_mended_by_any:
            found += [f"any writer: {fault}" for fault in _after_any_writer(place)]
        if is_kill or at % rare == 1 or found:
            found += [f"repeated: {fault}" for fault in _repeated(place, operation, expected[1])]
        yield from (f"call {at}, {name}: {fault}" for fault in found)
        shutil.rmtree(place.base)


def crash_three_times(operation, folder):
    """Kill it, kill what goes on from there, and that too, at calls near and far."""
    before, calls, expected = prepared(operation, folder)
    chance = random.Random(3)  # noqa: S311  # the same moments each time
    for _ in range(ROUNDS):
        place = before.copy(folder / "try")
        moments = [chance.randint(1, len(calls)) for _ in range(3)]
        found = []
        for at in moments:
            ended = attempt_in_fork(place, operation, disk.Killing(at))
            found += _left(place, operation, ended, *expected)
        found += _repeated(place, operation, expected[1])
        yield from (f"calls {moments}: {fault}" for fault in found)
        shutil.rmtree(place.base)


def enumerate_from_outside(name, folder):
    """Let strace kill it at each system call, and at some let the disk fail once, or be full."""
    operation = OPERATIONS[name]
    before, _, expected = prepared(operation, folder)

    def found(traced, calls, at):
        place = before.copy(folder / "try")
        ended = traced.attempt(name, place, calls, at)
        wrong = [*_left(place, operation, ended, *expected)]
        wrong += [f"repeated: {fault}" for fault in _repeated(place, operation, expected[1])]
        shutil.rmtree(place.base)
        return ended, [f"{calls} {at}, ended with {ended}: {fault}" for fault in wrong]

    with ExitStack() as stack:
        kill, fail, fill = [stack.enter_context(Traced(fault)) for fault in FAULTS]
        for calls in IDLE:
            ended = KILLED
            at = 0
            while ended == KILLED:
                at += 1
                ended, wrong = found(kill, calls, at)
                yield from wrong
                for traced in (fail, fill) if at % 6 == 1 else ():
                    yield from found(traced, calls, at)[1]
            if calls in ALWAYS and at == 1:
                yield f"no {calls} was met"


def _without_new(operation, said):
    """Leave out of the values what is made at random each time."""
    makes = operation in (OPERATIONS["init"], OPERATIONS["start_over"])
    return re.sub(r'"session_key": "[^"]*", ', "", said) if makes else said


def _left(place, operation, ended, before, after):
    """Look at what a try left."""
    state = _without_new(operation, values(readings(place)))
    wanted = {REFUSED: [before], DONE: [after]}.get(ended, [before, after])
    if ended == WRONG:
        yield "another error than ours"
    elif state not in wanted:
        yield f"ended with {ended}, and the values are neither those before nor those after"


def _after_any_writer(place):
    mend(place.workspace)
    return faults(place, readings(place))


def _repeated(place, operation, after):
    """Do it once more, and look again."""
    try:
        operation.run(place)
    except EscaiError as error:
        yield f"{type(error).__name__}: {error} ({error.hint})"
        return
    found = readings(place)
    if _without_new(operation, values(found)) != after:
        yield "not as it should be"
    yield from faults(place, found)


def main():
    """Answer until there is nothing more to do."""
    disk.watch()
    for line in sys.stdin:
        name, kind, folder = line.split()
        if kind == "outside":
            found = enumerate_from_outside(name, Path(folder))
        elif kind == "three":
            found = crash_three_times(OPERATIONS[name], Path(folder))
        else:
            found = enumerate_faults(OPERATIONS[name], getattr(disk, kind), Path(folder))
        print(json.dumps(list(found)), flush=True)


if __name__ == "__main__":
    main()
