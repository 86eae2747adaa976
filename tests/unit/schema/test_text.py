"""Text of a command line or a variable, read by its field, of alternatives as what it is."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from escai_nb.errors import ValueRefusedError
from escai_nb.schema.catalog import catalog_of


class Colour(Enum):
    RED = "red"


class Day(BaseModel):
    hour: int = 1


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    size: int = 1


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    size: str = "large"


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int | float, "2.0", 2.0),
        (int | float, "2", 2),
        (bool | int, "0", 0),
        (bool | int, "true", True),
        (bool | str, "1", True),
        (int | bool | str, "true", True),
        (int | bool | str, "t", "t"),
        (int | str, "5", 5),
        (int | str, '"5"', "5"),
        (int | Decimal, "1.50", "1.50"),
        (Colour | int, "5", 5),
        (Literal["auto", "5"] | int, "auto", "auto"),
        (Literal["auto", "5"] | int, "5", "5"),
        (str | list[str], "b", "b"),
        (str | list[str], "a,b", ["a", "b"]),
        (str | list[str], '["a"]', ["a"]),
        (int | list[str], "b", ["b"]),
        (int | str | Day, '{"hour": 3}', {"hour": 3}),
        (str | None, "null", None),
        (str | None, '"null"', "null"),
        (str | None, '"x"', '"x"'),
    ],
)
def test_text_is_read_as_what_it_plainly_is(annotation: Any, text: str, value: object) -> None:
    """Quotes make text of a word or number that would be something else."""
    read = catalog_of(create_model("One", x=(annotation, ...))).parse_text(("x",), text)
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize("beside", [{"kind": "dog"}, {"kind": "cat"}])
def test_the_tag_beside_it_tells_the_alternative(beside: dict[str, str]) -> None:
    """The same text is a number to one kind and text to the other, in lists too."""
    catalog = catalog_of(create_model("One", x=(list[Pet], []), y=(Pet, Cat())))
    value: object = "5" if beside["kind"] == "dog" else 5
    assert value == catalog.parse_text(("y", "size"), "5", beside={"y": beside})
    assert value == catalog.parse_text(("x", 0, "size"), "5", beside={"x": [beside]})


def test_the_settings_of_the_model_hold_for_one_value() -> None:
    """What the model takes is taken, and what it refuses is refused before it is written."""
    lenient = create_model(
        "Lenient", __config__=ConfigDict(coerce_numbers_to_str=True, str_max_length=3), x=(str, "")
    )
    catalog = catalog_of(lenient)
    assert "abc" == catalog.parse_text(("x",), "abc")
    with pytest.raises(ValueRefusedError, match="at most 3 characters"):
        catalog.parse_text(("x",), "abcd")
