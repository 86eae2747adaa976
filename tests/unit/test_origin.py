"""Where a value came from, in words."""

from __future__ import annotations

import pytest

from escai_nb.origin import DEFAULT, Origin, OriginKind


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (DEFAULT, "default"),
        (Origin(OriginKind.FILE, "config.production.yaml", 12, 9), "config.production.yaml:12:9"),
        (Origin(OriginKind.FILE, "config.production.yaml"), "config.production.yaml"),
        (Origin(OriginKind.VARIABLE, "ESCAI_API__PORT"), "env ESCAI_API__PORT"),
        (Origin(OriginKind.OVERRIDE), "override"),
    ],
)
def test_an_origin_reads_as_a_place(origin: Origin, expected: str) -> None:
    """File, line and column; the variable; or the layer alone."""
    assert expected == str(origin)
