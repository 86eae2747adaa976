"""ConfigSpec: all that is known of one application's configuration."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.display import load
from escai_nb.errors import EnvironmentUnknownError, SpecError
from escai_nb.schema.outline import Outline
from escai_nb.schema.suggestion import nearest
from escai_nb.validation.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from escai_nb.deploy.stack import Stack
    from escai_nb.schema.catalog import Catalog
    from escai_nb.validation.live.target import Target
    from escai_nb.validation.rule import Rule

BUILT_IN = "escai_nb.escai.spec:ESCAI"
GROUP = "escai_nb.specs"
"""Entry-point group under which other packages offer their specs."""


class _Model:
    """A model, given as such or as ``module:NAME`` of it, which is loaded when asked for."""

    def __get__(self, spec: ConfigSpec | None, owner: type) -> type[BaseModel]:
        if spec is None:
            raise AttributeError  # so that the field has no default
        kept = vars(spec)
        if "model" not in kept:
            kept["model"] = _of_others(kept["model_reference"], "the model of the spec")
        model: type[BaseModel] = kept["model"]
        return model

    def __set__(self, spec: ConfigSpec, given: type[BaseModel] | str) -> None:
        vars(spec)["model_reference" if isinstance(given, str) else "model"] = given


@dataclass(frozen=True, eq=False)
class ConfigSpec:
    """
    One application's configuration, as everything generic sees it.

    Attributes:
        name: A short word, as in file names and policies.

        model: The pydantic model, or ``module:NAME`` of it, so that it is built
            when values are checked and not before.

        environments: In the order of promotion, the strictest last.

        rules: The application's own, or ``module:NAME`` of them, so that they are
            loaded when something is judged and not before.

        presets: Plain data to begin an environment with, without secrets.

        generated: Key paths of the secrets that a new environment is given. A
            preset that says ``null`` at one of them does without it.

        env_prefix: What the names of variables that override begin with; the
            ``_`` after it may be left out.

        targets: What live checks ask: the services that the configuration names, by
            key paths, or ``module:NAME`` of them.

        stack: What it is deployed as, or ``module:NAME`` of that; without it,
            there are no manifests.

        environment_field: Key path where the model holds its environment.

        outline_file: The outline of a *model* that is named by reference;
            without it, the model is built to read anything.

        strict_environments: Where the seal covers the whole document; by
            default those of tier staging and production.
    """

    name: str
    model: _Model = _Model()
    title: str = ""
    environments: tuple[str, ...] = ("development", "testing", "staging", "production")
    rules: tuple[Rule, ...] | str = ()
    presets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    generated: tuple[str, ...] = ()
    targets: tuple[Target, ...] | str = ()
    env_prefix: str = "ESCAI"
    stack: Stack | str | None = None
    environment_field: str | None = None
    strict_environments: frozenset[str] = frozenset()
    outline_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse a spec that contradicts itself."""
        object.__setattr__(self, "env_prefix", self.env_prefix.rstrip("_"))
        if not self.environments or len(set(self.environments)) < len(self.environments):
            message = f"spec {self.name} needs environments, each named once"
            raise SpecError(message)
        for name in (*self.presets, *self.strict_environments):
            if name not in self.environments:
                message = f"spec {self.name} speaks of {name}, which is none of its environments"
                raise SpecError(message)
        if not self.strict_environments:
            serious = (Tier.STAGING, Tier.PRODUCTION)
            strict = frozenset(name for name in self.environments if self.tier(name) in serious)
            object.__setattr__(self, "strict_environments", strict)

    def __repr__(self) -> str:
        return f"<ConfigSpec {self.name}>"

    @cached_property
    def catalog(self) -> Catalog:
        """
        The fields of the model.

        Raises:
            SpecError: If no file could hold what the model is, such as a list.
        """
        from escai_nb.schema.catalog import Kind, catalog_of  # readers have an outline

        catalog = catalog_of(self.model)
        if catalog.root.kind not in {Kind.SECTION, Kind.MAPPING}:
            message = f"spec {self.name} is of {self.model.__name__}, which is no mapping"
            raise SpecError(message, hint="a file has names at its top: make it a field of a model")
        return catalog

    @cached_property
    def outline(self) -> Outline:
        """What reading needs to know of the model; the catalogue itself where there is no other."""
        reference = vars(self).get("model_reference")
        if self.outline_file is None or reference is None:
            return self.catalog
        return Outline.from_json(self.outline_file.read_bytes(), model=reference)

    @cached_property
    def own_rules(self) -> tuple[Rule, ...]:
        """The application's own rules."""
        own: tuple[Rule, ...] = load(self.rules) if isinstance(self.rules, str) else self.rules
        return own

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """The rules about secrets and personal data, those of live checks, the spec's own."""
        from escai_nb.validation.live.rules import LIVE_RULES  # for judges only
        from escai_nb.validation.pii_rules import pii_rules
        from escai_nb.validation.secret_rules import secret_rules

        live = LIVE_RULES if self.targets else ()
        general = (*secret_rules(self.catalog), *pii_rules(self.catalog))
        return (*general, *live, *self.own_rules)

    @cached_property
    def live_targets(self) -> tuple[Target, ...]:
        """
        What live checks ask.

        Raises:
            SpecError: If a target names a field that the model does not have.
        """
        named = self.targets
        targets: tuple[Target, ...] = load(named) if isinstance(named, str) else named
        for target in targets:
            for path in (*target.paths.values(), *([target.when] if target.when else [])):
                if self.catalog.find(keypath.parse(path)) is None:
                    message = f"spec {self.name} names {path}, which its model does not have"
                    raise SpecError(message)
        return targets

    @cached_property
    def deployment_stack(self) -> Stack | None:
        """What it is deployed as; nothing if that is not said."""
        stack: Stack | None = load(self.stack) if isinstance(self.stack, str) else self.stack
        return stack

    def tier(self, environment: str) -> Tier:
        """
        Tell how serious *environment* is.

        A name that is that of a tier says so itself; of others the first is
        for development, the last is production, and those between are staging.

        Raises:
            EnvironmentUnknownError: If the spec has no such environment.
        """
        self.require_environment(environment)
        if environment in {tier.value for tier in Tier}:
            return Tier(environment)
        if environment == self.environments[-1]:
            return Tier.PRODUCTION
        return Tier.DEVELOPMENT if environment == self.environments[0] else Tier.STAGING

    def require_environment(self, name: str) -> str:
        """
        Return *name* if it is an environment of this spec.

        Raises:
            EnvironmentUnknownError: If it is not.
        """
        if name in self.environments:
            return name
        meant = nearest(name.lower(), self.environments)
        listed = ", ".join(self.environments)
        message = f"there is no environment {name!r}"
        hint = f"did you mean {meant}?" if meant else f"one of: {listed}"
        raise EnvironmentUnknownError(message, hint=hint)

    def preset(self, environment: str) -> dict[str, Any]:
        """Return a copy of the data that *environment* begins with; empty if none is given."""
        return copy.deepcopy(dict(self.presets.get(self.require_environment(environment), {})))

    def generated_for(self, environment: str) -> tuple[str, ...]:
        """List the secrets that a new *environment* is given."""
        preset = self.preset(environment)
        return tuple(
            path for path in self.generated if not keypath.has(preset, keypath.parse(path))
        )


