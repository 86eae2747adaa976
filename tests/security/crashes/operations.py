"""Every way to write to a workspace, and how a workspace is that came out whole."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop import SHOP

from escai_nb.digest import sha256_hex
from escai_nb.encryption.block import read_block
from escai_nb.encryption.keyring import KeyState
from escai_nb.encryption.seal import open_document, value_digest
from escai_nb.errors import RefusedError, TargetExistsError
from escai_nb.history.retention import Retention
from escai_nb.history.store import SQLiteStore
from escai_nb.keypath import parse
from escai_nb.secret import reveal
from escai_nb.workspace.acceptance import accept
from escai_nb.workspace.access.auditing import audit_log
from escai_nb.workspace.access.unlocking import unlock
from escai_nb.workspace.bootstrap import import_file, initialise
from escai_nb.workspace.keys.key_life import destroy_key
from escai_nb.workspace.keys.key_rotation import rotate_all, rotate_keys
from escai_nb.workspace.keys.recipients import rewrap
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.loading.opening import read_environment
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.past.retaining import clean_up_history
from escai_nb.workspace.promotion import apply_promotion, plan_promotion
from escai_nb.workspace.sealing import seal_environment
from escai_nb.workspace.sharing import set_shared
from escai_nb.workspace.writing.recovery import mend

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLEAR = """\
# a shop that was there before
session_key: Vq3-mT8xJw5_kPz9LrBn  # to be sealed
payments:
- kind: voucher
hooks: {till: Hd7_xQ2-wRk9ZtLm}
title: Old shop
"""


LEFT = (".tmp", "-wal", "-shm", "-journal", ".holder", ".next", "rotation.json")
"""How files end that belong to somebody who is writing."""


@dataclass(frozen=True)
class Place:
    """A workspace with its master keys, all below one folder."""

    base: Path

    @property
    def workspace(self):
        environ = {"XDG_DATA_HOME": str(self.base / "share")}
        return Workspace.at(self.base / "config", SHOP, environ=environ, author="ada")

    def manager(self, environment="prod"):
        return ConfigManager(
            self.base / "config",
            environment,
            enable_hot_reload=False,
            enable_encryption=None,
            spec=SHOP,
            environ=self.workspace.environ,
            author="ada",
        )

    def copy(self, base):
        shutil.copytree(self.base, base)
        return Place(base)


@dataclass(frozen=True)
class Operation:
    """
    Something that writes.

    Attributes:
        prepare: Makes the workspace that it is done in.

        run: Does it; doing it again does no harm.

        is_mended_by_any: Whether any writer completes it, or cleans up after it;
            the others are completed by being repeated, and open until then.
    """

    prepare: Callable[[Place], object]
    run: Callable[[Place], object]
    is_mended_by_any: bool = True


OPERATIONS = {}


def operation(prepare, **facts):
    """Add a function to the operations."""

    def add(run):
        OPERATIONS[run.__name__] = Operation(prepare, run, **facts)
        return run

    return add


def nothing(_):
    """Begin where there is no workspace."""


def two_environments(place):
    """Dev follows the policy `secrets`, prod is strict; both have a version and a past."""
    for name in SHOP.environments:
        initialise(place.workspace, name)
    change(place, "title", "Second title")


def with_news(place):
    """An environment that has something for the other one, and a file that history knows not."""
    for name in SHOP.environments:
        initialise(place.workspace, name)
    file = place.workspace.file("dev")
    file.write_text(file.read_text().replace("city: Basel", "city: Bern"))


def with_shared(place):
    """A strict environment that vouches for a shared file."""
    two_environments(place)
    set_shared(place.workspace, {parse("extra.region"): "north"})


def a_clear_file(place):
    """A file as people write them, with secrets in clear."""
    (place.base / "config").mkdir(parents=True)
    (place.base / "config" / "old.yaml").write_text(CLEAR)


def clear_and_imported(place):
    """An environment whose file is clear, and its history sealed."""
    a_clear_file(place)
    import_file(place.workspace, "prod", place.base / "config" / "old.yaml")


def edited_by_hand(place):
    """A strict file with a plain value that somebody changed."""
    two_environments(place)
    file = place.workspace.file("prod")
    file.write_text(file.read_text().replace("Second title", "By hand"))


def with_a_retired_key(place):
    """Old versions are under a key that is no longer the present one."""
    two_environments(place)
    rotate_keys(place.workspace, "prod")


def with_a_past(place):
    """Several versions, of which not all are to be kept."""
    two_environments(place)
    for title in ("Third title", "Fourth title", "Fifth title"):
        change(place, "title", title)


def change(place, path, value, environment="prod"):
    manager = place.manager(environment)
    with manager.transaction():
        manager.set_config_value(path, value)
        return manager.save_config(message="changed")


@operation(nothing)
def init(place):
    with_target(lambda: initialise(place.workspace, "prod"))


@operation(a_clear_file)
def import_clear(place):
    with_target(lambda: import_file(place.workspace, "prod", place.base / "config" / "old.yaml"))


def with_target(create):
    """Create, where that was not yet done."""
    try:
        create()
    except TargetExistsError:
        return


@operation(two_environments)
def start_over(place):
    initialise(place.workspace, "prod", force=True, values={"title": "Started over"})


@operation(two_environments)
def save(place):
    change(place, "session_key", "nW8zq-Lt4vRk2_hYx7Bd")


@operation(edited_by_hand, is_mended_by_any=False)
def accept_edit(place):
    accept(place.workspace, "prod")


@operation(two_environments)
def roll_back(place):
    manager = place.manager()
    manager.rollback_config(manager.history()[-1].id)


@operation(with_news, is_mended_by_any=False)
def promote(place):
    mend(place.workspace)
    apply_promotion(place.workspace, plan_promotion(place.workspace, "dev", "prod"))


@operation(with_shared)
def share(place):
    set_shared(place.workspace, {parse("extra.region"): "south"})


@operation(clear_and_imported)
def encrypt(place):
    seal_environment(place.workspace, "prod")


@operation(two_environments)
def rotate(place):
    rotate_keys(place.workspace, "prod", compromised=True)


@operation(clear_and_imported)
def rotate_clear(place):
    rotate_keys(place.workspace, "prod")


@operation(two_environments)
def rotate_all_environments(place):
    rotate_all(place.workspace, SHOP.environments)


@operation(two_environments, is_mended_by_any=False)
def replace_key_file(place):
    rewrap(place.workspace, "prod")


@operation(with_a_retired_key)
def destroy(place):
    oldest = unlock(place.workspace, "prod").entries[0]
    try:
        destroy_key(place.workspace, "prod", oldest.kid, shred_history=True)
    except RefusedError:
        assert oldest.state is KeyState.DESTROYED


@operation(with_a_past)
def clean_history(place):
    clean_up_history(place.workspace, Retention(keep=1))


LONG = {"rotate", "rotate_clear", "rotate_all_environments"}
"""Rotations, which take a hundred calls, most of them alike."""
SHORT = [name for name in OPERATIONS if name not in LONG]


def readings(place):
    """Read every environment that is there."""
    present = place.workspace.environments_present()
    return {name: read_environment(place.workspace, name) for name in present}


def values(found):
    """All values of all environments, opened; or why they cannot be used."""
    said = {
        name: [trouble.code for trouble in reading.troubles] or reveal(reading.merged.data)
        for name, reading in found.items()
    }
    return json.dumps(said, sort_keys=True, default=str)


def faults(place, found):
    """List what is not as it should be in a workspace that nobody is writing to."""
    with closing(SQLiteStore(place.workspace.history_file)) as store:
        for version in store.pending():
            yield f"pending: {version.kind.value}"
        for version in store.versions():
            if version.environment in found and version.kept:
                _open(store.content(version.id), found[version.environment].keyring)
    for name, reading in found.items():
        yield from (f"{name}: {each}" for each in _differences(reading))
    yield from (str(path) for path in place.base.rglob("*") if path.name.endswith(LEFT))
    yield from audit_log(place.workspace).verify().troubles


def _open(content, keyring):
    """Open an old version, unless its key was destroyed on purpose."""
    destroyed = {entry.kid for entry in keyring.entries if entry.state is KeyState.DESTROYED}
    if read_block(content).kid not in destroyed:
        open_document(content, keyring.archive)


def _differences(reading):
    """Tell in what file, history and keyring differ."""
    if reading.troubles:
        yield reading.troubles[0].code
        return
    head, ring, block = reading.head, reading.keyring, reading.block
    if head.value_digest != value_digest(ring.primary, reading.own):
        yield "the head says something else"
    if block is not None and sha256_hex(reading.files.document.data) != head.digest:
        yield "the head is sealed otherwise"
    if (ring.seals == "file") != (block is not None):
        yield f"the keyring seals {ring.seals}"
    if {"shared-next", "policy-next"} & set(block.vouches if block is not None else ()):
        yield "the seal still vouches for two files"
    *before, now = [entry.state for entry in ring.entries]
    if now is not KeyState.PRIMARY or not set(before) <= {KeyState.RETIRED, KeyState.DESTROYED}:
        yield f"keys: {[*before, now]}"
    if len(ring.primary_entry.recipients) != 1:
        yield "the old key file opens the keyring too"
