"""ConfigVersioning: a history of mappings, as the earlier system had it."""

from __future__ import annotations

import pytest

from escai_nb.errors import UsageError, ValueRefusedError
from escai_nb.workspace.past.versioning import ConfigVersioning


@pytest.fixture
def versioning(tmp_path):
    """A history whose keys lie beside it."""
    return ConfigVersioning(
        tmp_path / "versions", environ={"XDG_DATA_HOME": str(tmp_path / "keys")}
    )


def test_one_tag_is_not_taken_for_its_letters(versioning):
    """A text is one tag, a list is several."""
    first = versioning.save_version({"a": 1}, tags="rel")
    versioning.tag_version(first, "other")
    versioning.tag_version(first, ["more", "most"])
    assert versioning.get_current_version().tags == ("more", "most", "other", "rel")
    versioning.untag_version(first, "rel")
    assert versioning.find_versions_by_tag("rel") == []


@pytest.mark.parametrize("given", [None, [1], "text", {"a": object()}])
def test_what_is_no_configuration_is_not_kept(versioning, given):
    """Nothing is recorded of it."""
    with pytest.raises(ValueRefusedError):
        versioning.save_version(given)
    assert versioning.get_version_history() == []


def test_a_count_below_nothing_forgets_nothing(versioning):
    """It is an error, and not all of the history."""
    for number in range(4):
        last = versioning.save_version({"a": number})
    with pytest.raises(UsageError):
        versioning.cleanup_old_versions(-1)
    assert len(versioning.get_version_history()) == 4
    assert versioning.get_version(last) == {"a": 3}
    assert versioning.get_version("HEAD~3") == {"a": 0}
