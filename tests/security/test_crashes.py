"""Law 4: whenever a program is killed, nothing is lost."""

from __future__ import annotations

import pytest
from crashes.operations import SHORT


@pytest.mark.parametrize("operation", [*SHORT, "rotate"])
def test_a_kill_at_any_call_loses_nothing(operation, enumerate_faults):
    """
    What is left opens, with the old values or the new; the next writer completes it or cleans up.

    Then file, history and keyring agree, every version opens, and no temporary
    file, log or journal is left.
    """
    assert [] == enumerate_faults(operation, "Killing")


def test_a_kill_between_environments_loses_nothing(enumerate_faults):
    """A rotation of several, ended wherever one state takes the place of another."""
    assert [] == enumerate_faults("rotate_all_environments", "KillingAtRenames")


@pytest.mark.parametrize(
    "operation", ["save", "share", "rotate_all_environments", "replace_key_file"]
)
def test_three_kills_in_a_row_lose_nothing(operation, enumerate_faults):
    """What goes on from the first is killed too, and what goes on from there."""
    assert [] == enumerate_faults(operation, "three")
