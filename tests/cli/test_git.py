"""Two people, one repository: what git does to sealed files, with our drivers and without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path  # noqa: TC003

import pytest
from click.testing import CliRunner

from escai_nb.cli.main import main

DRIVERS = {
    "merge.escai.driver": f'"{sys.executable}" -m escai_nb config merge %O %A %B %P',
    "diff.escai.textconv": f'"{sys.executable}" -m escai_nb config textconv',
}
SECRET = "database.postgres_password"


class Person:
    """Somebody with a clone, a home, and perhaps the keys."""

    def __init__(self, base: Path, name: str, *, drivers: bool) -> None:
        self.name = name
        self.folder = base / name
        self.home = base / f"{name}-home"
        self.drivers = drivers
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            "XDG_DATA_HOME": str(self.home),
            "ESCAI_AUTHOR": name,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }

    def git(self, *words: object, code: int = 0) -> str:
        """Run git in the clone; it must exit with *code*."""
        done = subprocess.run(
            ["git", *map(str, words)],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert code == done.returncode, done.stdout + done.stderr
        return done.stdout + done.stderr

    def escai(self, *words: object, code: int = 0, stdin: str = "") -> str:
        """Run our program in the clone, within this process, as it is called often."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name in ("XDG_DATA_HOME", "ESCAI_AUTHOR"):
                patch.setenv(name, self.environ[name])
            done = CliRunner().invoke(main, ["config", *map(str, words)], input=stdin)
        assert code == done.exit_code, done.output
        return done.output

    def set_up(self) -> None:
        """Say who one is, and what git is to do with sealed files."""
        settings = {"user.name": self.name, "user.email": f"{self.name}@example.org"}
        for name, value in {**settings, **(DRIVERS if self.drivers else {})}.items():
            self.git("config", name, value)

    def commit(self, message: str) -> None:
        """Commit everything that is not ignored."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def get(self, path: str, environment: str = "production") -> object:
        """Read one value, secrets opened."""
        said = self.escai("get", path, "-e", environment, "--format", "json", "--reveal", "--yes")
        return json.loads(said)

    def file(self, environment: str = "production") -> Path:
        """The file of an environment."""
        return self.folder / "config" / f"config.{environment}.yaml"

    def secret(self, value: str, environment: str = "production") -> None:
        """Set the secret to *value*."""
        self.escai("set", SECRET, "--stdin", "-e", environment, stdin=value)


def two_people(base, *, drivers):
    """Ada has made a workspace and pushed it; Bo has cloned it and was handed the keys."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", base / "origin"], check=True)
    ada = Person(base, "ada", drivers=drivers)
    ada.folder.mkdir()
    ada.git("init", "-q", "-b", "main")
    ada.set_up()
    for environment in ("development", "production"):
        ada.escai("init", "-e", environment)
    ada.commit("workspace")
    ada.git("remote", "add", "origin", base / "origin")
    ada.git("push", "-q", "-u", "origin", "main")
    bo = Person(base, "bo", drivers=drivers)
    subprocess.run(["git", "clone", "-q", base / "origin", bo.folder], check=True)
    bo.set_up()
    shutil.copytree(ada.home, bo.home)
    return ada, bo


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The state from which each story begins, with and without drivers."""
    made = {}
    for drivers in (True, False):
        base = tmp_path_factory.mktemp("people")
        two_people(base, drivers=drivers)
        made[drivers] = base
    return made


def story(started, tmp_path, *, drivers=True):
    """A copy of that state, with remotes of its own."""
    base = tmp_path / "story"
    shutil.copytree(started[drivers], base, symlinks=True)
    people = [Person(base, name, drivers=drivers) for name in ("ada", "bo")]
    for person in people:
        person.git("remote", "set-url", "origin", base / "origin")
    return people


def test_what_is_committed_opens_for_whoever_has_the_key(started, tmp_path):
    """History stays at home; a clone and the key open everything, a clone alone what is plain."""
    ada, bo = story(started, tmp_path)
    committed = ada.git("ls-files").split()

    assert [
        "config/.escai/.gitignore",
        "config/.escai/keyring.development.json",
        "config/.escai/keyring.production.json",
        "config/.escai/policy.yaml",
        "config/.gitattributes",
        "config/config.development.yaml",
        "config/config.production.yaml",
    ] == committed
    assert ada.get(SECRET) == bo.get(SECRET)
    shutil.rmtree(bo.home)
    assert "unverified" in bo.escai("explain", "api.port", "-e", "production")
    bo.escai("get", SECRET, "-e", "production", code=3)
    assert "not checked without the key" in bo.escai("validate", "-e", "production", code=0)


def test_diverging_edits_are_merged_value_by_value(started, tmp_path):
    """Plain values and secrets of both sides are in the result, which is sealed and opens."""
    ada, bo = story(started, tmp_path)
    ada.escai("set", "api.workers", "7", "-e", "production")
    ada.secret("ada's-long-password-41")
    ada.commit("ada")
    ada.git("push", "-q")
    bo.escai("set", "database.postgres_pool_size", "33", "api.port", "8444", "-e", "production")
    bo.file().write_text("# why: bo said so\n" + bo.file().read_text())
    bo.commit("bo")
    bo.git("pull", "-q", "--no-rebase")

    assert [7, 33, 8444, "ada's-long-password-41"] == [
        bo.get(path) for path in ("api.workers", "database.postgres_pool_size", "api.port", SECRET)
    ]
    assert bo.file().read_text().startswith("# why: bo said so\n")
    assert "" == bo.git("status", "--porcelain")
    bo.escai("set", "api.workers", "8", "-e", "production")
    assert "adopted" in bo.escai("history", "-e", "production")
    bo.commit("after")
    bo.git("push", "-q")
    ada.git("pull", "-q", "--no-rebase")
    assert 8 == ada.get("api.workers")


def test_a_rebase_merges_in_the_same_way(started, tmp_path):
    """Commits are replayed one by one, each sealed again."""
    ada, bo = story(started, tmp_path)
    ada.escai("set", "api.workers", "7", "-e", "production")
    ada.commit("ada")
    ada.git("push", "-q")
    sizes = ("database.neo4j_pool_size", "database.postgres_pool_size")
    for number, path in enumerate(sizes):
        bo.escai("set", path, str(40 + number), "-e", "production")
        bo.commit(path)
    bo.git("pull", "-q", "--rebase")

    assert [7, 40, 41] == [bo.get(path) for path in ("api.workers", *sizes)]


def test_a_conflict_is_marked_where_it_is(started, tmp_path):
    """Only lines that both changed carry marks; the rest is merged and sealed."""
    ada, bo = story(started, tmp_path)
    ada.escai("set", "api.workers", "7", "api.port", "9001", "-e", "production")
    ada.commit("ada")
    ada.git("push", "-q")
    bo.escai("set", "api.workers", "5", "database.postgres_pool_size", "33", "-e", "production")
    bo.commit("bo")
    said = bo.git("pull", "--no-rebase", code=1)
    text = bo.file().read_text()

    assert "both sides changed api.workers" in said
    assert 1 == text.count("<<<<<<< ")
    assert "<<<<<<< ours\n  workers: 5\n=======\n  workers: 7\n>>>>>>> theirs\n" in text
    ours = text.replace("<<<<<<< ours\n", "").replace("=======\n  workers: 7\n>>>>>>> theirs\n", "")
    bo.file().write_text(ours)  # our side is sealed as it stands
    assert [5, 9001, 33] == [
        bo.get(path) for path in ("api.workers", "api.port", "database.postgres_pool_size")
    ]
    theirs = ours.replace("workers: 5", "workers: 7")
    bo.file().write_text(theirs)
    bo.escai("get", "api.workers", "-e", "production", code=3)
    bo.escai("accept", "-e", "production")
    assert 7 == bo.get("api.workers")
    bo.commit("decided")


def test_a_conflict_of_secrets_shows_neither(started, tmp_path):
    """Both stay sealed at their place, and one of them is chosen by its line."""
    ada, bo = story(started, tmp_path)
    for person, value in ((ada, "ada's-long-password-41"), (bo, "bo's-long-password-42")):
        person.secret(value)
        person.commit(person.name)
    ada.git("push", "-q")
    said = bo.git("pull", "--no-rebase", code=1)
    text = bo.file().read_text()

    assert f"both sides changed {SECRET}" in said
    assert "long-password" not in text + said
    lines = text.splitlines(keepends=True)
    start = lines.index("<<<<<<< ours\n")
    assert ["=======\n", ">>>>>>> theirs\n"] == [lines[start + 2], lines[start + 4]]
    bo.file().write_text("".join([*lines[:start], lines[start + 3], *lines[start + 5 :]]))
    bo.escai("accept", "-e", "production")
    assert "ada's-long-password-41" == bo.get(SECRET)


@pytest.mark.parametrize("rotating", ["ada", "bo"])
def test_one_side_rotates_while_the_other_edits(rotating, started, tmp_path):
    """The result is under the new key, whoever pulls; nothing is left under the old one."""
    ada, bo = story(started, tmp_path)
    for person in (ada, bo):
        if person.name == rotating:
            person.escai("keys", "rotate", "-e", "production")
        else:
            person.secret("marble-otter-teapot-43")
            person.escai("set", "api.workers", "6", "-e", "production")
        person.commit(person.name)
    ada.git("push", "-q")
    bo.git("pull", "-q", "--no-rebase")

    assert [6, "marble-otter-teapot-43"] == [bo.get("api.workers"), bo.get(SECRET)]
    rows = json.loads(bo.escai("keys", "list", "-e", "production", "--format", "json"))
    assert ["primary", "retired"] == [row["state"] for row in rows]
    assert rows[0]["kid"] in bo.file().read_text()
    bo.escai("keys", "verify", "-e", "production")
    bo.git("push", "-q")
    ada.git("pull", "-q", "--no-rebase")
    assert "marble-otter-teapot-43" == ada.get(SECRET)
    ada.escai("set", "api.workers", "4", "-e", "production")


def test_a_pulled_rotation_needs_nothing(started, tmp_path):
    """Who has not edited anything goes on, and their history adopts what came."""
    ada, bo = story(started, tmp_path)
    ada.escai("keys", "rotate", "-e", "production")
    ada.commit("rotated")
    ada.git("push", "-q")
    bo.git("pull", "-q")

    assert ada.get(SECRET) == bo.get(SECRET)
    bo.escai("set", "api.workers", "6", "-e", "production")
    assert "adopted" in bo.escai("history", "-e", "production")


def test_both_sides_rotate(started, tmp_path):
    """One keyring is chosen as a whole; the file is merged under the newer of the two."""
    ada, bo = story(started, tmp_path)
    for person, path in ((ada, "api.workers"), (bo, "api.port")):
        person.escai("keys", "rotate", "-e", "production")
        person.escai("set", path, "9", "-e", "production") if path == "api.workers" else None
        person.commit(person.name)
    ada.git("push", "-q")
    bo.git("pull", "--no-rebase", code=1)

    assert "<<<<<<<" not in (bo.folder / "config/.escai/keyring.production.json").read_text()
    assert 9 == bo.get("api.workers")
    bo.commit("ours")
    bo.escai("keys", "verify", "-e", "production")


def test_without_the_driver_accept_settles_the_seal(started, tmp_path):
    """Git merges the text; the block is in conflict, which accept tolerates there alone."""
    ada, bo = story(started, tmp_path, drivers=False)
    ada.escai("set", "api.workers", "7", "-e", "production")
    ada.commit("ada")
    ada.git("push", "-q")
    bo.escai("set", "database.postgres_pool_size", "33", "-e", "production")
    bo.commit("bo")
    bo.git("pull", "--no-rebase", code=1)
    text = bo.file().read_text()

    assert text.index("_escai:") < text.index("<<<<<<<")
    bo.escai("get", "api.workers", "-e", "production", code=3)
    bo.escai("accept", "-e", "production")
    assert [7, 33] == [bo.get("api.workers"), bo.get("database.postgres_pool_size")]


def test_without_the_key_texts_are_merged(started, tmp_path):
    """The driver leaves it to whoever has the key, and says so."""
    ada, bo = story(started, tmp_path)
    ada.escai("set", "api.workers", "7", "-e", "production")
    ada.commit("ada")
    bo.escai("set", "database.postgres_pool_size", "33", "-e", "production")
    bo.commit("bo")
    ada.git("push", "-q")
    kept = bo.home.rename(bo.home.with_name("away"))
    said = bo.git("pull", "--no-rebase", code=1)

    assert "merged as text" in said
    kept.rename(bo.home)
    bo.escai("accept", "-e", "production")
    assert [7, 33] == [bo.get("api.workers"), bo.get("database.postgres_pool_size")]


def test_an_unsealed_file_is_merged_value_by_value_too(started, tmp_path):
    """Nothing is sealed by it."""
    people = story(started, tmp_path)
    for person in people:
        person.file("development").write_text(
            'api:\n  port: 8000\n  workers: 2\ndebug: false\nenvironment: "development"\n'
        )
    ada, bo = people
    ada.commit("base")
    ada.git("push", "-q")
    bo.git("checkout", "-q", ".")
    bo.git("pull", "-q")
    ada.file("development").write_text(ada.file("development").read_text().replace("8000", "8001"))
    ada.commit("ada")
    ada.git("push", "-q")
    bo.file("development").write_text(bo.file("development").read_text().replace(": 2", ": 3"))
    bo.commit("bo")
    bo.git("pull", "-q", "--no-rebase")

    text = bo.file("development").read_text()
    assert ("port: 8001" in text, "workers: 3" in text, "_escai" in text) == (True, True, False)


def test_diffs_are_masked_and_tell_what_changed(started, tmp_path):
    """With or without a key, git shows plain changes, and that a secret is another one."""
    ada, bo = story(started, tmp_path)
    ada.secret("ada's-long-password-41")
    ada.escai("set", "api.workers", "7", "-e", "production")
    ada.commit("ada")
    ada.git("push", "-q")
    bo.git("pull", "-q")
    shutil.rmtree(bo.home)
    said = bo.git("diff", "HEAD~1", "--", "config/config.production.yaml")

    assert "+  workers: 7" in said
    assert 1 == said.count('+  postgres_password: "******** (sealed ')
    assert "fernet" not in said
    assert "+# sealed: revision 3, scope strict" in said
    changed = [line for line in said.splitlines() if line[:1] in "+-" and line[:3] not in "+++---"]
    assert 6 == len(changed)
    broken = bo.file()
    broken.write_text("<<<<<<<\n" + broken.read_text())
    assert "no configuration that could be read" in bo.git("diff")
