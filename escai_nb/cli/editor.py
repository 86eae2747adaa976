"""An editor on a text that nobody else sees, and that is gone from the disk afterwards."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from escai_nb.errors import DocumentError, UsageError
from escai_nb.safefile import PRIVATE, read_bytes
from escai_nb.secret import Secret
from escai_nb.sources.refusal import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "escai-edit-"
"""What the folders of opened texts are called like."""
IN_MEMORY = ("tmpfs", "ramfs")
"""File systems that leave nothing on a disk."""


@dataclass(frozen=True, slots=True)
class Session:
    """
    What came of one go at a text.

    Attributes:
        text: As it was left.

        code: Exit code of the editor, or 128 and the signal that ended it.
    """

    text: Secret[str]
    code: int


def edited(text: Secret[str], *, name: str, environ: Mapping[str, str]) -> Session:
    """
    Let a person edit *text* as a file called *name*, in the editor that *environ* names.

    The file lies in memory where there is a place for that, in a folder of its
    own, and only its owner can read it. It is overwritten and removed with all
    that the editor left beside it, also when this process is told to end.

    Raises:
        UsageError: If there is no such editor, or none is named where no terminal is.
        DocumentError: If what it left is not UTF-8, or too large.
    """
    named = environ.get("VISUAL") or environ.get("EDITOR")
    if not named and not os.isatty(0):
        message = "no editor is named, and there is no terminal that vi could use"
        raise UsageError(message, hint="name one that needs none: EDITOR=PROGRAM escai config edit")
    words = _words(named or "vi")
    with _Stopping() as stopping, _private_folder(place(environ)) as folder:
        path = folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(text.open().encode())
        code = stopping.run([*words, str(path)])
        return Session(_read(path), code)


def _words(named: str) -> list[str]:
    try:
        if words := shlex.split(named):
            return words
        why = "it names no program"
    except ValueError:  # a quote that is not closed
        why = "a quote in it is not closed"
    message = f"the editor {named!r} cannot be run: {why}"
    raise UsageError(message, hint="name one in $EDITOR, as in EDITOR=nano")


def is_in_memory(folder: Path) -> bool:
    """Tell whether files in *folder* are kept in memory alone."""
    mounts = Path("/proc/self/mounts")
    with suppress(OSError):
        rows = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
        kinds = {row[1]: row[2] for row in rows}
        real = Path(os.path.realpath(folder))
        return next(kinds[str(at)] for at in (real, *real.parents) if str(at) in kinds) in IN_MEMORY
    return False


def remove_leftovers(environ: Mapping[str, str]) -> int:
    """Wipe what sessions that were killed have left; return how many there were."""
    count = 0
    for folder in place(environ).glob(f"{PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _wipe(folder)
                    count += 1
            finally:
                os.close(handle)
    return count


def place(environ: Mapping[str, str]) -> Path:
    """Return the best folder for an opened text: in memory, else where temporary files go."""
    named = environ.get("XDG_RUNTIME_DIR")
    for folder in (*([Path(named)] if named else []), Path("/dev/shm")):  # noqa: S108  # in memory
        if os.access(folder, os.W_OK | os.X_OK) and is_in_memory(folder):
            return folder
    return Path(tempfile.gettempdir())


@contextmanager
def _private_folder(above: Path) -> Iterator[Path]:
    """Make a folder for the owner alone, locked while somebody works in it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        _wipe(folder)
        os.close(handle)


def _wipe(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with suppress(OSError), path.open("r+b") as file:
                file.write(bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
    shutil.rmtree(folder)


class _Stopping:
    """While it lasts, ``Ctrl-C`` is for the editor alone, and who ends this process ends that."""

    def __init__(self) -> None:
        self._editor: subprocess.Popen[bytes] | None = None
        self._stopped = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._stop)
        self._before[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _frame: object) -> None:
        self._stopped = 128 + number
        if self._editor is not None:
            self._editor.send_signal(number)

    def run(self, words: list[str]) -> int:
        """Run the editor; return its exit code, or 128 and the signal that ended it or us."""
        try:
            self._editor = subprocess.Popen(words)  # noqa: S603  # the person's own choice
        except OSError as error:
            message = f"the editor {words[0]} cannot be run: {error.strerror}"
            raise UsageError(message, hint="name one in $EDITOR, as in EDITOR=nano") from None
        if self._stopped:
            self._editor.terminate()
        code = self._editor.wait()
        return self._stopped or (code if code >= 0 else 128 - code)


def _read(path: Path) -> Secret[str]:
    try:
        return Secret(read_bytes(path, limit=LIMITS.size).decode())
    except UnicodeDecodeError:
        pass
    message = "what the editor left is not UTF-8"
    raise DocumentError(message, hint="set the encoding of the editor")
