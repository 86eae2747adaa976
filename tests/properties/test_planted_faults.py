"""Faults planted in several layers at once: each is found, at its own place."""

from __future__ import annotations

import secrets

from hypothesis import given
from hypothesis import strategies as st

from escai_nb import keypath
from escai_nb.escai.spec import ESCAI
from escai_nb.origin import Origin, OriginKind
from escai_nb.sources.document import parse, render
from escai_nb.validation.rule import Tier
from escai_nb.validation.validator import validate

FAULTS = (
    ("api.prot", 8000, "ESC101", "api.prot"),
    ("ml.training_epochs", "many", "ESC102", "ml.training_epochs"),
    ("database.redis_port", 70_000, "ESC103", "database.redis_port"),
    ("log_level", "LOUD", "ESC105", "log_level"),
    ("database.influxdb_retention_policy", "soon", "ESC106", "database.influxdb_retention_policy"),
    ("api.host", "0.0.0.0", "ESC201", "api.host"),  # noqa: S104
    ("api.cors_origins", ["https://a.example.com", "*"], "ESC211", "api.cors_origins[1]"),
    ("security.audit_retention_days", 7, "ESC345", "security.audit_retention_days"),
    ("security.lockout_duration_minutes", 1, "ESC324", "security.lockout_duration_minutes"),
    ("database.mongodb_database", "admin", "ESC406", "database.mongodb_database"),
    ("api.reload", True, "ESC503", "api.reload"),
    (
        "monitoring.alert_thresholds",
        {"cpu_usage": 70.0, "gpu": 50.0},
        "ESC607",
        "monitoring.alert_thresholds.gpu",
    ),
    ("ml.model_cache_size", 5, "ESC704", "ml.model_cache_size"),
    ("database.redis_password", "letmein", "ESC331", "database.redis_password"),
    ("custom_settings", {"sync": "ghp_" + "a1B2" * 10}, "ESC804", "custom_settings.sync"),
)


def production():
    """A production file that nothing can be said against."""
    data = ESCAI.preset("production")
    for text in ESCAI.generated_for("production"):
        data = keypath.replace(data, keypath.parse(text), secrets.token_urlsafe(32))
    return data


def report(data):
    """The report on *data*, written and read as YAML, and the places in the text."""
    document = parse(render(data, "yaml"), source="config.production.yaml")

    def origin_of(path):
        mark = document.mark_of(path)
        return Origin(OriginKind.FILE, document.source, mark.line, mark.column)

    return document, validate(
        document.data,
        model=ESCAI.model,
        rules=ESCAI.all_rules,
        environment="production",
        tier=Tier.PRODUCTION,
        origin_of=origin_of,
    )


PRESET = production()
ALWAYS = {finding.fingerprint for finding in report(PRESET)[1].findings}


@given(st.sets(st.sampled_from(range(len(FAULTS)))))
def test_n_faults_give_n_findings_each_at_its_place(chosen):
    """No fault hides another, whatever their layers."""
    data = PRESET
    for number in chosen:
        path, value, _, _ = FAULTS[number]
        data = keypath.replace(data, keypath.parse(path), value)
    document, made = report(data)
    planted = {(code, path) for _, _, code, path in (FAULTS[number] for number in chosen)}
    found = [finding for finding in made.findings if finding.fingerprint not in ALWAYS]

    assert planted == {(finding.code, finding.path) for finding in found}
    assert len(planted) == len(found)
    for finding in found:
        mark = document.marks[keypath.parse(finding.path)]
        assert (mark.line, mark.column) == (finding.origin.line, finding.origin.column)


@given(st.sets(st.sampled_from(range(len(FAULTS)))))
def test_the_order_of_rules_and_keys_does_not_show(chosen):
    """The same faults give the same report."""
    data = PRESET
    for number in chosen:
        path, value, _, _ = FAULTS[number]
        data = keypath.replace(data, keypath.parse(path), value)
    backwards = dict(reversed(data.items()))
    one, other = (
        validate(
            content,
            model=ESCAI.model,
            rules=rules,
            environment="production",
            tier=Tier.PRODUCTION,
        )
        for content, rules in (
            (data, ESCAI.all_rules),
            (backwards, ESCAI.all_rules[::-1]),
        )
    )

    assert one.findings == other.findings
    assert set(one.not_run) == set(other.not_run)
