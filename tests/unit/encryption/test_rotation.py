"""The order of a rotation, told from keyring and documents alone."""

from __future__ import annotations

import datetime as dt

from escai_nb.encryption.keyring import KeyState, create
from escai_nb.encryption.providers.file import generate
from escai_nb.encryption.rotation import Step, next_step

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def test_the_steps_follow_each_other_to_the_end(tmp_path):
    """Doing what is said, again and again, leaves one primary key and nothing under the old."""
    provider = generate(tmp_path / "a.key")
    ring = create("ab" * 16, "production", provider, seals="file", now=NOW)
    old = ring.primary.kid
    documents = dict.fromkeys(["a", "b"], old)
    assert (Step.ADD, ()) == next_step(ring, documents, is_recorded=False)
    ring = ring.with_new_key(provider, NOW)
    recorded, taken = False, []
    while (step := next_step(ring, documents, is_recorded=recorded))[0] is not Step.ADD:
        taken.append(step[0])
        match step:
            case Step.PROMOTE, (kid,):
                ring = ring.with_promoted(kid, provider)
            case Step.RESEAL, (first, *_):
                documents[first] = ring.primary.kid  # one at a time, as after a crash
            case Step.RECORD, _:
                recorded = True
            case Step.RETIRE, (kid,):
                ring = ring.with_retired(kid)
    assert [Step.PROMOTE, Step.RESEAL, Step.RESEAL, Step.RECORD, Step.RETIRE] == taken
    assert old not in documents.values()
    assert {old: KeyState.RETIRED, ring.primary.kid: KeyState.PRIMARY} == {
        entry.kid: entry.state for entry in ring.entries
    }
