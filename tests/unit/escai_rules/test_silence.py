"""No rule of ESCAI quotes a secret, wherever it is planted."""

from __future__ import annotations

import json

import pytest

from escai_nb import keypath
from escai_nb.escai.spec import ESCAI
from escai_nb.masking import encodings
from escai_nb.validation.rule import Tier

CANARY = "kZ4-canary_9QvT"
PLACES = {
    **dict.fromkeys(ESCAI.generated, CANARY),
    "database.neo4j_uri": f"bolt://neo4j:{CANARY}@localhost:7474",
    "api.cors_origins": [
        f"http://me:{CANARY}@localhost:3000/",
        f"http://me:{CANARY}@app.example.com",
        f"http://me:{CANARY}@app.example.com",
    ],
    "custom_settings": {
        "smtp_password": CANARY,
        "sync": f"ghp_{'a1B2' * 10}{CANARY}",
        "pem": f"-----BEGIN PRIVATE KEY-----{CANARY}",
        "links": [f"postgres://me:{CANARY}@host/db"],
    },
}


@pytest.mark.parametrize("wrong", [False, True], ids=["fitting", "misfitting"])
@pytest.mark.parametrize("tier", Tier, ids=lambda tier: tier.value)
def test_no_finding_tells_a_secret(tier, wrong, preset, judged):
    """Neither of what fits, nor of what stands where a number belongs."""
    data = preset(tier)
    for path, value in PLACES.items():
        data = keypath.replace(data, keypath.parse(path), value)
    if wrong:
        data = keypath.replace(data, ("security", "jwt_secret_key"), [CANARY])
        data = keypath.replace(data, ("database", "redis_password"), {CANARY: CANARY})
        data = keypath.replace(data, ("database", "redis_port"), CANARY)
        data = keypath.replace(data, ("log_level",), CANARY)
    report = judged(data, tier)
    told = json.dumps(report.to_data(), ensure_ascii=False) + repr(report) + repr(report.findings)

    assert len(report.findings) > 10
    assert [] == [form for form in encodings(CANARY) if form in told]


def test_every_sensitive_field_is_planted():
    """A secret that is new in the model has to be planted here too."""
    assert set(ESCAI.generated) == {
        keypath.render(field.path) for field in ESCAI.catalog.fields if field.sensitive
    }
