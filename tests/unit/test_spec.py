"""ConfigSpec and how one is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shop import SHOP, Part, ShopConfig

from escai_nb.errors import EnvironmentUnknownError, SpecError
from escai_nb.schema.modelling import check
from escai_nb.spec import ConfigSpec, load_spec
from escai_nb.validation.rule import Tier


def spec_of(*environments: str) -> ConfigSpec:
    return ConfigSpec(name="own", model=Part, environments=environments)


@pytest.mark.parametrize("reference", [None, "", "escai", "escai_nb.escai.spec:ESCAI"])
def test_the_built_in_spec_is_the_default(reference: str | None) -> None:
    """No name, its name and its address all mean ESCAI."""
    assert "escai" == load_spec(reference).name


def test_a_spec_is_found_by_module_and_name() -> None:
    """Any importable module may bring one."""
    assert load_spec("shop:SHOP") is SHOP


@pytest.mark.parametrize(
    "reference",
    ["nobody", "no.such.module:SPEC", "shop:NOTHING", "shop:ShopConfig", "shop:", ":SHOP", "a b:c"],
)
def test_a_spec_that_is_not_there_is_refused(reference: str) -> None:
    """Whatever is wrong with the reference, the error is the same kind."""
    with pytest.raises(SpecError):
        load_spec(reference)


def test_tiers_go_by_name_else_by_place() -> None:
    """The last environment is production, the first development, others staging."""
    own = spec_of("laptop", "testing", "qa", "live")
    tiers = [own.tier(name) for name in own.environments]
    assert [Tier.DEVELOPMENT, Tier.TESTING, Tier.STAGING, Tier.PRODUCTION] == tiers
    assert frozenset({"qa", "live"}) == own.strict_environments
    assert Tier.PRODUCTION is spec_of("only").tier("only")


def test_an_unknown_environment_is_refused_with_a_suggestion() -> None:
    """The nearest name, or the list of all."""
    escai = load_spec()
    with pytest.raises(EnvironmentUnknownError) as caught:
        escai.require_environment("Prodution")
    assert "did you mean production?" == caught.value.hint
    with pytest.raises(EnvironmentUnknownError) as caught:
        escai.tier("moon")
    assert "development, testing, staging, production" in caught.value.hint


@pytest.mark.parametrize("environments", [(), ("a", "a")])
def test_environments_are_named_once(environments: tuple[str, ...]) -> None:
    """A spec without environments, or with one twice, contradicts itself."""
    with pytest.raises(SpecError):
        spec_of(*environments)


def test_presets_are_copies() -> None:
    """What is done to one does not show in the next; no preset is an empty one."""
    SHOP.preset("dev")["payments"].clear()
    assert [{"kind": "voucher"}] == SHOP.preset("dev")["payments"]
    assert {} == spec_of("a").preset("a")


def test_presets_fit_once_their_secrets_are_generated() -> None:
    """Each validates with a value at each of its generated paths."""
    for environment in SHOP.environments:
        data = SHOP.preset(environment) | {"session_key": "0123456789abcdef"}
        assert ("session_key",) == SHOP.generated_for(environment)
        assert () == check(ShopConfig, data)[1]


def test_a_spec_names_only_what_its_model_has() -> None:
    """Environments of presets and paths of secrets are checked."""
    with pytest.raises(SpecError):
        ConfigSpec(name="own", model=Part, environments=("a",), presets={"b": {}})


def test_rules_for_any_model_come_with_every_spec() -> None:
    """The rules about secrets stand before the spec's own."""
    assert SHOP.rules == SHOP.all_rules[-1:]
    assert len(SHOP.all_rules) > 1


def test_the_prefix_of_variables_is_the_same_with_its_underscore() -> None:
    """Other libraries write it with one; both mean APP_PORT."""
    assert [replace(spec_of("dev"), env_prefix=given).env_prefix for given in ("APP", "APP_")] == [
        "APP",
        "APP",
    ]


def test_a_model_in_place_of_a_spec_is_told_how_it_becomes_one():
    """Whoever has a model alone names it first."""
    with pytest.raises(SpecError, match="not a ConfigSpec") as caught:
        load_spec("pydantic:BaseModel")

    assert "ConfigSpec(name=..., model=...)" in caught.value.hint
