"""Laws of merging three trees."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from escai_nb import keypath
from escai_nb.secret import Secret, reveal
from escai_nb.workspace.merging.merge_driver import marked
from escai_nb.workspace.merging.merging import merge_trees

scalars = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"])
leaves = scalars | st.sampled_from(["x", "y"]).map(Secret) | st.lists(scalars, max_size=2)
trees = st.recursive(
    st.dictionaries(st.sampled_from("abc"), leaves, max_size=3),
    lambda below: st.dictionaries(st.sampled_from("abc"), leaves | below, max_size=3),
    max_leaves=8,
)


def typed(tree):
    """What tells trees apart that Python takes for equal."""
    return sorted((path, type(value), repr(value)) for path, value in keypath.leaves(reveal(tree)))


@given(base=trees, changed=trees)
def test_who_alone_changed_something_is_followed(base, changed):
    """Whichever side it is, and also where both did the same."""
    for ours, theirs in ((changed, base), (base, changed), (changed, changed)):
        merged = merge_trees(base, ours, theirs)
        assert () == merged.conflicts
        assert typed(changed) == typed(merged.ours) == typed(merged.theirs)


@given(base=trees, ours=trees, theirs=trees)
def test_sides_may_be_swapped(base, ours, theirs):
    """The same places are in conflict, and each side's value stands first once."""
    one, other = merge_trees(base, ours, theirs), merge_trees(base, theirs, ours)

    assert set(one.conflicts) == set(other.conflicts)
    if not one.conflicts:
        assert typed(one.ours) == typed(other.ours)


@given(base=trees, ours=trees, theirs=trees)
def test_every_leaf_comes_from_a_side(base, ours, theirs):
    """Nothing is made up, and nothing that one side added gets lost in silence."""
    merged = merge_trees(base, ours, theirs)
    known = [*typed(ours), *typed(theirs)]
    for leaf in typed(merged.ours):
        assert leaf in known or leaf[2] == "{}"
    before = {path for path, _ in keypath.leaves(base)}
    for path, _ in keypath.leaves(theirs):
        told = any(path[: len(at)] == at for at in merged.conflicts)
        covered = path in before or any(path[:end] in before for end in range(len(path)))
        assert told or covered or keypath.has(merged.ours, path)


lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n"]), max_size=6).map("".join)


@given(ours=lines, theirs=lines)
def test_marked_texts_hold_both_sides(ours, theirs):
    """Taking one side at every mark gives that side's text."""
    text = marked(ours, theirs).splitlines(keepends=True)
    sides = {"ours": [], "theirs": []}
    now = ("ours", "theirs")
    for line in text:
        if line.startswith(("<<<<<<< ", "=======", ">>>>>>> ")):
            now = {"<": ("ours",), "=": ("theirs",), ">": ("ours", "theirs")}[line[0]]
            continue
        for side in now:
            sides[side].append(line)

    assert (ours, theirs) == ("".join(sides["ours"]), "".join(sides["theirs"]))
