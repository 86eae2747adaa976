"""Workbench: a workspace on one screen, one environment at a time."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, VBox

from escai_nb.errors import UsageError
from escai_nb.views.sheet import counted
from escai_nb.widgets.form import ConfigForm
from escai_nb.widgets.history_panel import HistoryPanel
from escai_nb.widgets.linked import Linked
from escai_nb.widgets.panel import Panel, row, styled
from escai_nb.widgets.promotion_panel import PromotionPanel
from escai_nb.widgets.report_panel import ReportPanel
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.spec import ConfigSpec

VIEWS = ("form", "report", "history", "promotion")


class Workbench(Panel):
    """
    Form, report, history and promotion of each environment of a workspace.

    An environment that has no file yet is begun here too, by a wizard.

    Args:
        root: The workspace's folder.

        environment: Where to begin; the first that has a file by default.

    Attributes:
        environments: Those that have a file.

        environment: The one that is shown; empty where there is none and none was begun.

        view: Which of `VIEWS` is shown.
    """

    def __init__(
        self,
        root: str | Path = "config",
        environment: str | None = None,
        *,
        spec: ConfigSpec | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._managers: dict[str, ConfigManager] = {}
        self._panels: dict[tuple[str, str], Any] = {}
        self._workspace = Workspace.at(root, spec, environ=environ)
        self.environments = self._workspace.environments_present()
        if environment is not None:
            self._workspace.spec.require_environment(environment)
        self.environment = environment or next(iter(self.environments), "")
        self.view = VIEWS[0]
        super().__init__()

    # the same things in Python

    def show(self, environment: str | None = None, view: str | None = None) -> Any:  # noqa: ANN401
        """
        Show one environment and one view of it; return that panel.

        Raises:
            EscaiError: If it cannot be read.
        """
        environment = environment or self.environment
        self._workspace.spec.require_environment(environment)
        if self._is_new(environment) and view in {None, *VIEWS[:1]}:
            view = VIEWS[0]  # there is nothing else of it yet
        else:
            self._workspace.require_file(environment)
        view = view or self.view
        panel = self.panel(environment, view)
        if environment != self.environment:
            self._leave(self.environment)
        self.environment, self.view = environment, view
        if self.live:
            self._draw_tabs()
            panel.refresh()
            self._body.children = (panel,)
        return panel

    def show_in_form(self, path: str) -> ConfigForm:
        """
        Show the form of this environment, and in it the field of *path*, with the focus there.

        Raises:
            EscaiError: If no field of it is about that, or it cannot be read.
        """
        form: ConfigForm = self.panel(self.environment, "form")
        form.reveal(path)
        self.show(view="form")
        return form

    def _is_new(self, environment: str) -> bool:
        return not self._workspace.has_file(environment)

    def _leave(self, environment: str) -> None:
        """Close the panels of *environment*, but for its form, which may hold edits."""
        for view in VIEWS[1:]:
            if (panel := self._panels.pop((environment, view), None)) is not None:
                panel.close()

    def panel(self, environment: str, view: str) -> Any:  # noqa: ANN401
        """
        Return one panel of one environment, made on first use.

        Raises:
            EscaiError: If it cannot be read.
        """
        key = (environment, view)
        if key not in self._panels:
            self._panels[key] = self._made(environment, view)
        return self._panels[key]

    @property
    def form(self) -> ConfigForm:
        """The form of the environment that is shown."""
        form: ConfigForm = self.panel(self.environment, "form")
        return form

    def _made(self, environment: str, view: str) -> Any:  # noqa: ANN401
        manager = self._manager(environment)
        match view:
            case "form" if self._is_new(environment):
                form = ConfigForm(manager, mode="wizard")
                form.observe(lambda _: self._draw_tabs(), names="is_new")
                return form
            case "form":
                return ConfigForm(manager)
            case "report":
                return ReportPanel(manager, opens=self.show_in_form)
            case "history":
                return HistoryPanel(manager)
            case "promotion":
                ends = (environment, self._next(environment))
                managers = [self._manager(end) for end in ends]
                return PromotionPanel(self._workspace, *ends, follows=managers)
            case _:
                message = f"there is no view {view!r}"
                raise UsageError(message, hint=f"there are {', '.join(VIEWS)}")

    def _manager(self, environment: str) -> ConfigManager:
        if environment not in self._managers:
            self._managers[environment] = ConfigManager(
                self._workspace.root,
                environment,
                enable_hot_reload=self.live,
                enable_encryption=None,
                spec=self._workspace.spec,
                environ=self._workspace.environ,
            )
        return self._managers[environment]

    def close(self) -> None:
        """Close all panels, shown or not, and watch no file any longer."""
        for panel in self._panels.values():
            panel.close()
        for manager in self._managers.values():
            manager.cleanup()
        super().close()

    def _next(self, environment: str) -> str:
        """
        Return the environment that values of *environment* go to.

        Raises:
            UsageError: If no later one has a file.
        """
        order = self._workspace.spec.environments
        for name in order[order.index(environment) + 1 :]:
            if name in self.environments:
                return name
        if environment == order[-1]:
            message = f"{environment} is the last environment: nothing is promoted from it"
            raise UsageError(message, hint=f"choose one before it, such as {order[0]}")
        message = f"no environment after {environment} has a configuration"
        raise UsageError(message, hint="begin one: its tab has a + until it is saved")

    def refresh(self) -> None:
        """Show what is the case now."""
        if self.environment:
            self.show()
        elif self.live:
            self._draw_tabs()

    @property
    def summary(self) -> str:
        """The workspace in one line."""
        names = ", ".join(self.environments) or "none yet"
        count = counted(len(self.environments), "environment")
        return f"Workbench of {self._workspace.root}: {count} ({names})"

    def to_html(self) -> str:
        """Return report, values and history of the environment that is shown."""
        root = escape(str(self._workspace.root))
        if not self.environment:
            return (
                f"<p><strong>{root}</strong> has no environment yet; begin with "
                f"<code>escai config init -d {root} -e {self._workspace.spec.environments[0]}"
                "</code>.</p>"
            )
        views = ("form",) if self._is_new(self.environment) else ("report", "form", "history")
        return "\n".join(self.panel(self.environment, view).to_html() for view in views)

    # the live side

    def build(self) -> tuple[Any, ...]:
        """Make the tabs and the place below them."""
        self._body = VBox()
        if not self.environment:
            root = escape(str(self._workspace.root))
            said = f"<p><b>{root}</b> has no environment yet. Choose above which to begin: "
            said += "nothing is written before you save.</p>"
            self._body.children = (HTML(said),)
        self._bar = Linked(self.home.calls(partial(self._guarded, self._press)))
        self._draw_tabs()
        return (row(self._bar), self._body)

    def _draw_tabs(self, awaited: str = "") -> None:
        """Mark what is shown, *awaited* or still to be begun; offer views of the others."""
        self.environments = self._workspace.environments_present()
        if not self.live:
            return
        names = self._workspace.spec.environments
        labels = {n: n if n in self.environments else f"+ {n}" for n in names}
        tabs = _tabs("Environment", labels, self.environment, awaited)
        if self.environment in self.environments:
            tabs += _tabs("View", dict(zip(VIEWS, VIEWS, strict=True)), self.view, awaited)
        self._bar.html = styled(f'<div class="escai-tabs">{tabs}</div>')

    def _press(self, tab: str) -> None:
        kind, _, name = tab.partition(" ")
        if tab in {f"Environment {self.environment}", f"View {self.view}"}:
            return
        self._draw_tabs(tab)
        try:
            if kind == "View":
                self.show(view=name)
            else:
                self._show_as_far_as_it_goes(name)
        finally:
            self._draw_tabs()

    def _show_as_far_as_it_goes(self, environment: str) -> None:
        try:
            self.show(environment)
        except UsageError:  # as nothing is promoted from the last
            self.show(environment, VIEWS[0])


def _tabs(kind: str, labels: Mapping[str, str], chosen: str, awaited: str) -> str:
    """Draw a row of tabs, each with its name and its label; an empty *chosen* marks none."""
    tabs = []
    for name, label in labels.items():
        is_chosen = name == chosen
        to = f"{kind} {escape(name)}"
        title = to if label == name else f"Begin {escape(name)}"
        state = f'aria-pressed="{str(is_chosen).lower()}" data-to="{to}" title="{title}"'
        state += ' aria-busy="true"' if awaited == f"{kind} {name}" else ""
        tabs.append(f'<button type="button" {state}>{escape(label)}</button>')
    return f'<div role="group" aria-label="{kind}">{"".join(tabs)}</div>'


def open(  # noqa: A001  # the package's word: escai_nb.open("config")
    root: str | Path = "config",
    environment: str | None = None,
    *,
    spec: ConfigSpec | None = None,
) -> Workbench:
    """
    Open the workspace at *root*.

    Raises:
        EscaiError: If there is no such environment, or the workspace was made
            for another spec.
    """
    return Workbench(root, environment, spec=spec)
