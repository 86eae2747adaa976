"""What lies at a path: asked, and opened, without waiting and without guessing."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from escai_nb.errors import FileUnavailableError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO


def is_there(path: str | Path) -> bool:
    """
    Tell whether there is anything at *path*; a link that leads nowhere is nothing.

    Raises:
        FileUnavailableError: If that cannot be told, as where its folder may not
            be looked at: what may not be seen is not what is missing.
    """
    try:  # to ask first takes a tenth of the time, and mostly it is
        return os.access(path, os.F_OK) or bool(os.stat(path))  # noqa: PTH116  # which tells why not
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise not_read(path, error) from None


def not_read(path: str | Path, error: OSError | ValueError) -> FileUnavailableError:
    """Say why *path* cannot be read; a `ValueError` is about what is no name of a file."""
    code = "file-missing" if isinstance(error, FileNotFoundError) else "file-unreadable"
    why = error.strerror if isinstance(error, OSError) else "it is no name of a file"
    message = f"{path} cannot be read: {why}"
    hint = "check the path and its permissions"
    return FileUnavailableError(message, code=code, where=str(path), hint=hint)


def reading(path: Path) -> BinaryIO:
    """
    Open the file *path* to be read; see `opened`.

    Raises:
        OSError: If it cannot be opened.
    """
    return os.fdopen(opened(path), "rb")


def opened(path: Path) -> int:
    """
    Return a descriptor that reads the file *path*, at once.

    Who opens a pipe that has a name waits for a writer, maybe for ever: it is no
    file. One that a shell hands over is.

    Raises:
        OSError: If it cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        is_named = not os.path.realpath(path).startswith(("/dev/fd/", "/proc/"))
        if stat.S_ISDIR(mode) or (stat.S_ISFIFO(mode) and is_named):
            os.close(handle)
            code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
            why = os.strerror(code) if stat.S_ISDIR(mode) else "it is a pipe, and not a file"
            raise OSError(code, why, str(path))
        os.set_blocking(handle, True)
    return handle
