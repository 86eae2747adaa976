"""Values go out to a file and come back: masked, in clear, in every format."""

from __future__ import annotations

import json

import pytest

from escai_nb import ConfigManager

PASSWORD = "violet-otter-lantern-copper-0815"
MASK = "********"
FORMATS = ("yaml", "json", "env")


@pytest.fixture
def escai(workspace):
    """A workspace with a password of its own."""
    workspace("config", "set", "database.postgres_password", "--stdin", stdin=PASSWORD)
    return workspace


def versions(escai, *options):
    """The versions, newest first."""
    return escai("config", "history", "--format", "json", *options).data


@pytest.mark.parametrize("form", FORMATS)
def test_a_masked_export_tells_no_secret_and_changes_nothing_when_it_comes_back(escai, form):
    """A mask stands for the value that is there."""
    text = escai("config", "export", "--format", form).out
    assert PASSWORD not in text
    assert MASK in text
    before = escai.tree()
    (escai.folder / f"x.{form}").write_text(text)

    assert "no changes" in escai("config", "import", f"x.{form}").out
    (escai.folder / f"x.{form}").unlink()
    assert before == escai.tree()


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_edited_comes_back_as_one_version(escai, form):
    """The change alone is taken over, comments and secrets stay, and it is counted."""
    path = escai.file()
    path.write_text("# mine\n" + path.read_text())
    file = escai.folder / f"x.{form}"
    escai("config", "export", "--format", form, "-o", file)
    assert 0o600 == file.stat().st_mode & 0o777
    file.write_text(file.read_text().replace("8000", "8001"))

    dry = escai("config", "import", file, "--dry-run", "--format", "json").data
    assert [["api.port"], True] == [[c["path"] for c in dry["changes"]], dry["dry_run"]]
    escai("config", "import", file, "-m", "from the office")
    assert "8001\n" == escai("config", "get", "api.port").out
    newest = versions(escai)[0]
    assert ("import", 1, "from the office") == tuple(
        newest[name] for name in ("kind", "changes", "message")
    )
    assert path.read_text().startswith("# mine\n")
    said = escai("config", "get", "database.postgres_password", "--reveal", "--yes").out
    assert f"{PASSWORD}\n" == said


@pytest.mark.parametrize("form", FORMATS)
def test_a_clear_export_moves_an_environment(escai, form):
    """Into another workspace, sealed there; the file is its owner's alone."""
    file = escai.folder / f"x.{form}"
    escai("config", "export", "--reveal", "--format", form, "-o", file)
    assert 0o600 == file.stat().st_mode & 0o777
    escai("config", "init", "-d", "other")

    escai("config", "import", file, "-d", "other")
    for manager in (ConfigManager(escai.folder / name) for name in ("config", "other")):
        with manager:
            assert PASSWORD == manager.get_config_value("database.postgres_password")
    assert PASSWORD not in (escai.folder / "other" / "config.development.yaml").read_text()


@pytest.mark.parametrize("form", FORMATS)
def test_a_clear_export_begins_an_environment(escai, form):
    """Of the same values, sealed in its history, whatever the format is."""
    escai("config", "set", "database.redis_password", "null", "custom_settings.n", "null")
    file = escai.folder / f"x.{form}"
    escai("config", "export", "--reveal", "--format", form, "-o", file)
    escai("config", "import", file, "-d", "other")

    shown = [
        escai("config", "show", "--format", "json", "--reveal", "--yes", "-d", folder).data
        for folder in ("config", "other")
    ]
    assert shown[0] == shown[1]


def test_variables_say_what_is_null(escai):
    """Where something else would be in effect without it."""
    escai("config", "export", "--format", "env", "-o", "x.env")
    escai("config", "set", "database.mongodb_username", "ada")
    escai("config", "import", "x.env")

    assert "null\n" == escai("config", "get", "database.mongodb_username").out


def test_a_mask_without_a_value_is_refused_by_its_path(escai):
    """On top of nothing, and in a fresh environment; nothing is written."""
    (escai.folder / "x.yaml").write_text(f"database:\n  influxdb_password: '{MASK}'\n")
    before = escai.tree()

    for options in ((), ("-e", "testing")):
        refused = escai("config", "import", "x.yaml", *options, code=2)
        assert "database.influxdb_password is masked" in refused.err
    assert before == escai.tree()


def test_a_new_environment_counts_every_value_as_a_change(escai):
    """Its first version adds them all."""
    values = {"api": {"port": 1234}, "security": {"jwt_secret_key": PASSWORD * 2}}
    (escai.folder / "x.json").write_text(json.dumps(values))

    escai("config", "import", "x.json", "-e", "testing")
    assert 2 == versions(escai, "-e", "testing")[0]["changes"]


@pytest.mark.parametrize(
    ("name", "text", "said", "code"),
    [
        ("x.yaml", "api: [1\n", "x.yaml:2:1", 3),
        ("x.json", '{"api": }', "x.json:1:9", 3),
        (".env", "ESCAI_API__PROT=1", "did you mean ESCAI_API__PORT", 2),
        (".env", "ESCAI_API__PORT=1\noops\n", ".env:2:1", 3),
        (".env", "ESCAI_API__PORT=high", "api.port", 1),
        ("x.yaml", "api:\n  prot: 1\n", "api.prot", 1),
        ("x.yaml", "api:\n  port: 0\n", "api.port", 1),
        ("gone.yaml", None, "gone.yaml", 3),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(escai, name, text, said, code):
    """Path or position is told."""
    if text is not None:
        (escai.folder / name).write_text(text)
    before = escai.tree()

    assert said in escai("config", "import", name, code=code).err
    assert before == escai.tree()


def test_sealed_files_are_not_values(escai):
    """A sealed file belongs to its key; the remedy is told."""
    copy = escai.folder / "copy.yaml"
    copy.write_bytes(escai.file().read_bytes())
    assert "is sealed" in escai("config", "import", copy, code=1).err
    copy.write_text("database:\n  redis_password:\n    _encrypted: true\n    _value: abc\n")
    assert "--legacy" in escai("config", "import", copy, code=1).err


def test_secrets_leave_only_when_told(escai):
    """Not into a pipe unasked, and not over another file."""
    escai("config", "export", "--reveal", code=2)
    assert PASSWORD in escai("config", "export", "--reveal", "--yes").out
    (escai.folder / "x.yaml").write_text("mine")
    escai("config", "export", "-o", "x.yaml", code=2)
    assert "mine" == (escai.folder / "x.yaml").read_text()


def test_the_manager_does_the_same(escai):
    """Masked by default, importable, nothing twice."""
    with ConfigManager(escai.config, enable_hot_reload=False) as manager:
        file = manager.export_config(escai.folder / "x.yaml")
        assert PASSWORD not in file.read_text()
        head = manager.version("HEAD")
        assert head == manager.import_config(file)
        file.write_text(file.read_text().replace("8000", "8001"))
        assert 1 == len(manager.preview_import(file))
        assert "import" == manager.import_config(file).kind
        assert 8001 == manager.get_config_value("api.port")
        assert PASSWORD == manager.get_config_value("database.postgres_password")
