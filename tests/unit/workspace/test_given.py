"""What callers hand to a manager: taken as a file can hold it, or refused by path."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import deque
from decimal import Decimal
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from escai_nb.errors import EscaiError, ValueRefusedError
from escai_nb.escai.models import EscaiConfig
from escai_nb.sources.refusal import LIMITS
from escai_nb.workspace.facade import ConfigTemplates, ConfigValidator


class Colour(Enum):
    """A value with a name."""

    RED = "red"


@dataclasses.dataclass
class Point:
    """An object of fields."""

    x: int = 1


def nested(depth):
    """Mappings inside each other."""
    tree = {}
    for _ in range(depth):
        tree = {"a": tree}
    return tree


def circle():
    """Return a mapping that holds itself."""
    tree = {}
    tree["a"] = tree
    return tree


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(5), 5),
        (np.float32(1.5), 1.5),
        (np.array([True])[0], True),
        (np.array([1, 2]), [1, 2]),
        ((1, 2), [1, 2]),
        ({3, 1}, [1, 3]),
        (deque([1]), [1]),
        (Colour.RED, "red"),
        (Point(), {"x": 1}),
        (Decimal("1.10"), "1.10"),
        (dt.timedelta(seconds=3), "PT3S"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (Path("/a"), "/a"),
        ({1: {True: 2, None: 3}}, {"1": {"true": 2, "null": 3}}),
        ({"a.b": {"": None}}, {"a.b": {"": None}}),
    ],
)
def test_it_is_kept_as_a_file_has_it(open_manager, given, kept):
    """What was set is what memory says, and what the file says after a save."""
    manager = open_manager()
    manager.update_config({"custom_settings": {"s": given}})
    assert manager.get_config_value("custom_settings.s") == kept
    manager.save_config()
    (found,) = open_manager().load_config().custom_settings.values()
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    "given",
    [
        object(),
        len,
        Point,
        range(3),
        b"\xff",
        1j,
        {(1, 2): 1},
        "\ud800",
        circle(),
        nested(5_000),
        nested(LIMITS.depth),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_no_file_can_hold_is_refused_by_path(open_manager, given):
    """Nothing of it is taken, and later changes are."""
    manager = open_manager()
    with pytest.raises(ValueRefusedError) as caught:
        manager.update_config({"log_level": "ERROR", "custom_settings": {"s": given}})
    assert caught.value.path.startswith("custom_settings.s")
    assert caught.value.hint
    with pytest.raises(ValueRefusedError):
        manager.set_config_value("custom_settings.s", given)
    assert not manager.pending
    manager.set_config_value("api.port", 9001)
    assert manager.save_config().changes == 1


@pytest.mark.parametrize("given", [None, [1], "api.port", 5])
def test_an_update_is_a_mapping(open_manager, given):
    """The error says how one is written."""
    with pytest.raises(ValueRefusedError, match="no mapping") as caught:
        open_manager().update_config(given)
    assert "port" in caught.value.hint


def test_a_secret_of_the_caller_is_sealed_wherever_it_stands(open_manager, workspace):
    """A place that is called like nothing secret is one, once it was given as such."""
    manager = open_manager()
    manager.update_config({"custom_settings": {"team": SecretStr("canary-of-a-team")}})
    manager.save_config()
    assert "canary" not in workspace.file("development").read_text()
    again = open_manager()
    assert again.load_config().custom_settings == {"team": "canary-of-a-team"}
    assert "canary" not in str(again.masked())


def test_a_text_beyond_the_limit_is_refused_for_its_size(open_manager):
    """The reason is told, and what was loaded is still there."""
    manager = open_manager()
    manager.set_config_value("custom_settings.s", "x" * LIMITS.size)
    with pytest.raises(EscaiError, match="larger than 4 MiB"):
        manager.save_config()
    manager.discard()
    manager.set_config_value("api.port", 9001)
    assert manager.save_config().changes == 1


def test_a_validator_takes_model_objects_and_names_what_it_cannot_judge():
    """A whole configuration as an object; what no file could hold is refused by path."""
    preset = ConfigTemplates().generate_config_template("development")
    assert ConfigValidator().validate_config(EscaiConfig.model_validate(preset)) == (True, [])
    for odd in (None, [], {None: 1}):
        is_valid, errors = ConfigValidator().validate_config(odd)
        assert not is_valid
        assert errors
    for hostile in (circle(), {"a": object()}):
        with pytest.raises(ValueRefusedError, match=r"^a"):
            ConfigValidator().validate_config(hostile)
