"""Values that can be shown without knowing how."""

from __future__ import annotations

import subprocess
import sys

import pytest

from escai_nb import display
from escai_nb.display import RENDERERS, SHEETS, Showable, load, renderer
from escai_nb.errors import ExtraMissingError
from escai_nb.escai.models import EscaiConfig
from escai_nb.schema.catalog import catalog_of

CATALOG = catalog_of(EscaiConfig)


@pytest.mark.parametrize("reference", [*SHEETS.values(), *RENDERERS.values()])
def test_every_entry_of_the_tables_is_there(reference: str) -> None:
    """A name in a table that leads nowhere would be found only when somebody looks."""
    assert callable(load(reference))


def test_a_value_is_shown_in_three_ways() -> None:
    """A table for any viewer, one line of text, a frame on request."""
    bundle = CATALOG._repr_mimebundle_()
    assert {"text/html", "text/plain"} == set(bundle)
    assert "\n" not in bundle["text/plain"]
    assert "<script" not in bundle["text/html"]
    assert CATALOG.to_html() == CATALOG.to_html()
    assert 85 == len(CATALOG.to_frame())


def test_a_child_of_a_showable_class_is_shown_like_it() -> None:
    """The nearest class that has a sheet counts."""

    class Narrow(type(CATALOG)):  # type: ignore[misc]
        __slots__ = ()

    assert 85 == len(Narrow(EscaiConfig).to_sheet().rows)


def test_a_class_without_a_sheet_says_so() -> None:
    """By its name."""

    class Odd(Showable):
        pass

    with pytest.raises(TypeError, match="Odd has no sheet"):
        Odd().to_sheet()


def test_an_unknown_format_names_the_remedy() -> None:
    """Formats that are not built in come with packages."""
    with pytest.raises(ExtraMissingError) as caught:
        renderer("papyrus")
    assert caught.value.hint


def test_mixing_it_in_loads_nothing() -> None:
    """Neither renderers nor pandas come along before they are asked for."""
    program = "import sys, escai_nb.display; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"pandas", "escai_nb.views", "escai_nb.tables"}.isdisjoint(loaded)
    assert display.__name__ in loaded
