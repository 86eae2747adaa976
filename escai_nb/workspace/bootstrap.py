"""A new environment: from its preset, or from a file that exists already."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import (
    EscaiError,
    InvalidConfigurationError,
    TargetExistsError,
)
from escai_nb.history.version import VersionKind
from escai_nb.looking import is_there
from escai_nb.secret import Secret, conceal, untraced
from escai_nb.sources.document import parse, read
from escai_nb.sources.layers import laid_over
from escai_nb.workspace.access.unlocking import key_place, make_keyring, require_safe_store
from escai_nb.workspace.assessment import assess, require_valid_model
from escai_nb.workspace.exchange import (
    format_of,
    read_values,
    require_clear,
    require_no_mask,
    written,
)
from escai_nb.workspace.git_attributes import write_attributes
from escai_nb.workspace.layout import SUFFIXES, Workspace
from escai_nb.workspace.loading.opening import empty_reading, examine, read_environment, read_files
from escai_nb.workspace.loading.reading import Standing
from escai_nb.workspace.writing.recovery import mend, writing
from escai_nb.workspace.writing.saving import Entry, Means, save

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.encryption.providers.provider import KeyProvider
    from escai_nb.history.version import Version
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.report import Report
    from escai_nb.workspace.loading.reading import Reading

SECRET_BYTES = 32
"""Randomness of a generated secret; written as 43 URL-safe characters."""


@dataclass(frozen=True, slots=True)
class Created:
    """
    What was made.

    Attributes:
        key_file: Where the master key lies; it must be backed up, as without it
            nothing that is sealed can be read again; nothing if it is a passphrase.

        files: Everything that was written and is meant for version control.

        report: What is to be said of the new configuration.
    """

    environment: str
    file: Path
    key_file: Path | None
    version: Version
    files: tuple[Path, ...]
    report: Report

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environment": self.environment,
            "file": str(self.file),
            "key_file": str(self.key_file) if self.key_file is not None else None,
            "version": self.version.id,
            "files": [str(path) for path in self.files],
            "findings": len(self.report.findings),
        }


def preset_values(spec: ConfigSpec, environment: str) -> dict[str, Any]:
    """Return the preset of *environment* with new secrets, each inside a `Secret`."""
    own = conceal(spec.preset(environment), spec.catalog.is_sensitive)
    if spec.environment_field is not None:
        own = keypath.replace(own, keypath.parse(spec.environment_field), environment)
    for name in spec.generated_for(environment):
        path = keypath.parse(name)
        if not keypath.has(own, path):
            own = keypath.replace(own, path, generated_secret())
    filled: dict[str, Any] = own
    return filled


def generated_secret() -> Secret[str]:
    """Return a new random secret of `SECRET_BYTES`."""
    return Secret(secrets.token_urlsafe(SECRET_BYTES))


def initialise(
    workspace: Workspace,
    environment: str,
    *,
    force: bool = False,
    encrypt: bool = True,
    values: Mapping[str, Any] | None = None,
    provider: KeyProvider | None = None,
    message: str = "",
) -> Created:
    """
    Write the preset of *environment*, its secrets generated and sealed.

    *values* are laid over the preset, leaf by leaf. Findings of rules are
    reported and do not stand in the way, as there is no file yet to mend. A
    first keyring is made for *provider*, such as a passphrase, or else for a
    key file.

    Raises:
        TargetExistsError: If the environment has a file and *force* is off;
            with it, the old content is kept as a version.
        InvalidConfigurationError: If the spec has no preset that fits its model.
        KeyUnsafeError: If the master key would lie where others can read it.
    """
    workspace.spec.require_environment(environment)
    path = workspace.file(environment)
    hint = "edit it, or start over with --force, which keeps the old one as a version"
    if not force:
        _require_free(workspace, path, hint)
    preset = preset_values(workspace.spec, environment)
    own = conceal(laid_over(preset, values or {}), workspace.spec.catalog.is_sensitive)
    planned = _start(workspace, environment, path)
    report = assess(planned, own=own)
    try:
        require_valid_model(report)
    except InvalidConfigurationError as error:
        error.hint = (
            f"give the spec a preset for {environment} that fits its model, "
            f"or begin with a file: escai config import -e {environment} FILE"
        )
        raise
    require_safe_store(workspace)
    with writing(workspace):
        if not force:
            _require_free(workspace, path, hint)
        workspace.set_up()
        write_attributes(workspace)
        reading = _start(workspace, environment, path, keep=True)
        if provider is not None and reading.keyring is None:
            seals = "file" if encrypt else "history"
            keyring = make_keyring(workspace, environment, seals=seals, provider=provider)
            reading = replace(reading, keyring=keyring)
        entry = Entry(VersionKind.INIT, message or f"{environment} from its preset")
        version = save(reading, own, entry, Means(sealed=encrypt))
    return _created(workspace, environment, path, version, report)


def preview(workspace: Workspace, environment: str, values: Mapping[str, Any]) -> Report:
    """Judge what `initialise` would write with *values*; nothing is written."""
    own = laid_over(preset_values(workspace.spec, environment), values)
    empty = empty_reading(workspace, environment, workspace.file(environment))
    return assess(empty, own=conceal(own, workspace.spec.catalog.is_sensitive))


def _require_free(workspace: Workspace, path: Path, hint: str) -> None:
    """
    Make sure that there is no file at *path*; one that was half made is finished.

    Raises:
        TargetExistsError: If there is one.
    """
    if not is_there(path):
        return
    mend(workspace)
    message = f"{path} is there already"
    raise TargetExistsError(message, where=str(path), hint=hint)


def _start(workspace: Workspace, environment: str, path: Path, *, keep: bool = False) -> Reading:
    """
    Read what a fresh file will take the place of: its seal's name and number go on.

    With *keep*, its content is made a version, if it is none yet.
    """
    empty = empty_reading(workspace, environment, path)
    if not is_there(path):
        return empty
    old = read_environment(workspace, environment)
    old.require_usable()
    if keep:
        entry = Entry(VersionKind.ADOPTED, "found in the file")
        save(old, old.own, entry, Means(sealed=old.block is not None))
        old = read_environment(workspace, environment)
    return replace(empty, block=old.block, head=old.head, keyring=old.keyring)


def import_file(workspace: Workspace, environment: str, source: str | Path) -> Created:
    """
    Make *source* the configuration of *environment*, every comment kept.

    Variables become YAML. The file stays clear until it is sealed, unless the environment's keyring
    demands a seal; its history is sealed from the first version on. Findings
    are reported and do not stand in the way.

    Raises:
        TargetExistsError: If the environment has a file already.
        DocumentError: If *source* is not a configuration document.
        FieldUnknownError: If *source* holds a variable with our prefix that names no field.
        RefusedError: If *source* is sealed already.
        InvalidConfigurationError: If *source* does not fit the model.
    """
    workspace.spec.require_environment(environment)
    origin = Path(source)
    path = workspace.file(environment)
    hint = "import into another environment or folder"
    _require_free(workspace, path, hint)
    suffix = origin.suffix if origin.suffix in SUFFIXES else SUFFIXES[0]
    path = path.with_suffix(suffix)
    text = _text_of(origin, workspace.spec)
    kind = "json" if suffix == ".json" else "yaml"
    moved = parse(text.open(), source=str(path), format=kind)
    files = read_files(workspace, path, moved)
    report = assess(examine(workspace, environment, files))
    require_valid_model(report)
    require_safe_store(workspace)
    with writing(workspace):
        _require_free(workspace, path, hint)
        workspace.set_up()
        write_attributes(workspace)
        reading = examine(workspace, environment, files)
        known = replace(reading, stands=Standing.CURRENT)
        entry = Entry(VersionKind.IMPORT, f"imported from {origin.name}")
        means = Means(sealed=False, resealed=True)
        version = save(known, reading.own, entry, means)
    return _created(workspace, environment, path, version, report)


@untraced
def _text_of(origin: Path, spec: ConfigSpec) -> Secret[str]:
    """Return the document in the file *origin*, or that of its variables; no mask stands in it."""
    if format_of(origin) == "env":
        values = read_values(origin, spec)
        require_no_mask(values)
        return written(values, spec, "yaml")
    document = read(origin)
    require_clear(document.data, str(origin))
    require_no_mask(document.data)
    return Secret(document.text)


def _created(  # the parts of one value
    workspace: Workspace,
    environment: str,
    path: Path,
    version: Version | None,
    report: Report,
) -> Created:
    if version is None:
        message = f"{path} was written, and no version of it"
        raise EscaiError(message)
    place = key_place(workspace, environment).path
    return Created(
        environment=environment,
        file=path,
        key_file=place if is_there(place) else None,
        version=version,
        files=(
            path,
            workspace.keyring_file(environment),
            workspace.policy_file,
            workspace.root / ".gitattributes",
        ),
        report=report,
    )
