"""What a run leaves behind: a folder of its own with files that vouch for each other."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.errors import WriteFailedError
from escai_nb.safefile import PRIVATE, PRIVATE_FOLDER, make_folder, sync_folder, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORMAT = 1
"""Version of the manifest, the journal and the receipt."""
FOLDER_VARIABLE = "ESCAI_RUN_DIR"
"""Names the run's folder to the kernel, so that steps can write their receipt there."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """
    The folder of one run; only its owner may look inside.

    Without a manifest the run did not come to its end: its runner was killed.
    """

    path: Path

    @classmethod
    def create(cls, parent: Path, *, runbook: str, environment: str, now: dt.datetime) -> RunFolder:
        """
        Make a new folder below *parent*, named by time, runbook and environment.

        Raises:
            WriteFailedError: If the disk refuses.
        """
        utc = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        parts = (utc, runbook, environment or "any", secrets.token_hex(3))
        path = parent / "-".join(parts)
        try:
            make_folder(parent)
            path.mkdir(mode=PRIVATE_FOLDER)
            sync_folder(parent)
        except OSError as error:
            message = f"{path} was not made: {error.strerror}"
            raise WriteFailedError(message, where=str(path), hint="check disk and rights") from None
        return cls(path)

    @property
    def notebook(self) -> Path:
        """The notebook as it was run."""
        return self.path / "run.ipynb"

    @property
    def page(self) -> Path:
        """The same as a web page that needs nothing else."""
        return self.path / "run.html"

    @property
    def receipt(self) -> Path:
        """What the steps did, or would do."""
        return self.path / "receipt.json"

    @property
    def journal(self) -> Journal:
        """What happened when."""
        return Journal(self.path / "journal.jsonl")

    @property
    def manifest(self) -> Path:
        """Digests of the other files, and what the run was."""
        return self.path / "manifest.json"

    def write_receipt(self, data: Mapping[str, object]) -> None:
        """Keep *data* as the receipt; a later one replaces it whole."""
        write_atomic(self.receipt, as_json({"format": FORMAT, **data}))

    def read_receipt(self) -> dict[str, Any]:
        """Return the receipt; empty when no step wrote one."""
        return json.loads(self.receipt.read_bytes()) if self.receipt.exists() else {}

    def digests(self) -> dict[str, str]:
        """Name each file by its content, but for the manifest."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.path.iterdir())
            if path != self.manifest
        }

    def seal(self, data: Mapping[str, object]) -> None:
        """Write the manifest, the last file of a run; it is never replaced."""
        content = as_json({"format": FORMAT, **data, "files": self.digests()})
        write_atomic(self.manifest, content)


def folder_of_kernel(environ: Mapping[str, str]) -> RunFolder | None:
    """Return the folder of the run that this kernel serves, if it serves one."""
    named = environ.get(FOLDER_VARIABLE)
    return RunFolder(Path(named)) if named else None


@dataclass(frozen=True, slots=True)
class Journal:
    """Lines of JSON, each on disk before the next thing happens."""

    path: Path

    def add(self, event: str, **facts: object) -> None:
        """Append one entry; several processes may do so."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event, **facts}, ensure_ascii=False) + "\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Read the entries; one that was cut off by a power failure is left out."""
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    yield json.loads(line)


def as_json(data: object) -> bytes:
    """Write *data* for people and programs."""
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
