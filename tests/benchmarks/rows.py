"""What is measured, and against what."""

from __future__ import annotations

import base64
import itertools
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from bare import Bare
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from harness import Measure, Row, spawned, timed, worked
from many_keys import many_keys
from noticing import noticing
from reporting import reporting
from running import running
from scale import at_scale, rotation

from escai_nb.encryption.block import Scope
from escai_nb.encryption.derivation import DataKey
from escai_nb.encryption.seal import open_document, seal_document
from escai_nb.escai.models import EscaiConfig
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.spec import load_spec
from escai_nb.validation.rule import Tier
from escai_nb.validation.validator import validate
from escai_nb.workspace.bootstrap import import_file
from escai_nb.workspace.layout import Workspace, now
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).parent.parent / "data" / "escai" / "config.example.yaml"


def plain_folder(folder: Path) -> Workspace:
    """Make a folder that holds the example and nothing else: no seal, no keys, no history."""
    root = folder / "plain"
    root.mkdir(parents=True)
    (root / "config.development.yaml").write_text(EXAMPLE.read_text())
    return Workspace.at(root, load_spec(), environ={}, author="bench")


def sealed_folder(folder: Path) -> Workspace:
    """Make a workspace of the example, its secrets sealed and its history kept."""
    root, environ = folder / "sealed", {"XDG_DATA_HOME": str(folder / "keys")}
    root.mkdir()
    (root / "config.development.yaml").write_text(EXAMPLE.read_text())
    manager = ConfigManager(root, "development", enable_hot_reload=False, environ=environ)
    manager.set_config_value("api.port", 8_002)
    manager.save_config()
    return manager.workspace


def workspace_of_example(folder: Path) -> Workspace:
    """Make a workspace with the example as its development environment, in clear."""
    environ = {"XDG_DATA_HOME": str(folder / "keys")}
    workspace = Workspace.at(folder / "config", load_spec(), environ=environ)
    import_file(workspace, "development", EXAMPLE)
    return workspace


def loading(workspace: Workspace, kind: str = "") -> list[Row]:
    """Load and reload 85 fields: read, parse with places, merge, look at variables, validate."""
    path = workspace.file("development")

    def manager() -> ConfigManager:
        return ConfigManager(
            workspace.root, "development", enable_hot_reload=False, environ=workspace.environ
        )

    def first() -> object:
        return manager().load_config()

    def plain() -> object:
        return EscaiConfig.model_validate(yaml.load(EXAMPLE.read_text(), yaml.CSafeLoader))

    warm, other, peer = manager(), manager(), "CSafeLoader and pydantic"
    text = path.read_text()
    turns = itertools.cycle((text.replace("request_timeout: 30", "request_timeout: 31"), text))

    def changed() -> float:
        path.write_text(next(turns))
        return reloaded()

    reloaded = worked(other.reload)
    return [
        Row(
            f"load 85 fields{kind}",
            peer,
            worked(lambda: manager().load_config()),
            worked(plain),
            0.8,
        ),
        Row(f"load them again{kind}", peer, worked(warm.reload), worked(plain), 0.6),
        Row(f"load one change{kind}", peer, changed, worked(plain), 0.6),
    ]


JUDGED = 5.0
"""Milliseconds in which all rules judge 85 fields (DESIGN, budgets)."""
SEALED = 3.0
"""Milliseconds in which 20 secrets are sealed, or opened (DESIGN, budgets)."""
FEW, MANY = 100, 5_000


def validating() -> list[Row]:
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

    plain = worked(lambda: EscaiConfig.model_validate(data), times=10)
    work, judged = f"validate by {len(spec.all_rules)} rules", worked(ours, times=5)
    return [
        Row(work, f"the budget of {JUDGED:g} ms", judged, lambda: JUDGED, 1.0),
        Row(work, "the model alone", judged, plain),
    ]


def sealing(count: int) -> list[Row]:
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

    return _beside_fernet(f"seal {count:,} secrets", count, ours, bare)


def opening(count: int) -> list[Row]:
    """Open *count* secrets, against a loop of Fernet that derives a key for each."""
    data = {f"secret{n}": f"value of secret number {n}" for n in range(count)}
    raw = os.urandom(32)
    key = DataKey(raw)
    paths = [(name,) for name in data]
    sealed = seal_document(data, secrets=paths, key=key, scope=Scope.STRICT, revision=1)
    tokens = {name: _token(raw, name, value) for name, value in data.items()}

    def bare() -> object:
        return {name: _cipher(raw, name).decrypt(token) for name, token in tokens.items()}

    ours = partial(open_document, sealed, key)
    return _beside_fernet(f"open {count:,} secrets", count, ours, bare)


