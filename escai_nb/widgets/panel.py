"""What all panels are made of: a row of controls, a line that says what happened, tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, HBox, Layout, VBox

from escai_nb.display import renderer
from escai_nb.errors import EscaiError
from escai_nb.views.sheet import Tone
from escai_nb.views.text import clipped, neutral
from escai_nb.widgets.following import follow, refusal
from escai_nb.widgets.progress import Cancelled, Progress
from escai_nb.widgets.staging import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from escai_nb.advance import Advance
    from escai_nb.views.sheet import Sheet
    from escai_nb.widgets.progress import Result
    from escai_nb.workspace.reader import ConfigReader

_FULL = "100%"
_MOST_SAID = 500
"""Characters of one notice."""
COMPACT: dict[str, Any] = {
    "layout": {"width": "auto", "min_width": "160px"},
    "style": {"description_width": "initial"},
}
"""Arguments of a control that is as wide as it needs to be."""


class Panel(Staged, VBox):  # type: ignore[misc]  # ipywidgets is not typed
    """
    A column of widgets where a front end is, its static side where none is.

    A subclass sets itself up, calls ``super().__init__()``, and says in `build`
    what lies in the column. The live side of a given *manager* is refreshed
    with each change of that.
    """

    _progress: Progress | None = None
    _refusal: str = ""

    def __init__(self, manager: ConfigReader | None = None) -> None:
        super().__init__()
        self._said = ""
        self._followed = manager
        if self.live:
            self._notice = HTML()
            self.layout.width = _FULL
            self.add_class("escai-controls")
            self.children = self._with_notice(self.build())
            self.refresh()
            if manager is not None:
                self._unfollow = follow(manager, self._follow)
                self._tell_refusal()

    def _with_notice(self, made: tuple[Any, ...], *more: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Put what is said, and *more*, below the controls: no long table hides it."""
        first = next((n for n, each in enumerate(made) if not isinstance(each, HBox)), len(made))
        return (*made[:first], self._notice, *more, *made[first:])

    def _follow(self) -> None:
        """Show what has changed elsewhere; what is said in the panel stays."""
        try:
            self.refresh()
            self._tell_refusal()
        except EscaiError as error:
            self.say(str(error), Tone.DANGER)

    def _tell_refusal(self) -> None:
        """Say why files are refused, and no longer when they are taken."""
        before, self._refusal = self._refusal, refusal(self._followed) if self._followed else ""
        if self._refusal or (before and before == self._said):
            self.say(self._refusal, Tone.DANGER)

    def build(self) -> tuple[Any, ...]:
        """Make the widgets of the live side, top to bottom."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show what is the case now."""
        raise NotImplementedError

    def say(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        """Say what happened, below the controls; an empty text says nothing."""
        self._said = text
        if self.live:
            self._notice.value = _notice(text, tone) if text else ""

    def work(
        self,
        what: str,
        job: Callable[[Advance], Result],
        done: Callable[[Result], object],
    ) -> None:
        """
        Do a long *job* while the panel stays alive, its progress shown; then *done* with it.

        There is one at a time.
        """
        if self._progress is not None:
            self.say(f"{self._progress.what} is not over yet.", Tone.CAUTION)
            return
        self._progress = progress = Progress(what)
        made = tuple(child for child in self.children if child is not self._notice)
        self.children = self._with_notice(made, progress)

        def over(outcome: Result | EscaiError | Cancelled) -> None:
            self.children = self._with_notice(made)
            self._progress = None
            dismiss(progress)
            if isinstance(outcome, EscaiError):
                self._refused(outcome)
            elif isinstance(outcome, Cancelled):
                self.say("Cancelled: nothing was changed.", Tone.CAUTION)
            else:
                self._guarded(done, outcome)

        progress.run(job, over)

    def cancel(self) -> None:
        """End the long work that is under way, if there is one, at its next step."""
        if self._progress is not None:
            self._progress.cancel()

    def close(self) -> None:
        """Close every widget of the panel; long work goes on, as what was asked for is wanted."""
        if self._progress is not None:
            self._progress.drop()
        for child in self.children:
            dismiss(child)
        super().close()

    def button(self, label: str, action: Callable[[], object], *, style: str = "") -> Button:
        """Make a button whose refusals are said in the panel."""
        made = Button(description=label, button_style=style, layout=Layout(width="auto"))
        made.on_click(self.home.calls(lambda _: self._guarded(action)))
        return made

    def on_change(self, control: Any, action: Callable[[], object]) -> Any:  # noqa: ANN401
        """Do *action* when the value of *control* changes; return the control."""
        control.observe(self.home.calls(lambda _: self._guarded(action)), names="value")
        return control

    def _guarded(self, action: Callable[..., object], *arguments: object) -> None:
        self.say("")
        try:
            action(*arguments)
        except EscaiError as error:
            self._refused(error)

    def _refused(self, error: EscaiError) -> None:
        hint = f"; {error.hint}" if error.hint else ""  # which may begin with a command
        self.say(f"{error}{hint}.", Tone.DANGER)


def row(*widgets: Any) -> HBox:  # noqa: ANN401
    """Lay *widgets* side by side; they wrap in a narrow window."""
    layout = Layout(flex_flow="row wrap", align_items="center", grid_gap="0 8px", width=_FULL)
    return HBox(widgets, layout=layout)


def together(*widgets: Any) -> HBox:  # noqa: ANN401
    """Lay *widgets* side by side where a row has room for all of them."""
    return HBox(widgets, layout=Layout(align_items="center", margin="0 16px 0 0"))


def dismiss(widget: Any) -> None:  # noqa: ANN401
    """Close *widget*, what lies in it, and what it is styled by."""
    for inner in getattr(widget, "children", ()):
        dismiss(inner)
    for part in (widget, widget.layout, getattr(widget, "style", None)):
        if part is not None:
            part.close()


def table() -> HTML:
    """Make a place for a table."""
    return HTML(layout=Layout(width=_FULL, overflow="auto"))


def drawn(sheet: Sheet, linked: Container[str] = ()) -> str:
    """Draw *sheet* to fit the front end's width and colours, *linked* key paths as buttons."""
    html: str = renderer("html")(sheet, linked=linked)
    return styled(f'<div class="escai-panel">{html}</div>')


def styled(html: str) -> str:
    """Put the looks of panels before *html* of theirs."""
    return _STYLE + html


_STYLE = """<style>
.escai-panel { line-height: 1.4; container-type: inline-size; }
@container (max-width: 640px) { /* the parts of a finding under one another */
  .escai-panel table:has([scope="rowgroup"]) thead { position: absolute; clip-path: inset(50%); }
  .escai-panel table:has([scope="rowgroup"]) tbody tr { display: flex; flex-wrap: wrap; }
  .escai-panel table:has([scope="rowgroup"]) td:nth-last-child(-n + 2) { flex: 1 1 100%; }
}
.escai-panel table { width: 100%; border-collapse: collapse; }
.escai-panel tr { border-bottom: 1px solid var(--jp-border-color2, #ccc); }
.escai-panel thead th { color: var(--jp-ui-font-color2, inherit); font-weight: normal; }
.escai-panel tbody th { font-weight: normal; }
.escai-panel tbody th:has(wbr) { min-width: 15em; }
.escai-panel tbody th code { overflow-wrap: break-word !important; }
.escai-panel code { background: none; padding: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.escai-panel button { padding: 0; border: 0; background: none; font: inherit; text-align: left; }
.escai-panel button { color: var(--jp-content-link-color, inherit); cursor: pointer; }
.escai-panel button:hover { text-decoration: underline; }
.escai-panel caption { font-size: 1.05em; }
.escai-tabs { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 16px; }
.escai-tabs { border-bottom: 1px solid var(--jp-border-color2, #ccc); }
.escai-tabs button { padding: 5px 11px; border: 0; border-bottom: 3px solid transparent; }
.escai-tabs button { background: none; color: var(--jp-ui-font-color1, inherit); cursor: pointer; }
.escai-tabs button { font: inherit; outline-offset: -2px; }
.escai-tabs button[aria-pressed="true"] { border-bottom-color: var(--jp-brand-color1, #1976d2); }
.escai-tabs button[aria-busy="true"] { border-bottom: 3px dotted; cursor: progress; }
.escai-tabs button:hover { background: var(--jp-layout-color2, #eee); }
.escai-controls select { appearance: auto; background-image: none !important; }
.escai-controls .widget-checkbox label { display: flex; align-items: center; }
body[data-jp-theme-light="false"] .escai-controls { color-scheme: dark; }
</style>"""

_SIGNS = {
    Tone.DANGER: ("✖", "--jp-error-color1"),
    Tone.CAUTION: ("▲", "--jp-warn-color1"),
    Tone.GOOD: ("✔", "--jp-success-color1"),
    Tone.CALM: ("●", "--jp-brand-color1"),
    Tone.NEUTRAL: ("●", "--jp-border-color1"),
}


def _notice(text: str, tone: Tone) -> str:
    sign, colour = _SIGNS[tone]
    style = f"border-left:3px solid var({colour},gray);padding:2px 8px;line-height:1.5"
    said = escape(neutral(clipped(text, _MOST_SAID)))
    return f'<div role="status" style="{style}">{sign} {said}</div>'
