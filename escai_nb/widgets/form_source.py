"""Where a form's values come from, and where they go when saved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from escai_nb import keypath
from escai_nb.errors import EscaiError, UsageError, ValueRefusedError
from escai_nb.schema.catalog import MISSING
from escai_nb.schema.modelling import check, is_meant
from escai_nb.secret import reveal
from escai_nb.widgets.following import follow, refusal
from escai_nb.widgets.form_state import PRESET, Start
from escai_nb.widgets.form_values import at, names_in, places_in, put

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import BaseModel

    from escai_nb.history.version import Version
    from escai_nb.keypath import Path
    from escai_nb.schema.catalog import Catalog
    from escai_nb.validation.finding import Finding
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.manager import ConfigManager


class FormSource(Protocol):
    """What a form needs of the place that its values live in."""

    @property
    def model(self) -> type[BaseModel]:
        """The pydantic model of the values."""

    @property
    def title(self) -> str:
        """What is edited, in a word or two."""

    @property
    def subtitle(self) -> str:
        """Where it lies and how new it is."""

    @property
    def saves(self) -> bool:
        """Tell that there is a place to save to."""

    @property
    def is_new(self) -> bool:
        """Tell that nothing was saved there yet: the values are worth it as they are."""

    def others(self) -> tuple[str, ...]:
        """List the environments that these values can be compared with."""

    def values_of(self, environment: str) -> Mapping[str, Any]:
        """Return the values in effect in another environment, secrets inside `Secret`."""

    def start(self) -> Start:
        """Return the values to start from, as they are now."""

    def unsaved(self) -> Mapping[Path, Any]:
        """Return edits that somebody else made and did not save, by place."""

    def on_change(self, method: Callable[[], object]) -> Callable[[], None]:
        """Call a bound *method* after each change of the place; return what ends that."""

    def refusal(self) -> str:
        """Return why what the place says now is refused, or an empty text."""

    def trouble(self) -> str:
        """Return why these values cannot be saved, or an empty text."""

    def save(self, edits: Mapping[Path, Any], message: str) -> Version | None:
        """Save *edits* by place; `MISSING` takes a place away."""


class _OwnAlone:
    """What nobody else can change, and that nothing keeps from being saved."""

    def unsaved(self) -> dict[Path, Any]:
        """Return nothing: there is nobody else to edit."""
        return {}

    def on_change(self, method: Callable[[], object]) -> Callable[[], None]:  # noqa: ARG002
        """Do nothing: there is nobody else to change it."""
        return lambda: None

    def refusal(self) -> str:
        """Return nothing: there is no file that could change."""
        return ""

    def trouble(self) -> str:
        """Return nothing: there is no file that could be broken."""
        return ""


@dataclass(frozen=True)
class ModelSource(_OwnAlone):
    """Values in memory: a model and what it starts from."""

    model: type[BaseModel]
    value: Mapping[str, Any] | BaseModel | None = field(default=None, repr=False)
    read_only: bool = False
    saves: bool = False
    is_new: bool = False

    def others(self) -> tuple[str, ...]:
        """Return nothing: memory knows no environments."""
        return ()

    def values_of(self, environment: str) -> Mapping[str, Any]:
        """Refuse: there is no other environment."""
        message = f"there is no environment {environment} to compare with"
        raise UsageError(message)

    @property
    def title(self) -> str:
        """Name of the model."""
        return self.model.__name__

    @property
    def subtitle(self) -> str:
        """Nothing: it lies nowhere."""
        return ""

    def start(self) -> Start:
        """Return what was given, over the defaults."""
        return replace(Start.of(self.value), read_only=self.read_only)

    def save(self, edits: Mapping[Path, Any], message: str) -> None:
        """Do nothing: the form itself holds the values."""


class _Workspace:
    """What every environment of one workspace can tell."""

    _manager: ConfigManager

    @property
    def model(self) -> type[BaseModel]:
        """The model of the workspace's spec."""
        return self._manager.spec.model

    @property
    def title(self) -> str:
        """Name of the environment."""
        return self._manager.environment

    def others(self) -> tuple[str, ...]:
        """List the other environments that have a file."""
        present = self._manager.workspace.environments_present()
        return tuple(name for name in present if name != self._manager.environment)

    def values_of(self, environment: str) -> Mapping[str, Any]:
        """
        Return the values in effect in another environment, secrets inside `Secret`.

        Raises:
            EscaiError: If it cannot be read.
        """
        from escai_nb.workspace.loading.opening import read_environment

        workspace = self._manager.workspace
        workspace.require_file(workspace.spec.require_environment(environment))
        data: Mapping[str, Any] = read_environment(workspace, environment).merged.data
        return data


class NewSource(_OwnAlone, _Workspace):
    """An environment that has no file yet: its preset, written by the first save."""

    saves = True
    is_new = True
    subtitle = "new: nothing is written before you save"

    def __init__(self, manager: ConfigManager) -> None:
        self._manager = manager
        self.key_file = ""
        """Where the key was put that the first save has made."""

    def start(self) -> Start:
        """Return the preset with new secrets, over the defaults."""
        from escai_nb.workspace.bootstrap import preset_values

        preset = preset_values(self._manager.spec, self._manager.environment)
        origins = {keypath.render(place): PRESET for place in places_in(preset)}
        return Start(data=preset, origins=origins)

    def save(self, edits: Mapping[Path, Any], message: str) -> Version:
        """
        Write the file, its secrets sealed, as the first version.

        Raises:
            TargetExistsError: If somebody else made the environment meanwhile.
            InvalidConfigurationError: If the values do not fit the model.
            ValueRefusedError: If a file cannot hold one of them.
        """
        from escai_nb.workspace.bootstrap import initialise

        _require_written(self._manager.spec.catalog, edits)
        values = _edited({}, edits)
        workspace, environment = self._manager.workspace, self._manager.environment
        created = initialise(workspace, environment, values=values, message=message)
        self.key_file = str(created.key_file or "")
        return created.version


