"""
The audit log: one JSON line for each deed, chained by hashes, its head kept elsewhere.

Each line carries the hash of the line before. The history database remembers
the newest one, and, while a line is being written, the one to come. So a line
that is changed, taken out, put in or moved breaks the chain, a log that was cut
off does not reach its head, and a crash in between is none of these.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from escai_nb.digest import canonical_bytes, sha256_hex
from escai_nb.errors import FileUnavailableError, WriteFailedError
from escai_nb.history.marks import read_marks, set_marks
from escai_nb.locking import exclusive
from escai_nb.looking import reading
from escai_nb.safefile import PRIVATE, make_folder, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

FORMAT = 1
HEAD, NEXT = "audit.head", "audit.next"
"""Marks in the history: the newest line, and the one being written; ``number:hash``."""


class Deed(StrEnum):
    """What is recorded."""

    KEYRING_MADE = "keyring-made"
    ROTATION = "rotation"
    KEY_RETIRED = "key-retired"
    REWRAP = "rewrap"
    RECIPIENT_ADDED = "recipient-added"
    RECIPIENT_REMOVED = "recipient-removed"
    KEY_EXPORTED = "key-exported"
    KEY_RESTORED = "key-restored"
    KEY_DESTROYED = "key-destroyed"
    REVEAL = "reveal"
    ACCEPT = "accept"
    MERGE = "merge"
    SEAL_FAILED = "seal-failed"
    HEAD_LOST = "head-lost"
    BREAK_GLASS = "break-glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One deed; it names places and keys, and carries no value.

    Attributes:
        paths: Key paths of the leaves that it is about.

        generation: Of the keyring, 0 where there is none.

        note: How it was done, or the word with which it was refused.
    """

    who: str
    what: Deed
    environment: str = ""
    paths: tuple[str, ...] = ()
    kid: str = ""
    generation: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Event):
    """
    An event as the log has it.

    Attributes:
        number: 1 for the first line.

        previous: Hash of the line before; empty for the first.

        hash: SHA-256 over the canonical bytes of all the other entries.
    """

    number: int
    time: str
    previous: str
    format: int = FORMAT
    hash: str = field(default="")

    def sealed(self) -> Line:
        """Return the line with the hash that belongs to it."""
        return replace(self, hash=sha256_hex({**asdict(self), "hash": ""}))

    @property
    def mark(self) -> str:
        """What the history remembers of it."""
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a check of the log found.

    Attributes:
        lines: How many lines it has.

        troubles: What is wrong, in the order of the log; empty when nothing is.
    """

    lines: int
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditLog:
    """
    The log in the file *path*, whose head is in the history at *history*.

    Every method raises `UnavailableError` where one of the two cannot be used.
    """

    path: Path
    history: Path

    def append(self, event: Event, *, time: datetime) -> Line:
        """
        Write *event* as the newest line; it is on the disk when this returns.

        Raises:
            WriteFailedError: If the disk refuses.
        """
        with exclusive(self.path.with_name("audit.lock")):
            last = self.last()
            marks = read_marks(self.history)
            if not marks.get(HEAD) and last is not None:
                lost = Event(who=event.who, what=Deed.HEAD_LOST, note="the history knew no head")
                last = self._write(lost, time, last.mark)
                return self._write(event, time, last.mark)
            is_whole = last is not None and last.mark == marks.get(NEXT)
            return self._write(event, time, marks.get(NEXT if is_whole else HEAD, ""))

    def _write(self, event: Event, time: datetime, head: str) -> Line:
        """Write one line after *head*, which is what counts, whatever the file ends with."""
        number, _, previous = head.partition(":")
        written = f"{time:%Y-%m-%dT%H:%M:%S.%fZ}"
        line = Line(
            **asdict(event), number=int(number or 0) + 1, time=written, previous=previous
        ).sealed()
        set_marks(self.history, {HEAD: head, NEXT: line.mark})
        try:
            self._add(canonical_bytes(asdict(line)) + b"\n")
        except OSError as error:
            message = f"the audit log {self.path} was not written: {error.strerror}"
            raise WriteFailedError(
                message, where=str(self.path), hint="what is to be audited is not done without it"
            ) from None
        set_marks(self.history, {HEAD: line.mark, NEXT: ""})
        return line

    def _add(self, text: bytes) -> None:
        make_folder(self.path.parent)
        is_new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
        with os.fdopen(handle, "rb+", buffering=0) as file:
            file.truncate(_tail(handle)[0])  # without what a writer that died left of its line
            file.write(text)
            os.fsync(handle)
        if is_new:
            sync_folder(self.path.parent)

    def last(self) -> Line | None:
        """Return the newest whole line, if it is one that can be read."""
        with self._reading() as file:
            return _read(_tail(file.fileno())[1]) if file else None

    def lines(self) -> Iterator[Line | None]:
        """Yield every line, oldest first; nothing stands for one that is not as it was written."""
        with self._reading() as file:
            for text in file or ():
                yield _read(text.removesuffix(b"\n")) if text.endswith(b"\n") else None

    @contextmanager
    def _reading(self) -> Iterator[BinaryIO | None]:
        try:
            with reading(self.path) as file:
                yield file
        except FileNotFoundError:
            yield None
        except OSError as error:
            message = f"the audit log {self.path} cannot be read: {error.strerror}"
            raise FileUnavailableError(
                message, where=str(self.path), hint="check its permissions"
            ) from None

    def verify(self) -> Verdict:
        """Tell whether the log is as it was written, from its first line to its head."""
        marks = read_marks(self.history)
        troubles: list[str] = []
        lines = list(self.lines())
        if marks.get(NEXT) and lines and lines[-1] is None:
            lines.pop()  # a line that a crash cut off, which the next one replaces
        before = Line(who="", what=Deed.HEAD_LOST, number=0, time="", previous="")
        for at, line in enumerate(lines, start=1):
            if line is None:
                troubles.append(f"line {at} was changed")
                before = replace(before, number=before.number + 1, hash="?")
                continue
            if before.hash != "?" and (line.number, line.previous) != (
                before.number + 1,
                before.hash,
            ):
                troubles.append(f"line {at} does not follow the one before: {_gap(before, line)}")
            before = line
        return Verdict(len(lines), (*troubles, *_end(before, marks)))


def _gap(before: Line, line: Line) -> str:
    missing = line.number - before.number - 1
    if missing > 0:
        return f"{missing} missing, numbers {before.number + 1} to {line.number - 1}"
    return f"number {line.number} stands after {before.number}"


def _end(last: Line, marks: dict[str, str]) -> Iterator[str]:
    head, coming = marks.get(HEAD, ""), marks.get(NEXT, "")
    if last.number and HEAD not in marks:
        yield "the history remembers no head, so that a cut-off end would not show"
        return
    number = int(head.partition(":")[0] or 0)
    reached = {head or "0:", coming} if coming else {head or "0:"}
    if last.hash == "?" or last.mark in reached:
        return
    if last.number < number:
        yield f"the end is missing: {number - last.number} after number {last.number}"
    elif last.number > number:
        yield f"{last.number - number} at the end were not written here"
    else:
        yield f"number {number} is not the one that was written"


def _read(text: bytes) -> Line | None:
    """Return the line that *text* spells, if it is just as it was written."""
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        facts = json.loads(text)
        line = Line(**{**facts, "what": Deed(facts["what"]), "paths": tuple(facts["paths"])})
        is_typed = type(line.number) is int and type(line.previous) is str
        if is_typed and line.sealed() == line and canonical_bytes(asdict(line)) == text:
            return line
    return None


def _tail(handle: int) -> tuple[int, bytes]:
    """Return where the last whole line of a file ends, and that line."""
    size, room = os.fstat(handle).st_size, 1 << 12
    while True:
        start = max(0, size - room)
        text = os.pread(handle, size - start, start)
        end = text.rfind(b"\n") + 1
        begin = text.rfind(b"\n", 0, end - 1) + 1 if end else 0
        if start == 0 or (end and begin):
            return start + end, text[begin : max(end - 1, 0)]
        room *= 2
