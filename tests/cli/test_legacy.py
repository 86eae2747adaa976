"""A folder of the earlier system is taken over, and nothing of it is lost."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from escai_nb import ConfigManager

LEGACY = Path(__file__).parents[1] / "data" / "legacy"
IDS = [
    "5a1079f72dacd169",
    "32354cb57635a07e",
    "8bac9b1e0c1bf1b4",
    "d361ea7cb37aee79",
    "e9e3e53a89d7ebc7",
    "efa3b032568f7c93",
]
PASSWORD = "legacy-Pg-pass-4711"


@pytest.fixture
def folder(tmp_path):
    """A copy of such a folder, to be changed."""
    return Path(shutil.copytree(LEGACY, tmp_path / "old"))


def history(escai):
    """The versions, oldest first."""
    rows = escai("config", "history", "-e", "staging", "-n", "50", "--format", "json").data
    return rows[::-1]


def index(folder):
    """Its list of versions, and a way to write it back."""
    file = folder / "versions" / "metadata.json"
    data = json.loads(file.read_text())
    return data, lambda: file.write_text(json.dumps(data))


def test_everything_comes_into_the_chain(escai):
    """Versions with their times, the configuration on top, every secret sealed."""
    escai("config", "history", "import", "--legacy", LEGACY)

    *earlier, newest = history(escai)
    assert IDS == [row["message"].rpartition("[")[2].rstrip("]") for row in earlier]
    assert "2026-11-23T02:00:38.620605+00:00" == earlier[0]["time"]
    assert "taken over" in newest["message"]
    assert "all as it was written" in escai("config", "history", "verify").out
    words = ("get", "-e", "staging", "database.postgres_password", "--reveal", "--yes")
    assert f"{PASSWORD}\n" == escai("config", *words).out
    for path in escai.config.rglob("*"):
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes()
    changes = escai("config", "diff", "HEAD~6", "HEAD", "-e", "staging", "--format", "json").data
    assert changes["changes"]


def test_what_was_in_clear_is_reported(escai):
    """By file and key path, without a value."""
    said = escai("config", "history", "import", "--legacy", LEGACY, "--format", "json")

    clear = said.data["clear"]
    assert {f"versions/{IDS[at]}.json" for at in (1, 2, 4)} == clear.keys()
    assert "database.redis_password" in clear[f"versions/{IDS[2]}.json"]
    assert PASSWORD not in said.out + said.err
    assert "readable to others" in said.data["notes"][-1]


def test_nothing_of_the_folder_is_changed(escai, folder):
    """It can be taken over once more, elsewhere."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    escai("config", "history", "import", "--legacy", folder)

    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    escai("config", "history", "import", "--legacy", folder, code=2)


def test_a_folder_is_taken_over_where_it_lies(escai, folder):
    """The file is sealed in place; the key beside it is told."""
    folder.rename(escai.config)
    said = escai("config", "history", "import", "--legacy", "config")

    assert "is a key inside the workspace: remove it" in said.err
    assert "_encrypted" not in escai.file("staging").read_text()
    assert "_escai" in escai.file("staging").read_text()
    escai("config", "validate", "-e", "staging", code=1)


def test_tags_come_along(escai, folder):
    """Of several versions with one tag the newest keeps it; what cannot be a tag is told."""
    data, write = index(folder)
    for at, tags in ((0, ["first", "live"]), (5, ["live", "two words"])):
        data["versions"][at]["tags"] = tags
    write()
    notes = escai("config", "history", "import", "--legacy", folder, "--format", "json").data[
        "notes"
    ]

    tags = {tag: row["message"] for row in history(escai) for tag in row["tags"]}
    assert {"first", "live"} == tags.keys()
    assert IDS[0] in tags["first"]
    assert IDS[5] in tags["live"]
    assert any("'two words'" in note for note in notes)


def test_a_version_that_the_index_has_lost_comes_in(escai, folder):
    """And one whose file is gone or broken is told."""
    data, write = index(folder)
    del data["versions"][1]
    write()
    (folder / "versions" / f"{IDS[2]}.json").unlink()
    (folder / "versions" / f"{IDS[3]}.json").write_text("{")
    lost = escai("config", "history", "import", "--legacy", folder, "--format", "json").data["lost"]

    assert sorted([IDS[2], IDS[3]]) == sorted(lost)
    assert IDS[1] in history(escai)[1]["message"]


def test_an_index_that_is_cut_off_loses_nothing(escai, folder):
    """The files are there."""
    file = folder / "versions" / "metadata.json"
    file.write_text(file.read_text()[:200])

    escai("config", "history", "import", "--legacy", folder)
    assert 7 == len(history(escai))


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"versions": 7}', "\x00"])
def test_an_index_that_says_nothing_loses_nothing(escai, folder, text):
    """It is told, and the files are read."""
    (folder / "versions" / "metadata.json").write_text(text)

    assert "is damaged" in escai("config", "history", "import", "--legacy", folder).err
    assert 7 == len(history(escai))


def test_one_odd_entry_of_the_index_spoils_no_other(escai, folder):
    """Ids that are paths, or none at all, are told; what the others say is kept."""
    data, write = index(folder)
    data["versions"][0] |= {"tags": "first", "timestamp": "yesterday"}
    data["versions"] += [{"id": "../../outside", "tags": ["x"]}, {"id": 7}, "text"]
    write()
    said = {"config": {"environment": "staging"}, "timestamp": "2026-01-01"}
    (folder.parent / "outside.json").write_text(json.dumps(said))
    (folder / "versions" / f"{'a' * 16}.json").symlink_to(folder.parent / "outside.json")
    (folder / "versions" / f"{'b' * 16}.json").mkdir()
    taken = escai("config", "history", "import", "--legacy", folder, "--format", "json").data

    assert ["../../outside", "a" * 16, "b" * 16] == sorted(taken["lost"])
    assert ["first"] == history(escai)[0]["tags"]
    assert "2026-11-23T02:00:38.620605+00:00" == history(escai)[0]["time"]


