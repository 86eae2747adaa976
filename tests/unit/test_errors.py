"""The tree of errors."""

from __future__ import annotations

import re

import pytest

from escai_nb import errors

TREE = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.EscaiError)
]
EXIT_CODES = {
    errors.UsageError: 2,
    errors.RefusedError: 1,
    errors.UnavailableError: 3,
    errors.RunFailedError: 4,
    errors.RunTimedOutError: 5,
}


def test_the_tree_is_drawn_in_the_docstring() -> None:
    """Every class is listed, and none that is not there."""
    drawn = set(re.findall(r"`(\w+Error)`", errors.__doc__ or ""))
    assert drawn == {kind.__name__ for kind in TREE} - {"EscaiError"}


@pytest.mark.parametrize("kind", TREE)
def test_each_error_has_a_code_and_a_turn(kind: type[errors.EscaiError]) -> None:
    """The second level decides the exit code; words of a code are joined by dashes."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code)
    turns = [code for turn, code in EXIT_CODES.items() if issubclass(kind, turn)]
    assert turns == ([kind.exit_code] if kind is not errors.EscaiError else [])
    assert kind.__doc__


def test_codes_name_one_class_each() -> None:
    """So that a script can tell them apart."""
    codes = [kind.code for kind in TREE]
    assert len(set(codes)) == len(codes)


def test_an_error_says_what_where_and_what_next() -> None:
    """Message, hint, path and place; the code may be that of the instance."""
    error = errors.SealError(
        "the seal is broken", hint="accept it", path="a.b", where="f:1:2", code="token-moved"
    )
    assert "the seal is broken" == str(error)
    assert ("accept it", "a.b", "f:1:2", "token-moved") == (
        error.hint,
        error.path,
        error.where,
        error.code,
    )
    assert "seal-broken" == errors.SealError.code
    assert ("", "", "") == (
        errors.SealError("x").hint,
        errors.SealError("x").path,
        errors.SealError("x").where,
    )


def test_a_refused_configuration_brings_its_findings() -> None:
    """As a tuple, most severe first, as they were given."""
    error = errors.InvalidConfigurationError("no", findings=["a", "b"], hint="mend it")
    assert ("a", "b") == error.findings
    assert "mend it" == error.hint
    assert 1 == error.exit_code