class ManagerSource(_Workspace):
    """Values of a workspace's environment."""

    is_new = False

    def __init__(self, manager: ConfigManager, *, read_only: bool = False) -> None:
        self._manager = manager
        self._read_only = read_only

    @property
    def saves(self) -> bool:
        """Tell that it is not only read."""
        return not self._read_only

    @property
    def subtitle(self) -> str:
        """The version and its file, whose long name may be cut."""
        reading = self._manager.reading
        at_version = f"version {reading.head.short}" if reading.head else "no version yet"
        return f"{at_version}, {reading.files.path}"

    def start(self) -> Start:
        """Return the values in effect, where they come from, and what is not edited here."""
        reading = self._manager.reading
        own = self._manager.copy.own if self._read_only else reading.own
        merged = reading.merge(own)
        instance, _ = check(self.model, reveal(reading.merge_for_model(own).data))
        return Start(
            data=merged.data,
            instance=instance,
            origins={keypath.render(path): merged.origin(path) for path in places_in(merged.data)},
            locked=_locked(reading),
            inherited=reading.merge({}).data,
            read_only=self._read_only,
            judge=lambda data, edited: _findings(reading, data, edited),
        )

    def unsaved(self) -> dict[Path, Any]:
        """Return the changes that the manager holds, by place; who only reads has them as saved."""
        if self._read_only:
            return {}
        copy = self._manager.copy
        values = copy.values()
        changed = (keypath.parse(change.path) for change in copy.pending)
        return {path: at(values, path, MISSING) for path in changed}

    def refusal(self) -> str:
        """Return why the files, as they are now, are refused."""
        return refusal(self._manager)

    def trouble(self) -> str:
        """Return the first reason why the files cannot be used as configuration."""
        for error in self._manager.reading.troubles:
            return f"{error}{f'; {error.hint}' if error.hint else ''}"
        return ""

    def save(self, edits: Mapping[Path, Any], message: str) -> Version | None:
        """
        Write *edits* as one version, all or none.

        Raises:
            EscaiError: If they are refused; the manager is then as before.
        """
        _require_written(self._manager.spec.catalog, edits)
        before = self._manager.copy
        own = _edited(before.reading.own, edits)
        try:
            self._manager.take(before.changed(own, validate=False))
            return self._manager.save_config(message=message)
        except EscaiError:
            self._manager.take(before)
            raise

    def on_change(self, method: Callable[[], object]) -> Callable[[], None]:
        """Call a bound *method* after each change, reload and save of the manager."""
        return follow(self._manager, method)

    def reload(self) -> None:
        """Read the files again; unsaved changes of the manager are dropped."""
        self._manager.reload()


def _findings(
    reading: Reading, data: Mapping[str, Any], edited: Sequence[Path]
) -> tuple[Finding, ...]:
    """Judge *reading* as if its own file held what *data* has at the edited places."""
    from escai_nb.workspace.assessment import assess

    own = _edited(reading.own, {path: at(data, path, MISSING) for path in edited})
    return assess(reading, own=own).findings


def _edited(own: dict[str, Any], edits: Mapping[Path, Any]) -> dict[str, Any]:
    for path, value in edits.items():
        own = put(own, path, value)
    return own


def _require_written(catalog: Catalog, edits: Mapping[Path, Any]) -> None:
    """
    Refuse what stands for more than its text, as a file holds no more.

    Raises:
        ValueRefusedError: If there is such a value.
    """
    for path, value in edits.items():
        for below in names_in(value):
            place = (*path, *below)
            if not is_meant(catalog.require(place), reveal(at(value, below))):
                written = keypath.render(place)
                message = f"{written} cannot be written as data, so no file can hold it"
                hint = "bytes that are no text need Base64Bytes in the model; code stays there"
                raise ValueRefusedError(message, path=written, hint=hint)


def _locked(reading: Reading) -> dict[str, str]:
    """Say of each place that is not edited here why."""
    sealed = {keypath.render(path): "sealed, and no key is here" for path in reading.unreadable}
    variables = {
        keypath.render(path): f"set by {origin}; change it there"
        for path, origin in reading.set_beside.items()
    }
    return {**sealed, **variables}


def source_of(
    manager: ConfigManager | None,
    model: type[BaseModel] | None,
    value: Mapping[str, Any] | BaseModel | None,
    *,
    read_only: bool,
) -> FormSource:
    """
    Find where the values of a form lie that was given a manager or a model.

    Raises:
        UsageError: If it was given neither.
    """
    if manager is not None:
        workspace = manager.workspace
        if not (read_only or workspace.has_file(manager.environment)):
            return NewSource(manager)
        return ManagerSource(manager, read_only=read_only)
    if model is not None:
        return ModelSource(model, value, read_only)
    message = "a form needs a manager or a model"
    raise UsageError(message, hint="ConfigForm(manager) or ConfigForm(model=…, value=…)")
