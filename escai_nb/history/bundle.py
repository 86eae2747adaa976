"""A bundle: versions of a history in one file, which is checked line by line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from escai_nb.digest import bytes_named, canonical_bytes, plain_of, sha256_hex
from escai_nb.errors import FileUnavailableError, HistoryDamagedError, NewerFormatError
from escai_nb.history.rows import columns, version_of_data
from escai_nb.history.version import Version, id_of
from escai_nb.looking import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

FORMAT = 1
LONGEST_LINE = 32 * 1024 * 1024
"""Bytes; a content of the largest document has a few more than the document."""

Macs = Mapping[str, Mapping[str, str]]
"""Environment → ``kid`` of a key of it, and the ``mac`` under that key."""


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a bundle comes from.

    Attributes:
        workspace: Name of the workspace, as its keyrings have it.

        spec: Name of the spec that it was made for.

        created: When, ISO 8601.

        keyrings: Environment → its keyring file, which holds wrapped keys only.
    """

    workspace: str
    spec: str
    created: str
    keyrings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bundle:
    """
    A bundle that was read, and is as it was written but for what only keys can tell.

    Attributes:
        versions: All of them, each after the one before it; ``kept`` where its
            content is in the bundle.

        digest: SHA-256 of everything before the last line.

        macs: What vouches for *digest*, by environment.
    """

    path: Path
    origin: Origin
    versions: tuple[Version, ...]
    digest: str
    macs: Macs

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """
        Yield digest and content, each once.

        Raises:
            HistoryDamagedError: If the file is no longer what was read.
        """
        due = {version.digest for version in self.versions if version.kept}
        for number, line in _lines(self.path):
            said = _said(self.path, number, line)
            if "content" not in said:
                continue
            facts = said.get("version")
            digest = str(facts.get("digest")) if isinstance(facts, dict) else ""
            content = _content(said["content"], digest) if digest in due else None
            if content is None:
                _refuse(self.path, "bundle-changed", "was changed while it was read")
            due.remove(digest)
            yield digest, content
        if due:
            _refuse(self.path, "bundle-changed", "was changed while it was read")


def write_bundle(
    file: BinaryIO,
    origin: Origin,
    versions: Iterable[Version],
    *,
    content_of: Callable[[Version], Mapping[str, Any]],
    macs_of: Callable[[str], Macs],
) -> str:
    """
    Write *versions*, each after the one before it; return the digest of the file.

    A content that several versions share is written with the first of them.
    """
    whole = hashlib.sha256()

    def put(data: Mapping[str, Any]) -> None:
        line = canonical_bytes(data) + b"\n"
        whole.update(line)
        file.write(line)

    put(
        {
            "escai_bundle": FORMAT,
            "workspace": origin.workspace,
            "spec": origin.spec,
            "created": origin.created,
            "keyrings": dict(origin.keyrings),
        }
    )
    count, written = 0, set[str]()
    for version in versions:
        facts = _facts(version)
        line: dict[str, Any] = {"version": facts, "checksum": sha256_hex(facts)}
        if version.kept and version.digest not in written:
            line["content"] = _told(content_of(version), version.digest)
            written.add(version.digest)
        put(line)
        count += 1
    digest = whole.hexdigest()
    end = {"versions": count, "sha256": digest, "macs": macs_of(digest)}
    file.write(canonical_bytes({"end": end}) + b"\n")
    return digest


def _facts(version: Version) -> dict[str, Any]:
    return {**columns(version), "kept": version.kept, "tags": sorted(version.tags)}


def read_bundle(path: Path) -> Bundle:
    """
    Read the bundle at *path* and check all that needs no key.

    Raises:
        FileUnavailableError: If it cannot be read.
        NewerFormatError: If a later release wrote it.
        HistoryDamagedError: If it is not as it was written; the code says in
            what (``not-a-bundle``, ``version-changed``, ``content-changed``,
            ``content-missing``, ``chain-broken``, ``bundle-cut``,
            ``bundle-changed``), the message names the version.
    """
    search, whole = _Search(path), hashlib.sha256()
    origin: Origin | None = None
    end: Mapping[str, Any] | None = None
    for number, line in _lines(path):
        if end is not None:
            _refuse(path, "bundle-changed", "goes on after its end")
        said = _said(path, number, line)
        if origin is None:
            origin = _origin(path, said)
        elif "end" in said:
            end = said["end"]
            continue
        else:
            search.take(number, said)
        whole.update(line)
    if origin is None:
        _refuse(path, "not-a-bundle", "is no bundle")
    if end is None:
        _refuse(path, "bundle-cut", "has no end: it is only a part of what was written")
    search.require_whole(end, whole.hexdigest())
    return Bundle(path, origin, tuple(search.versions), whole.hexdigest(), end["macs"])