_NAME_IT = (
    "name it as module:NAME (--spec, spec=, ESCAI_SPEC), or install the package that brings it"
)


def load_spec(reference: str | None = None) -> ConfigSpec:
    """
    Return the spec that *reference* names: the built-in one, ``module:NAME``, or
    the name of one that an installed package offers.

    Raises:
        SpecError: If there is none, or what is there is not a spec.
    """
    if reference in {None, "", "escai"}:
        return _loaded(BUILT_IN)
    if reference is not None and ":" in reference:
        return _loaded(reference)
    from importlib.metadata import entry_points  # slow to load, and seldom needed

    for entry in entry_points(group=GROUP, name=str(reference)):
        return _loaded(f"{entry.module}:{entry.attr}")
    message = f"no installed package offers a spec {reference!r}"
    raise SpecError(message, hint=_NAME_IT)


def _loaded(reference: str) -> ConfigSpec:
    spec = _of_others(reference, f"spec {reference}")
    if not isinstance(spec, ConfigSpec):
        message = f"{reference} is a {type(spec).__name__}, not a ConfigSpec"
        hint = "a model becomes one by ConfigSpec(name=..., model=...), from escai_nb.spec"
        raise SpecError(message, hint=hint)
    return _verified(spec)


def _of_others(reference: str, what: str) -> Any:  # noqa: ANN401  # whatever is named
    try:
        return load(reference)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a module of others may raise anything, also to exit
        from escai_nb.validation.registry import explained

        reason, hint = explained(error, reference.partition(":")[0], named="a module that is here")
        message = f"{what} cannot be loaded: {reason}"
        raise SpecError(message, hint=hint) from None


@lru_cache(maxsize=16)
def _verified(spec: ConfigSpec) -> ConfigSpec:
    """Return *spec* if the paths that it names are there in its model."""
    named = [*spec.generated, *([spec.environment_field] if spec.environment_field else [])]
    for text in named:
        if spec.outline.find(keypath.parse(text)) is None:
            message = f"spec {spec.name} names {text}, which its model does not have"
            raise SpecError(message)
    for text in spec.generated:
        if not spec.outline.is_sensitive(keypath.parse(text)):
            message = (
                f"spec {spec.name} would generate {text}, which its model does not hold for secret"
            )
            raise SpecError(message)
    return spec
