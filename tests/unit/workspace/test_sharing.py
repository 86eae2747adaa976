"""The shared file lies under every environment, and strict ones vouch for it."""

from __future__ import annotations

import pytest

from escai_nb.errors import FieldUnknownError, InvalidConfigurationError, SealError, UsageError
from escai_nb.keypath import parse
from escai_nb.workspace.sharing import set_shared


def unset(open_manager, environment, path):
    """Take a value out of an environment's own file, so that the shared one shows."""
    manager = open_manager(environment)
    manager.unset_config_value(path)
    manager.save_config()


def test_a_shared_value_shows_where_the_environment_has_none(open_manager, workspace):
    """The value and its origin come from the shared file, under every seal."""
    for name in ("development", "production"):
        unset(open_manager, name, "api.max_request_size")
    done = set_shared(workspace, {parse("api.max_request_size"): 4096})

    assert done.resealed == ("production",)
    for name in ("development", "production"):
        manager = open_manager(name)
        assert manager.load_config().api.max_request_size == 4096
        assert str(manager.origins()["api.max_request_size"]) == "config.yaml:2:21"


def test_a_hand_edit_of_the_shared_file_is_noticed_by_production(open_manager, workspace):
    """What a strict environment vouches for cannot change under it."""
    open_manager("production")
    set_shared(workspace, {parse("ml.ensemble_size"): 7})
    workspace.shared_file.write_text("ml:\n  ensemble_size: 9\n")

    with pytest.raises(SealError) as caught:
        open_manager("production").load_config()

    assert caught.value.code == "edited-by-hand"
    open_manager("production").accept()
    open_manager("production").load_config()


def test_secrets_have_no_place_in_the_shared_file(open_manager, workspace):
    """A secret is refused by the command, and found when somebody wrote it in."""
    open_manager()
    with pytest.raises(UsageError):
        set_shared(workspace, {parse("database.redis_password"): "x"})
    assert not workspace.shared_file.exists()

    workspace.shared_file.write_text("database:\n  redis_password: in-clear\n")
    with pytest.raises(SealError) as caught:
        open_manager().load_config()
    assert (caught.value.code, caught.value.path) == (
        "secret-in-shared-file",
        "database.redis_password",
    )


def test_a_shared_value_that_breaks_an_environment_is_refused(open_manager, workspace):
    """Every environment is judged before anything is written."""
    unset(open_manager, "production", "api.workers")

    with pytest.raises(InvalidConfigurationError):
        set_shared(workspace, {parse("api.workers"): 4000})
    with pytest.raises(FieldUnknownError):
        set_shared(workspace, {parse("api.wrokers"): 4})
    assert not workspace.shared_file.exists()
