"""Kills and failures put in by strace, at every system call, those of SQLite among them."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.strace

EVERYTHING = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


@pytest.mark.parametrize("operation", ["save", "share", "rotate"] if EVERYTHING else ["save"])
def test_a_fault_at_any_system_call_loses_nothing(operation, enumerate_faults):
    """
    A kill at each leaves the old values or the new, and a refusal by the disk the old ones.

    Repeated, the operation completes, and leaves no temporary file, log or journal.
    """
    assert [] == enumerate_faults(operation, "outside")
