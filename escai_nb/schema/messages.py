"""What is wrong, in words that carry no value."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from pydantic_core.core_schema import ErrorType

from escai_nb.masking import encodings
from escai_nb.schema.field_spec import FieldSpec, Kind
from escai_nb.secret import Guarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHARED = 4
"""Characters that a text may not have in common with a secret, in a row."""
REFUSED = "is refused by a check of the model"

_TEMPLATES = {
    "missing": "is missing",
    "extra_forbidden": "unknown field",
    "recursion_loop": "holds itself",
    "frozen_field": "cannot be changed",
    "frozen_instance": "cannot be changed",
    "finite_number": "must be a finite number",
    "json_invalid": "must be JSON",
    "none_required": "must be null",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "union_tag_invalid": "is of none of the kinds {expected_tags}",
    "union_tag_not_found": "does not tell of which kind it is",
    "url_scheme": "must begin with one of {expected_schemes}",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_max_places": "must have at most {decimal_places} decimal places",
    "is_instance_of": "must be a {class} object, which only Python code can give",
    "is_subclass_of": "must be a class below {class}, which only Python code can give",
    "is_type": "must be a class, which only Python code can give",
    "callable_type": "must be a function, which only Python code can give",
    "timezone_aware": "must have a time zone",
    "timezone_naive": "must have no time zone",
}

_PREFIX = "Input should be "
_CHOICES = ("enum", "literal_error")
_OWN_WORDS = ("value_error", "assertion_error")


def message(
    error: Mapping[str, Any], spec: FieldSpec | None, value: object, secrets: Unsaid
) -> str:
    """
    Say what *error* means for a field, without its value.

    Args:
        error: Details as pydantic gives them.

        spec: The field, where it is known.

        value: What stands there, of which only the type is told.

        secrets: What the words of a model's own validators may not carry.
    """
    kind = error["type"]
    context = error.get("ctx", {})
    is_choice = spec is not None and spec.kind is Kind.CHOICE and kind in _CHOICES
    if kind in _TEMPLATES and not is_choice:
        return _TEMPLATES[kind].format_map(context)
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "must be text; put it in quotes"
    if kind in _OWN_WORDS or not _is_pydantics(kind):
        return _own_words(error, secrets)
    if spec is not None and spec.kind is not Kind.ANY:
        return f"must be {spec.expected}"
    return _pydantics_words(error)


def _is_pydantics(kind: str) -> bool:
    return kind in get_args(ErrorType)


def _pydantics_words(error: Mapping[str, Any]) -> str:
    """Use a message of pydantic, up to the point where it may tell of the input."""
    head = str(error["msg"]).partition(",")[0]
    return f"must be {head.removeprefix(_PREFIX)}" if head.startswith(_PREFIX) else REFUSED


def _own_words(error: Mapping[str, Any], secrets: Unsaid) -> str:
    """Use the message of a model's own validator if it tells nothing secret."""
    text = str(error["msg"])
    for prefix in ("Value error, ", "Assertion failed, "):
        text = text.removeprefix(prefix)
    text = text.strip().partition("\n")[0].rstrip(".")
    if text.startswith(_PREFIX):  # pydantic's own types, under kinds of their own
        text = f"must be {text.removeprefix(_PREFIX)}"
    if not text or secrets.is_told_by(text):
        return REFUSED
    return text


class Unsaid(Guarded):
    """Secrets, none of which a message may carry; all are looked for at once, however many."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(secrets) - {""}
        self._short = [secret for secret in self._secrets if len(secret) < SHARED]

    def is_told_by(self, text: str) -> bool:
        """Tell whether *text* carries one of the secrets or a piece of it, in any encoding."""
        if any(secret in text for secret in self._short):
            return True
        if not self._pieces.isdisjoint(_pieces(text.lower())):
            return True
        heads = _pieces(text) & self._forms.keys()
        return any(form in text for head in heads for form in self._forms[head])

    @cached_property
    def _pieces(self) -> set[str]:
        return {piece for secret in self._secrets for piece in _pieces(secret.lower())}

    @cached_property
    def _forms(self) -> dict[str, list[str]]:
        """The secrets in each encoding, by how that begins."""
        forms: dict[str, list[str]] = {}
        for form in (form for secret in self._secrets for form in encodings(secret)):
            forms.setdefault(form[:SHARED], []).append(form)
        return forms


def _pieces(text: str) -> set[str]:
    """List all that stands in *text* `SHARED` characters long."""
    return {text[at : at + SHARED] for at in range(len(text) - SHARED + 1)}
