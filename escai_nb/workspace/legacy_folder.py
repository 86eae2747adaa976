"""A folder of the earlier system as it lies there: its files and versions, opened."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import (
    DocumentError,
    FileUnavailableError,
    KeyUnavailableError,
    SealError,
)
from escai_nb.looking import is_there
from escai_nb.safefile import read_bytes
from escai_nb.secret import Secret, conceal, reveal
from escai_nb.sources.document import parse, read
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.layout import SUFFIXES
from escai_nb.workspace.loading.earlier_leaves import (
    KEY_NAMES,
    earlier_paths,
    open_with,
    read_earlier_key,
)
from escai_nb.workspace.loading.opening import read_files
from escai_nb.workspace.loading.reading import json_like, secret_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.loading.reading import Files

_ID = re.compile("[0-9a-f]{8,64}")
INDEX = "metadata.json"


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """A version as the earlier system told it, its secrets concealed."""

    name: str
    time: dt.datetime
    description: str
    tags: tuple[str, ...]
    environment: str
    values: dict[str, Any] = field(repr=False)


@dataclass
class LegacyFolder:
    """
    The folder, and what was met while it was opened.

    Attributes:
        key_file: Where the key lies, if not beside the files.

        clear: File → key paths of the secrets that were in clear in it.

        lost: Versions that are named, and cannot be read or opened.

        notes: What was not taken as it was, and what is to be done.
    """

    workspace: Workspace
    folder: Path
    key_file: Path | None
    clear: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _key: Secret[str] | None = None

    def files(self, only: str | None) -> dict[str, Files]:
        """
        Read the configuration files, opened; of the *only* environment where one is named.

        Raises:
            EscaiError: If one cannot be read or opened.
        """
        found = {}
        names = self.workspace.spec.environments
        for name in names:
            places = [self.folder / f"config.{name}{suffix}" for suffix in SUFFIXES]
            present = [path for path in places if is_there(path)]
            if present and only in {None, name}:
                found[name] = self._file(present[0])
                self.notes += [
                    f"{path} was left out: {present[0].name} counts" for path in present[1:]
                ]
        taken = {f"config.{name}{suffix}" for name in names for suffix in SUFFIXES}
        others = sorted(
            path
            for path in self.folder.glob("config*")
            if path.suffix in SUFFIXES and path.name not in taken
        )
        if not self._is_workspace():
            self.notes += [f"{path} was left out: it is of no environment here" for path in others]
        return found

    def _is_workspace(self) -> bool:
        return os.path.realpath(self.folder) == os.path.realpath(self.workspace.root)

    def _file(self, source: Path) -> Files:
        document = read(source)
        own = self._opened(document.data, source.name)
        plain = json_like(document.data)
        text = Secret(apply(document, edits_between(plain, reveal(own))))
        path = self.workspace.root / source.name
        form = "json" if source.suffix == ".json" else "yaml"
        moved = parse(text.open(), source=str(path), format=form)
        files = read_files(self.workspace, path, moved)
        return replace(files, found=document.text) if is_there(path) else files

    def versions(self, only: str | None, default: str | None) -> list[EarlierVersion]:
        """
        Read the versions, oldest first, also those that the index has lost.

        One that does not say its environment is of the *only* or *default* one.
        What cannot be read is `lost`.

        Raises:
            KeyUnavailableError: If something is sealed, and its key is not here.
            SealError: If something is sealed, and nothing opens.
        """
        folder, listed = self.folder / "versions", self._index()
        names = {path.stem for path in folder.glob("*.json") if _ID.fullmatch(path.stem)}
        found: list[EarlierVersion] = []
        broken: SealError | None = None
        for name in sorted({*names, *listed}):
            try:
                version = self._version(name, listed.get(name, {}), only or default)
            except (DocumentError, FileUnavailableError, LookupError, TypeError, ValueError):
                self.lost.append(name)
                continue
            except SealError as error:
                broken = error
                self.lost.append(name)
                self.notes.append(f"{name}: {error}")
                continue
            if only in {None, version.environment}:
                found.append(version)
        if broken is not None and not found:
            raise broken
        return sorted(found, key=lambda version: (version.time, version.name))

    def _index(self) -> dict[str, dict[str, Any]]:
        """Return what the index says of each version, as far as it can be read."""
        place = self.folder / "versions" / INDEX
        try:
            data = parse(read_bytes(place, limit=LIMITS.size), source=INDEX, format="json").data
        except FileUnavailableError as error:
            if is_there(place):
                self.notes.append(f"{error}; the versions are read without it")
            return {}
        except DocumentError:
            data = {}
        entries = data.get("versions")
        listed = {
            str(entry["id"]): entry
            for entry in (entries if isinstance(entries, list) else [])
            if isinstance(entry, dict) and isinstance(entry.get("id"), str)
        }
        if not isinstance(entries, list) or len(listed) < len(entries):
            self.notes.append(f"{place} is damaged; the versions are read all the same")
        return listed

    def _version(self, name: str, entry: Mapping[str, Any], default: str | None) -> EarlierVersion:
        path = self.folder / "versions" / f"{name}.json"
        if not _ID.fullmatch(name) or not _lies_in(path, self.folder):
            raise LookupError
        said = parse(
            read_bytes(path, limit=LIMITS.size), source=f"versions/{name}.json", format="json"
        ).data
        values = said["config"]
        environments = self.workspace.spec.environments
        stream = values.get("environment") if isinstance(values, dict) else None
        stream = stream if stream in environments else default
        if stream is None or not isinstance(values, dict):
            raise LookupError
        told = {**said, **entry}
        tags = told.get("tags")
        return EarlierVersion(
            name,
            self._time(path, entry.get("timestamp"), said.get("timestamp")),
            str(told.get("description", "")),
            tuple(map(str, tags if isinstance(tags, list) else [tags] if tags else [])),
            stream,
            self._opened(values, f"versions/{name}.json"),
        )

    def _time(self, path: Path, *told: object) -> dt.datetime:
        """Return the first time of *told* that is one, else that of the file at *path*."""
        for each in told:
            try:
                time = dt.datetime.fromisoformat(str(each))
            except ValueError:
                continue
            return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
        self.notes.append(f"{path.stem} does not say its time; that of its file is taken")
        return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)

    def _opened(self, data: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Return what *data* says, each secret concealed; note those that were in clear."""
        catalog = self.workspace.spec.catalog
        sealed = earlier_paths(data)
        if sealed:
            try:
                own = open_with(self._found_key(), data, sealed, catalog)
            except SealError as error:
                error.where = name
                error.hint = "name the key that it was sealed with: --key-file"
                raise
        else:
            own = conceal(json_like(data), catalog.is_sensitive)
        found = [path for path in secret_paths(own) if path not in sealed]
        if found:
            self.clear[name] = tuple(keypath.render(path) for path in found)
        concealed: dict[str, Any] = own
        return concealed

    def _found_key(self) -> Secret[str]:
        if self._key is None:
            places = [self.folder / name for name in KEY_NAMES]
            place = self.key_file or next((each for each in places if is_there(each)), None)
            if place is None:
                message = f"{self.folder} has sealed values, and no key is beside them"
                raise KeyUnavailableError(message, hint="name the key's file with --key-file")
            try:
                self._key = read_earlier_key(place)
            except (FileUnavailableError, KeyUnavailableError) as error:
                hint = "name the file of the key that it was sealed with: --key-file"
                raise KeyUnavailableError(str(error), where=str(place), hint=hint) from None
            if _lies_in(place, self.workspace.root):
                self.notes.append(f"{place} is a key inside the workspace: remove it")
        return self._key


def _lies_in(path: Path, folder: Path) -> bool:
    """Tell whether the file that *path* means lies in *folder*; a link in a circle means itself."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
