"""Every command of the shell, called as a person would."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from canary.planting import values, write_clear
from canary.registry import surface
from canary.search import canary
from escai_nb.cli.main import main

if TYPE_CHECKING:
    from canary.planting import Planted
    from canary.registry import Collector

SECRET = "database.postgres_password"
FREE_SECRET = "custom_settings.billing.api_key"

CALLS = {
    "config init": [
        "init -e testing",
        "init -e testing --interactive",
        "init -e nowhere --format json",
    ],
    "config validate": [
        "validate --all --detailed",
        "validate -e staging --format json",
        *(f"validate --all --format {form}" for form in ("sarif", "junit", "html")),
        *(f"validate -e staging --no-suppressions --format {f}" for f in ("github", "markdown")),
        "validate -e development --fix --unsafe --yes",
        "validate --all --write-baseline known.json",
        "validate --all --baseline known.json --detailed",
        "validate -e development --live --timeout 2 --detailed",
    ],
    "config show": [
        "show -e staging",
        "show -e staging --format json",
        "show -e staging --format table --color always",
        "show -e staging --format env",
        "show -e staging --reveal",
        "show -k database -v",
        "show -e staging --why-secret",
        "show --why-secret --format json",
    ],
    "config get": [
        f"get {SECRET}",
        f"get {FREE_SECRET} --format json",
        "get custom_settings",
        "get security",
        f"get {SECRET} --reveal",
        "get nothing.here",
    ],
    "config set": [
        f"set {SECRET} --stdin",
        f"set -e staging {SECRET} --stdin --dry-run",
        "set api.workers 3",
        f"set --shared {SECRET} --stdin",
        f"set {SECRET} typed-in-an-argument",
    ],
    "config unset": [f"unset {SECRET}", "unset nothing.here"],
    "config explain": [f"explain {SECRET}", "explain custom_settings", "explain ESC801"],
    "config rules": ["rules", "rules --format json", "rules --format markdown"],
    "config audit list": [f"get {SECRET} --reveal", "audit list", "audit list --format json"],
    "config audit verify": ["audit verify", "audit verify --format json"],
    "config keys list": ["keys list", "keys list -e staging --format json"],
    "config keys rotate": ["keys rotate -e staging --dry-run", "keys rotate -e staging"],
    "config keys rewrap": ["keys rewrap -e staging", "keys rewrap -e staging --key-file no.key"],
    "config keys add-recipient": [
        "keys add-recipient -e staging -g keys/bo.key",
        "keys add-recipient -e staging --passphrase",
    ],
    "config keys remove-recipient": ["keys remove-recipient 00 -e staging"],
    "config keys destroy": ["keys rotate -e staging", "keys destroy 0 -e staging --dry-run"],
    "config keys verify": ["keys verify", "keys verify -e staging --format json"],
    "config history": ["history -e staging", "history --format json"],
    "config history cleanup": [
        "history cleanup --keep 1 --dry-run",
        "history cleanup --keep 1 --yes --format json",
    ],
    "config history rescue": ["history rescue --yes"],
    "config history verify": ["history verify", "history verify --format json"],
    "config diff": [
        "diff -e staging HEAD",
        "diff -e staging --other-environment production",
        "diff -e staging HEAD --format json",
    ],
    "config drift": ["drift", "drift -e staging --format json"],
    "config rollback": ["rollback HEAD --yes", "rollback HEAD --include-secrets --yes"],
    "config tag": ["tag HEAD good", "tag nothing good"],
    "config untag": ["untag HEAD good"],
    "config promote": [
        "promote --from staging --to production",
        "promote --from staging --to production --yes",
        "promote --from development --to staging --format json",
    ],
    "config approve": [
        "approve --new-key approval.pem",
        "approve nothing.plan --key approval.pem -o approval.json --yes",
    ],
    "config doctor": ["doctor -v", "doctor --format json"],
    "config generate-deploy": [
        "generate-deploy -e staging",
        "generate-deploy -e staging --format kubernetes",
        "generate-deploy -e development --format kubernetes -o deployed",
        "generate-deploy -e development -o deployed --force",
    ],
    "config schema": ["schema", "schema --format markdown"],
    "config completion": ["completion bash"],
    "config lab": ["lab --spec nothing:HERE"],
    "runbook list": ["list", "list --format json"],
    "runbook show": ["show encrypt", "show promote --format json"],
    "runbook run": ["run encrypt -e development", "run nothing -e development"],
}
"""Name of a command → what is called, without the workspace."""


def escai(planted: Planted, say: Collector, line: str, *, group: str = "config") -> None:
    """Call the shell with *line*; a secret waits on stdin for whoever reads it."""
    words = [group, *line.split(" ")]
    words += [] if "-d" in words else ["-d", str(planted.root)]
    before, sys.stdin = sys.stdin, io.StringIO(canary("typed") + "\n")
    try:
        say.call(main.main, words, prog_name="escai")
    finally:
        sys.stdin = before


def called(planted: Planted, say: Collector, *, group: str, lines: list[str]) -> None:
    """Call all *lines* one after the other, then look at what lies on the disk."""
    for line in lines:
        escai(planted, say, line, group=group)
    say.files(planted.base)


for _name, _lines in CALLS.items():
    surface(f"cli {_name}")(partial(called, group=_name.split(" ")[0], lines=_lines))


@surface("cli config accept")
def accept(planted: Planted, say: Collector) -> None:
    """A sealed file is edited by hand: once as one may, once by moving tokens about."""
    path = planted.workspace.file("staging")
    path.write_text(path.read_text().replace("workers: ", "workers: 1"))
    for line in ("validate -e staging", "show -e staging", "accept -e staging --dry-run"):
        escai(planted, say, line)
    escai(planted, say, "accept -e staging")
    path.write_text(path.read_text().replace("postgres_password:", "swapped:"))
    path.write_text(path.read_text().replace("redis_password:", "postgres_password:"))
    for line in ("validate -e staging", "show -e staging", "accept -e staging"):
        escai(planted, say, line)
    say.files(planted.base)


@surface("cli config keys export", "cli config keys restore")
def key_backup(planted: Planted, say: Collector) -> None:
    """A key goes into a backup and comes back; its passphrase and the key are told nowhere."""
    words, backup = planted.base / "words", planted.base / "safe.json"
    words.write_text(canary("typed"))
    words.chmod(0o600)
    escai(planted, say, f"keys export -e staging -o {backup} --passphrase-file {words}")
    escai(planted, say, f"keys export -e staging -o {backup} --passphrase-file {words}")
    escai(planted, say, f"keys restore {backup} --passphrase-file {words}")
    words.write_text(canary("typed")[::-1])
    escai(planted, say, f"keys restore {backup} --passphrase-file {words}")
    say.files(planted.base, without=(words,))


@surface("cli config history export", "cli config history import")
def bundle(planted: Planted, say: Collector) -> None:
    """A history goes out and comes in elsewhere; edited, it is refused."""
    file, fresh = planted.base / "history.bundle", planted.base / "fresh"
    for line in (
        f"history export {file}",
        f"history export {file} --format json",
        f"history import {file}",
        f"history import {file} -d {fresh}",
        f"history -e staging -d {fresh}",
        f"rollback HEAD --include-secrets --yes -e staging -d {fresh}",
    ):
        escai(planted, say, line)
    file.write_text(file.read_text().replace("preset", "gift"))
    escai(planted, say, f"history import {file}")
    say.files(planted.base)


@surface("cli config edit")
def edit(planted: Planted, say: Collector) -> None:
    """Edits that are taken, refused, broken and given up; what is kept is sealed."""
    script = planted.base / "editor.sh"
    for change in (
        "sed -i s/workers:/workers:\\ 1/ $1",
        "sed -i s/workers:.*/workers:\\ x/ $1",
        "echo 'api: [1, 2' >> $1",
        "echo _escai: 1 >> $1; exit 3",
        "printf '\\377' > $1",
    ):
        script.write_text(f"#!/bin/sh\n{change}\n")
        script.chmod(0o700)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EDITOR", str(script))
            patch.setenv("XDG_RUNTIME_DIR", str(planted.base / "tmp"))
            escai(planted, say, "edit -e staging")
            escai(planted, say, "edit -e development --discard")
    say.files(planted.base)


@surface("cli config exec")
def exec_(planted: Planted, say: Collector) -> None:
    """A program that tells nothing, one that is missing, and what is left afterwards."""
    for words in ("exec -- true", "exec -e staging -- false", "exec -v -- no-such-program"):
        said = subprocess.run(
            [sys.executable, "-m", "escai_nb", "config", *words.split(" ")],
            cwd=planted.base,
            capture_output=True,
            check=False,
        )
        say.add(f"stdout of {words}", said.stdout)
        say.add(f"stderr of {words}", said.stderr)
    say.files(planted.base)


@surface("cli config history import --legacy")
def legacy(planted: Planted, say: Collector) -> None:
    """A folder of the earlier system, all in clear, comes into a fresh workspace."""
    old, new = planted.base / "old", planted.base / "new"
    (old / "versions").mkdir(parents=True)
    data = values(planted.spec, "staging")
    version = {"id": "ab" * 8, "timestamp": "2026-11-02T09:00:00", "config": data, "tags": []}
    (old / "config.staging.yaml").write_text(json.dumps(data))
    (old / "versions" / f"{'ab' * 8}.json").write_text(json.dumps(version))
    inside = tuple(path for path in old.rglob("*") if path.is_file())
    for line in (
        f"history import --legacy {old} -d {new}",
        f"history import --legacy {old} -d {new}",
        f"history -e staging -d {new}",
        f"show -e staging -d {new}",
    ):
        escai(planted, say, line)
    (old / "config.staging.yaml").write_text(json.dumps({**data, "api": 1}))
    escai(planted, say, f"history import --legacy {old} -d {planted.base / 'third'}")
    say.files(planted.base, without=inside)


@surface("cli config merge", "cli config textconv")
def merge(planted: Planted, say: Collector) -> None:
    """What git calls: sealed sides, clear ones, and files that are no configuration."""
    path = planted.workspace.file("staging")
    base, ours, theirs = (planted.base / name for name in ("base", "ours", "theirs"))
    base.write_bytes(path.read_bytes())
    for side, workers in ((ours, 6), (theirs, 7)):
        escai(planted, say, f"set -e staging api.workers {workers}")
        side.write_bytes(path.read_bytes())
    for pathname in (path, ""):
        escai(planted, say, f"merge {base} {ours} {theirs} {pathname}".strip())
    for file in (path, ours, write_clear(planted, planted.base / "clear.yaml")):
        escai(planted, say, f"textconv {file}")
    theirs.write_bytes(path.read_bytes().replace(b"postgres_password:", b"swapped:"))
    escai(planted, say, f"merge {base} {ours} {theirs} {path}")
    say.files(planted.base, without=(planted.base / "clear.yaml",))


@surface("cli config import")
def import_(planted: Planted, say: Collector) -> None:
    """A clear file comes in; it stays clear until it is sealed, and nothing else is."""
    source = write_clear(planted, planted.base / "incoming.yaml")
    escai(planted, say, f"import -e testing {source}")
    escai(planted, say, f"import -e testing {source}")
    escai(planted, say, f"import -e staging {source}")
    escai(planted, say, f"import -e development {source} --dry-run")
    say.files(planted.base, without=(source, planted.workspace.file("testing")))


@surface("cli config export")
def export(planted: Planted, say: Collector) -> None:
    """Values go out masked, in every form, and come back; in clear into a file alone."""
    clear = planted.base / "clear.json"
    for form in ("yaml", "json", "env"):
        file = planted.base / f"export.{form}"
        escai(planted, say, f"export --format {form}")
        escai(planted, say, f"export -e staging --format {form} -o {file}")
        escai(planted, say, f"import -e staging {file}")
        escai(planted, say, f"import -e production {file}")
    escai(planted, say, "export --reveal")
    escai(planted, say, f"export --reveal --format json -o {clear}")
    escai(planted, say, f"export -o {planted.base / 'export.yaml'}")
    broken = planted.base / "broken.env"
    broken.write_text(write_clear(planted, clear.with_suffix(".yaml")).read_text())
    escai(planted, say, f"import {broken}")
    say.files(planted.base, without=(clear, broken, clear.with_suffix(".yaml")))


@surface("cli config scan")
def scan(planted: Planted, say: Collector) -> None:
    """Clear secrets are told by their place; a sealed file and a broken one tell nothing."""
    clear = write_clear(planted, planted.base / "config.yaml")
    broken, variables = planted.base / "broken.yaml", planted.base / "x.env"
    broken.write_text(clear.read_text() + "api: [1\n")
    variables.write_text(f"ESCAI_SECURITY__JWT_SECRET_KEY='{canary('typed')}'\nno variable")
    for file in (clear, broken, variables, planted.workspace.file("staging")):
        escai(planted, say, f"scan {file}")
    say.files(planted.base, without=(clear, broken, variables))


@surface("cli config encrypt")
def encrypt(planted: Planted, say: Collector) -> None:
    """A clear file is sealed in place; afterwards it is nowhere in clear."""
    source = write_clear(planted, planted.base / "alone.yaml")
    key = planted.base / "keys" / "alone.key"
    escai(planted, say, f"encrypt --config-file {source} --generate-key -k {key}")
    say.files(planted.base)


@surface("cli config decrypt")
def decrypt(planted: Planted, say: Collector) -> None:
    """A sealed file is opened into another one, and not on the screen."""
    source = write_clear(planted, planted.base / "alone.yaml")
    key, opened = planted.base / "keys" / "alone.key", planted.base / "opened.yaml"
    escai(planted, say, f"encrypt --config-file {source} --generate-key -k {key}")
    escai(planted, say, f"decrypt --config-file {source} -k {key} -o {opened}")
    escai(planted, say, f"decrypt --config-file {source} -k {planted.base / 'no.key'}")
    say.files(planted.base, without=(opened,))


BROKEN = (
    "api: 1\napi: 2\n",
    "api:\n\tport: 1\n",
    "api: !!python/object/apply:os.system [x]\n",
    "api: [1, 2\n",
)
"""What breaks a clear file when it stands below its canaries."""


@surface("errors of broken files")
def broken(planted: Planted, say: Collector) -> None:
    """The parser's own errors carry the document."""
    path = planted.root / "config.testing.yaml"
    for text in BROKEN:
        path.write_text(write_clear(planted, path).read_text() + text)
        look(planted, say)
    say.files(planted.base, without=(path,))


def look(planted: Planted, say: Collector) -> None:
    """Ask for what is in the testing environment in every way there is."""
    for line in ("validate -e testing --detailed", "show -e testing", "get -e testing api.port"):
        escai(planted, say, line)


@surface("errors of wrong types everywhere")
def misfits(planted: Planted, say: Collector) -> None:
    """The errors of pydantic carry the input."""
    path = write_clear(planted, planted.root / "config.testing.yaml", listed=True)
    look(planted, say)
    say.files(planted.base, without=(path,))
