"""ConfigForm: one widget that edits any configuration."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import traitlets
from anywidget import AnyWidget

from escai_nb.display import renderer
from escai_nb.errors import (
    EscaiError,
    FieldUnknownError,
    HeadMovedError,
    InvalidConfigurationError,
    UsageError,
)
from escai_nb.history.change import changes
from escai_nb.widgets import form_paint as paint
from escai_nb.widgets import protocol
from escai_nb.widgets.form_core import FormCore
from escai_nb.widgets.form_messages import obey
from escai_nb.widgets.form_notices import COMPARE, RELOAD, both, listed, notice
from escai_nb.widgets.form_sheet import values_sheet
from escai_nb.widgets.form_source import ManagerSource, NewSource, source_of
from escai_nb.widgets.staging import SCRIPT, STATIC, Staged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.workspace.manager import ConfigManager


class ConfigForm(Staged, AnyWidget):  # type: ignore[misc]  # anywidget is not typed
    """
    A form over a manager's environment, or over a model of its own.

    Args:
        manager: Whose environment is edited.

        model: A pydantic model to edit, where there is no manager.

        value: What the model's form starts from: plain data or an instance.

        read_only: Show, search and follow; nothing is edited or saved.

        mode: ``form``, or ``wizard`` for one section after another. An
            environment without a file begins with its preset in either, and is
            made by the first save.

    Attributes:
        value: Present values as plain data, a mask at each secret.

        valid: Nothing stands against a save.

        dirty: Something is not as saved.

        is_new: It is of an environment that has no file yet.

        core: The form without its screen.
    """

    _esm = SCRIPT
    _css = STATIC / "form.css"

    value = traitlets.Any(read_only=True).tag(sync=True)
    valid = traitlets.Bool(read_only=True).tag(sync=True)
    dirty = traitlets.Bool(read_only=True).tag(sync=True)
    is_new = traitlets.Bool(read_only=True)

    def __init__(
        self,
        manager: ConfigManager | None = None,
        *,
        model: type[BaseModel] | None = None,
        value: Mapping[str, Any] | BaseModel | None = None,
        read_only: bool = False,
        mode: Literal["form", "wizard"] = "form",
    ) -> None:
        if mode not in {"form", "wizard"}:
            message = f"there is no mode {mode!r}"
            raise UsageError(message, hint="there are 'form' and 'wizard'")
        self._manager = manager
        self._mode = mode
        self._source = source_of(manager, model, value, read_only=read_only)
        self.core = FormCore(self._source.model, self._source.start())
        self._unsaved = self._source.unsaved()
        self.core.adopt({}, self._unsaved)
        self._painter = paint.Painter()
        self._contested: set[str] = set()
        self._is_deaf = False
        self._refusal = ""
        self._heard: dict[str, int] = {}
        self._place: protocol.JumpMessage | None = None
        self._tell_traits()
        super().__init__()
        self.on_msg(self.home.calls(self._receive))
        self._unfollow = self._source.on_change(self._follow)

    # the same things in Python

    @property
    def config(self) -> BaseModel:
        """The validated model; see `FormCore.config`."""
        return self.core.config

    def set(self, path: str, raw: Any) -> None:  # noqa: ANN401  # any Python value
        """Edit one value, as if it were typed; see `FormCore.set`."""
        with self._changing():
            self.core.set(path, raw)

    def undo(self) -> None:
        """Take the last edit back."""
        with self._changing():
            self.core.undo()

    def redo(self) -> None:
        """Make the edit again that was last taken back."""
        with self._changing():
            self.core.redo()

    def discard(self) -> None:
        """Give all edits up."""
        with self._changing():
            self.core.discard()

    def compare(self, environment: str = "") -> None:
        """
        Show at each row what differs in another *environment*; nothing ends that.

        Raises:
            EscaiError: If there is no such environment, or it cannot be read.
        """
        values = self._source.values_of(environment) if environment else None
        with self._changing():
            self._painter.compare(environment, values)

    def to_yaml(self) -> str:
        """Return the values in effect as YAML, secrets masked."""
        return self.core.code((), self.core.masked())

    def reveal(self, path: str) -> None:
        """
        Lead whoever looks at the form to the field of *path*, and put the focus there.

        Raises:
            FieldUnknownError: If no field of the form is about it.
        """
        row = self.core.tree.nearest(path)
        if row is None:
            message = f"no field of this form is about {path!r}"
            raise FieldUnknownError(message, path=path, hint="search for a part of its name")
        self._place = {"type": "jump", "path": row.key, "at": path}
        if self.live:
            self.send(self._place)

    def diff(self) -> Diff:
        """Return what a save would change, secrets as changed."""
        return self.core.diff()

    def save(self, message: str = "") -> Version | None:
        """
        Save all edits as one version; without edits nothing happens.

        Raises:
            InvalidConfigurationError: If errors stand against it.
            HeadMovedError: If somebody else saved meanwhile.
            EscaiError: If the place that it goes to refuses it.
        """
        if not self.core.valid:
            against = self.core.blocking
            refused = f"refused: {against[0]}"
            raise InvalidConfigurationError(refused, findings=against, hint=against[0].fix)
        if not (self.core.dirty or self._source.is_new):
            return None
        with self._deaf():
            version = self._source.save(self.core.edits(), message)
        if self._source.is_new and self._manager is not None:
            self._source = ManagerSource(self._manager)
            self._unfollow = self._source.on_change(self._follow)
        with self._changing(clean=True):
            self.core.rebase(self._source.start() if self._source.saves else self.core.config)
            self._unsaved = self._source.unsaved()
        self._contested.clear()
        return version

    def reload(self) -> tuple[str, ...]:
        """Read the files again; else as `refresh`."""
        if isinstance(self._source, ManagerSource):
            with self._deaf():
                self._source.reload()
        return self.refresh()

    def refresh(self) -> tuple[str, ...]:
        """Take the saved values of now, keep the edits on top, and name what both sides changed."""
        before, self._unsaved = self._unsaved, self._source.unsaved()
        with self._changing():
            rebased = self.core.rebase(self._source.start())
            contested = dict.fromkeys((*rebased, *self.core.adopt(before, self._unsaved)))
        self._contested |= set(contested)
        return tuple(contested)

    def _follow(self) -> None:
        """Take over, field by field, what was changed elsewhere, and say so."""
        if self._is_deaf:
            return
        before = self.core.raw(())
        contested = self.refresh()
        theirs = sorted({self.core.tree.place(c.path) for c in changes(before, self.core.raw(()))})
        was_refused, self._refusal = self._refusal, self._source.refusal()
        if self._refusal:
            self.send(notice("", "danger", self._refusal))
        said = [
            "The files are taken again." if was_refused and not self._refusal else "",
            f"Changed elsewhere: {listed(theirs)}." if theirs else "",
            both(contested) if contested else "",
        ]
        if text := " ".join(filter(None, said)):
            told = ("caution", text, COMPARE) if contested else ("good", text)
            self.send(notice("", *told))

    @contextmanager
    def _deaf(self) -> Iterator[None]:
        """Let the form itself change its place, of which it tells in its own words."""
        self._is_deaf = True
        try:
            yield
        finally:
            self._is_deaf = False

    # what is shown

    @property
    def summary(self) -> str:
        """The form in one line."""
        return f"ConfigForm of {self._source.title}: {self.core.summary}"

    def to_html(self) -> str:
        """Return all values as a table, secrets masked."""
        html: str = renderer("html")(values_sheet(self.core, title=self._source.title))
        return html

    # the wire

    def send(self, content: protocol.Sent, buffers: Any = None) -> None:  # noqa: ANN401  # as ipywidgets has it
        """Send *content* to all views, as JSON that every front end can read."""
        super().send(paint.sendable(content), buffers)

    @contextmanager
    def _changing(
        self, answers: protocol.Envelope | None = None, *, clean: bool = False
    ) -> Iterator[list[str]]:
        """
        Tell views and traits of what changed inside, also when that is refused.

        The place that the asking view is to focus may be put into what is yielded.
        """
        focus: list[str] = []
        try:
            yield focus
        finally:
            self._contested &= set(self.core.dirty)
            # first, as somebody waits for it
            self._patch(answers, clean=clean, focus="".join(focus[:1]))
            self._tell_traits()

    def _tell_traits(self) -> None:
        self.set_trait("value", paint.value_data(self.core))
        self.set_trait("valid", self.core.valid)
        self.set_trait("dirty", bool(self.core.dirty))
        self.set_trait("is_new", self._source.is_new)

    def _patch(
        self, answers: protocol.Envelope | None, *, clean: bool = False, focus: str = ""
    ) -> None:
        if not self.live:
            return
        content: protocol.PatchMessage = {
            "type": "patch",
            "states": self._painter.repaint(self.core),
            "bar": self._bar(),
            "subtitle": self._source.subtitle,
            "clean": clean,
        }
        if answers is not None:
            content["answers"] = {"view": answers.view, "seq": answers.seq, "focus": focus}
        self.send(content)

    def _greet(self, view: str) -> None:
        """Send everything to a new view; the others hear what they do not know yet."""
        self._patch(None)
        form: protocol.FormMessage = {
            "type": "form",
            "view": view,
            "title": self._source.title,
            "subtitle": self._source.subtitle,
            "sections": paint.sections_data(self.core),
            "fields": paint.fields_data(self.core),
            "states": self._painter.states,
            "bar": self._bar(),
            "read_only": self.core.start.read_only,
            "wizard": self._mode == "wizard",
            "others": list(self._source.others()),
        }
        self.send(form)
        if self._place is not None:
            self.send(self._place)
            self._place = None

    def _bar(self) -> protocol.BarData:
        source = self._source
        return paint.bar_data(
            self.core, saves=source.saves, is_new=source.is_new, trouble=source.trouble()
        )

    def _receive(self, _: object, content: object, __: object) -> None:
        """Do what a view asks; whatever is refused is said there."""
        try:
            envelope = protocol.read_message(content)
        except protocol.ProtocolError as error:
            self._reload_page(protocol.sender(content), f"This page is out of date: {error}.")
            return
        try:
            self._obey(envelope)
        except HeadMovedError as error:
            self._patch(envelope)
            self.send(notice(envelope.view, "caution", f"Not saved: {error}.", RELOAD))
        except EscaiError as error:
            self._patch(envelope)
            hint = f"; {error.hint}" if error.hint else ""
            self.send(notice(envelope.view, "danger", f"Not done: {error}{hint}."))
        except Exception as error:  # noqa: BLE001  # whatever it is, a log would quote what was typed
            self._patch(envelope)
            said = f"Not done: this form failed ({type(error).__name__}); its values are as before."
            self.send(notice(envelope.view, "danger", said))

    def _obey(self, envelope: protocol.Envelope) -> None:
        message, view = envelope.message, envelope.view
        last = self._heard.get(view, 0)
        self._heard[view] = max(last, envelope.seq)
        if not isinstance(message, protocol.Hello):
            self._place = None  # the reader has gone on
        match message:
            case protocol.Hello():
                self._hello(message, view)
            case _ if envelope.seq <= last:
                self._patch(envelope)  # it was done when it first came
            case protocol.Save():
                self._save_for(view, message.message)
            case protocol.Plain(word="preview"):
                self._preview(view)
            case protocol.Plain(word="yaml"):
                self._preview(view, text=self.to_yaml())
            case protocol.Compare(environment):
                self.compare(environment)
            case protocol.Plain(word="reload"):
                self._reload_for(envelope)
            case _:
                with self._changing(envelope) as focus:
                    focus.append(obey(self.core, message))

    def _preview(self, view: str, *, text: str = "") -> None:
        """Show *text*, or else what a save would change."""
        rows = [] if text else paint.preview_data(self.core, self._contested)
        self.send({"type": "preview", "view": view, "rows": rows, "text": text})

    def _hello(self, message: protocol.Hello, view: str) -> None:
        if message.protocol != protocol.PROTOCOL:
            self._reload_page(view, "This page runs another version of the form; reload it.")
            return
        self._greet(view)
        if refused := self._source.refusal():
            self.send(notice(view, "danger", refused))

    def _reload_page(self, view: str, text: str) -> None:
        reload: protocol.ReloadMessage = {"type": "reload-page", "view": view, "text": text}
        self.send(reload)

    def _save_for(self, view: str, message: str) -> None:
        source, version = self._source, self.save(message)
        said = f"Saved as version {version.short}." if version else "Saved."
        if isinstance(source, NewSource) and source.key_file:
            said += f"\nIts secrets are sealed with the key {source.key_file}: back that up now."
        self.send(notice(view, "good", said))

    def _reload_for(self, envelope: protocol.Envelope) -> None:
        conflicts = self.reload()
        self._patch(envelope)
        if conflicts:
            self.send(notice(envelope.view, "caution", both(conflicts)))
            self._preview(envelope.view)
