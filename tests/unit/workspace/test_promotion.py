"""Promotion moves what may move, keeps what must stay, and asks where both changed."""

from __future__ import annotations

import json

import pytest

from escai_nb.errors import HeadMovedError, PlanRefusedError, UsageError
from escai_nb.history.version import VersionKind
from escai_nb.workspace.merging.promotion_plan import Action
from escai_nb.workspace.promotion import apply_promotion, plan_promotion


def change(open_manager, environment, **values):
    """Save values, given as section__field=value."""
    manager = open_manager(environment)
    for name, value in values.items():
        manager.set_config_value(name.replace("__", "."), value)
    return manager.save_config()


@pytest.fixture
def two(open_manager, workspace):
    """A workspace with staging and production as their presets are."""
    open_manager("staging")
    open_manager("production")
    return workspace


def test_presets_alone_promote_nothing(two):
    """A stricter production is never loosened by a laxer staging."""
    plan = plan_promotion(two, "staging", "production")

    assert not plan.changes
    assert not plan.conflicts
    assert plan.applicable


def test_a_deviation_is_promoted_as_one_version_with_lineage(two, open_manager):
    """What staging changed goes on; the version knows where it came from."""
    source = change(open_manager, "staging", ml__model_cache_size=321, api__port=8443)
    plan = plan_promotion(two, "staging", "production")
    version = apply_promotion(two, plan)

    assert [row.path for row in plan.changes] == ["ml.model_cache_size"]
    config = open_manager("production").load_config()
    assert (config.ml.model_cache_size, config.api.port) == (321, 8000)
    assert (version.kind, version.source) == (VersionKind.PROMOTION, source.id)


def test_secrets_never_cross_and_never_show(two, open_manager):
    """The plan masks secrets, and the target keeps its own."""
    before = open_manager("production").get_config_value("security.jwt_secret_key")
    secret = open_manager("staging").get_config_value("security.jwt_secret_key")
    plan = plan_promotion(two, "staging", "production")
    apply_promotion(two, plan)

    assert secret not in json.dumps(plan.to_data()) + repr(plan)
    assert open_manager("production").get_config_value("security.jwt_secret_key") == before


def test_both_changed_is_a_conflict_until_somebody_decides(two, open_manager):
    """A conflict blocks; a decision by path resolves it either way."""
    change(open_manager, "staging", ml__ensemble_size=7)
    change(open_manager, "production", ml__ensemble_size=9)
    plan = plan_promotion(two, "staging", "production")

    assert [(row.path, row.action) for row in plan.conflicts] == [
        ("ml.ensemble_size", Action.CONFLICT)
    ]
    with pytest.raises(PlanRefusedError, match=r"ml\.ensemble_size"):
        apply_promotion(two, plan)
    kept = plan_promotion(two, "staging", "production", take={"ml.ensemble_size": "target"})
    assert not kept.changes
    taken = plan_promotion(two, "staging", "production", take={"ml.ensemble_size": "source"})
    apply_promotion(two, taken)
    assert open_manager("production").load_config().ml.ensemble_size == 7


def test_a_second_promotion_moves_only_what_is_new(two, open_manager):
    """The base is what was promoted last, so that own deviations stay."""
    change(open_manager, "staging", ml__ensemble_size=7)
    apply_promotion(two, plan_promotion(two, "staging", "production"))
    change(open_manager, "staging", ml__training_epochs=12)
    plan = plan_promotion(two, "staging", "production")

    assert [row.path for row in plan.changes] == ["ml.training_epochs"]


def test_a_plan_is_refused_when_the_world_moved(two, open_manager):
    """Applying checks that both sides are as planned."""
    change(open_manager, "staging", ml__ensemble_size=7)
    plan = plan_promotion(two, "staging", "production")
    change(open_manager, "production", ml__training_epochs=12)

    with pytest.raises((PlanRefusedError, HeadMovedError)):
        apply_promotion(two, plan)


def test_a_value_that_breaks_the_targets_rules_blocks(two, open_manager):
    """The result is judged with the rules of the target before anything is written."""
    change(open_manager, "staging", security__pii_detection_enabled=True)
    manager = open_manager("staging")
    manager.update_config({"security": {"audit_enabled": False}}, validate=False)
    manager.save_config()
    plan = plan_promotion(two, "staging", "production")

    assert "security.audit_enabled" in [row.path for row in plan.changes]
    assert plan.findings
    with pytest.raises(PlanRefusedError):
        apply_promotion(two, plan)


def test_only_limits_the_plan(two, open_manager):
    """A plan may be limited to sections and fields; a slip in their names is told."""
    change(open_manager, "staging", ml__ensemble_size=7, api__request_timeout=40)
    plan = plan_promotion(two, "staging", "production", only=["ml"])

    assert [row.path for row in plan.changes] == ["ml.ensemble_size"]
    with pytest.raises(UsageError):
        plan_promotion(two, "staging", "production", only=["ml.ensemble_sise"])
    with pytest.raises(UsageError):
        plan_promotion(two, "staging", "staging")


def test_entries_of_a_mapping_that_is_empty_in_the_target_arrive(two, open_manager):
    """That the target has an empty mapping there does not remove what goes into it."""
    manager = open_manager("staging")
    manager.update_config({"custom_settings": {"limits": {"batch": 1000}}})
    manager.save_config()
    plan = plan_promotion(two, "staging", "production")
    apply_promotion(two, plan)

    assert [row.path for row in plan.changes] == ["custom_settings.limits.batch"]
    assert open_manager("production").get_config_value("custom_settings.limits.batch") == 1000
