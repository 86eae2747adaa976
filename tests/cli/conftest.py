"""What the tests of the command line share: a workspace, and a way to call the program."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # a dataclass of fixtures
from typing import Any

import pytest
from click.testing import CliRunner

from escai_nb.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a call came to."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Stdout as JSON, which it must be as a whole."""
        return json.loads(self.out)


class Shell:
    """Calls ``escai`` in a folder of its own, within this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"

    def __call__(
        self, *arguments: object, stdin: str | None = None, code: int | tuple[int, ...] = 0
    ) -> Outcome:
        """Run one command; it must exit with *code*, or one of them."""
        result = CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)
        outcome = Outcome(result.exit_code, result.stdout, result.stderr)
        unexpected = result.exception is not None and not isinstance(result.exception, SystemExit)
        if unexpected:
            raise result.exception
        assert outcome.code in (code if isinstance(code, tuple) else (code,)), outcome
        assert "Traceback" not in outcome.err
        return outcome

    def tree(self) -> dict[str, str]:
        """Name every file, keys included, by what it holds; a log of SQLite is part of its file."""
        base = self.folder.parent
        return {
            str(path.relative_to(base)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(base.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    def file(self, environment: str = "development") -> Path:
        """The file of an environment."""
        return self.config / f"config.{environment}.yaml"


def shell_in(base, patch):
    """A shell in a folder below *base*, with a key store of its own beside it."""
    patch.setenv("XDG_DATA_HOME", str(base / "home"))
    patch.setenv("ESCAI_AUTHOR", "ada")
    patch.delenv("ESCAI_ENV", raising=False)
    folder = base / "work"
    folder.mkdir()
    patch.chdir(folder)
    return Shell(folder)


@pytest.fixture
def escai(tmp_path, monkeypatch):
    """A shell in an empty folder, with a key store of its own."""
    return shell_in(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def initialised(tmp_path_factory):
    """Where a development environment was made with its key, and nobody works."""
    base = tmp_path_factory.mktemp("initialised")
    with pytest.MonkeyPatch.context() as patch:
        shell_in(base, patch)("config", "init", "-e", "development")
    return base


@pytest.fixture
def workspace(escai, initialised):
    """A shell in a folder with a development environment."""
    shutil.copytree(initialised, escai.folder.parent, dirs_exist_ok=True)
    return escai
