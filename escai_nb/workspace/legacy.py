"""A folder of the earlier system taken over: its configuration, its versions, its tags."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.digest import sha256_hex
from escai_nb.encryption.block import Scope, read_block
from escai_nb.encryption.seal import seal_document, value_digest
from escai_nb.errors import (
    DocumentError,
    FileUnavailableError,
    KeyUnavailableError,
    TargetExistsError,
)
from escai_nb.history.address import is_tag_name
from escai_nb.history.rows import drafted
from escai_nb.history.version import Draft, VersionKind
from escai_nb.safefile import read_bytes
from escai_nb.secret import Secret, conceal, reveal, untraced
from escai_nb.sources.document import parse, read
from escai_nb.sources.edit import apply, edits_between
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.assessment import assess, require_valid_model
from escai_nb.workspace.comparing import difference
from escai_nb.workspace.earlier_leaves import (
    KEY_NAMES,
    earlier_paths,
    open_with,
    read_earlier_key,
)
from escai_nb.workspace.git_attributes import write_attributes
from escai_nb.workspace.layout import SUFFIXES
from escai_nb.workspace.opening import examine, read_files
from escai_nb.workspace.past import history_of
from escai_nb.workspace.reading import Standing, json_like, secret_paths
from escai_nb.workspace.recovery import writing
from escai_nb.workspace.saving import Entry, Means, save
from escai_nb.workspace.unlocking import make_keyring, require_safe_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from escai_nb.encryption.keyring import UnlockedKeyring
    from escai_nb.history.version import Version
    from escai_nb.workspace.layout import Workspace
    from escai_nb.workspace.reading import Files

_ID = re.compile("[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class TakenOver:
    """
    What came of a folder of the earlier system.

    Attributes:
        environments: Those that have a file now.

        versions: How many versions of the earlier system are in the history.

        clear: File → key paths of the secrets that were in clear in it.

        lost: Versions that its index names, and whose file is not to be read.

        notes: What was not taken as it was, and what is to be done.
    """

    environments: tuple[str, ...]
    versions: int
    clear: Mapping[str, tuple[str, ...]]
    lost: tuple[str, ...]
    notes: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "environments": list(self.environments),
            "versions": self.versions,
            "clear": {file: list(paths) for file, paths in self.clear.items()},
            "lost": list(self.lost),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class _Earlier:
    """A version as the earlier system told it, its secrets concealed."""

    name: str
    time: dt.datetime
    description: str
    tags: tuple[str, ...]
    environment: str
    values: dict[str, Any] = field(repr=False)


@dataclass
class _Opening:
    """The state of opening all files of a folder."""

    workspace: Workspace
    folder: Path
    key_file: Path | None
    clear: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    key: Secret[str] | None = None

    def opened(self, data: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Return what *data* says, each secret concealed; note those that were in clear."""
        catalog = self.workspace.spec.catalog
        sealed = earlier_paths(data)
        if sealed:
            own = open_with(self._key(), data, sealed, catalog)
        else:
            own = conceal(json_like(data), catalog.is_sensitive)
        found = [path for path in secret_paths(own) if path not in sealed]
        if found:
            self.clear[name] = tuple(keypath.render(path) for path in found)
        concealed: dict[str, Any] = own
        return concealed

    def _key(self) -> Secret[str]:
        if self.key is None:
            places = [self.folder / name for name in KEY_NAMES]
            place = self.key_file or next((each for each in places if each.exists()), None)
            if place is None:
                message = f"{self.folder} has sealed values, and no key is beside them"
                raise KeyUnavailableError(message, hint="name the key's file with --key-file")
            self.key = read_earlier_key(place)
            if place.resolve().is_relative_to(self.workspace.root.resolve()):
                self.notes.append(f"{place} is a key inside the workspace: remove it")
        return self.key


@untraced
def import_legacy(
    workspace: Workspace,
    folder: Path,
    *,
    environment: str | None = None,
    key_file: Path | None = None,
) -> TakenOver:
    """
    Take over the files of *folder*: each version into the chain, secrets sealed on the way.

    Times, descriptions and tags stay; a version's earlier id stands at the end
    of its message. Nothing in *folder* is changed, unless it is the workspace
    itself: then its configuration files are sealed where they lie. Only
    *environment* is taken over where one is named.

    Raises:
        FileUnavailableError: If *folder* has nothing of the earlier system.
        KeyUnavailableError: If something is sealed, and its key is not here.
        SealError: If a sealed value does not open with the key.
        TargetExistsError: If an environment has a file or a history already.
        InvalidConfigurationError: If a configuration does not fit the model.
    """
    opening = _Opening(workspace, folder, key_file)
    files = _files(opening, environment)
    earlier = _versions(opening, environment, next(iter(files), None))
    if not files and not earlier:
        message = f"{folder} holds no configuration and no version of the earlier system"
        raise FileUnavailableError(message, code="file-missing", where=str(folder))
    present = [*dict.fromkeys([*files, *(version.environment for version in earlier)])]
    for name in present:
        _require_free(workspace, name, files.get(name))
        if name in files:
            require_valid_model(assess(examine(workspace, name, files[name])))
    require_safe_store(workspace)
    with writing(workspace):
        workspace.set_up()
        write_attributes(workspace)
        for name in present:
            keyring = make_keyring(workspace, name, seals="history")
            own = [version for version in earlier if version.environment == name]
            _keep(workspace, keyring, own, opening)
            if name in files:
                _seal(workspace, name, files[name])
    if opening.clear:
        opening.notes.append("what was in clear has been readable to others: set new secrets")
    return TakenOver(
        tuple(files), len(earlier), opening.clear, tuple(opening.lost), tuple(opening.notes)
    )


