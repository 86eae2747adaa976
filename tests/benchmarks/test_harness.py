"""The benchmark harness takes turns, compares medians and keeps what it measured."""

from __future__ import annotations

import json

import pytest
from harness import Row, measured, run
from rows import all_rows


def taking(log, name, *times):
    """A measure that notes its turns and takes the *times* given."""
    left = iter(times)

    def measure():
        log.append(name)
        return next(left)

    return measure


def row(log, **more):
    """A row of three rounds, each side after a warm-up that took long."""
    ours, theirs = taking(log, "ours", 90, 2, 8, 4), taking(log, "theirs", 90, 1, 2, 3)
    return Row("work", "peer", ours, theirs, rounds=3, **more)


def test_both_sides_take_turns():
    """One warm-up each, then round by round."""
    log = []
    measured(row(log))

    assert ["ours", "theirs"] * 4 == log


def test_medians_are_compared():
    """One slow round changes nothing, and the warm-up does not count."""
    result = measured(row([]))

    assert ((2, 8, 4), (1, 2, 3), 2.0) == (result.ours, result.theirs, result.ratio)


def test_results_are_printed_and_kept(tmp_path, capsys):
    """The table and the JSON say the same."""
    run([row([], goal=1.5)], tmp_path / "deep" / "bench.json")
    kept = json.loads((tmp_path / "deep" / "bench.json").read_text())

    assert (1, 2.0, 1.5) == (kept["format"], kept["rows"][0]["ratio"], kept["rows"][0]["goal"])
    assert kept["rows"][0]["kept"] is False
    assert "≤ 1.5  missed" in capsys.readouterr().out


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Every row there is."""
    folder = tmp_path_factory.mktemp("bench")
    made = all_rows(folder, versions=60, keys=200)
    return {f"{each.work}, {each.peer}": each for each in made}


def test_every_row_can_be_measured(rows):
    """Both sides of each row do their work and take some."""
    assert all(each.ours() > 0 and each.theirs() > 0 for each in rows.values())
