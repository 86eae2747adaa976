"""The process of the command ``escai``, which ``python -m escai_nb`` is as well."""

from __future__ import annotations

import os
import signal
import sys


def _fill_streams() -> None:
    """
    Let each standard stream that is closed lead nowhere, and nothing be read from it.

    Otherwise the next file that is opened takes its number, and what is printed
    or asked for would go to that file.
    """
    while (handle := os.open(os.devnull, os.O_WRONLY)) <= 2:  # noqa: PLR2004  # stderr's number
        pass
    os.close(handle)
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")


def run() -> None:
    """
    Run the command that the process was called with, and exit.

    To stop it while it is still loading, or when it has ended, shows no traceback.
    """
    _fill_streams()
    is_stoppable = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_stoppable:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from escai_nb.cli.lazy import INTERRUPTED
    from escai_nb.cli.main import main

    try:
        if is_stoppable:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        main(prog_name="escai")
    except KeyboardInterrupt:  # on the way into the command, or out of it
        sys.exit(INTERRUPTED)
    finally:
        if is_stoppable:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    run()
