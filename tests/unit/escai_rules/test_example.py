"""The real example file: its findings are located, and what is safe to mend is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from escai_nb import keypath
from escai_nb.escai.rules.catalogue import RULES
from escai_nb.escai.spec import ESCAI
from escai_nb.origin import Origin, OriginKind
from escai_nb.schema.fields import Promotion
from escai_nb.sources.document import read
from escai_nb.validation.rule import Tier

DATA = Path(__file__).parents[2] / "data/escai"


@pytest.fixture
def located(judged):
    """Function: the document of a file, and the report on it with places."""

    def read_and_judge(name, tier):
        document = read(DATA / name)

        def origin_of(path):
            mark = document.mark_of(path)
            return Origin(OriginKind.FILE, name, mark.line, mark.column)

        return document, judged(document.data, tier, origin_of=origin_of)

    return read_and_judge


def mended(data, findings):
    """Apply the patches of *findings* to *data*."""
    for finding in findings:
        for operation in finding.patch:
            path = keypath.from_pointer(operation["path"], data)
            if "remove" == operation["op"]:
                data = keypath.without(data, path)
            else:
                assert operation["op"] in {"add", "replace"}
                data = keypath.replace(data, path, operation["value"])
    return data


def test_findings_name_line_and_column(located):
    """A newcomer finds each value without searching."""
    _, report = located("config.example.yaml", Tier.DEVELOPMENT)
    places = {finding.path: str(finding.origin) for finding in report.findings}

    assert "config.example.yaml:16:22" == places["database.postgres_password"]
    assert "config.example.yaml:83:19" == places["security.jwt_secret_key"]
    assert "config.example.yaml:63:7" == places["api.cors_origins[0]"]


@pytest.mark.parametrize("tier", Tier, ids=lambda tier: tier.value)
def test_safe_repairs_mend_what_they_promise(tier, located, judged):
    """At least one; afterwards they are gone, and nothing worse has come."""
    document, report = located("config.example.yaml", tier)
    repairs = report.fixes()
    after = judged(mended(document.data, repairs), tier)

    assert repairs
    left = {finding.fingerprint for finding in after.findings}
    assert not left & {finding.fingerprint for finding in repairs}
    before = {finding.fingerprint for finding in report.findings}
    assert left <= before


def test_every_misfit_of_a_foreign_file_is_named(located):
    """A file of another shape: each strange key at its line, and what is missing."""
    document, report = located("config.development.invalid.yaml", Tier.DEVELOPMENT)
    strange = {keypath.render(path) for path, _ in ESCAI.catalog.unknown(document.data)}

    assert strange == {f.path for f in report.findings if f.code == "ESC101"}
    [missing] = [finding for finding in report.findings if finding.code == "ESC104"]
    assert "security" == missing.path
    assert "Add the section, with jwt_secret_key (a random secret)." == missing.fix
    assert all(finding.origin.line for finding in report.findings if finding.code == "ESC101")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_patch_mends_its_finding(rule, first_tier, preset, with_values, judged):
    """Safe or not: the finding is gone, and there is no error that was not there before."""
    tier = first_tier(rule)
    data = with_values(preset(tier), rule.bad)
    report = judged(data, tier)
    before = {finding.fingerprint for finding in report.at_least("error")}
    for finding in report.fixes(safe=False):
        after = judged(mended(data, [finding]), tier)
        assert finding.fingerprint not in {each.fingerprint for each in after.findings}
        assert {each.fingerprint for each in after.at_least("error")} <= before


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_safe_patches_cannot_hurt(rule, first_tier, preset, with_values, judged):
    """
    Not one touches a secret, a host, a login or a port, or lifts a limit; each mends
    its finding and brings no other.
    """
    tier = first_tier(rule)
    data = with_values(preset(tier), rule.bad)
    report = judged(data, tier)
    for finding in report.fixes():
        if finding.code != rule.id:
            continue
        for operation in finding.patch:
            path = keypath.from_pointer(operation["path"], data)
            assert Promotion.SECRET is not ESCAI.catalog.promotion(path)
            assert not {"host", "port", "uri", "username"} & set(str(path[-1]).split("_"))
            old, new = keypath.get(data, path), operation.get("value")
            if type(new) is int:
                assert new <= old
        after = judged(mended(data, [finding]), tier)
        left = {f.fingerprint for f in after.findings}
        assert finding.fingerprint not in left
        assert left <= {f.fingerprint for f in report.findings}
