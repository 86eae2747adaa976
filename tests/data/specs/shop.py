"""
A second spec, unlike ESCAI in all that a spec may differ in.

Two environments under names of its own, nested lists of models, payment
providers as a discriminated union, secrets inside list items, unions and
mappings, dates and decimals, aliases, an optional section, a recursive one.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, model_validator

from escai_nb.schema.fields import Advanced, Promotion, Sensitive, Unit
from escai_nb.spec import ConfigSpec
from escai_nb.validation.rule import Facts, Problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), Unit("EUR")]
OwnUrl = Annotated[AnyHttpUrl, Promotion.ENVIRONMENT]


class Part(BaseModel):
    """Base of all parts: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class Stage(Enum):
    """Where the shop runs."""

    DEV = "dev"
    PROD = "prod"


class Priority(IntEnum):
    """How soon a warehouse ships."""

    LOW = 1
    HIGH = 2


class Card(Part):
    """Payment by card."""

    kind: Literal["card"]
    merchant: str = Field(description="Number of the merchant.")
    api_key: SecretStr = Field(description="Key of the provider's interface.")
    currencies: list[Literal["EUR", "USD", "CHF"]] = Field(default_factory=lambda: ["EUR"])


class Invoice(Part):
    """Payment after delivery."""

    kind: Literal["invoice"]
    days_to_pay: Annotated[int, Field(ge=1, le=90), Unit("d")] = 14
    iban: Annotated[str, Sensitive()] = Field(description="Account that money is sent to.")


class Voucher(Part):
    """Payment by voucher; it needs no account."""

    kind: Literal["voucher"]
    worth: Money = Decimal("10.00")


Payment = Annotated[Card | Invoice | Voucher, Field(discriminator="kind")]


class Shelf(Part):
    """A place inside a warehouse."""

    name: str
    size: tuple[int, int, int] = Field((1, 1, 1), description="Width, depth and height in cm.")
    tags: frozenset[str] = frozenset()


class Warehouse(Part):
    """Where goods lie and who takes orders."""

    city: str
    opened: dt.date = dt.date(2020, 1, 1)
    priority: Priority = Priority.LOW
    login: SecretStr | None = Field(None, description="Password of its order desk.")
    shelves: list[Shelf] = Field(default_factory=list)


class Category(Part):
    """A category of goods, with those inside of it."""

    name: str
    rate: Money = Decimal("0.00")
    inside: list[Category] = Field(default_factory=list)


class Mail(Part):
    """The server that sends letters to customers."""

    host: Annotated[str, Promotion.ENVIRONMENT]
    port: Annotated[int, Field(ge=1, le=65535), Promotion.ENVIRONMENT] = 587
    password: SecretStr
    timeout: Annotated[dt.timedelta, Advanced()] = dt.timedelta(seconds=30)


class ShopConfig(Part):
    """The configuration of a small shop."""

    stage: Annotated[Stage, Promotion.ENVIRONMENT] = Stage.DEV
    address: OwnUrl = Field(AnyHttpUrl("http://localhost:8080/"), alias="public_address")
    title: str = Field("Shop", min_length=1, max_length=40, description="Name above the door.")
    opens: dt.time = dt.time(8, 0)
    closes: dt.time = dt.time(18, 0)
    sale_ends: dt.datetime | None = None
    free_shipping_from: Money = Decimal("49.90")
    page_size: int | Literal["all"] = Field(20, description="Goods on one page, or all of them.")
    theme: Literal["plain", 1, True] | None = "plain"
    upload_folder: Annotated[Path, Promotion.ENVIRONMENT] = Path("/tmp/shop")  # noqa: S108
    session_key: SecretStr = Field(min_length=16, description="Key that signs sessions.")
    payments: list[Payment] = Field(default_factory=list, description="Ways to pay, best first.")
    fallback: Payment | None = Field(None, description="Used when no other way works.")
    warehouses: list[Warehouse] = Field(default_factory=list)
    partners: dict[str, Mail] = Field(default_factory=dict)
    hooks: dict[str, SecretStr] = Field(default_factory=dict, description="Tokens by partner.")
    root: Category = Category(name="all")
    mail: Mail | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> ShopConfig:
        if self.closes <= self.opens:
            raise ValueError("the shop must close after it opens")
        return self


@rule(
    "SHOP1",
    title="Nobody can pay",
    layer="shop",
    severities="A/A/E/E",
    why="Without a way to pay there is no shop.",
    fix="Add at least one entry to payments.",
    source="common sense",
)
def somebody_can_pay(facts: Facts) -> Iterator[Problem]:
    """There is at least one way to pay."""
    if not facts["payments"]:
        yield Problem("payments", "no way to pay is set up", expected="at least one")


_COMMON: dict[str, object] = {
    "opens": "09:00:00",
    "warehouses": [{"city": "Basel", "shelves": [{"name": "A1", "tags": ["cold", "dry"]}]}],
    "payments": [{"kind": "voucher"}],
}

SHOP = ConfigSpec(
    name="shop",
    title="Shop",
    model=ShopConfig,
    environments=("dev", "prod"),
    rules=(somebody_can_pay,),
    presets={
        "dev": {"stage": "dev", **_COMMON},
        "prod": {
            "stage": "prod",
            "public_address": "https://shop.example.com/",
            "page_size": "all",
            **_COMMON,
        },
    },
    generated=("session_key",),
    env_prefix="SHOP",
    environment_field="stage",
)
