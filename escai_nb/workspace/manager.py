"""ConfigManager: one environment's configuration, read, changed, saved and gone back in."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from escai_nb.errors import DocumentError
from escai_nb.history.version import History, VersionKind
from escai_nb.secret import reveal
from escai_nb.workspace.acceptance import accept
from escai_nb.workspace.assessment import assess, assess_unparsed, require_acceptable
from escai_nb.workspace.exchange import export_values
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.meeting import read_again
from escai_nb.workspace.opening import empty_reading, read_environment
from escai_nb.workspace.past import change_tag, find_version, history_of, rolled_back
from escai_nb.workspace.saving import Entry, Means, difference, save, version_values
from escai_nb.workspace.subscribers import Subscribers
from escai_nb.workspace.working_copy import WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from pydantic import BaseModel

    from escai_nb.history.change import Diff
    from escai_nb.history.version import Version
    from escai_nb.origin import Origin
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.report import Report
    from escai_nb.workspace.acceptance import Acceptance
    from escai_nb.workspace.explanation import Explanation
    from escai_nb.workspace.reading import Reading
    from escai_nb.workspace.reload import ReloadState, Watch


class ConfigManager:
    """
    The configuration of one environment, joined from its files, keys and history.

    Reading never writes. Changes gather in memory until `save_config`, which
    makes one version of them; a refused change leaves memory and disk as they
    were. Model objects that are handed out are fresh: changing one changes
    nothing here. May be used from several threads.

    Args:
        config_dir: The workspace.

        environment: Name; ``ESCAI_ENV``, then the first of the spec, by default.

        enable_hot_reload: Watch the folder once something was loaded, and load
            again when a file changes.

        enable_encryption: Seal the file at the next save. ``None`` keeps it as
            the environment has it: sealed, unless it was imported in clear.

        enable_versioning: Record a version at each save.

        spec: What is known of the application; as the workspace says by default.

        environ: Environment variables; those of the process by default.

        author: Who is named in versions; ``ESCAI_AUTHOR`` or the login name by
            default.

    Raises:
        EnvironmentUnknownError: If the spec has no such environment.
        SpecError: If the workspace was made for another spec.
        NewerFormatError: If a newer version of this package made it.
    """

    def __init__(  # the earlier system's five, and three of ours
        self,
        config_dir: str | Path = "config",
        environment: str | None = None,
        enable_hot_reload: bool = True,  # noqa: FBT001, FBT002  # the earlier system's signature
        enable_encryption: bool | None = True,  # noqa: FBT001, FBT002
        enable_versioning: bool = True,  # noqa: FBT001, FBT002
        *,
        spec: ConfigSpec | None = None,
        environ: Mapping[str, str] | None = None,
        author: str | None = None,
    ) -> None:
        self.workspace = Workspace.at(config_dir, spec, environ=environ, author=author)
        self.spec = self.workspace.spec
        asked = environment or self.workspace.environ.get("ESCAI_ENV") or self.spec.environments[0]
        self.environment = self.spec.require_environment(getattr(asked, "value", asked))
        self._reloads = enable_hot_reload
        self._seals = enable_encryption
        self._versions = enable_versioning
        self._file: Path | None = None
        self._copy: WorkingCopy | None = None
        self._lock = threading.RLock()
        self._subscribers = Subscribers()
        self._watch: Watch | None = None

    # --- reading -----------------------------------------------------------

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

    def shadowed(self, path: str) -> Origin | None:
        """Return the variable that hides the own file's value of *path*, if one does."""
        return self.copy.shadowed(path)

    def report(self) -> Report:
        """
        Judge the configuration with its unsaved changes; works without a key too.

        Raises:
            FileUnavailableError: If there is no file to judge.
        """
        try:
            return self.copy.report()
        except DocumentError as error:
            return assess_unparsed(
                error,
                environment=self.environment,
                source=self._file or self.workspace.file(self.environment),
                timestamp=self.workspace.clock(),
            )

    def validate_current_config(self) -> Report:
        """Judge the configuration; the earlier system's name for `report`."""
        return self.report()

    # --- changing ----------------------------------------------------------

    def update_config(self, updates: Mapping[str, Any], validate: bool = True) -> None:  # noqa: FBT001, FBT002
        """
        Take over nested *updates*, all or none; nothing is written yet.

        Raises:
            InvalidConfigurationError: If the result breaks the model or brings
                an error that was not there before; with *validate* off this
                waits until `save_config`.
        """
        with self._lock:
            self._swap(self.copy.updated(updates, validate=validate))

    def set_config_value(self, path: str, value: object, validate: bool = True) -> None:  # noqa: FBT001, FBT002
        """
        Put *value* at *path*; nothing is written yet.

        Raises:
            FieldUnknownError: If the model has no such field.
            InvalidConfigurationError: See `update_config`.
        """
        with self._lock:
            self._swap(self.copy.with_value(path, value, validate=validate))

    def unset_config_value(self, path: str, *, validate: bool = True) -> None:
        """
        Take *path* out of the environment's own file; a lower layer shows again.

        Raises:
            KeyPathError: If the file does not say it.
            InvalidConfigurationError: See `update_config`.
        """
        with self._lock:
            self._swap(self.copy.without(path, validate=validate))

    def discard(self) -> None:
        """Drop all unsaved changes."""
        with self._lock:
            if self._copy is not None:
                self._swap(WorkingCopy.of(self._copy.reading))

    @property
    def pending(self) -> Diff:
        """The unsaved changes; secrets are told as changed."""
        return self.copy.pending

    def has_unsaved_changes(self) -> bool:
        """Tell whether there are changes that only memory knows."""
        return self._copy is not None and self._copy.is_changed

    # --- saving ------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """
        Hold the workspace's lock, starting from what the files say now.

        Between reading and saving nobody else can save, so that a change made
        inside never meets a moved head. Unsaved changes are dropped first.
        """
        with self.workspace.writing(), self._lock:
            self._copy = None
            yield self

    def save_config(
        self,
        config_file: str | Path | None = None,
        *,
        message: str = "",
        expected_head: str | None = None,
    ) -> Version | None:
        """
        Write the changes to the file and record them as one version.

        Without changes nothing is written and the newest version is returned.
        With *config_file* that file is written, sealed in the same way, and no
        version recorded, as the history belongs to the environment's own file.

        Raises:
            HeadMovedError: If the file or the head is not the one that was read.
            InvalidConfigurationError: If the result breaks the model or brings
                an error that was not there before.
            WriteFailedError: If the disk refuses; everything is as before.
        """
        with self.workspace.writing(), self._lock:
            copy = self.copy
            if config_file is not None and Path(config_file) != copy.reading.files.path:
                target = empty_reading(self.workspace, self.environment, Path(config_file))
                means = Means(self._sealed(copy.reading), versioned=False)
                return save(target, copy.own, Entry(VersionKind.SAVE, message), means)
            fresh = self._read_again(expected_head)
            require_acceptable(assess(copy.reading), assess(fresh, own=copy.own))
            return self._write(fresh, copy.own, Entry(VersionKind.SAVE, message))

    def _read_again(self, expected_head: str | None = None) -> Reading:
        copy = self.copy
        copy.reading.require_usable()
        return read_again(copy.reading, copy.pending, file=self._file, expected_head=expected_head)

    def _write(self, reading: Reading, own: dict[str, Any], entry: Entry) -> Version | None:
        means = Means(self._sealed(reading), self._versions and self._file is None)
        version = save(reading, own, entry, means)
        after = self._read()
        after.require_usable()
        self._swap(WorkingCopy.of(after))
        return version

    def _sealed(self, reading: Reading) -> bool:
        """Decide whether the file is sealed from now on; it never loses its seal."""
        if reading.block is not None or self._seals:
            return True
        if self._seals is None:
            return reading.keyring is None or reading.keyring.seals == "file"
        return False

    def accept(self, message: str = "", *, dry_run: bool = False) -> Acceptance:
        """
        Take over what was edited outside: validate, seal, record; see `accept`.

        Raises:
            SealError: If a token was moved, broken, or comes from elsewhere.
            InvalidConfigurationError: If the file breaks the model, or brings
                an error that the last version did not have.
        """
        with self._lock:
            taken = accept(self.workspace, self.environment, message=message, dry_run=dry_run)
            self._copy = None
            return taken

    # --- history -----------------------------------------------------------

    def history(self, limit: int | None = None, **filters: Any) -> History:  # noqa: ANN401
        """Return the versions of this environment, newest first."""
        with history_of(self.workspace) as store:
            found = store.versions(self.environment, limit=limit, **filters)
        return History(tuple(found), self.environment)

    def get_config_history(self, limit: int = 10) -> list[Version]:
        """Return the newest *limit* versions, newest first."""
        return list(self.history(limit))

    def version(self, address: str) -> Version:
        """
        Return the one version that *address* names.

        Raises:
            VersionUnknownError: If none does, or more than one.
        """
        return find_version(self.workspace, self.environment, address)

    def diff(
        self, a: str = "HEAD", b: str | None = None, *, other_environment: str | None = None
    ) -> Diff:
        """
        Compare version *a* with version *b*, or with the file and its unsaved changes.

        With *other_environment*, compare that one's values in effect with this
        one's. Works without a key: sealed values are then compared as they are.
        """
        copy = self.copy
        if other_environment is not None:
            name = self.spec.require_environment(other_environment)
            other = read_environment(self.workspace, name)
            return difference(other.merged.data, copy.values(), left=name, right=self.environment)
        old, new = self.version(a), self.version(b) if b is not None else None
        said = version_values(copy.reading, new) if new is not None else copy.comparable()
        right = new.short if new is not None else "file"
        return difference(version_values(copy.reading, old), said, left=old.short, right=right)

    def tag(self, version: str, name: str) -> Version:
        """Give *version* a name that is unique in this environment; return it."""
        return change_tag(self.workspace, self.environment, version, name, remove=False)

    def untag(self, version: str, name: str) -> Version:
        """Take the name away from *version*; return it."""
        return change_tag(self.workspace, self.environment, version, name, remove=True)

    def preview_rollback(self, version: str, *, include_secrets: bool = False) -> Diff:
        """Return what `rollback_config` would change."""
        named, reading = self.version(version), self.reading
        own = rolled_back(reading, named, include_secrets=include_secrets)
        return difference(reading.own, own, left="file", right=named.short)

    def rollback_config(
        self, version: str, *, include_secrets: bool = False, message: str = ""
    ) -> Version | None:
        """
        Make a new version that says what *version* said; today's secrets stay.

        With *include_secrets* the old secrets come back as well.

        Raises:
            InvalidConfigurationError: If that breaks the model of today, or
                brings an error that is not there now.
        """
        with self.workspace.writing(), self._lock:
            self.discard()
            fresh, named = self._read_again(), self.version(version)
            own = rolled_back(fresh, named, include_secrets=include_secrets)
            require_acceptable(assess(fresh), assess(fresh, own=own))
            said = message or f"roll back to {named.short}"
            return self._write(fresh, own, Entry(VersionKind.ROLLBACK, said, named.id))

    # --- sharing -----------------------------------------------------------

    def export_config(self, path: str | Path, include_sensitive: bool = False) -> Path:  # noqa: FBT001, FBT002
        """
        Write all values in effect to the new file *path*, secrets masked unless asked otherwise.

        Raises:
            TargetExistsError: If *path* is there.
            EscaiError: If secrets are asked for, and not all can be opened.
        """
        copy = self.copy
        if not include_sensitive:
            return export_values(copy.masked(), Path(path))
        copy.reading.require_usable()
        return export_values(copy.values(), Path(path))

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
        return f"ConfigManager({str(self.workspace.root)!r}, {self.environment!r})"
