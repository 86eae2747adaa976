"""What is measured at a size that years of use would bring, and against what."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml
from bare import Bare
from harness import Row, timed, worked

from escai_nb.encryption.block import Scope
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.seal import open_document, seal_document
from escai_nb.escai.spec import ESCAI
from escai_nb.history.change import changes
from escai_nb.history.inspection import inspect_history
from escai_nb.history.retention import Retention, plan_retention
from escai_nb.history.rows import drafted
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, History, Version, VersionId, VersionKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bare import Numbered

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
STREAM = "production"
BYTES_A_VERSION = 1_700.0
"""Of a version of 85 fields on the disk (DESIGN, history)."""
FRAME = 600.0
"""Milliseconds of work in which 100,000 versions become a frame (DESIGN, budgets)."""
GIT_COMMITS = 10_000
"""At most; more would only make git's repository longer in the making."""


def sealed_example(text: str) -> dict[str, Any]:
    """Return the example as a history keeps it: its secrets sealed."""
    data = yaml.safe_load(text)
    secrets = ESCAI.catalog.secret_paths(data)
    key = DataKey.generate()
    return seal_document(data, secrets=secrets, key=key, scope=Scope.STRICT, revision=1)


class Past:
    """A history of *count* versions, and the same contents in bare SQLite and in git."""

    def __init__(self, folder: Path, example: str, count: int) -> None:
        folder.mkdir()
        self.folder = folder
        self.count = count
        self._content = sealed_example(example)
        self._next = count

    def content(self, number: int) -> dict[str, Any]:
        """Return what version *number* says: one value, the revision and the seal differ."""
        block = {
            **self._content["_escai"],
            "revision": number + 1,
            "seal": hashlib.sha256(b"%d" % number).hexdigest(),
        }
        api = {**self._content["api"], "request_timeout": number}
        return {**self._content, "api": api, "_escai": block}

    def fresh(self) -> dict[str, Any]:
        """Return a content that is in no history yet."""
        self._next += 1
        return self.content(self._next)

    def draft(self, number: int) -> Draft:
        """Return what a save would say of version *number*."""
        return Draft(
            STREAM,
            VersionKind.SAVE,
            "bench",
            START + dt.timedelta(minutes=number),
            f"request_timeout to {number}",
            revision=number + 1,
            value_digest=hashlib.sha256(b"values %d" % number).hexdigest(),
            seal=hashlib.sha256(b"%d" % number).hexdigest(),
            changes=1,
        )

    @cached_property
    def store(self) -> SQLiteStore:
        """The history; made when it is first asked for."""
        store = SQLiteStore(self.folder / "history.db")
        versions: list[Version] = []
        digests: list[str] = []
        parent: VersionId | None = None
        first = store.begin(self.draft(0), self.content(0))
        parent = store.confirm(first.id).id
        for number in range(1, self.count):
            body = json.dumps(
                self.content(number), sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            digest = hashlib.sha256(body.encode()).hexdigest()
            versions.append(drafted(self.draft(number), parent, digest))
            digests.append(digest)
            parent = versions[-1].id
        contents = ((digest, self.content(n)) for n, digest in enumerate(digests, start=1))
        store.take_in([first, *versions], contents)
        return store

    @property
    def bytes_a_version(self) -> float:
        """What a version takes on the disk, in bytes."""
        self.store.close()
        return (self.folder / "history.db").stat().st_size / self.count

    @cached_property
    def bare(self) -> Bare:
        """The same contents as rows of a table."""
        return Bare(self.folder / "bare.db", self._rows())

    def _rows(self) -> Iterator[Numbered]:
        for number in range(self.count):
            yield number, str(START + dt.timedelta(minutes=number)), self.content(number)

    @cached_property
    def git(self) -> Path:
        """A repository with the newest contents as commits of one file."""
        folder = self.folder / "git"
        count = min(self.count, GIT_COMMITS)
        self._git("init", "-q", str(folder))
        process = subprocess.Popen(
            ["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE
        )
        with process:
            assert process.stdin is not None
            for number in range(count):
                text = yaml_like(self.content(number))
                process.stdin.write(
                    b"commit refs/heads/main\ncommitter bench <b@x> %d +0000\n"
                    b"data 4\nsave\nM 100644 inline config.yaml\ndata %d\n%s\n"
                    % (1_700_000_000 + number, len(text), text)
                )
        self._git("-C", str(folder), "symbolic-ref", "HEAD", "refs/heads/main")
        self._git("-C", str(folder), "reset", "-q", "--hard")
        return folder

    def _git(self, *arguments: str) -> None:
        environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        named = ("-c", "user.name=bench", "-c", "user.email=b@x")
        subprocess.run(["git", *named, *arguments], check=True, env=environ, capture_output=True)

    @property
    def bytes_a_commit(self) -> float:
        """What a commit takes in git's packs and loose objects, in bytes."""
        objects = (self.git / ".git" / "objects").rglob("*")
        return sum(each.stat().st_size for each in objects) / min(self.count, GIT_COMMITS)

    def in_git(self, *arguments: str) -> None:
        """Run git in the repository."""
        self._git("-C", str(self.git), *arguments)

    def commit(self) -> None:
        """Make one more commit, durably."""
        (self.git / "config.yaml").write_bytes(yaml_like(self.fresh()))
        self.in_git("-c", "core.fsync=all", "commit", "-q", "-a", "-m", "save")


def yaml_like(content: dict[str, Any]) -> bytes:
    """Write *content* with a line for each value, as a configuration file has."""
    return json.dumps(content, indent=1).encode()


def differences(old: Any, new: Any) -> int:  # any trees
    """Count the leaves that differ, as simply as can be."""
    if isinstance(old, dict) and isinstance(new, dict):
        return sum(differences(old.get(name), new.get(name)) for name in old.keys() | new.keys())
    return old != new


def at_scale(folder: Path, example: str, count: int) -> list[Row]:
    """Work on a history of *count* versions."""
    past = Past(folder / "past", example, count)
    rows = [*_against_sqlite(past), *_limits(past)]
    return [*rows, *_against_git(past)] if shutil.which("git") else rows


def _save(past: Past) -> None:
    draft = past.draft(past._next + 1)
    past.store.confirm(past.store.begin(draft, past.fresh()).id)


def _diff(past: Past) -> object:
    old, new = (past.store.resolve(STREAM, f"HEAD~{back}") for back in (1, 0))
    return changes(past.store.content(old.id), past.store.content(new.id))


def _plan(past: Past) -> object:
    versions, sizes = past.store.versions(STREAM), past.store.sizes()
    wanted = Retention(keep=1_000)
    return plan_retention(versions, wanted, now=START + dt.timedelta(days=3_650), sizes=sizes)


def _against_sqlite(past: Past) -> list[Row]:
    def listed() -> object:
        return past.bare.found("SELECT * FROM rows ORDER BY number DESC LIMIT 50")

    def compared() -> int:
        return differences(past.bare.content(past.count - 2), past.bare.content(past.count - 1))

    def hashed() -> int:
        found = past.bare.found("SELECT content FROM rows WHERE time IS NOT NULL")
        return len([hashlib.sha256(content).digest() for (content,) in found])

    def sized() -> int:
        return len(past.bare.found("SELECT number, time, LENGTH(content) FROM rows"))

    peer, many = "bare SQLite", f"{past.count:,} versions"
    return [
        Row(
            f"save on {many}",
            peer,
            timed(lambda: _save(past)),
            timed(lambda: past.bare.insert(past.fresh())),
        ),
        Row(
            f"last 50 of {many}",
            peer,
            timed(lambda: past.store.versions(STREAM, limit=50)),
            timed(listed),
        ),
        Row(f"diff in {many}", peer, timed(lambda: _diff(past)), timed(compared)),
        Row(
            f"verify {many}",
            "SHA-256 over bare SQLite",
            worked(lambda: inspect_history(past.store.path)),
            worked(hashed),
            rounds=2,
        ),
        Row(f"retention of {many}", peer, worked(lambda: _plan(past)), worked(sized), rounds=3),
    ]


def _limits(past: Past) -> list[Row]:
    def framed() -> object:
        return History(past.store.versions(STREAM), STREAM).to_frame()

    def framed_bare() -> object:
        columns = ["number", "time", "content"]
        return pd.DataFrame(past.bare.found("SELECT * FROM rows"), columns=columns)

    def budget() -> float:
        return FRAME * past.count / 100_000

    def taken() -> float:
        return past.bytes_a_version if past.store else 0.0

    def bare() -> float:
        return past.bare.bytes_a_row

    frame, disk = f"frame of {past.count:,} versions", f"disk of {past.count:,} versions"
    limit, each = (
        f"the budget of {FRAME:g} ms in 100,000",
        f"the budget of {BYTES_A_VERSION:,.0f} B",
    )
    return [
        Row(frame, limit, worked(framed), budget, 1.0, rounds=3),
        Row(frame, "bare SQLite to pandas", worked(framed), worked(framed_bare), rounds=3),
        Row(disk, each, taken, lambda: BYTES_A_VERSION, 1.0, unit="B", rounds=1),
        Row(disk, "bare SQLite", taken, bare, unit="B", rounds=1),
    ]


def _against_git(past: Past) -> list[Row]:
    peer = f"git, {min(past.count, GIT_COMMITS):,} commits"
    listing = ("log", "-50", "--format=%H %an %at %s")
    return [
        Row("save a version", peer, timed(lambda: _save(past)), timed(past.commit), 1.0),
        Row(
            "list 50 versions",
            peer,
            timed(lambda: past.store.versions(STREAM, limit=50)),
            timed(lambda: past.in_git(*listing)),
            1.0,
        ),
        Row(
            "diff two versions",
            peer,
            timed(lambda: _diff(past)),
            timed(lambda: past.in_git("diff", "HEAD~1", "HEAD")),
            1.0,
        ),
        Row(
            "disk of a version",
            peer,
            lambda: past.bytes_a_version,
            lambda: past.bytes_a_commit,
            unit="B",
            rounds=1,
        ),
    ]


def rotation(example: str, count: int) -> Row:
    """Take *count* documents from one key to the next, against opening and sealing again bare."""
    from cryptography.fernet import Fernet

    data = yaml.safe_load(example)
    secrets = ESCAI.catalog.secret_paths(data)
    old, new = DataKey.generate(), DataKey.generate()
    sealed = seal_document(data, secrets=secrets, key=old, scope=Scope.STRICT, revision=1)
    before, after = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    tokens = [before.encrypt(b"secret number %d" % n) for n in range(len(secrets))]

    def ours() -> None:
        for _ in range(count):
            opened = open_document(sealed, old)
            seal_document(opened.data, secrets=secrets, key=new, scope=Scope.STRICT, revision=2)

    def bare() -> None:
        for _ in range(count):
            for token in tokens:
                after.encrypt(before.decrypt(token))

    return Row(f"rotate {count:,} documents", "Fernet alone", worked(ours), worked(bare), rounds=3)
