"""What the public face promises, run as it is written down."""

from __future__ import annotations

import pytest

from escai_nb.escai.spec import ESCAI
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace

EXAMPLE = """
from escai_nb import ConfigManager, ConfigValidator
manager = ConfigManager(config_dir="config", environment="production",
                        enable_encryption=True, enable_versioning=True, enable_hot_reload=True)
config = manager.load_config()
manager.update_config({"api": {"port": 8080}, "database": {"postgres_pool_size": 20}})
manager.save_config()
is_valid, errors = ConfigValidator().validate_config(config_data)      # errors: list of str-like findings
report = ConfigValidator().generate_validation_report(config_data)     # mapping-like, and a Report
"""  # noqa: E501  # word for word


@pytest.fixture
def _production(tmp_path, monkeypatch):
    """A folder with a production environment, as `escai config init` makes it."""
    monkeypatch.chdir(tmp_path)
    initialise(Workspace.at("config", ESCAI), "production")


@pytest.mark.usefixtures("_production")
def test_the_example_of_the_public_face_runs_word_for_word():
    """The example runs as written, and what it saved is there for the next one."""
    names = {"config_data": {"api": {"port": 70000}, "security": {}}}

    exec(EXAMPLE, names)  # noqa: S102  # the example is ours
    names["manager"].cleanup()

    assert names["config"].api.port == 8000
    saved = names["ConfigManager"](environment="production", enable_hot_reload=False)
    assert (8080, 20) == (
        saved.load_config().api.port,
        saved.get_config_value("database.postgres_pool_size"),
    )
    assert not names["is_valid"]
    assert any("api.port" in error for error in names["errors"])
    assert names["report"]["total_errors"] == len(names["errors"])
