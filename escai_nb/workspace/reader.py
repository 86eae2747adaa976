"""One environment's configuration as it is read: fresh model objects, live reload."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from escai_nb.errors import DocumentError, FileUnavailableError, HeadMovedError, HistoryDamagedError
from escai_nb.secret import Secret
from escai_nb.workspace.given import taken_section
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.loading.comparing import difference
from escai_nb.workspace.loading.opening import read_environment, same_sources
from escai_nb.workspace.loading.variables import secret_files
from escai_nb.workspace.noticing.outbox import Outbox
from escai_nb.workspace.noticing.subscribers import Followers, Subscribers
from escai_nb.workspace.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import BaseModel

    from escai_nb.origin import Origin
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.live.checking import LiveChecks
    from escai_nb.validation.report import Report
    from escai_nb.workspace.drift import Drift, Observer
    from escai_nb.workspace.loading.explanation import Explanation
    from escai_nb.workspace.loading.reading import Reading
    from escai_nb.workspace.noticing.reload import ReloadState, Watch
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

        poll_interval: Seconds between looks at the files, in place of the
            system's notices; ``ESCAI_POLL_INTERVAL`` by default. Files of a
            network are looked at regularly in any case.

        env_file: A dotenv file whose variables lie below those of *environ*;
            ``ESCAI_ENV_FILE``, else ``.env`` and ``.env.<environment>`` in the
            workspace by default.

        store: The database of versions of this workspace, in place of
            ``.escai/history.db``; ``ESCAI_HISTORY_FILE`` by default.

        config_file: What is read in place of the environment's own file.

        overrides: Nested values that lie over those of every other layer; they
            are never saved.

    Raises:
        ValueRefusedError: If *overrides* hold what no file could.
        EnvironmentUnknownError: If the spec has no such environment.
        SpecError: If the workspace was made for another spec.
        NewerFormatError: If a newer version of this package made it.
    """

    def __init__(  # noqa: PLR0913  # each is named but for the first two
        self,
        config_dir: str | Path = "config",
        environment: str | None = None,
        *,
        enable_hot_reload: bool = True,
        spec: ConfigSpec | None = None,
        environ: Mapping[str, str] | None = None,
        author: str | None = None,
        poll_interval: float | None = None,
        env_file: str | Path | None = None,
        store: str | Path | None = None,
        config_file: str | Path | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        given = Secret(overrides)
        del overrides  # a traceback with local variables shows none of it
        self.workspace = Workspace.at(
            config_dir, spec, environ=environ, author=author, env_file=env_file, store=store
        )
        self.spec = self.workspace.spec
        if given.open():
            values = taken_section(given.open(), self.spec.outline.is_sensitive)
            self.workspace = replace(self.workspace, overrides=values)
        asked = environment or self.workspace.environ.get("ESCAI_ENV") or self.spec.environments[0]
        self.environment = self.spec.require_environment(getattr(asked, "value", asked))
        self._reloads = enable_hot_reload
        self._poll_interval = poll_interval
        self._file = Path(config_file) if config_file is not None else None
        self._copy: WorkingCopy | None = None
        self._lock = threading.RLock()
        self._outbox = Outbox()
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
        with self._changing():
            if config_file is not None:
                self._file = Path(config_file)
            watch = self._new_watch()  # from before the files are read, so that it misses nothing
            try:
                copy = WorkingCopy.of(self._read())
                model = copy.model()
            except BaseException:
                if watch is not None:
                    watch.stop()
                raise
            self._swap(copy)
            self._start(watch)
            return model

    def reload(self) -> None:
        """Read the files afresh, dropping unsaved changes; see `load_config`."""
        self.load_config()

    def catch_up(self) -> None:
        """
        Take over what the files say now, unless it is what was read already.

        Raises:
            HeadMovedError: If they changed beside unsaved changes, which stay.
            EscaiError: As `load_config` does; the last good values stay.
        """
        with self._changing():
            known, fresh = self._copy, WorkingCopy.of(self._read())
            if known is not None and same_sources(known.reading, fresh.reading):
                fresh.reading.require_usable()
                return
            if known is not None and known.is_changed:
                message = "the files changed beside unsaved changes"
                raise HeadMovedError(message, hint="load_config drops those and reads the files")
            fresh.model()
            self._swap(fresh)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold this manager's lock; what changes is told once it is free."""
        with self._outbox.sent_after(), self._lock:
            yield

    def _read(self) -> Reading:
        before = self._copy.reading if self._copy is not None else None
        return read_environment(self.workspace, self.environment, file=self._file, before=before)

    @property
    def copy(self) -> WorkingCopy:
        """What was last read, with the unsaved changes; read now if nothing was."""
        if (copy := self._copy) is not None:
            return copy  # who reads waits for no writer
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
        if before is not None and not before.reading.troubles and self._subscribers:
            old, new = before.values(), copy.values()
            if changes := difference(old, new):
                self._outbox.put(partial(self._subscribers.tell, old, new, changes))
        self._outbox.put(self._followers.tell)

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

    def report(self, *, suppressions: bool = True, live: bool | LiveChecks = False) -> Report:
        """
        Judge the configuration with its unsaved changes; works without a key too.

        Without *suppressions*, findings that were put aside count like any other.
        The other environments of the workspace are compared, too. With *live*,
        the services that the configuration names are asked whether they are
        there and take the login; `LiveChecks` says how long to wait for them.

        Raises:
            FileUnavailableError: If there is no file to judge.
        """
        from escai_nb.validation.live.checking import LiveChecks  # for judges only

        checks = LiveChecks.wished(live)
        try:
            return self.copy.report(suppressions=suppressions, neighbours=True, live=checks)
        except (DocumentError, FileUnavailableError, HistoryDamagedError) as error:
            from escai_nb.workspace.assessment import assess_broken

            return assess_broken(
                self.workspace,
                self.environment,
                error,
                file=self._file,
                suppressions=suppressions,
                live=checks,
            )

    def drift(self, *observers: Observer) -> Drift:
        """Compare the file as it lies there with what all *observers* know, see `Observer`."""
        from escai_nb.workspace.drift import drift_of

        return drift_of(self.copy, *observers, file=self._file)

    def validate_current_config(self) -> Report:
        """Judge the configuration; the earlier system's name for `report`."""
        return self.report()

    def has_unsaved_changes(self) -> bool:
        """Tell whether there are changes that only memory knows."""
        return self._copy is not None and self._copy.is_changed

    def add_change_callback(
        self,
        callback: Callable[..., object],
        path: str | None = None,
        *,
        on_reload_state: Callable[[ReloadState], object] | None = None,
    ) -> None:
        """
        Call *callback* with (old, new, changes) after each change in effect.

        *old* and *new* are plain data, *changes* a `Diff`. With *path*, only
        changes at or below it count. Callbacks are called in the order in which
        they were added, on the thread that made the change or, for a reload, on
        one of this manager's own; while others are being told, on theirs. They
        may use the manager as they like, as nothing is locked meanwhile. What one
        raises is logged by type and reaches nobody else.

        *on_reload_state* is called with the `ReloadState` when files begin to be
        refused, when they are refused for another reason, and when they are
        taken again.
        """
        with self._lock:
            self._subscribers.add(callback, path, on_reload_state)
            self._keep()

    def remove_change_callback(self, callback: Callable[..., object]) -> None:
        """Stop calling *callback*, and the *on_reload_state* that came with it."""
        with self._lock:
            self._subscribers.remove(callback)
            self._keep()

    def announce(self, state: ReloadState) -> None:
        """Tell who asked to be told how reloads go."""
        with self._outbox.sent_after():
            self._outbox.put(partial(self._subscribers.tell_state, state))
            self._outbox.put(self._followers.tell)

    def add_copy_callback(self, callback: Callable[[], object]) -> None:
        """
        Call *callback* each time that `copy` or `reload_state` has become another one.

        After a change in memory, a reload, and a save, when its version exists
        already. A manager that reloads watches the folder from now on.
        """
        with self._lock:
            self._followers.add(callback)
            self._start(self._new_watch())

    def remove_copy_callback(self, callback: Callable[[], object]) -> None:
        """Stop calling *callback*."""
        with self._lock:
            self._followers.remove(callback)

    def _new_watch(self) -> Watch | None:
        """Make a watch, unless there is one or none is wanted."""
        if not self._reloads or self._watch is not None:
            return None
        from escai_nb.workspace.noticing.reload import Watch, poll_interval

        return Watch(self, interval=poll_interval(self._poll_interval, self.workspace.environ))

    def _start(self, watch: Watch | None) -> None:
        if watch is None:
            if self._watch is not None:
                self._watch.wake()  # what was refused may be taken now
            return
        self._watch = watch
        self._keep()
        watch.start()
        weakref.finalize(self, watch.stop).atexit = False

    def _keep(self) -> None:
        """Let the watch keep this alive only while somebody waits to be told of changes."""
        if self._watch is not None:
            self._watch.kept = self if self._subscribers else None

    def watched_files(self) -> tuple[Path, ...]:
        """List the files whose content may decide what this configuration says."""
        own = (self._file,) if self._file is not None else ()
        beside = secret_files(self.workspace, self.environment)
        return (*own, *self.workspace.sources(self.environment), *beside)

    @property
    def reload_state(self) -> ReloadState | None:
        """How the last reload went; nothing while nobody watches."""
        return self._watch.state if self._watch is not None else None

    def cleanup(self) -> None:
        """Stop every thread; the manager may still be used, and watches no file any more."""
        self._reloads = False
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cleanup()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.workspace.root)!r}, {self.environment!r})"
