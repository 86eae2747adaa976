"""A history travels: out of one workspace, into another one, whole or in part."""

from __future__ import annotations

import pytest

from escai_nb import ConfigVersioning
from escai_nb.errors import HistoryDamagedError, TargetExistsError, ValueRefusedError

PASSWORD = "Vq7-harbour-92xk-quilt-Lw03"


@pytest.fixture
def escai(workspace):
    """A workspace with a tagged version, an open port, and a secret of its own."""
    workspace("config", "set", "database.postgres_password", "--stdin", stdin=PASSWORD)
    workspace("config", "tag", "HEAD", "v1")
    workspace("config", "set", "api.port", "9001", "-m", "other port")
    return workspace


def ids(escai, folder="config"):
    """Ids of all versions, newest first, with their tags."""
    rows = escai("config", "history", "-d", folder, "--format", "json").data
    return [(row["id"], row["tags"]) for row in rows]


def test_a_whole_history_is_restored(escai):
    """A fresh folder becomes the workspace: same ids and tags, the file and its secrets back."""
    escai("config", "history", "export", "a.bundle")
    assert PASSWORD not in (escai.folder / "a.bundle").read_text()
    assert 0o600 == (escai.folder / "a.bundle").stat().st_mode & 0o777

    said = escai("config", "history", "import", "a.bundle", "-d", "fresh", "--format", "json").data
    assert ids(escai) == ids(escai, "fresh")
    assert (["development"], [], 3) == (said["verified"], said["unopened"], len(said["versions"]))
    assert escai("config", "history", "verify", "-d", "fresh")
    escai("config", "rollback", "v1", "--yes", "-d", "fresh")
    words = ("get", "database.postgres_password", "--reveal", "--yes", "-d", "fresh")
    assert f"{PASSWORD}\n" == escai("config", *words).out


def test_twice_is_as_good_as_once(escai):
    """The second import finds all of it there."""
    escai("config", "history", "export", "a.bundle")
    before = escai.tree()

    assert "0 new versions, 3 known already" in escai("config", "history", "import", "a.bundle").out
    assert {name: digest for name, digest in before.items() if "history.db" not in name} == {
        name: digest for name, digest in escai.tree().items() if "history.db" not in name
    }


def settings(escai, text):
    """Write *text* as the free settings of the file, by hand."""
    file = escai.file()
    before = file.read_text()
    assert "custom_settings: {}" in before
    file.write_text(before.replace("custom_settings: {}", f"custom_settings: {text}"))


def test_keys_that_are_no_text_travel_too(escai):
    """A hand edit may use dates, numbers and nulls as keys: compared, verified, taken back."""
    odd = "{2026-01-01: {1: {true: a}}, 2026-01-01T10:00:00Z: b, 1.5: c, null: d, e: 2026-01-02}"
    settings(escai, odd)
    escai("config", "set", "api.port", "9002")
    escai("config", "history", "verify")
    escai("config", "diff", "HEAD~2", "HEAD")
    escai("config", "history", "export", "a.bundle")
    escai("config", "history", "import", "a.bundle", "-d", "fresh")
    escai("config", "history", "verify", "-d", "fresh")
    assert ids(escai) == ids(escai, "fresh")
    escai("config", "rollback", "HEAD~2", "--yes")
    assert "{}\n" == escai("config", "get", "custom_settings").out
    escai("config", "rollback", "HEAD~2", "--yes")
    assert '"2026-01-01": {"1": {"True": "a"}}' in escai("config", "get", "custom_settings").out


def test_two_keys_of_one_name_are_refused(escai):
    """A number and the text that is written like it: none of both is lost without a word."""
    settings(escai, "{1: a, '1': b}")
    outcome = escai("config", "set", "api.port", "9002", code=3)
    assert "stands twice" in outcome.err
    assert "stands twice" in escai("config", "validate", code=1).out


def test_what_came_after_is_continued(escai):
    """A later bundle brings the versions that an earlier one did not have, and a new head."""
    escai("config", "history", "export", "early.bundle")
    escai("config", "history", "import", "early.bundle", "-d", "fresh")
    escai("config", "set", "api.port", "9002")
    escai("config", "history", "export", "late.bundle")

    came = escai("config", "history", "import", "late.bundle", "-d", "fresh").out
    assert "1 new version, 3 known already" in came
    assert ids(escai) == ids(escai, "fresh")


def test_histories_that_have_parted_are_not_mixed(escai):
    """Both went on from one version: refused, and nothing is written."""
    escai("config", "history", "export", "a.bundle")
    escai("config", "history", "import", "a.bundle", "-d", "fresh")
    escai("config", "rollback", "HEAD", "--yes", "-d", "fresh")
    escai("config", "set", "api.port", "9002")
    escai("config", "history", "export", "b.bundle")
    before = ids(escai, "fresh")

    refused = escai("config", "history", "import", "b.bundle", "-d", "fresh", code=3)
    assert "have parted after version" in refused.err
    assert before == ids(escai, "fresh")


def test_another_workspace_keeps_its_head(escai):
    """Strange versions come before its own; where their key is at hand they open."""
    escai("config", "init", "-d", "other")
    own = ids(escai, "other")
    escai("config", "history", "export", "a.bundle")
    escai("config", "history", "import", "a.bundle", "-d", "other")

    assert [*own, *ids(escai)] == ids(escai, "other")
    assert "all as it was written" in escai("config", "history", "verify", "-d", "other").out
    escai("config", "rollback", "v1", "--include-secrets", "--yes", "-d", "other")
    words = ("get", "database.postgres_password", "--reveal", "--yes", "-d", "other")
    assert f"{PASSWORD}\n" == escai("config", *words).out