def _beside_fernet(
    work: str, count: int, ours: Callable[[], object], bare: Callable[[], object]
) -> list[Row]:
    """Of a few secrets the time counts, of many how they compare with Fernet alone."""
    if count < FEW:
        return [Row(work, f"the budget of {SEALED:g} ms", worked(ours), lambda: SEALED, 1.0)]
    rounds = 7 if count < MANY else 1
    return [Row(work, "Fernet with a key each", worked(ours), worked(bare), 2.5, rounds=rounds)]


def _token(raw: bytes, name: str, value: str) -> bytes:
    return _cipher(raw, name).encrypt(value.encode())


def _cipher(raw: bytes, name: str) -> Fernet:
    derived = HKDF(hashes.SHA256(), 32, None, name.encode()).derive(raw)
    return Fernet(base64.urlsafe_b64encode(derived))


def recording(folder: Path) -> list[Row]:
    """Record a version, against durable inserts of the same bytes: one, and one for each step."""
    data = yaml.safe_load(EXAMPLE.read_text())
    store, bare = SQLiteStore(folder / "history.db"), Bare(folder / "bare.db")
    counts = itertools.count()

    def fresh() -> dict[str, object]:
        return {**data, "counter": next(counts)}

    def ours() -> None:
        draft = Draft("development", VersionKind.SAVE, "bench", now())
        store.confirm(store.begin(draft, fresh()).id)

    one, two = timed(lambda: bare.insert(fresh())), timed(lambda: bare.insert_in_two(fresh()))
    return [
        Row("record a version", "one durable insert", timed(ours), one, 1.5, rounds=100),
        Row("record a version", "two durable inserts", timed(ours), two, rounds=100),
    ]


def processes(keyed: Workspace, plain: Workspace, sealed: Workspace) -> list[Row]:
    """Whole processes: importing the package, and reading one value from the shell."""

    def python(*arguments: str, at: Workspace = plain) -> Measure:
        environ = {**os.environ, **at.environ}
        return spawned(sys.executable, *arguments, cwd=at.root.parent, environ=environ)

    def get(at: Workspace, kind: str = "") -> Row:
        where = ("-d", at.root.name, "-e", "development")
        ours = python("-m", "escai_nb", "config", "get", "api.port", *where, at=at)
        theirs = python("-c", "import click, yaml, pydantic; pydantic.BaseModel")
        peer = "importing click, yaml, pydantic"
        return Row(f"escai config get{kind}", peer, ours, theirs, 1.3, rounds=9)

    ours, nothing = python("-c", "import escai_nb"), python("-c", "pass")
    return [
        Row("import escai_nb", "python", ours, nothing),
        get(plain),
        get(keyed, ", with history"),
        get(sealed, ", sealed"),
    ]


LOAD = (
    "from escai_nb import ConfigManager;"
    " ConfigManager('{}', 'development', enable_hot_reload=False).load_config()"
)
SCRIPT = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
    " import yaml, plain_script; from pathlib import Path;"
    f" text = Path({str(EXAMPLE)!r}).read_text();"
    " config = plain_script.Config.model_validate(yaml.load(text, yaml.CSafeLoader))"
)
RESIDENT = "; import psutil; print(psutil.Process().memory_info().rss)"
BUDGET = 20.0
"""MiB that a loaded configuration may take over bare Python (DESIGN, budgets)."""


def memory(workspace: Workspace, kind: str) -> list[Row]:
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

    def over_bare(code: str) -> float:
        return resident(code.format(workspace.root.name)) - resident("pass")

    return [
        Row(
            f"memory of a load{kind}",
            f"the budget of {BUDGET:g} MiB",
            lambda: over_bare(LOAD),
            lambda: BUDGET,
            1.0,
            unit="MiB",
            rounds=5,
        ),
        Row(
            f"memory of a load{kind}",
            "a script with pydantic and yaml",
            lambda: over_bare(LOAD),
            lambda: over_bare(SCRIPT),
            unit="MiB",
            rounds=5,
        ),
    ]


def all_rows(folder: Path, *, versions: int = 100_000, keys: int = 10_000) -> list[Row]:
    """Make what the rows need below *folder*, and return them."""
    workspace, plain, sealed = (
        workspace_of_example(folder),
        plain_folder(folder),
        sealed_folder(folder),
    )
    example = EXAMPLE.read_text()
    return [
        *loading(plain),
        *loading(workspace, ", with history"),
        *loading(sealed, ", sealed"),
        *many_keys(folder, keys),
        *validating(),
        *reporting(example),
        *(row for n in (20, 1_000, keys) for make in (sealing, opening) for row in make(n)),
        rotation(example, keys // 100),
        *recording(folder),
        *processes(workspace, plain, sealed),
        running(plain_folder(folder / "runs")),
        *memory(plain, ""),
        *memory(sealed, ", sealed"),
        noticing(plain, ""),
        noticing(workspace, ", with history"),
        *at_scale(folder, example, versions),
    ]
