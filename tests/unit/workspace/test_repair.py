"""Mending by the patches of findings: what is mended is gone, and nothing else has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escai_nb.errors import PlanRefusedError
from escai_nb.escai.spec import ESCAI
from escai_nb.secret import reveal
from escai_nb.sources.document import read
from escai_nb.validation.rule import Problem, replace_with, rule
from escai_nb.workspace.layout import Workspace
from escai_nb.workspace.manager import ConfigManager
from escai_nb.workspace.repair import apply_repairs, plan_repairs

JWT = "fT6-uY1pWq3Zx_e8KcV5mB2nHs7Jd4Lr0"
HEAD = f"environment: testing\nsecurity:\n  jwt_secret_key: {JWT}\n"


@pytest.fixture
def desk(tmp_path):
    """Function: manager of testing, whose own and shared file say what is given."""

    def make(own, shared="", **variables):
        root = tmp_path / "config"
        root.mkdir(exist_ok=True)
        (root / "config.testing.yaml").write_text(HEAD + own)
        if shared:
            (root / "config.yaml").write_text(shared)
        environ = {"XDG_DATA_HOME": str(tmp_path / "keys")} | variables
        return ConfigManager(root, "testing", environ=environ, enable_hot_reload=False)

    return make


def own_file(manager):
    """What the own file says."""
    return read(Workspace.at(manager.workspace.root, ESCAI).file("testing")).data


def mended(manager):
    """Mend what is safe; the codes of what was there, and of what is there afterwards."""
    before = {finding.fingerprint: finding.code for finding in manager.report().findings}
    repairs, version = apply_repairs(manager)
    after = {finding.fingerprint: finding.code for finding in manager.report().findings}
    assert version is not None
    assert set(after) <= set(before)
    assert {finding.fingerprint for finding in repairs.findings}.isdisjoint(after)
    return repairs


def test_what_the_shared_file_says_is_overridden(desk):
    """Also an item of a list, which is taken over whole; the shared file stays as it is."""
    shared = "debug: true\napi:\n  cors_origins: [https://a.acme.io, https://a.acme.io]\n"
    manager = desk("", shared)
    repairs = mended(manager)

    assert {"ESC502", "ESC215"} <= {finding.code for finding in repairs.findings}
    assert False is own_file(manager)["debug"]
    assert ["https://a.acme.io"] == own_file(manager)["api"]["cors_origins"]
    assert shared == (manager.workspace.root / "config.yaml").read_text()


def test_several_items_go_from_one_list(desk):
    """Each is the one that was found, also when another one before it goes; the rest stays."""
    manager = desk(
        "api:\n  cors_headers: [Cookie, Authorization, Sec-Fetch-Mode, X-Id]\n"
        "  cors_origins: [https://a.io, https://a.io, https://B.io, https://A.io, https://c.io]\n"
    )
    repairs = plan_repairs(manager.copy, lambda finding: finding.code in {"ESC218", "ESC215"})

    assert ["Authorization", "X-Id"] == repairs.copy.own["api"]["cors_headers"]
    assert ["https://a.io", "https://B.io", "https://c.io"] == (
        repairs.copy.own["api"]["cors_origins"]
    )


def test_what_a_variable_says_no_file_can_mend(desk):
    """So nothing is written for it, and the finding is told apart."""
    manager = desk("", ESCAI_DEBUG="true")
    repairs = plan_repairs(manager.copy)

    assert ["ESC502"] == [finding.code for finding in repairs.elsewhere]
    assert "ESC502" not in {finding.code for finding in repairs.findings}
    assert "debug" not in {change.path for change in repairs.diff}


def test_what_breaks_the_model_elsewhere_is_no_reason_to_mend_nothing(desk):
    """It stays as it was; what is mended is no part of it."""
    manager = desk("debug: true\napi:\n  port: 70000\n  strange: 1\n")
    mended(manager)

    assert False is own_file(manager)["debug"]
    assert {"port": 70000, "strange": 1} == own_file(manager)["api"]


POLICY = f"format: 1\nworkspace: {'a' * 32}\nspec: escai\nscopes: {{}}\nthresholds:\n"


@pytest.fixture
def policed(tmp_path, desk):
    """Function: manager of testing in a workspace whose policy has limits."""

    def make(own, limits):
        (tmp_path / "config/.escai").mkdir(parents=True)
        (tmp_path / "config/.escai/policy.yaml").write_text(f"{POLICY}  {limits}\n")
        return desk(own)

    return make


@pytest.mark.parametrize(
    ("limits", "field", "before", "after"),
    [
        ("ESC321: 12.5", "password_min_length", 8, 13),
        ("ESC321: 12.0", "password_min_length", 8, 12),
        ("ESC323: 4.5", "max_login_attempts", 9, 4),
    ],
)
def test_a_limit_with_a_fraction_is_kept_by_a_whole_number(policed, limits, field, before, after):
    """A field that counts gets no fraction: the next number on the better side."""
    code = limits.partition(":")[0]
    manager = policed(f"  {field}: {before}\n", limits)
    repairs, _ = apply_repairs(manager, plan_repairs(manager.copy, lambda f: f.code == code))

    assert [code] == [finding.code for finding in repairs.findings]
    assert repr(after) == repr(own_file(manager)["security"][field])
    assert code not in {finding.code for finding in manager.report().findings}


def test_a_repair_that_the_model_refuses_holds_up_no_other(policed):
    """A limit beyond the range of the field; the finding is told apart, and the others mended."""
    manager = policed("  max_login_attempts: 9\ndebug: true\n", "ESC323: 0.5")
    repairs = plan_repairs(manager.copy, lambda finding: bool(finding.patch))

    assert ["ESC323"] == [finding.code for finding in repairs.refused]
    assert "ESC502" in {finding.code for finding in repairs.findings}
    assert "debug" in {change.path for change in repairs.diff}
    assert "security.max_login_attempts" not in {change.path for change in repairs.diff}


def test_a_misspelt_name_is_mended_where_it_stands(desk):
    """With its comment, in its line."""
    manager = desk("api:\n  prot: 8001 # behind the proxy\n  host: 10.0.0.7\n")
    apply_repairs(manager, plan_repairs(manager.copy, lambda finding: bool(finding.patch)))

    text = manager.workspace.file("testing").read_text()
    assert "api:\n  port: 8001 # behind the proxy\n  host: 10.0.0.7\n" in text


def test_repairs_that_are_ended_keep_what_is_not_saved(desk):
    """Whoever cancels them has changed nothing, in the file or in memory."""

    class EndedError(Exception):
        pass

    def ending(*_):
        raise EndedError

    manager = desk("debug: true\n")
    before = own_file(manager)
    manager.set_config_value("api.port", 8101)
    with pytest.raises(EndedError):
        apply_repairs(manager, advance=ending)

    assert 8101 == manager.get_config_value("api.port")
    assert before == own_file(manager)


def bringing(*patches):
    """The reference application, judged by one rule for each of *patches* alone."""

    def made(number, patch):
        @rule(f"OWN{number}", title="t", severities="E/E/E/E", why="w", fix="f", source="s")
        def check(_):
            yield Problem("", "is to be mended", patch=patch() if callable(patch) else patch)

        return check

    return replace(ESCAI, rules=tuple(made(*each) for each in enumerate(patches)))


@pytest.fixture
def judged(tmp_path, desk):
    """Function: what mending makes of a file of testing, by patches of own rules."""

    def make(own, *patches):
        desk(own)
        environ = {"XDG_DATA_HOME": str(tmp_path / "keys")}
        spec = bringing(*patches)
        return ConfigManager(
            tmp_path / "config", "testing", spec=spec, environ=environ, enable_hot_reload=False
        )

    return make


def everything(manager):
    """Plan to mend all that can be mended."""
    return plan_repairs(manager.copy, lambda _: True)


ORIGINS = "api:\n  cors_origins: [https://a.io, https://b.io, https://c.io]\n"
LIST = "/api/cors_origins"


@pytest.mark.parametrize(
    ("patches", "expected"),
    [
        ([[{"op": "add", "path": f"{LIST}/-", "value": "https://z.io"}]], "abcz"),
        ([[{"op": "add", "path": f"{LIST}/0", "value": "https://z.io"}]], "zabc"),
        ([[{"op": "replace", "path": f"{LIST}/1", "value": "https://z.io"}]], "azc"),
        ([[{"op": "add", "path": f"{LIST}/-", "value": f"https://{x}.io"}] for x in "yz"], "abcyz"),
        (
            [
                [{"op": "remove", "path": f"{LIST}/1"}],
                [{"op": "add", "path": f"{LIST}/1", "value": "https://z.io"}],
                [{"op": "replace", "path": f"{LIST}/2", "value": "https://y.io"}],
                [{"op": "remove", "path": f"{LIST}/1"}],
            ],
            "azy",
        ),
        (
            [
                [
                    {"op": "remove", "path": f"{LIST}/0"},
                    {"op": "remove", "path": f"{LIST}/0"},
                    {"op": "add", "path": f"{LIST}/0", "value": "https://z.io"},
                ]
            ],
            "zc",
        ),
        ([[{"op": "remove", "path": f"{LIST}/0"}] * 2], "c"),
        ([[{"op": "remove", "path": f"{LIST}/{at}"} for at in (2, 0)]] * 2, "b"),
        (
            [
                [
                    {"op": "add", "path": LIST, "value": ["https://x.io"]},
                    {"op": "add", "path": f"{LIST}/-", "value": "https://z.io"},
                ]
            ],
            "xz",
        ),
    ],
)
def test_a_patch_means_what_rfc_6902_says(patches, expected, judged):
    """An item that is added moves the others up; every item is the one that was found."""
    repairs = everything(judged(ORIGINS, *patches))

    assert [f"https://{x}.io" for x in expected] == repairs.copy.own["api"]["cors_origins"]


def test_a_list_of_a_lower_layer_is_added_to(judged):
    """It is first taken over whole, also where it is a default."""
    repairs = everything(
        judged("", [{"op": "add", "path": "/api/cors_methods/-", "value": "HEAD"}])
    )
    before = ESCAI.catalog.defaults()["api"]["cors_methods"]

    assert [*before, "HEAD"] == repairs.copy.own["api"]["cors_methods"]


def test_the_whole_may_be_replaced(judged):
    """By an empty pointer; a secret in it stays one."""
    whole = {"environment": "testing", "security": {"jwt_secret_key": JWT[::-1]}, "debug": True}
    repairs = everything(judged(ORIGINS, [{"op": "replace", "path": "", "value": whole}]))

    assert whole == reveal(repairs.copy.own)
    assert JWT[::-1] not in repr(repairs)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/debug/deep", "value": 1},
        {"op": "add", "path": f"{LIST}/7", "value": "https://z.io"},
        {"op": "replace", "path": "", "value": "text"},
        {"op": "replace", "path": "", "value": None},
        {"op": "replace", "path": "/security/jwt_secret_key", "value": ["a"]},
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/security"},
    ],
)
def test_a_patch_that_cannot_be_done_holds_up_no_other(operation, judged):
    """There is no such place, or the model takes no such value; the others are mended."""
    good = [{"op": "add", "path": "/debug", "value": True}]
    repairs = everything(judged(ORIGINS, [operation], good))

    assert (["OWN0"], ["OWN1"]) == (
        [finding.code for finding in repairs.refused],
        [finding.code for finding in repairs.findings],
    )
    assert ["debug"] == [change.path for change in repairs.diff]


def test_a_secret_that_a_patch_brings_is_set_as_planned(judged):
    """A rule may think of another one each time; what was agreed to is what is written."""
    made = []

    def another():
        made.append(f"{len(made)}-{JWT[::-1]}")
        return replace_with("database.postgres_password", made[-1])

    manager = judged("", another)
    planned = everything(manager)
    agreed = reveal(planned.copy.own)["database"]["postgres_password"]
    repairs, version = apply_repairs(manager, planned)

    assert version is not None
    assert agreed in made
    assert agreed == reveal(manager.copy.own)["database"]["postgres_password"]
    assert agreed not in manager.workspace.file("testing").read_text()
    assert [("********", "database.postgres_password")] == [(c.new, c.path) for c in repairs.diff]
    assert not [text for text in (repr(repairs), repr(planned)) if JWT[::-1] in text]


def test_what_has_changed_since_is_not_mended_as_planned(judged):
    """The file says something else by now."""
    manager = judged("debug: true\n", replace_with("debug", value=False))
    planned = everything(manager)
    file = manager.workspace.file("testing")
    file.write_text(file.read_text().replace("debug: true", "debug: false"))

    with pytest.raises(PlanRefusedError):
        apply_repairs(manager, planned)