def test_what_no_key_here_opens_is_listed(escai, monkeypatch, tmp_path):
    """On another machine the versions come in, and their key is named."""
    escai("config", "history", "export", "a.bundle")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    escai("config", "init", "-d", "other")

    taken = escai("config", "history", "import", "a.bundle", "-d", "other", "--format", "json").data
    (lost,) = taken["unopened"]
    assert ("development", 3) == (lost["environment"], lost["versions"])
    assert [] == taken["verified"]
    assert "no key here vouches for development" in taken["notes"]
    assert 4 == len(ids(escai, "other"))


def test_a_part_of_a_history_keeps_the_chain_whole(escai):
    """Old contents stay behind, their lines come; a later bundle fills them in."""
    escai("config", "set", "api.port", "9002")
    escai("config", "set", "api.port", "9003")
    escai("config", "history", "export", "all.bundle")
    part = escai("config", "history", "export", "part.bundle", "--keep", "1").out
    assert "5 versions, 3 with content" in part
    escai("config", "history", "import", "part.bundle", "-d", "fresh")
    assert ids(escai) == ids(escai, "fresh")
    back = ("config", "rollback", "HEAD~4", "--yes", "-d", "fresh")
    assert "was dropped" in escai(*back, code=2).err

    came = escai("config", "history", "import", "all.bundle", "-d", "fresh").out
    assert "2 with their content again" in came
    assert "5 with content: all" in escai("config", "history", "verify", "-d", "fresh").out
    escai(*back)


def test_one_environment_travels_alone(escai):
    """The others stay at home, with their keyrings."""
    escai("config", "init", "-e", "production")
    escai("config", "history", "export", "a.bundle", "-e", "production")
    escai("config", "history", "import", "a.bundle", "-d", "fresh")

    assert [] == ids(escai, "fresh")
    words = ("history", "-e", "production", "-d", "fresh", "--format", "json")
    assert 1 == len(escai("config", *words).data)
    state = escai.folder / "fresh" / ".escai"
    assert ["keyring.production.json"] == [path.name for path in state.glob("keyring.*")]


def test_a_tampered_bundle_is_refused_and_names_the_version(escai):
    """Nothing is taken from it, not even a folder is made."""
    escai("config", "history", "export", "a.bundle")
    file = escai.folder / "a.bundle"
    version = ids(escai)[0][0]
    file.write_text(file.read_text().replace("other port", "same port"))

    refused = escai("config", "history", "import", "a.bundle", "-d", "fresh", code=3)
    assert f"version {version[:12]} of development was changed" in refused.err
    assert not (escai.folder / "fresh").exists()


def test_a_key_that_is_unknown_does_not_vouch(escai):
    """A bundle of this workspace, or one whose keys are here, cannot name a key that is not."""
    escai("config", "history", "export", "a.bundle")
    file = escai.folder / "a.bundle"
    text = file.read_text()
    at = text.rindex('"kid":"') + len('"kid":"')
    file.write_text(text[:at] + "0" * 16 + text[at + 16 :])

    for folder in ("config", "fresh"):
        refused = escai("config", "history", "import", "a.bundle", "-d", folder, code=3)
        assert "no key vouches for development" in refused.err
        assert "--unsigned" in refused.err


def test_a_bundle_takes_no_ones_place(escai):
    """A file that is there stays."""
    (escai.folder / "a.bundle").write_text("mine")

    escai("config", "history", "export", "a.bundle", code=2)
    assert "mine" == (escai.folder / "a.bundle").read_text()


def test_the_earlier_class_exports_and_restores(tmp_path, monkeypatch):
    """All versions, with their secrets, in another folder; a second export overwrites nothing."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    store, again = (ConfigVersioning(tmp_path / name) for name in ("a", "b"))
    data = {"database": {"postgres_password": PASSWORD}, "api": {"port": 1}}
    first = store.save_version(data, "one", ["v1"])
    store.save_version({**data, "debug": True}, "two")
    store.export_version_history(tmp_path / "history.bundle")

    again.import_version_history(tmp_path / "history.bundle")
    assert store.get_version_history() == again.get_version_history()
    assert PASSWORD == again.get_version(first)["database"]["postgres_password"].open()
    assert [first] == [version.id for version in again.find_versions_by_tag("v1")]
    with pytest.raises(TargetExistsError):
        store.export_version_history(tmp_path / "history.bundle")
    file = tmp_path / "history.bundle"
    file.write_text(file.read_text().replace('"two"', '"new"'))
    with pytest.raises(HistoryDamagedError, match="was changed"):
        again.import_version_history(file)


def test_a_version_with_a_bad_tag_is_not_kept(tmp_path, monkeypatch):
    """All of it, or nothing."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    store = ConfigVersioning(tmp_path / "versions")
    store.save_version({"api": {"port": 1}}, "one", ["v1"])

    with pytest.raises(ValueRefusedError):
        store.save_version({"api": {"port": 2}}, "two", ["good", "HEAD"])
    with pytest.raises(TargetExistsError):
        store.save_version({"api": {"port": 2}}, "two", ["good", "v1"])
    assert ["one"] == [version.message for version in store.get_version_history()]
