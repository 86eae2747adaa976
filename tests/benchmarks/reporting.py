"""From a text to its findings, each with its place, against reading it without any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from harness import Row, worked

from escai_nb.escai.models import EscaiConfig
from escai_nb.origin import OriginKind
from escai_nb.sources.document import parse
from escai_nb.sources.placing import Placing
from escai_nb.sources.recovery import recovered
from escai_nb.spec import load_spec
from escai_nb.validation.rule import Tier
from escai_nb.validation.validator import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from escai_nb.keypath import Path
    from escai_nb.origin import Origin

FIELDS = 85


def reporting(example: str) -> list[Row]:
    """Read, place and judge *example*, as it is and with many free settings, whole and broken."""
    return [row for leaves in (FIELDS, 1_000, 10_000) for row in _rows(example, leaves)]


def _rows(example: str, leaves: int) -> list[Row]:
    spec, text = load_spec(), _grown(example, leaves)

    def ours() -> object:
        document = parse(text, source="config.yaml")
        places = Placing(document, OriginKind.FILE, "config.yaml", hidden=spec.catalog.is_sensitive)
        return judged(document.data, origin_of=places.of_value, key_origin_of=places.of_key)

    def placeless() -> object:
        return judged(yaml.load(text, yaml.CSafeLoader))

    def judged(data: dict[str, Any], **places: Callable[[Path], Origin]) -> object:
        return validate(
            data,
            model=spec.model,
            rules=spec.all_rules,
            environment="production",
            tier=Tier.PRODUCTION,
            **places,
        )

    def plain() -> object:
        return EscaiConfig.model_validate(yaml.load(text, yaml.CSafeLoader))

    broken = text.replace("port: 8000", "port: [8000", 1).encode()
    name, peer = f"text to findings, {leaves:,} leaves", "CSafeLoader and pydantic"
    return [
        Row(name, peer, worked(ours), worked(plain)),
        Row(f"{name}, placed", "CSafeLoader and no places", worked(ours), worked(placeless), 1.1),
        Row(f"{name}, broken", peer, worked(lambda: recovered(broken, source="x")), worked(plain)),
    ]


def _grown(example: str, leaves: int) -> str:
    """Return *example* with free settings up to *leaves* in all."""
    more = "".join(
        f"  group_{n // 10}_{n % 10}: value {n} of many\n" for n in range(leaves - FIELDS)
    )
    return example.replace("custom_settings:\n", f"custom_settings:\n{more}")
