"""A secret that stays keeps its token from version to version, so a version takes what is new."""

from __future__ import annotations

from contextlib import closing

from escai_nb import ConfigManager, ConfigVersioning
from escai_nb.history.store import SQLiteStore

SECRET = "Vq7-harbour-92xk-quilt-Lw03"


def tokens(workspace):
    """The sealed password of each version, oldest first."""
    with closing(SQLiteStore(workspace.history_file)) as store:
        contents = [store.content(version.id) for version in reversed(store.versions())]
    return [c["database"]["postgres_password"] for c in contents if "database" in c]


def test_in_the_history_of_mappings(tmp_path):
    """Another password has another token."""
    past = ConfigVersioning(tmp_path / "past", environ={"XDG_DATA_HOME": str(tmp_path / "keys")})
    for port, password in ((1, SECRET), (2, SECRET), (3, SECRET[::-1])):
        past.save_version({"api": {"port": port}, "database": {"postgres_password": password}})

    first, second, third = tokens(past.workspace)
    assert first == second
    assert first != third
    assert past.verify().is_whole


def test_in_the_history_of_a_clear_file(tmp_path):
    """The file says it in clear, the versions say one token."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "config.development.yaml").write_text("api:\n  request_timeout: 40\n")
    with ConfigManager(
        folder,
        "development",
        enable_hot_reload=False,
        enable_encryption=False,
        environ={"XDG_DATA_HOME": str(tmp_path / "keys")},
    ) as manager:
        for seconds in (41, 42, 43):
            manager.update_config(
                {"api": {"request_timeout": seconds}, "database": {"postgres_password": SECRET}}
            )
            manager.save_config()
        said = tokens(manager.workspace)

    assert len(said) >= 3
    assert 1 == len(set(said))
    assert SECRET not in said
