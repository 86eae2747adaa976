"""What a clean-up lets go of, decided without any file."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from escai_nb.history.retention import Retention, plan_retention, protected_versions
from escai_nb.history.version import Version, VersionId, VersionKind

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def history(count, environment="production", **more):
    """So many versions, a day apart, newest first."""
    found = []
    for number in range(count):
        found.append(
            Version(
                id=VersionId(f"{environment}{number}"),
                parent=found[-1].id if found else None,
                environment=environment,
                kind=VersionKind.SAVE,
                digest=f"{environment}{number}",
                revision=number,
                author="ada",
                time=NOW - dt.timedelta(days=count - number),
                message="",
                **more,
            )
        )
    return list(reversed(found))


def dropped(versions, wanted, **more):
    """Numbers of the versions that go, oldest first."""
    plan = plan_retention(versions, wanted, now=NOW, **more)
    return [version.revision for version in plan.dropped]


def test_by_number_and_by_age():
    """What either of the two keeps stays."""
    versions = history(10)
    assert [0, 1, 2, 3, 4] == dropped(versions, Retention(keep=5))
    assert [0, 1, 2] == dropped(versions, Retention(keep_days=8))
    assert [0, 1, 2] == dropped(versions, Retention(keep=5, keep_days=8))
    assert [] == dropped(versions, Retention())


def test_by_size_the_oldest_go_first():
    """Until what is left fits; a content that others share weighs as long as one of them stays."""
    versions = history(6)
    sizes = {version.digest: 10 for version in versions}
    assert [0, 1] == dropped(versions, Retention(max_size=40), sizes=sizes)
    versions[5] = replace(versions[5], digest=versions[0].digest)
    assert [0, 1] == dropped(versions, Retention(max_size=40), sizes=sizes)
    plan = plan_retention(versions, Retention(max_size=40), now=NOW, sizes=sizes)
    assert 10 == plan.freed


def test_other_environments_stay():
    """A clean-up of one leaves the other alone."""
    versions = [*history(5), *history(5, "staging")]
    plan = plan_retention(versions, Retention(keep=1), now=NOW, only="staging")
    assert {"staging"} == {version.environment for version in plan.dropped}


@given(
    count=st.integers(0, 12),
    tagged=st.sets(st.integers(0, 11)),
    sources=st.sets(st.integers(0, 11)),
    wanted=st.builds(
        Retention,
        st.none() | st.integers(1, 12),
        st.none() | st.integers(0, 12),
        st.none() | st.integers(0, 100),
    ),
)
def test_nothing_protected_ever_goes(count, tagged, sources, wanted):
    """Neither tagged, head, parent of the head, nor what another was made from."""
    versions = history(count)
    marked = [
        replace(
            version,
            tags=("v",) if version.revision in tagged else (),
            source=f"production{min(sources)}" if sources and version.revision > 5 else None,
        )
        for version in versions
    ]
    sizes = {version.digest: 10 for version in marked}
    plan = plan_retention(marked, wanted, now=NOW, sizes=sizes)
    gone = {version.id for version in plan.dropped}

    assert not gone & protected_versions(marked).keys()
    assert not gone & {version.id for version in marked[:2]}
    assert not gone & {version.id for version in marked if version.tags}
    assert not gone & {version.source for version in marked}
    assert len(marked) == plan.kept + len(gone)
