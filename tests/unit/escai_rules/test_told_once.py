"""One wrong value is told once, by the rule that says it best."""

from __future__ import annotations

import pytest

from escai_nb.escai.spec import ESCAI
from escai_nb.validation.facts import Neighbour, Surroundings
from escai_nb.validation.rule import Tier
from escai_nb.validation.strength import Weakness, weakness

DEV, TEST, STAGING, PRODUCTION = Tier
JWT = "security.jwt_secret_key"
ACCESS = "security.jwt_access_token_expire_minutes"
ORIGINS = "api.cors_origins"

CASES = [
    (JWT, "abc", "ESC301"),
    (JWT, "change-me-in-prod", "ESC332"),
    ("database.neo4j_password", "neo4j", "ESC404"),
    ("database.postgres_password", "escai_user", "ESC404"),
    (ACCESS, 1440, "ESC303"),
    (ACCESS, 100_000, "ESC304"),
    ("security.jwt_refresh_token_expire_days", 1000, "ESC305"),
    ("security.password_min_length", 6, "ESC321"),
    ("security.audit_retention_days", 3, "ESC345"),
    ("security.pii_detection_enabled", False, "ESC605"),
    ("security.tls_key_file", "/etc/escai/tls/server.crt", "ESC314"),
    ("security.tls_key_file", "/srv/www/tls.key", "ESC318"),
    ("monitoring.metrics_enabled", False, "ESC601"),
    ("monitoring.alert_thresholds", {"cpu_usage": 800.0, "cpu_usage_critical": 90.0}, "ESC608"),
    ("monitoring.alert_thresholds", {"cpu_temperature": 800.0}, "ESC607"),
    ("api.max_request_size", 10**10, "ESC221"),
    ("api.request_timeout", 3600, "ESC222"),
    ("api.request_timeout", 2, "ESC227"),
    ("api.websocket_heartbeat_interval", 90, "ESC226"),
    ("api.websocket_max_connections", 100_000, "ESC701"),
    (ORIGINS, ["https://me:Vq7-tR2m_zK9wLx4Pb1s@app.example.com"], "ESC802"),
    ("database.redis_host", "redis.test", "ESC511"),
    ("database.mongodb_database", "escai.test", "ESC407"),
    ("database.postgres_max_overflow", 100, "ESC412"),
]


@pytest.mark.parametrize(("path", "value", "code"), CASES, ids=[f"{c[2]}-{c[0]}" for c in CASES])
def test_a_wrong_value_is_told_once(path, value, code, preset, with_values, judged):
    """In production, of a new environment in which nothing else is wrong."""
    made = judged(with_values(preset(PRODUCTION), {path: value}), PRODUCTION)

    assert [code] == [finding.code for finding in made.findings]


def test_two_services_on_one_port_are_told_once(preset, with_values, judged):
    """Whichever of the two was moved, at its own port."""
    for moved, port in (("postgres", 6379), ("redis", 5432)):
        path = f"database.{moved}_port"
        made = judged(with_values(preset(DEV), {path: port}), DEV)
        known = {finding.fingerprint for finding in judged(preset(DEV), DEV).findings}
        assert [("ESC203", path)] == [
            (f.code, f.path) for f in made.findings if f.fingerprint not in known
        ]


def test_what_several_environments_share_is_told_once(preset, judged):
    """With each of them named, and its place."""
    data = preset(TEST)
    others = tuple(Neighbour(name, data=data) for name in ("development", "staging"))
    made = judged(data, TEST, around=Surroundings(neighbours=lambda: others))
    [found] = [finding for finding in made.findings if finding.code == "ESC418"]

    assert "1 on localhost is the one of development and staging too" == found.message
    assert 2 == len(found.related) == len(found.related_origins)


def test_who_tells_it_better_never_weighs_less(judged, preset, with_values):
    """Where the other rule is the more serious one, both are told."""
    by_id = {rule.id: rule for rule in ESCAI.all_rules}
    told = [(rule, by_id[other]) for rule in by_id.values() for other in rule.instead_of]

    assert told
    assert not [(rule.id, other.id) for rule, other in told if rule.id in other.instead_of], (
        "two rules that give way to each other would both be silent"
    )
    made = judged(with_values(preset(TEST), {ACCESS: 1440}), TEST)
    assert {"ESC303"} == {finding.code for finding in made.findings if finding.path == ACCESS}


def test_the_examples_of_secrets_open_nothing_weak():
    """What the rules show as good is not weak by their own judgement."""
    goods = [value for rule in ESCAI.all_rules for value in rule.good.values()]
    secrets = [
        each for each in goods if isinstance(each, str) and each.startswith(("Vq7-", "pR7v"))
    ]

    assert secrets
    assert not {weakness(each) for each in secrets} & set(Weakness)
