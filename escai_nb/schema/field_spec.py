"""One field of a configuration as a plain value."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from escai_nb import keypath
from escai_nb.schema.fields import Promotion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escai_nb.keypath import Path

Number = int | float

ANY_STEP = "*"
"""Stands in a path for any list item or mapping key."""


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING
"""Stands where no default is, as ``None`` is a value."""


class Kind(StrEnum):
    """
    What a field holds, as far as an editor or a parser of text cares.

    Dates, decimals, paths, addresses and other types of their own are
    ``TEXT``; whether a field is secret is told by `FieldSpec.sensitive`.
    """

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    LIST = "list"
    MAPPING = "mapping"
    SECTION = "section"
    UNION = "union"
    ANY = "any"


ONE_LINE = frozenset({Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.TEXT, Kind.CHOICE})
"""Kinds of values that fit on one line."""


@dataclass(frozen=True, slots=True, repr=False)
class FieldSpec:
    """
    All that is known of one field.

    Attributes:
        path: Key path; a step ``*`` is any list item or mapping key.

        annotation: The bare type, without ``None`` and ``Annotated``.

        declared: The annotation as declared, with all constraints; what a
            pydantic ``TypeAdapter`` of the field is built from.

        default: Plain data, or `MISSING`.

        required: Must be written wherever its section is.

        apart: It is sensitive only because some of its parts are; which ones, each
            says itself. What the model does not know in it is secret.

        also: Other names under which the model accepts the field.

        item: The items of a list or the values of a mapping.

        members: The alternatives of a union, or the positions of a tuple of
            fixed length, whose `item` is then ``None``.

        discriminator: The key that tells the alternatives of a union apart.

        instance: The object that a section is by default, or `MISSING`.

        extra: A section that keeps keys which it does not know.

        config: Pydantic's settings that hold where it is declared.

        fields: The fields of a section by name, where they were read from an
            outline; ``None`` where its class tells them.
    """

    path: Path
    kind: Kind
    annotation: Any
    declared: Any
    title: str = ""
    doc: str = ""
    unit: str = ""
    default: object = MISSING
    required: bool = False
    nullable: bool = False
    choices: tuple[object, ...] = ()
    minimum: Number | None = None
    maximum: Number | None = None
    exclusive_minimum: Number | None = None
    exclusive_maximum: Number | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    sensitive: bool = False
    apart: bool = False
    promotion: Promotion = Promotion.YES
    advanced: bool = False
    also: tuple[str, ...] = ()
    item: FieldSpec | None = None
    members: tuple[FieldSpec, ...] = ()
    discriminator: str | None = None
    instance: object = MISSING
    extra: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, FieldSpec] | None = None

    def __hash__(self) -> int:
        # Paths are alike in all models, so that the class of a section tells its fields apart; one
        # read from an outline and one made of a model differ in a way that is cheap to see.
        owner = self.annotation if self.kind is Kind.SECTION else None
        return hash((self.path, owner, self.fields is None))

    def __repr__(self) -> str:
        secret = " secret" if self.sensitive else ""
        return f"<FieldSpec {keypath.render(self.path) or '(root)'}: {self.expected}{secret}>"

    @property
    def name(self) -> str:
        """The last step of the path; empty for the root."""
        return str(self.path[-1]) if self.path else ""

    @property
    def coding(self) -> str:
        """How bytes are written: as they are, or as the model says that it reads them."""
        return str(self.config.get("val_json_bytes", "utf8"))

    @property
    def bounds(self) -> str:
        """The bounds in a few signs: ``1..65535``, ``≥ 1``, ``≥ 32 characters``."""
        values = _range_text(
            self.minimum, self.maximum, self.exclusive_minimum, self.exclusive_maximum
        )
        lengths = _range_text(self.min_length, self.max_length, None, None)
        if lengths:
            lengths += " characters" if self.kind is Kind.TEXT else " items"
        return ", ".join(part for part in (values, lengths) if part)

    @property
    def example(self) -> str:
        """How its text is written, where that is not plain: ``2026-01-31``; empty elsewhere."""
        return _text_form(self.annotation)[1] if self.kind is Kind.TEXT else ""

    @property
    def expected(self) -> str:
        """What may be written here, in words: ``a whole number, 1..65535``."""
        match self.kind:
            case Kind.CHOICE:
                return "one of " + ", ".join(choice_text(choice) for choice in self.choices)
            case Kind.UNION:
                return " or ".join(dict.fromkeys(member.expected for member in self.members))
            case Kind.TEXT:
                word, example = _text_form(self.annotation)
                word += f" such as {example}" if example else ""
            case _:
                word = _WORDS[self.kind]
        unit = f"in {self.unit}" if self.unit else ""
        each = f"each {self.item.expected}" if self.item and self.item.kind in ONE_LINE else ""
        return ", ".join(part for part in (word, self.bounds, unit, each) if part)


_WORDS = {
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number",
    Kind.LIST: "a list",
    Kind.MAPPING: "a mapping",
    Kind.SECTION: "a mapping",
    Kind.ANY: "any value",
}


_MOMENT = "2026-01-31T12:00:00Z"
_TEXT_FORMS = {
    "datetime": ("a date and time", _MOMENT),
    "AwareDatetime": ("a date and time", _MOMENT),
    "NaiveDatetime": ("a date and time", _MOMENT.removesuffix("Z")),
    "PastDatetime": ("a date and time in the past", _MOMENT),
    "FutureDatetime": ("a date and time in the future", "2126-01-31T12:00:00Z"),
    "date": ("a date", "2026-01-31"),
    "PastDate": ("a date in the past", "2026-01-31"),
    "FutureDate": ("a date in the future", "2126-01-31"),
    "time": ("a time", "12:30:00"),
    "timedelta": ("a duration", "PT30S"),
    "Decimal": ("a decimal number", ""),
    "UUID": ("a UUID", ""),
    "PurePath": ("a path", ""),
    "Pattern": ("a regular expression", ""),
    "_BaseUrl": ("a URL", ""),
    "_BaseMultiHostUrl": ("a URL", ""),
    "IPv4Address": ("an IPv4 address", ""),
    "IPv6Address": ("an IPv6 address", ""),
    "IPvAnyAddress": ("an IP address", ""),
    "IPvAnyNetwork": ("a network", "10.0.0.0/8"),
    "IPv4Network": ("an IPv4 network", "10.0.0.0/8"),
    "IPv6Network": ("an IPv6 network", "2001:db8::/32"),
    "EmailStr": ("an e-mail address", ""),
}
"""What is written as text by the name of its type, and an example where the form is not plain."""


def _text_form(annotation: Any) -> tuple[str, str]:  # noqa: ANN401  # any type
    names = [kind.__name__ for kind in getattr(annotation, "__mro__", ())]
    return next((_TEXT_FORMS[name] for name in names if name in _TEXT_FORMS), ("text", ""))


def choice_text(choice: object) -> str:
    """Write a choice as a configuration file would."""
    if isinstance(choice, bool | list | dict):
        return json.dumps(choice, ensure_ascii=False)
    return str(choice)


def _range_text(
    low: Number | None, high: Number | None, above: Number | None, below: Number | None
) -> str:
    if low is not None and high is not None and above is None and below is None:
        return f"{low}..{high}" if low != high else f"{low}"
    signs = (("≥", low), (">", above), ("≤", high), ("<", below))
    return ", ".join(f"{sign} {value}" for sign, value in signs if value is not None)