def _files(opening: _Opening, only: str | None) -> dict[str, Files]:
    """Read the configuration files of the folder, opened."""
    workspace, found = opening.workspace, {}
    for name in workspace.spec.environments:
        source = next(
            (
                path
                for suffix in SUFFIXES
                if (path := opening.folder / f"config.{name}{suffix}").exists()
            ),
            None,
        )
        if source is None or only not in {None, name}:
            continue
        document = read(source)
        own = opening.opened(document.data, source.name)
        plain = json_like(document.data)
        text = Secret(apply(document, edits_between(plain, reveal(own))))
        path = workspace.root / source.name
        form = "json" if source.suffix == ".json" else "yaml"
        moved = parse(text.open(), source=str(path), format=form)
        files = read_files(workspace, path, moved)
        found[name] = replace(files, found=document.text) if path.exists() else files
    return found


def _versions(opening: _Opening, only: str | None, default: str | None) -> list[_Earlier]:
    """Read the versions of the folder, oldest first, also those that its index has lost."""
    folder = opening.folder / "versions"
    listed: dict[str, Any] = {}
    try:
        index = json.loads(read_bytes(folder / "metadata.json", limit=LIMITS.size))
        listed = {entry["id"]: entry for entry in index["versions"]}
    except FileUnavailableError:
        pass
    except (ValueError, KeyError, TypeError):
        opening.notes.append(f"{folder / 'metadata.json'} cannot be read; the versions are")
    present = {path.stem for path in folder.glob("*.json") if _ID.fullmatch(path.stem)}
    opening.lost += [name for name in listed if name not in present]
    found = []
    for name in sorted(present):
        try:
            said = parse(
                read_bytes(folder / f"{name}.json", limit=LIMITS.size),
                source=f"versions/{name}.json",
                format="json",
            ).data
            told = {**said, **listed.get(name, {})}
            time = dt.datetime.fromisoformat(told["timestamp"])
            values = said["config"]
            stream = values.get("environment", default)
        except (DocumentError, KeyError, ValueError, TypeError, AttributeError):
            opening.lost.append(name)
            continue
        stream = stream if stream in opening.workspace.spec.environments else only or default
        if stream is None or only not in {None, stream}:
            continue
        found.append(
            _Earlier(
                name,
                time if time.tzinfo else time.replace(tzinfo=dt.UTC),
                str(told.get("description", "")),
                tuple(map(str, told.get("tags") or ())),
                stream,
                opening.opened(values, f"versions/{name}.json"),
            )
        )
    return sorted(found, key=lambda version: (version.time, version.name))


def _require_free(workspace: Workspace, environment: str, files: Files | None) -> None:
    with history_of(workspace) as store:
        is_known = store.head(environment) is not None
    path = workspace.file(environment)
    is_itself = files is not None and files.found is not None and path == files.path
    if (
        is_known
        or workspace.keyring_file(environment).exists()
        or (path.exists() and not is_itself)
    ):
        message = f"{environment} has a configuration or a history here already"
        hint = "take it over into a folder of its own: -d FOLDER"
        raise TargetExistsError(message, where=str(path), hint=hint)


def _keep(
    workspace: Workspace, keyring: UnlockedKeyring, earlier: list[_Earlier], opening: _Opening
) -> None:
    """Put *earlier* versions into the chain, all or none."""
    made: list[Version] = []
    contents: dict[str, dict[str, Any]] = {}
    before: dict[str, Any] = {}
    named: dict[str, int] = {}
    for each in earlier:
        content = seal_document(
            each.values,
            secrets=secret_paths(each.values),
            key=keyring.primary,
            scope=Scope.STRICT,
            revision=len(made) + 1,
            keyring=keyring.generation,
        )
        block = read_block(content)
        draft = Draft(
            environment=each.environment,
            kind=VersionKind.IMPORT,
            author=workspace.author,
            time=each.time,
            message=f"{each.description} [{each.name}]".strip(),
            revision=len(made) + 1,
            value_digest=value_digest(keyring.primary, reveal(each.values)),
            seal=block.seal if block is not None else "",
            changes=len(difference(before, each.values)),
        )
        digest = sha256_hex(content)
        made.append(drafted(draft, made[-1].id if made else None, digest))
        contents[digest], before = content, each.values
        for tag in each.tags:
            if not is_tag_name(tag):
                opening.notes.append(f"the tag {tag!r} of {each.name} cannot be a tag here")
            elif named.setdefault(tag, len(made) - 1) != len(made) - 1:
                named[tag] = len(made) - 1
                opening.notes.append(
                    f"the tag {tag!r} stood at several versions; the newest has it"
                )
    tagged = [
        replace(version, tags=tuple(sorted(tag for tag, place in named.items() if place == at)))
        for at, version in enumerate(made)
    ]
    with history_of(workspace) as store:
        store.take_in(tagged, contents.items())


def _seal(workspace: Workspace, environment: str, files: Files) -> None:
    reading = replace(examine(workspace, environment, files), stands=Standing.CURRENT)
    entry = Entry(VersionKind.IMPORT, f"taken over from the earlier {files.path.name}")
    save(reading, reading.own, entry, Means(resealed=True))
