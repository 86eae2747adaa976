"""Law 3: wherever a disk fails or fills up, all is as before."""

from __future__ import annotations

import pytest
from crashes.operations import SHORT


@pytest.mark.parametrize("operation", [*SHORT, "rotate"])
def test_a_disk_that_fills_up_at_any_call_changes_nothing(operation, enumerate_faults):
    """The error is one of ours, and all values are the old ones; with room again, it completes."""
    assert [] == enumerate_faults(operation, "Full")


@pytest.mark.parametrize("operation", SHORT)
def test_an_io_error_at_any_call_changes_nothing(operation, enumerate_faults):
    """The same for a disk that fails once."""
    assert [] == enumerate_faults(operation, "Failing")
