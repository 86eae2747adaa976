"""What the tests of ESCAI's rules share: new environments, and reports on them."""

from __future__ import annotations

import secrets

import pytest

from escai_nb import keypath
from escai_nb.escai.spec import ESCAI
from escai_nb.validation.facts import Neighbour, Surroundings
from escai_nb.validation.rule import Tier
from escai_nb.validation.validator import validate


@pytest.fixture
def preset():
    """Function: data of a new environment of a tier, with generated secrets."""

    def make(tier):
        data = ESCAI.preset(tier.value)
        for text in ESCAI.generated_for(tier.value):
            data = keypath.replace(data, keypath.parse(text), secrets.token_urlsafe(32))
        return data

    return make


@pytest.fixture
def judged():
    """Function: report on data by all rules of ESCAI."""

    def make(data, tier, **more):
        options = {"rules": ESCAI.all_rules} | more
        return validate(data, model=ESCAI.model, environment=tier.value, tier=tier, **options)

    return make


@pytest.fixture
def with_values():
    """Function: data with values, by key path, laid over it."""

    def make(data, values):
        for path, value in values.items():
            data = keypath.replace(data, keypath.parse(path), value)
        return data

    return make


@pytest.fixture
def beside(preset, with_values):
    """Function: what lies around a rule's examples, an environment with its values in it."""

    def make(rule, tier):
        if not rule.beside:
            return Surroundings()
        other = Tier.STAGING if tier is not Tier.STAGING else Tier.TESTING
        data = with_values(preset(other), rule.beside)
        return Surroundings(neighbours=lambda: (Neighbour(other.value, data=data),))

    return make


@pytest.fixture
def first_tier():
    """Function: the laxest tier in which a rule is on; there the least else is said."""

    def find(rule):
        return next(tier for tier in Tier if rule.severities[tier] is not None)

    return find
