"""
Several processes at one workspace at once: writers that are killed, readers that never fail.

Run as ``python -m crashes.storm KIND SIZE FOLDER``; prints what went wrong as JSON. The
processes are forks of this one, which has imported all that is needed, and has
no threads.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from shop import SHOP

from crashes.operations import (
    Place,
    change,
    faults,
    readings,
    two_environments,
    with_shared,
)
from escai_nb.errors import EscaiError
from escai_nb.keypath import parse
from escai_nb.secret import reveal
from escai_nb.workspace.keys.key_rotation import rotate_keys
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.sharing import set_shared
from escai_nb.workspace.writing.recovery import writing


@dataclass(frozen=True)
class Size:
    """
    How large a storm is.

    Attributes:
        saves: Of each of the writers that are let alone.

        seconds: For which others are killed, one after the other.
    """

    writers: int
    saves: int
    seconds: float


SIZES = {"short": Size(writers=4, saves=10, seconds=2), "long": Size(8, 50, seconds=60)}
LONGEST_PAUSE = 0.03
"""Seconds between a save and a kill, at most; a save takes about as long."""


def fork(work):
    """Do *work* in a process of its own; return its id."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        except EscaiError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    return child


def ended_well(children):
    return all(os.waitpid(child, 0)[1] == 0 for child in children)


def save_some(place, who, numbers, acknowledged):
    """Save keys of one's own, and tell of each when it is saved."""
    manager = place.manager()
    for number in numbers:
        name = f"w{who}_{os.getpid()}_{number}"
        with manager.transaction():
            manager.set_config_value(f"extra.{name}", number)
            manager.save_config()
        os.write(acknowledged, f"{name}\n".encode())


def lost(place, acknowledged):
    """Name what was saved and is not there, and all else that is wrong."""
    found = readings(place)
    yield from sorted(acknowledged - found["prod"].own["extra"].keys())
    yield from faults(place, found)


def many_writers(place, size):
    """All at once, and nothing is lost."""
    two_environments(place)
    reading, told = os.pipe()
    children = [
        fork(lambda who=who: save_some(place, who, range(size.saves), told))
        for who in range(size.writers)
    ]
    os.close(told)
    with os.fdopen(reading) as lines:
        acknowledged = set(lines.read().split())
    wanted = size.writers * size.saves
    if not ended_well(children) or len(acknowledged) != wanted:
        yield f"{len(acknowledged)} saves of {wanted}"
    versions = place.manager().history(limit=wanted)
    if {version.changes for version in versions} != {1}:
        yield "a version has more than its own change"
    yield from lost(place, acknowledged)


def killed_writers(place, size):
    """Killed at random moments, each replaced by another; nothing acknowledged is lost."""
    two_environments(place)
    chance = random.Random(4)  # noqa: S311  # the same storm each time, as far as clocks allow
    reading, told = os.pipe()

    def writer(who):
        return fork(lambda: save_some(place, who, count(), told))

    children = [writer(who) for who in range(size.writers)]
    acknowledged = b""
    ends = time.monotonic() + size.seconds
    while time.monotonic() < ends:
        acknowledged += os.read(reading, 1 << 16)
        select.select([], [], [], chance.uniform(0, LONGEST_PAUSE))
        who = chance.randrange(size.writers)
        os.kill(children[who], signal.SIGKILL)
        os.waitpid(children[who], 0)
        children[who] = writer(who)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(told)
    with os.fdopen(reading) as lines:
        names = set(acknowledged.decode().split()) | set(lines.read().split())
    with writing(place.workspace):
        pass
    yield from lost(place, names)


def readers(place, _):
    """While keys are rotated, files sealed anew and values saved, everybody can read."""
    with_shared(place)
    over = place.base / "over"
    reading, told = os.pipe()

    def read_on():
        while not over.exists():
            for name in SHOP.environments:
                found = read_environment(place.workspace, name)
                for trouble in found.troubles:
                    os.write(told, f"{name}: {trouble.code}: {trouble}\n".encode())
                if reveal(found.own["session_key"]) != secrets[name]:
                    os.write(told, f"{name}: another secret\n".encode())

    secrets = {name: reveal(found.own["session_key"]) for name, found in readings(place).items()}
    children = [fork(read_on) for _ in range(2)]
    for turn in range(3):
        rotate_keys(place.workspace, "prod")
        set_shared(place.workspace, {parse("extra.region"): f"region {turn}"})
        change(place, "page_size", 30 + turn)
    over.touch()
    if not ended_well(children):
        yield "a reader failed"
    os.close(told)
    with os.fdopen(reading) as lines:
        yield from lines.read().splitlines()


def two_rotations(place, _):
    """The second waits for the first, and then gives one more key."""
    two_environments(place)
    children = [fork(lambda: rotate_keys(place.workspace, "prod")) for _ in range(2)]
    if not ended_well(children):
        yield "a rotation failed"
    found = readings(place)
    states = [entry.state.value for entry in found["prod"].keyring.entries]
    if states != ["retired", "retired", "primary"]:
        yield f"keys: {states}"
    yield from faults(place, found)


KINDS = {each.__name__: each for each in (many_writers, killed_writers, readers, two_rotations)}


def main():
    name, size, folder = sys.argv[1:]
    place = Place(Path(folder))
    place.base.mkdir(parents=True)
    try:
        found = list(KINDS[name](place, SIZES[size]))
    except EscaiError as error:
        found = [f"{type(error).__name__}: {error}"]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
