"""A configuration of many keys: loaded, compared, saved."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import yaml
from bare import Bare
from harness import Row, timed, worked

from escai_nb.escai.models import EscaiConfig
from escai_nb.history.change import changes
from escai_nb.history.store import SQLiteStore
from escai_nb.history.version import Draft, VersionKind
from escai_nb.workspace.layout import now
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from pathlib import Path

DIFF = 2.0
"""Milliseconds in which two configurations of 10,000 keys are compared (DESIGN, budgets)."""

Settings = dict[str, dict[str, str]]


def many_keys(folder: Path, count: int) -> list[Row]:
    """Load, compare and save a configuration of *count* keys."""
    settings = {
        f"group{n // 100}": {f"setting{m}": f"value {m}" for m in range(n, n + 100)}
        for n in range(0, count, 100)
    }
    return [*_loading(folder, settings, count), *_recording(folder, settings, count)]


def _loading(folder: Path, settings: Settings, count: int) -> list[Row]:
    root = folder / "many"
    root.mkdir()
    data = {"security": {"jwt_secret_key": "x" * 40}, "custom_settings": settings}
    path = root / "config.development.yaml"
    path.write_text(yaml.safe_dump(data))

    def manager() -> ConfigManager:
        return ConfigManager(root, "development", enable_hot_reload=False, environ={})

    def plain() -> object:
        return EscaiConfig.model_validate(yaml.load(path.read_text(), yaml.CSafeLoader))

    warm, peer = manager(), "CSafeLoader and pydantic"
    return [
        Row(
            f"load {count:,} keys",
            peer,
            worked(lambda: manager().load_config()),
            worked(plain),
            0.8,
            rounds=5,
        ),
        Row(f"load {count:,} again", peer, worked(warm.reload), worked(plain), 0.6, rounds=5),
    ]


def _recording(folder: Path, settings: Settings, count: int) -> list[Row]:
    """Compare two contents, and record one that says something new in one of its groups."""
    first, numbers = settings["group0"], itertools.count()
    store, bare = SQLiteStore(folder / "many.db"), Bare(folder / "many-bare.db")

    def changed() -> Settings:
        return {**settings, "group0": {**first, "setting0": f"new {next(numbers)}"}}

    def save() -> None:
        draft = Draft("development", VersionKind.SAVE, "bench", now())
        store.confirm(store.begin(draft, changed()).id)

    def size() -> float:
        store.close()
        return store.path.stat().st_size / len(store.versions())

    new, peer = {**settings, "group0": {name: f"new {name}" for name in first}}, "bare SQLite"
    return [
        Row(
            f"diff {count:,} keys",
            f"the budget of {DIFF:g} ms in 10,000",
            worked(lambda: changes(settings, new), times=5),
            lambda: DIFF * count / 10_000,
            1.0,
        ),
        Row(f"save {count:,} keys", peer, timed(save), timed(lambda: bare.insert(changed()))),
        Row(f"disk of {count:,} keys", peer, size, lambda: bare.bytes_a_row, unit="B", rounds=1),
    ]
