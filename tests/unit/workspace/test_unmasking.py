"""A mask that comes back stands for the secret that is here, and for no other one."""

from __future__ import annotations

import pytest

from escai_nb.errors import ValueRefusedError
from escai_nb.secret import MASK, Secret, reveal
from escai_nb.workspace.unmasking import NOTHING, unmasked

KEYS = [Secret("one"), Secret("two"), Secret("three")]
ONE, TWO = {"name": "a", "key": Secret("one")}, {"name": "b", "key": Secret("two")}
SHOWN_ONE, SHOWN_TWO = {"name": "a", "key": MASK}, {"name": "b", "key": MASK}


@pytest.mark.parametrize(
    ("given", "held", "meant"),
    [
        pytest.param([MASK] * 3, KEYS, ["one", "two", "three"], id="as it was"),
        pytest.param([MASK, "new", MASK], KEYS, ["one", "new", "three"], id="one replaced"),
        pytest.param([*[MASK] * 3, "new"], KEYS, ["one", "two", "three", "new"], id="appended"),
        pytest.param(["new", *[MASK] * 3], KEYS, ["new", "one", "two", "three"], id="put first"),
        pytest.param([], KEYS, [], id="emptied"),
    ],
)
def test_masks_of_a_list_keep_their_order(given, held, meant):
    """As many masks as there are secrets, or as many items: none moves to another place."""
    assert meant == reveal(unmasked(given, held, ("keys",)))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        pytest.param([SHOWN_TWO, SHOWN_ONE], [TWO, ONE], id="turned round"),
        pytest.param([SHOWN_TWO], [TWO], id="first one gone"),
        pytest.param(
            [{"name": "c", "key": "new"}, SHOWN_ONE, SHOWN_TWO],
            [{"name": "c", "key": "new"}, ONE, TWO],
            id="another one before",
        ),
        pytest.param(
            [SHOWN_ONE, {"name": "B", "key": MASK}],
            [ONE, {"name": "B", "key": "two"}],
            id="something else changed",
        ),
        pytest.param([{"name": "c"}], [{"name": "c"}], id="no mask left"),
    ],
)
def test_an_item_keeps_its_own_secret_wherever_it_goes(given, meant):
    """What is not masked tells which item it was."""
    assert reveal(meant) == reveal(unmasked(given, [ONE, TWO], ("items",)))


@pytest.mark.parametrize(
    ("given", "held", "path", "why"),
    [
        ([MASK] * 2, KEYS, "x[0]", "more than one"),
        ([SHOWN_TWO, {"name": "A", "key": MASK}], [ONE, TWO], "x[1].key", "more than one"),
        ([SHOWN_ONE, SHOWN_TWO, {"name": "c", "key": MASK}], [ONE, TWO], "x[2].key", "no value"),
        ([MASK], NOTHING, "x[0]", "no value"),
        ({"a": MASK}, {"b": Secret("one")}, "x.a", "no value"),
        (MASK, None, "x", "no value"),
        (f"amqp://u:{MASK}@h", Secret("plain"), "x", "no value"),
        (f"amqp://u:{MASK}@h/{MASK}", Secret("amqp://u:p@h"), "x", "no value"),
    ],
)
def test_a_mask_that_could_mean_nothing_or_several_is_refused(given, held, path, why):
    """By its path, and without a value."""
    with pytest.raises(ValueRefusedError, match=why) as caught:
        unmasked(given, held, ("x",))

    assert path == caught.value.path
    assert "three" not in f"{caught.value!r}{caught.value}"


def test_a_password_stays_while_its_address_is_edited():
    """A mask inside a URI is its password."""
    old = Secret("amqp://ada:Uu-1111@one.example/v")

    new = unmasked(f"amqp://ada:{MASK}@two.example/v", old, ("queue",))
    assert Secret("amqp://ada:Uu-1111@two.example/v") == new


def test_text_that_shows_a_mask_and_is_no_secret_stays():
    """It is what is here already."""
    text = f"type {MASK} to hide it"

    assert text == unmasked(text, text, ("note",))
