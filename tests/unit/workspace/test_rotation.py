"""The order of a rotation, told from keyring and document alone, and its journal."""

from __future__ import annotations

import datetime as dt

import pytest

from escai_nb.encryption.keyring import KeyState, create
from escai_nb.encryption.providers.file import generate
from escai_nb.errors import DocumentError, NewerFormatError
from escai_nb.workspace.writing.rotating import Step, next_step
from escai_nb.workspace.writing.rotation_journal import Journal

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def test_the_steps_follow_each_other_to_the_end(tmp_path):
    """Doing what is said, again and again, leaves one primary key and nothing under the old."""
    provider = generate(tmp_path / "a.key")
    ring = create("ab" * 16, "production", provider, seals="file", now=NOW)
    old = sealed_under = ring.primary.kid
    taken = []
    while (step := next_step(ring, old, sealed_under))[0] is not Step.DONE:
        taken.append(step[0])
        match step:
            case Step.ADD, _:
                ring = ring.with_new_key(provider, NOW)
            case Step.PROMOTE, kid:
                ring = ring.with_promoted(kid, provider)
            case Step.RESEAL, kid:
                sealed_under = kid
            case Step.RETIRE, kid:
                ring = ring.with_retired(kid)
    assert list(Step)[:-1] == taken
    assert ring.primary.kid == sealed_under != old
    assert {old: KeyState.RETIRED, ring.primary.kid: KeyState.PRIMARY} == {
        entry.kid: entry.state for entry in ring.entries
    }
    assert (Step.ADD, "") == next_step(ring, ring.primary.kid, sealed_under)


def test_a_journal_is_read_as_it_was_written():
    """What is under way, and for whom it is urgent."""
    journal = Journal("2026-11-23T00:00:00Z", {"staging": "ab" * 8, "production": "cd" * 8})
    for each in (journal, Journal(journal.started, journal.leaving, ("production",))):
        assert each == Journal.parse(each.to_bytes(), where="here")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", DocumentError),
        (b"[]", DocumentError),
        (b'{"format": 1, "leaving": {"a": "b"}}', DocumentError),
        (b'{"format": 2}', NewerFormatError),
    ],
)
def test_what_is_no_journal_is_refused(text, error):
    """By name, with what to do about it."""
    with pytest.raises(error) as caught:
        Journal.parse(text, where="rotation.json")
    assert caught.value.hint
