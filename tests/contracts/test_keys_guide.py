"""The guide about keys: each of its commands is run, and its pod reads its key."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import yaml

from escai_nb.encryption.providers.file import generate
from escai_nb.errors import EscaiError
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.reader import ConfigReader

GUIDE = Path(__file__).parents[2] / "notebooks" / "guides" / "keys.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console ?(\w*)\n(.*?)```", TEXT, flags=re.DOTALL)


def script():
    """All commands in order, each on the machine of its person."""
    lines = ["set -eu"]
    for person, block in BLOCKS:
        lines.append(f'export XDG_DATA_HOME="$MACHINES/{person or "ada"}"')
        for line in block.splitlines():
            assert line.startswith("$ "), line
            lines.append(f"echo {'=' * 3} '{line.replace(chr(39), chr(34))}'")
            lines.append(line.removeprefix("$ "))
        if "rewrap" in block:
            lines.append("mount_key")
    return "\n".join(lines)


MOUNT = """
mount_key() {
    folder=../mount/..2026_11_23_06_00_00.1
    mkdir -p $folder
    cp "$XDG_DATA_HOME"/escai/keys/*/production.key $folder/production.key
    chmod 0440 $folder/production.key
    ln -s ..2026_11_23_06_00_00.1 ../mount/..data
    ln -s ..data/production.key ../mount/production.key
}
"""


@pytest.fixture
def told(tmp_path):
    """What all commands of the guide say, in one folder, Bo and the server beside Ada."""
    for name in ("shop", "usb"):
        (tmp_path / name).mkdir()
    (tmp_path / "words.txt").write_text("correct horse battery staple\n")
    (tmp_path / "words.txt").chmod(0o600)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "escai").write_text(f'#!/bin/sh\nexec {sys.executable} -m escai_nb "$@"\n')
    (tools / "escai").chmod(0o755)
    environ = {
        **os.environ,
        "ESCAI_AUTHOR": "ada",
        "MACHINES": str(tmp_path / "machines"),
        "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["sh", "-c", MOUNT + script()],
        cwd=tmp_path / "shop",
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout
    return done.stdout


def test_every_command_of_the_guide_does_what_it_is_there_for(told):
    """Bo reads until he leaves; a key that history needs is not destroyed by the way."""
    steps = re.findall(r"^=== (.*)\n((?:(?!=== ).*\n?)*)", told, flags=re.MULTILINE)

    def said(words):
        return next(output for command, output in steps if words in command)

    assert "exit code 3" in said("get database.postgres_password")
    assert "exit code 1" in said("destroy")
    assert "database.postgres_password" in said("--compromised")
    assert "is whole" in said("audit verify")


def test_the_pod_of_the_guide_reads_the_key_where_it_is_mounted():
    """The variable names a file of the mount; the group may read it, and others may not."""
    pod = yaml.safe_load(re.search(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)[1])["spec"]
    container, volume = pod["containers"][0], pod["volumes"][0]
    named = Path(container["env"][0]["value"])

    assert "ESCAI_MASTER_KEY_FILE" == container["env"][0]["name"]
    assert str(named.parent) == container["volumeMounts"][0]["mountPath"]
    assert container["volumeMounts"][0]["name"] == volume["name"]
    assert named.name in {item["path"] for item in volume["secret"]["items"]}
    assert 0o440 == volume["secret"]["defaultMode"]
    assert pod["securityContext"]["fsGroup"]


@pytest.fixture
def mount():
    """A volume as the kubelet makes it, in a place that every user can reach."""
    place = Path(tempfile.mkdtemp(prefix="kubelet-"))
    place.chmod(0o755)
    volume = place / "keys"
    volume.mkdir()
    volume.chmod(0o3777)
    for link, goal in (("..data", "..2026_11_23"), ("production.key", "..data/production.key")):
        (volume / link).symlink_to(goal)
    yield volume
    shutil.rmtree(place)


APP = 10001
GROUP = 2000


@contextmanager
def as_the_app():
    """Be a user of its own, in the group of the volume, where we may become one."""
    if os.geteuid() != 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([GROUP])
    os.setegid(APP)
    os.seteuid(APP)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def opened(volume):
    """Read a secret and open it, with the key that is mounted; or return what stands against it."""
    environ = {"ESCAI_MASTER_KEY_FILE": str(volume / "production.key")}
    reader = partial(ConfigReader, enable_hot_reload=False, author="app", environ=environ)
    root = volume.parent / "config"
    reader(root, "production").reading  # noqa: B018  # what is loaded late is loaded by now
    with as_the_app():
        try:
            return reader(root, "production").get_config_value("database.postgres_password")
        except EscaiError as error:
            return error.code


def put(volume, name, key, *, mode=0o440, group=GROUP):
    """Do what the kubelet does: write a new folder, then let ``..data`` mean that."""
    folder = volume / name
    folder.mkdir()
    file = folder / "production.key"
    file.write_bytes(key.read_bytes())
    file.chmod(mode)
    if os.geteuid() == 0:
        os.chown(folder, 0, group)
        os.chown(file, 0, group)
    fresh = volume / "..data_tmp"
    fresh.symlink_to(name)
    fresh.rename(volume / "..data")
    return file


@pytest.fixture
def key(mount, monkeypatch):
    """The master key of a production that lies beside the volume, which the app may read."""
    base = mount.parent
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "ada"))
    initialise(Workspace.at(base / "config"), "production")
    monkeypatch.delenv("XDG_DATA_HOME")
    for left in (base / "config" / ".escai").glob("history.db*"):
        left.unlink()  # as in a fresh clone
    return next((base / "ada").rglob("production.key"))


def test_a_key_that_is_mounted_as_kubernetes_does_it_opens(mount, key):
    """Root's file in the pod's group opens; one that others may write does not."""
    file = put(mount, "..2026_11_23", key)
    secret = opened(mount)
    assert len(secret) > 30

    file.chmod(0o446)
    assert "key-unsafe" == opened(mount)

    generate(mount.parent / "other.key")
    put(mount, "..2026_11_24", mount.parent / "other.key")
    assert "key-wrong" == opened(mount)
    put(mount, "..2026_11_25", key)
    assert secret == opened(mount)


@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_other_modes_of_a_mount_open_too(mode, mount, key):
    """What nobody else can write is taken, as the default mode of a Secret is."""
    put(mount, "..2026_11_23", key, mode=mode, group=0)

    assert len(opened(mount)) > 30
