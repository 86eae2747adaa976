"""A workspace whose history is damaged gets what can be read of it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.history.inspection import inspect_history
from escai_nb.history.rescue import rescue_history

if TYPE_CHECKING:
    from escai_nb.history.rescue import Rescued
    from escai_nb.workspace.layout import Workspace


def rescue(workspace: Workspace) -> Rescued | None:
    """
    Put a whole history in the place of a damaged one, which is kept beside it.

    Returns nothing, and does nothing, where nothing is wrong. Configuration
    files and keys are not touched.

    Raises:
        HistoryDamagedError: If nothing can be read.
        WriteFailedError: If the disk refuses; all is as it was.
    """
    # the plain lock: going on from where a writer was killed would need the history
    with workspace.writing():
        if inspect_history(workspace.history_file).is_whole:
            return None
        stamped = f"{workspace.clock():%Y%m%dT%H%M%S%fZ}"
        return rescue_history(workspace.history_file, stamped=stamped)