def test_a_version_under_another_key_is_told_and_the_rest_comes_in(escai, folder):
    """The earlier system's rotation left such versions behind."""
    file = folder / "versions" / f"{IDS[0]}.json"
    data = json.loads(file.read_text())
    token = Fernet(Fernet.generate_key()).encrypt(b"lost")
    data["config"]["database"]["postgres_password"]["_value"] = base64.b64encode(token).decode()
    file.write_text(json.dumps(data))
    taken = escai("config", "history", "import", "--legacy", folder, "--format", "json").data

    assert [[IDS[0]], 5] == [taken["lost"], taken["versions"]]
    assert any("does not open" in note for note in taken["notes"])


def test_versions_without_a_file_come_in(escai, folder):
    """The newest is written by the command that is named."""
    (folder / "config.staging.yaml").unlink()
    taken = escai("config", "history", "import", "--legacy", folder, "--format", "json").data

    assert "escai config rollback HEAD -e staging" in taken["notes"][0]
    escai("config", "rollback", "HEAD", "-e", "staging", "--include-secrets", "--yes")
    assert PASSWORD == read_password(escai).out.strip()


def test_a_file_that_does_not_fit_names_itself(escai, folder):
    """Nothing comes in, and the others can be taken over alone."""
    (folder / "config.development.yaml").write_text("api:\n  prot: 1\n")
    refused = escai("config", "history", "import", "--legacy", folder, code=1).err

    assert "config.development.yaml" in refused
    assert "-e NAME" in refused
    assert not escai.config.exists()
    escai("config", "history", "import", "--legacy", folder, "-e", "staging")


def test_a_file_that_is_left_out_is_told(escai, folder):
    """A second file of an environment, and one of none."""
    shutil.copy(folder / "config.staging.yaml", folder / "config.staging.yml")
    (folder / "config.moon.yaml").write_text("a: 1\n")
    notes = escai("config", "history", "import", "--legacy", folder).err

    assert "config.staging.yml was left out" in notes
    assert "config.moon.yaml was left out" in notes


def test_without_its_key_nothing_comes_in(escai, folder, tmp_path):
    """Missing, or another one; a key elsewhere is named."""
    key = (folder / "master_key").rename(tmp_path / "key")
    assert "--key-file" in escai("config", "history", "import", "--legacy", folder, code=3).err
    other = tmp_path / "other"
    other.write_text("x" * 43 + "=")
    words = ("config", "history", "import", "--legacy", folder, "--key-file")
    escai(*words, other, code=3)
    assert not escai.config.exists()

    escai(*words, key)
    assert 7 == len(history(escai))


def test_a_folder_with_nothing_in_it_is_refused(escai, tmp_path):
    """It says what it looked for."""
    assert "no version of" in escai("config", "history", "import", "--legacy", tmp_path, code=3).err


def read_password(escai, **more):
    """Ask for a password of the environment in the folder."""
    words = ("get", "database.postgres_password", "-e", "staging", "--reveal", "--yes")
    return escai("config", *words, **more)


@pytest.fixture
def lying_there(escai):
    """A workspace into which files of the earlier system were copied, and nothing else."""
    shutil.copytree(LEGACY, escai.config)
    return escai


def test_a_file_of_the_earlier_system_is_read_as_it_lies_there(lying_there):
    """Its key lies beside it, as it always did; reading changes nothing, and the report says so."""
    before = lying_there.tree()

    assert PASSWORD == read_password(lying_there).out.strip()
    report = lying_there("config", "validate", "-e", "staging", code=1).out
    assert "as the earlier system kept them; a save seals it anew" in report
    assert "ESC102" not in report
    assert before == lying_there.tree()


def test_the_next_save_writes_the_present_format(lying_there):
    """One value is set, every secret is sealed anew, and the earlier key is needed no more."""
    lying_there("config", "set", "api.workers", "5", "-e", "staging")
    (lying_there.config / "master_key").unlink()

    text = lying_there.file("staging").read_text()
    assert "_encrypted" not in text
    assert "_escai:" in text
    assert PASSWORD not in text
    assert PASSWORD == read_password(lying_there).out.strip()


def test_clear_text_is_never_written_in_place_of_an_earlier_seal(lying_there):
    """Not even where encryption is switched off."""
    with ConfigManager(
        lying_there.config, "staging", enable_hot_reload=False, enable_encryption=False
    ) as manager:
        manager.update_config({"api": {"workers": 5}})
        manager.save_config()

    assert PASSWORD not in lying_there.file("staging").read_text()


def test_without_its_key_an_earlier_secret_is_not_read(lying_there):
    """What is not secret still is; the token is never taken for the value."""
    (lying_there.config / "master_key").unlink()

    refused = read_password(lying_there, code=3)
    assert "ESCAI_MASTER_KEY_FILE" in refused.err
    assert "_encrypted" not in refused.out + refused.err
    report = lying_there("config", "validate", "-e", "staging", code=1).out
    assert "its key is not at hand" in report


def test_a_key_is_named_or_spelt_as_it_was(lying_there, tmp_path, monkeypatch):
    """The variable names it wherever it lies, also encoded twice."""
    key = tmp_path / "earlier.key"
    written = (lying_there.config / "master_key").read_bytes().strip()
    (lying_there.config / "master_key").unlink()
    key.write_bytes(base64.urlsafe_b64encode(written) if len(written) == 44 else written)
    monkeypatch.setenv("ESCAI_MASTER_KEY_FILE", str(key))

    assert PASSWORD == read_password(lying_there).out.strip()
