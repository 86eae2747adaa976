"""What a form says to its readers in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb.widgets.form_actions import action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escai_nb.widgets.protocol import ActionData, NoticeMessage

NAMED = 5
"""Places that a notice names."""
RELOAD = action("Reload, keep my edits", "reload", "")
COMPARE = action("Show theirs and mine", "preview", "")


def notice(view: str, tone: str, text: str, offer: ActionData | None = None) -> NoticeMessage:
    """Say *text* to one view, or to all where *view* is empty, with what mends it."""
    message: NoticeMessage = {"type": "notice", "view": view, "tone": tone, "text": text}
    if offer is not None:
        message["action"] = offer
    return message


def listed(places: Sequence[str]) -> str:
    """Name places in a sentence, and of many how many more."""
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return ", ".join(places[:NAMED]) + more


def both(places: Sequence[str]) -> str:
    """Say which *places* somebody else has changed too."""
    return f"Both sides changed {listed(places)}; your values stand here."