class _Search:
    """The versions of a bundle, checked one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.versions: list[Version] = []
        self._newest: dict[str, str] = {}
        self._contents: set[str] = set()

    def take(self, number: int, said: Mapping[str, Any]) -> None:
        """Check the line with this *number*, and keep what it says."""
        facts, path = said.get("version"), self.path
        version = version_of_data(facts) if isinstance(facts, dict) else None
        if version is None or not isinstance(facts, dict):
            _refuse(path, "version-changed", f"line {number} says no version")
        named = f"version {version.short} of {version.environment}"
        if id_of(version) != version.id or sha256_hex(facts) != said.get("checksum"):
            _refuse(path, "version-changed", f"{named} was changed")
        if version.parent != self._newest.get(version.environment):
            _refuse(path, "chain-broken", f"{named} does not follow the version before it")
        if "content" in said:
            if not version.kept or _content(said["content"], version.digest) is None:
                _refuse(path, "content-changed", f"the content of {named} was changed")
            self._contents.add(version.digest)
        if version.kept and version.digest not in self._contents:
            _refuse(path, "content-missing", f"the content of {named} is missing")
        self._newest[version.environment] = version.id
        self.versions.append(version)

    def require_whole(self, end: Any, digest: str) -> None:  # noqa: ANN401  # whatever stands there
        """Check the last line."""
        is_formed = (
            isinstance(end, dict)
            and isinstance(end.get("macs"), dict)
            and all(
                isinstance(mac, dict) and all(isinstance(mac.get(n), str) for n in ("kid", "mac"))
                for mac in end["macs"].values()
            )
        )
        if not is_formed or end.get("versions") != len(self.versions):
            _refuse(self.path, "bundle-changed", "does not hold as many versions as it says")
        if end.get("sha256") != digest:
            _refuse(self.path, "bundle-changed", "is not what its last line vouches for")


def _told(content: Mapping[str, Any], digest: str) -> Mapping[str, Any] | str:
    """Return *content* as a line can hold it: as text where JSON would lose its keys."""
    written = bytes_named(content, digest).decode("utf-8", "surrogatepass")
    return content if written.startswith("{") else written


def _content(told: object, digest: str) -> dict[str, Any] | None:
    """Return the content that `_told` gave; nothing if it is not the one of *digest*."""
    content = told
    if isinstance(told, str):
        try:
            content = plain_of(told.encode("utf-8", "surrogatepass"))
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
    if not isinstance(content, dict):
        return None
    is_named = hashlib.sha256(bytes_named(content, digest)).hexdigest() == digest
    return content if is_named else None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with reading(path) as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if not line.endswith(b"\n"):
                    _refuse(path, "bundle-cut", f"ends within line {number}, or has no lines")
                yield number, line
    except OSError as error:
        code = "file-missing" if isinstance(error, FileNotFoundError) else "file-unreadable"
        message = f"{path} cannot be read: {error.strerror}"
        raise FileUnavailableError(
            message, code=code, where=str(path), hint="check the path and its permissions"
        ) from None


def _said(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        said = plain_of(line)
    except (ValueError, TypeError, LookupError, RecursionError):
        said = None
    if not isinstance(said, dict):
        code = "not-a-bundle" if number == 1 else "version-changed"
        _refuse(path, code, f"line {number} cannot be read")
    return said


def _origin(path: Path, said: Mapping[str, Any]) -> Origin:
    found = said.get("escai_bundle")
    if isinstance(found, int) and found > FORMAT:
        message = f"bundle {path} has format {found}, this program reads up to {FORMAT}"
        raise NewerFormatError(message, where=str(path), hint="install a newer escai-nb")
    names = ("workspace", "spec", "created")
    keyrings = said.get("keyrings")
    if (
        found != FORMAT
        or not all(isinstance(said.get(name), str) for name in names)
        or not isinstance(keyrings, dict)
        or not all(isinstance(ring, str) for ring in keyrings.values())
    ):
        _refuse(path, "not-a-bundle", "is no bundle")
    return Origin(said["workspace"], said["spec"], said["created"], keyrings)


def _refuse(path: Path, code: str, what: str) -> NoReturn:
    message = f"bundle {path}: {what}"
    hint = "nothing was taken from it; get it once more from where it was made"
    raise HistoryDamagedError(message, code=code, where=str(path), hint=hint)
