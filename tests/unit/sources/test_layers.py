"""Layers: what holds, where it comes from, and what lies below it."""

from __future__ import annotations

from escai_nb.origin import Origin, OriginKind
from escai_nb.sources.layers import Layer, Step, merge

KINDS = (OriginKind.DEFAULT, OriginKind.SHARED, OriginKind.FILE, OriginKind.VARIABLE)


def layered(*trees):
    """Lay *trees* over each other, each of a kind of its own."""
    return merge(
        [
            Layer(kind, tree, lambda path, kind=kind: Origin(kind, ".".join(map(str, path))))
            for kind, tree in zip(KINDS, trees, strict=False)
        ]
    )


def steps(merged, *path):
    """Shorten the chain of *path* to kind, value, won."""
    return [(step.origin.kind, step.value, step.won) for step in merged.explain(path)]


def test_mappings_are_merged_and_the_rest_is_replaced():
    """Leaf by leaf; a list is one value, and so is ``null``."""
    merged = layered(
        {"a": {"x": 1, "y": 1, "l": [1, 2, 3]}, "b": 1, "c": {"x": 1}},
        {"a": {"x": 2, "l": [9]}, "b": None, "c": {}},
        {"a": {"z": 3}, "d": {"e": {}}},
    )
    assert {
        "a": {"x": 2, "y": 1, "l": [9], "z": 3},
        "b": None,
        "c": {"x": 1},
        "d": {"e": {}},
    } == merged.data


def test_every_leaf_keeps_its_whole_chain():
    """Each layer that knows a leaf is listed, and the highest one won."""
    merged = layered({"a": {"x": 1}}, {}, {"a": {"x": None}})
    default, file = Origin(OriginKind.DEFAULT, "a.x"), Origin(OriginKind.FILE, "a.x")
    expected = (Step(default, 1, won=False), Step(file, None, won=True))
    assert expected == merged.explain(("a", "x"))
    assert file == merged.origin(("a", "x"))


def test_null_is_a_value_and_absence_is_none():
    """What a layer sets to null is told from what it does not mention."""
    assert OriginKind.SHARED is layered({"a": 1}, {"a": None}).origin(("a",)).kind
    assert OriginKind.DEFAULT is layered({"a": 1}, {}).origin(("a",)).kind


def test_a_scalar_hides_the_section_below_it():
    """Leaves under it are gone, and nobody won them."""
    merged = layered({"a": {"x": 1}}, {"a": None})
    assert {"a": None} == merged.data
    assert [(OriginKind.DEFAULT, 1, False)] == steps(merged, "a", "x")


def test_a_section_lies_over_a_scalar():
    """A mapping takes a scalar's place, and a higher layer wins its leaves."""
    merged = layered({"a": 1}, {"a": {"x": 2}}, {"a": {"y": 3}})
    assert {"a": {"x": 2, "y": 3}} == merged.data
    assert OriginKind.SHARED is merged.origin(("a", "x")).kind
    assert OriginKind.FILE is merged.origin(("a",)).kind


def test_items_come_from_the_layer_of_their_list():
    """A list is replaced as a whole, so its items have one origin."""
    merged = layered({"l": [{"x": 1}, 2]}, {"l": [{"x": 5}]})
    assert [(OriginKind.DEFAULT, 1, False), (OriginKind.SHARED, 5, True)] == steps(
        merged, "l", 0, "x"
    )
    assert [(OriginKind.DEFAULT, 2, False)] == steps(merged, "l", 1)


def test_what_is_missing_is_placed_in_the_file_that_comes_nearest():
    """There it would be written; without any file it has no place."""
    merged = layered({"a": {"x": 1}}, {"a": {"b": {"y": 1}}}, {"a": {"z": 1}})
    assert Origin(OriginKind.SHARED, "a.b.new") == merged.origin(("a", "b", "new"))
    assert Origin(OriginKind.FILE, "a.new") == merged.origin(("a", "new"))
    assert OriginKind.MISSING is layered({"a": 1}).origin(("b",)).kind


def test_what_nobody_says_has_no_chain():
    """There is no chain, and of no layers nothing at all."""
    assert () == layered({"a": 1}).explain(("b",))
    assert {} == layered().data


def test_the_merged_tree_is_its_own():
    """Changing it changes no layer, deep inside lists too."""
    below = {"l": [{"x": [1]}], "m": {"y": 1}}
    merged = layered(below)
    merged.data["l"][0]["x"].append(2)
    merged.data["m"]["y"] = 2
    assert {"l": [{"x": [1]}], "m": {"y": 1}} == below


def test_neither_layers_nor_steps_show_values():
    """Any of them may be secret."""
    merged = layered({"a": "s3cret"})
    layer = Layer(OriginKind.FILE, {"a": "s3cret"}, lambda _: Origin(OriginKind.FILE))
    assert "s3cret" not in f"{merged!r} {merged.explain(('a',))!r} {layer!r}"
