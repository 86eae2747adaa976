"""Every panel, with all that travels to its view, and every runbook."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import comm
from comm.base_comm import BaseComm
from ipywidgets import Button

from canary.registry import surface
from canary.search import canary
from canary.surfaces_api import SECRET, manager_of
from escai_nb import widgets
from escai_nb.runbooks.run import run
from escai_nb.widgets.protocol import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canary.planting import Planted
    from canary.registry import Collector

TYPED = canary("typed")
MESSAGES = (
    {"type": "hello", "protocol": PROTOCOL},
    {"type": "secret", "op": "set", "path": SECRET, "value": TYPED},
    {"type": "secret", "op": "set", "path": "nothing.here", "value": TYPED},
    {"type": "secret", "op": "generate", "path": "security.jwt_secret_key"},
    {"type": "set", "path": "api.port", "raw": "not a port", "typing": True},
    {"type": "item", "op": "add", "path": "api.cors_origins"},
    {"type": "item", "op": "duplicate", "path": "api.cors_origins[0]"},
    {"type": "compare", "environment": "staging"},
    {"type": "preview"},
    {"type": "yaml"},
    {"type": "save", "message": "canary"},
    {"type": "undo"},
    {"type": "redo"},
    {"type": "reset", "path": "api.port", "to": "saved"},
    {"type": "save", "message": "canary"},
    {"type": "reload"},
)
"""What a view of the form sends when a person types, errs, mends and saves."""


class RecordingComm(BaseComm):
    """A comm with nobody at its other end, which keeps what is sent."""

    sent: tuple[object, ...] = ()

    def publish_msg(self, msg_type: str, **content: Any) -> None:
        """Keep a message."""
        type(self).sent = (*type(self).sent, (msg_type, content))


@contextmanager
def live() -> Iterator[type[RecordingComm]]:
    """Let widgets believe that a front end is there, and record what they send."""

    class Wire(RecordingComm):
        """The comm of this one test."""

    before, comm.create_comm = comm.create_comm, Wire
    os.environ["ESCAI_STATIC"] = "0"
    try:
        yield Wire
    finally:
        comm.create_comm = before
        del os.environ["ESCAI_STATIC"]


PANELS: dict[str, Callable[[Planted], Any]] = {
    "ConfigForm": lambda planted: widgets.ConfigForm(manager_of(planted)),
    "DiffPanel": lambda planted: widgets.DiffPanel(manager_of(planted)),
    "HistoryPanel": lambda planted: widgets.HistoryPanel(manager_of(planted)),
    "PromotionPanel": lambda planted: widgets.PromotionPanel(
        planted.root, "development", "staging"
    ),
    "ReportPanel": lambda planted: widgets.ReportPanel(manager_of(planted)),
    "Workbench": lambda planted: widgets.Workbench(planted.root),
}
"""Panel → how it is opened on the planted workspace."""


def shown(planted: Planted, say: Collector, *, make: Callable[[Planted], Any]) -> None:
    """Show a panel, static and live, and let a person work with it."""
    os.environ["ESCAI_STATIC"] = "1"
    say.value("the static panel", say.call(make, planted))
    with live() as wire:
        panel = say.call(make, planted)
        if isinstance(panel, widgets.ConfigForm):
            for number, message in enumerate(MESSAGES):
                say.call(panel._receive, panel, {"view": "one", "seq": number, **message}, [])
        for button in [each for each in tree(panel) if isinstance(each, Button)]:
            say.call(button.click)
        say.value("the live panel", panel)
        say.add("wire", wire.sent)
    say.files(planted.base)


def tree(widget: Any) -> Iterator[Any]:
    """Walk all widgets inside *widget*."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


for _panel, _make in PANELS.items():
    surface(f"panel {_panel}")(partial(shown, make=_make))


@surface("panel FormCore")
def form_core(planted: Planted, say: Collector) -> None:
    """The form without its screen, over a model that holds secrets."""
    start = manager_of(planted).get_config()
    core = widgets.FormCore(type(start), start)
    say.call(core.set, SECRET, TYPED)
    say.call(core.set, "security.jwt_secret_key", [TYPED])
    for ask in (core.diff, core.undo, core.redo, core.edits):
        say.call(ask)
    for row in core.fields:
        say.add(f"display of {row.key}", core.display(row.path))
    say.add("search", core.search(TYPED))
    say.value("errors", core.errors)
    say.value("the core", core)


RUNBOOKS: dict[str, tuple[str, dict[str, object]]] = {
    "bootstrap": ("testing", {}),
    "encrypt": ("development", {}),
    "promote": ("staging", {}),
    "rollback": ("staging", {"version": "HEAD"}),
    "rotate-keys": ("production", {}),
    "validate": ("staging", {}),
}
"""Runbook → environment that it is run on, and what else it is told."""


def carried_out(
    planted: Planted, say: Collector, *, name: str, environment: str, told: dict[str, object]
) -> None:
    """Run it for good; its notebook, page, receipt, journal and manifest are outputs too."""
    given = {"environment": environment, "parameters": told, "config_dir": planted.root}
    say.call(run, name, apply=True, reason="canary", **given)
    say.files(planted.base)


for _name, (_environment, _told) in RUNBOOKS.items():
    surface(f"runbook {_name}")(
        partial(carried_out, name=_name, environment=_environment, told=_told)
    )
