"""What is measured, and against what."""

from __future__ import annotations

import itertools
import json
import os
import queue
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import yaml
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from harness import Row, timed, worked

from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.seal import Scope, seal_document
from escai_nb.escai.models import EscaiConfig
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.spec import load_spec
from escai_nb.validation.rule import Tier
from escai_nb.validation.validator import validate
from escai_nb.workspace.bootstrap import import_file
from escai_nb.workspace.layout import Workspace, now
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.reload import QUIET

EXAMPLE = Path(__file__).parent.parent / "data" / "escai" / "config.example.yaml"


def workspace_of_example(folder: Path) -> Workspace:
    """Make a workspace with the example as its development environment, in clear."""
    environ = {"XDG_DATA_HOME": str(folder / "keys")}
    workspace = Workspace.at(folder / "config", load_spec(), environ=environ)
    import_file(workspace, "development", EXAMPLE)
    return workspace


def loading(workspace: Workspace) -> list[Row]:
    """Load and reload 85 fields: read, parse with places, merge, look at variables, validate."""
    path = workspace.file("development")

    def manager() -> ConfigManager:
        return ConfigManager(
            workspace.root, "development", enable_hot_reload=False, environ=workspace.environ
        )

    def plain() -> object:
        return EscaiConfig.model_validate(yaml.load(path.read_text(), yaml.CSafeLoader))

    warm, peer = manager(), "CSafeLoader and pydantic"
    return [
        Row("load 85 fields", peer, worked(lambda: manager().load_config()), worked(plain), 0.8),
        Row("load them again", peer, worked(warm.reload), worked(plain), 0.6),
    ]


def validating() -> Row:
    """Judge 85 fields by the model and every rule."""
    spec, data = load_spec(), yaml.safe_load(EXAMPLE.read_text())

    def ours() -> object:
        return validate(
            data,
            model=spec.model,
            rules=spec.all_rules,
            environment="production",
            tier=Tier.PRODUCTION,
        )

    plain = timed(lambda: EscaiConfig.model_validate(data), times=10)
    return Row(f"validate by {len(spec.all_rules)} rules", "the model alone", timed(ours), plain)


def sealing(count: int, goal: float) -> Row:
    """Seal *count* secrets, against a loop of Fernet that derives a key for each."""
    data = {f"secret{n}": f"value of secret number {n}" for n in range(count)}
    raw = os.urandom(32)
    key = DataKey(raw)

    def ours() -> object:
        return seal_document(
            data, secrets=[(name,) for name in data], key=key, scope=Scope.STRICT, revision=1
        )

    def bare() -> object:
        return {name: _token(raw, name, value) for name, value in data.items()}

    peer = "Fernet with a key each"
    return Row(f"seal {count:,} secrets", peer, timed(ours), timed(bare), goal)


def _token(raw: bytes, name: str, value: str) -> bytes:
    import base64

    derived = HKDF(hashes.SHA256(), 32, None, name.encode()).derive(raw)
    return Fernet(base64.urlsafe_b64encode(derived)).encrypt(value.encode())


def recording(folder: Path) -> Row:
    """Record a version, against one durable insert of the same bytes."""
    data = yaml.safe_load(EXAMPLE.read_text())
    store = SQLiteStore(folder / "history.db")
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE rows (content BLOB)")
    counts = iter(range(1_000_000))

    def ours() -> None:
        draft = Draft("development", VersionKind.SAVE, "bench", now())
        store.confirm(store.begin(draft, {**data, "counter": next(counts)}).id)

    def one_insert() -> None:
        content = json.dumps({**data, "counter": next(counts)}).encode()
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO rows VALUES (?)", (content,))
        bare.execute("COMMIT")

    return Row("save a version", "one durable insert", timed(ours), timed(one_insert), 1.5)


def processes(workspace: Workspace) -> list[Row]:
    """Whole processes: importing the package, and reading one value from the shell."""
    environ = {**os.environ, **workspace.environ}

    def python(*arguments: str) -> object:
        return subprocess.run(
            [sys.executable, *arguments],
            env=environ,
            cwd=workspace.root.parent,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    get = ("-m", "escai_nb", "config", "get", "api.port", "-e", "development")
    return [
        Row(
            "import escai_nb",
            "python that does nothing",
            timed(lambda: python("-c", "import escai_nb")),
            timed(lambda: python("-c", "pass")),
        ),
        Row(
            "escai config get",
            "importing click, yaml, pydantic",
            timed(lambda: python(*get)),
            timed(lambda: python("-c", "import click, yaml, pydantic; pydantic.BaseModel")),
            1.3,
        ),
    ]


LOAD = "from escai_nb import ConfigManager; ConfigManager(enable_hot_reload=False).load_config()"
RESIDENT = "; import psutil; print(psutil.Process().memory_info().rss)"
BUDGET = 20.0
"""MiB that a loaded configuration may take over bare Python (DESIGN, budgets)."""


def memory(workspace: Workspace) -> Row:
    """Memory of a process that has loaded a configuration, over one that does nothing."""

    def resident(code: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", code + RESIDENT],
            env={**os.environ, **workspace.environ},
            cwd=workspace.root.parent,
            check=True,
            capture_output=True,
            text=True,
        )
        return int(done.stdout) / (1 << 20)

    def ours() -> float:
        return resident(LOAD) - resident("pass")

    peer = f"the budget of {BUDGET:g} MiB"
    return Row("memory of a load", peer, ours, lambda: BUDGET, 1.0, unit="MiB", rounds=5)


class Heard:
    """A manager that watches, and what it has told."""

    def __init__(self, workspace: Workspace) -> None:
        self.file = workspace.file("development")
        self.text = self.file.read_text()
        self.told: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.ports = itertools.cycle(range(9000, 9999))
        manager = ConfigManager(workspace.root, "development", environ=workspace.environ)
        manager.load_config()
        manager.add_change_callback(lambda _o, new, _c: self.told.put(new["api"]["port"]))

    def save(self) -> float:
        """Save as editors do, and return the milliseconds until the callback."""
        port = next(self.ports)
        beside = self.file.with_name(".beside")
        beside.write_text(re.sub(r"(?m)^  port: \d+", f"  port: {port}", self.text, count=1))
        began = time.perf_counter()
        beside.replace(self.file)
        assert self.told.get(timeout=60) == port
        return (time.perf_counter() - began) * 1_000


def noticing(workspace: Workspace) -> Row:
    """From a save by somebody else to the callback, against the time that files must be quiet."""
    heard: list[Heard] = []

    def ours() -> float:
        heard[:] = heard or [Heard(workspace)]
        return heard[0].save()

    goal = (QUIET * 1_000 + 5) / (QUIET * 1_000)
    return Row("save to callback", "the debounce", ours, lambda: QUIET * 1_000, goal, rounds=40)


def all_rows(folder: Path) -> list[Row]:
    """Make what the rows need below *folder*, and return them."""
    workspace = workspace_of_example(folder)
    return [
        *loading(workspace),
        validating(),
        sealing(20, 2.5),
        sealing(1_000, 2.5),
        recording(folder),
        *processes(workspace),
        memory(workspace),
        noticing(workspace),
    ]
