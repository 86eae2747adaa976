"""One environment's configuration as it is read: fresh model objects, live reload."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from escai_nb.errors import DocumentError
from escai_nb.secret import reveal
from escai_nb.workspace.comparing import difference
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.opening import read_environment
from escai_nb.workspace.subscribers import Followers, Subscribers
from escai_nb.workspace.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from pydantic import BaseModel

    from escai_nb.origin import Origin
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.report import Report
    from escai_nb.workspace.explanation import Explanation
    from escai_nb.workspace.reading import Reading
    from escai_nb.workspace.reload import ReloadState, Watch
    from escai_nb.workspace.values import Values


class ConfigReader:
    """
    The configuration of one environment, for those who only read it.

    Reading never writes. Model objects that are handed out are fresh: changing
    one changes nothing here. May be used from several threads.

    Args:
        config_dir: The workspace.

        environment: Name; ``ESCAI_ENV``, then the first of the spec, by default.

        enable_hot_reload: Watch the folder once something was loaded, and load
            again when a file changes.

        spec: What is known of the application; as the workspace says by default.

        environ: Environment variables; those of the process by default.

        author: Who is named in versions; ``ESCAI_AUTHOR`` or the login name by
            default.

    Raises:
        EnvironmentUnknownError: If the spec has no such environment.
        SpecError: If the workspace was made for another spec.
        NewerFormatError: If a newer version of this package made it.
    """

    def __init__(
        self,
        config_dir: str | Path = "config",
        environment: str | None = None,
        *,
        enable_hot_reload: bool = True,
        spec: ConfigSpec | None = None,
        environ: Mapping[str, str] | None = None,
        author: str | None = None,
    ) -> None:
        self.workspace = Workspace.at(config_dir, spec, environ=environ, author=author)
        self.spec = self.workspace.spec
        asked = environment or self.workspace.environ.get("ESCAI_ENV") or self.spec.environments[0]
        self.environment = self.spec.require_environment(getattr(asked, "value", asked))
        self._reloads = enable_hot_reload
        self._file: Path | None = None
        self._copy: WorkingCopy | None = None
        self._lock = threading.RLock()
        self._subscribers = Subscribers()
        self._followers = Followers()
        self._watch: Watch | None = None

    def load_config(self, config_file: str | Path | None = None) -> BaseModel:
        """
        Read the files afresh and return the configuration as a model object.

        Unsaved changes are dropped. *config_file* is read in place of the
        environment's own file.

        Raises:
            FileUnavailableError: If there is no file, or it may not be read.
            DocumentError: If a file is not a configuration document.
            KeyUnavailableError: If it is sealed and its key is not here.
            SealError: If it is not as it was sealed.
            InvalidConfigurationError: If it does not fit the model.
        """
        with self._lock:
            if config_file is not None:
                self._file = Path(config_file)
            copy = WorkingCopy.of(self._read())
            model = copy.model()
            self._swap(copy)
            self._start_watching()
            return model

    def reload(self) -> None:
        """Read the files afresh, dropping unsaved changes; see `load_config`."""
        self.load_config()

    def _read(self) -> Reading:
        return read_environment(self.workspace, self.environment, file=self._file)

    @property
    def copy(self) -> WorkingCopy:
        """What was last read, with the unsaved changes; read now if nothing was."""
        with self._lock:
            if self._copy is None:
                self._copy = WorkingCopy.of(self._read())
            return self._copy

    @property
    def reading(self) -> Reading:
        """What was last read from disk; read now if nothing was."""
        return self.copy.reading

    def _swap(self, copy: WorkingCopy) -> None:
        """Change the one reference that readers hold; tell who asked to be told."""
        before, self._copy = self._copy, copy
        if before is not None and self._subscribers:
            old, new = before.given(), copy.given()
            if changes := difference(old, new):
                self._subscribers.tell(reveal(old), reveal(new), changes)
        self._followers.tell()

    def get_config(self) -> BaseModel:
        """Return the configuration, unsaved changes included, as a fresh model object."""
        return self.copy.model()

    def get_config_value(self, path: str, default: object = None) -> Any:  # noqa: ANN401
        """
        Return the value in effect at *path*, or *default* where there is none.

        Raises:
            EscaiError: If the configuration may not be used.
        """
        return self.copy.value(path, default)

    def masked(self) -> dict[str, Any]:
        """Return all values in effect, with a mask at each secret."""
        return self.copy.masked()

    def values(self, path: str = "", *, reveal: bool = False) -> Values:
        """
        Return the leaves in effect at and below *path*, each with its origin.

        Secrets are masked unless *reveal* is on.
        """
        from escai_nb.workspace.values import Values

        return Values.of(self.copy, path, opened=reveal)

    def origins(self) -> dict[str, Origin]:
        """Return where each leaf in effect comes from, by key path."""
        return self.copy.origins()

    def explain(self, path: str) -> Explanation:
        """
        Return what is known of *path*: its field, its value, the chain of layers.

        Raises:
            FieldUnknownError: If the model has no such field.
        """
        return self.copy.explain(path)

    def is_secret(self, path: str) -> bool:
        """Tell whether the value in effect at *path* is never shown."""
        return self.copy.is_secret(path)

    def shadowed(self, path: str) -> Origin | None:
        """Return the variable that hides the own file's value of *path*, if one does."""
        return self.copy.shadowed(path)

    def report(self, *, suppressions: bool = True) -> Report:
        """
        Judge the configuration with its unsaved changes; works without a key too.

        Without *suppressions*, findings that were put aside count like any other.
        The other environments of the workspace are compared, too.

        Raises:
            FileUnavailableError: If there is no file to judge.
        """
        try:
            return self.copy.report(suppressions=suppressions, neighbours=True)
        except DocumentError as error:
            from escai_nb.workspace.assessment import assess_unparsed

            return assess_unparsed(
                error,
                environment=self.environment,
                source=self._file or self.workspace.file(self.environment),
                timestamp=self.workspace.clock(),
            )

    def validate_current_config(self) -> Report:
        """Judge the configuration; the earlier system's name for `report`."""
        return self.report()

    def has_unsaved_changes(self) -> bool:
        """Tell whether there are changes that only memory knows."""
        return self._copy is not None and self._copy.is_changed

    def add_change_callback(
        self, callback: Callable[..., object], *, path: str | None = None
    ) -> None:
        """
        Call *callback* with (old, new, changes) after each change in effect.

        *old* and *new* are plain data, *changes* a `Diff`. With *path*, only
        changes at or below it count. What a callback raises is logged by type
        and reaches nobody else.
        """
        self._subscribers.add(callback, path)

    def remove_change_callback(self, callback: Callable[..., object]) -> None:
        """Stop calling *callback*."""
        self._subscribers.remove(callback)

    def add_copy_callback(self, callback: Callable[[], object]) -> None:
        """
        Call *callback* each time that `copy` has become another one.

        After a change in memory, a reload, and a save, when its version exists
        already. A manager that reloads watches the folder from now on.
        """
        self._followers.add(callback)
        self._start_watching()

    def remove_copy_callback(self, callback: Callable[[], object]) -> None:
        """Stop calling *callback*."""
        self._followers.remove(callback)

    def _start_watching(self) -> None:
        if self._reloads and self._watch is None:
            from escai_nb.workspace.reload import Watch

            self._watch = Watch(self)

    def watched_files(self) -> tuple[Path, ...]:
        """List the files whose content this configuration comes from."""
        own = self._file or self.workspace.file(self.environment)
        return (own, self.workspace.shared_file, self.workspace.keyring_file(self.environment))

    @property
    def reload_state(self) -> ReloadState | None:
        """How the last reload went; nothing while nobody watches."""
        return self._watch.state if self._watch is not None else None

    def cleanup(self) -> None:
        """Stop every thread; the manager may still be read."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cleanup()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.workspace.root)!r}, {self.environment!r})"
