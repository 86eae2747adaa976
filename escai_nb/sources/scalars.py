"""What a YAML scalar means: what PyYAML's SafeLoader takes it for, but ``!!binary`` is refused."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

_PREFIX = "tag:yaml.org,2002:"
_TRUE = ("yes", "true", "on")
_FALSE = ("no", "false", "off")

WORDS: dict[str, Any] = {
    **{form: True for word in _TRUE for form in (word, word.title(), word.upper())},
    **{form: False for word in _FALSE for form in (word, word.title(), word.upper())},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
"""Plain scalars that are no text, looked up whole."""

NUMERIC = frozenset("+-.0123456789=<")
"""First characters of all other plain scalars that may be no text."""

MERGE = "<<"
ODD_KEYS = frozenset({MERGE, "="})
"""Plain scalars that have a meaning of their own as keys, and none as values."""

# Everything that YAML 1.2 reads as a number, and 1.1 perhaps as text.
_NUMBER_1_2 = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS_ELSEWHERE = frozenset("yYnN")

_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = Resolver.yaml_implicit_resolvers
_CONSTRUCTORS = {
    _PREFIX + "null": SafeConstructor.construct_yaml_null,
    _PREFIX + "bool": SafeConstructor.construct_yaml_bool,
    _PREFIX + "int": SafeConstructor.construct_yaml_int,
    _PREFIX + "float": SafeConstructor.construct_yaml_float,
    _PREFIX + "timestamp": SafeConstructor.construct_yaml_timestamp,
    _PREFIX + "str": SafeConstructor.construct_yaml_str,
}
_CONSTRUCTOR = SafeConstructor()
_LONG = 19
"""Digits of an integer that is left to PyYAML, which says what it thinks of its length."""
_SIMPLE_FLOAT = re.compile(r"[-+]?[0-9]*\.[0-9]*(?:[eE][-+][0-9]+)?")


class MeaninglessError(ValueError):
    """A scalar has the form of a type, but no value of it."""


def plain(text: str) -> Any:  # noqa: ANN401  # any scalar
    """
    Return the value of *text* as it stands without quotes and tag.

    Raises:
        MeaninglessError: If SafeLoader finds no value in it either.
    """
    value = WORDS.get(text, text)
    return number(text) if value is text and text[0] in NUMERIC else value


def number(text: str) -> Any:  # noqa: ANN401
    """
    Return the value of plain *text* that begins with one of `NUMERIC`.

    Raises:
        MeaninglessError: If it is ``=``, ``<<``, a thirteenth month or the like.
    """
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) < _LONG:
        return int(text)
    for tag, form in _RESOLVERS.get(text[0], ()):
        if form.match(text):
            if tag.endswith(":float") and _SIMPLE_FLOAT.fullmatch(text):
                return float(text)
            return tagged(tag, text)
    return text


def tagged(tag: str, text: str) -> Any:  # noqa: ANN401
    """
    Return the value of *text* under a tag of YAML's own.

    Raises:
        KeyError: If a scalar cannot have this tag here.
        MeaninglessError: If *text* has no value of that type.
    """
    if tag in {_PREFIX + "merge", _PREFIX + "value"} and text in {MERGE, "="}:
        raise MeaninglessError
    construct = _CONSTRUCTORS[tag]
    try:
        return construct(_CONSTRUCTOR, yaml.ScalarNode(tag, text))
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, OverflowError):
        # whatever SafeLoader stumbles over; its message may hold the text
        raise MeaninglessError from None


def is_plain_text(text: str) -> bool:
    """Tell whether readers of YAML 1.1 and of 1.2 both take *text* for text."""
    if text in WORDS or text in _WORDS_ELSEWHERE:
        return False
    if text[0] not in NUMERIC:
        return True
    try:
        return number(text) is text and _NUMBER_1_2.fullmatch(text) is None
    except MeaninglessError:
        return False
