"""Patches that bring a secret: it is carried for whoever applies them, and never shown."""

import json
import pickle
import traceback

import pytest
from pydantic import BaseModel, Field, SecretStr

from escai_nb.errors import InvalidConfigurationError
from escai_nb.secret import reveal
from escai_nb.validation.rule import Problem, replace_with, replacement, rule
from escai_nb.validation.tier import Tier
from escai_nb.validation.validator import validate

CANARY = "Kx9-canary-3vQ7zPm"
URI = f"https://me:{CANARY}@host/"


class Service(BaseModel):
    host: str = "localhost"
    password: SecretStr = SecretStr("")


class Model(BaseModel):
    service: Service = Service()
    services: list[Service] = Field(default_factory=lambda: [Service()])
    spare: list[Service] | None = None
    tokens: list[SecretStr] = Field(default_factory=list)
    link: str = ""
    free: dict[str, object] = Field(default_factory=dict)


def report_of(*patch, path="service", message="is weak", expected="", data=None):
    """What is reported where a rule by others brings *patch*."""

    @rule("OWN1", title="t", severities="E/E/E/E", why="w", fix="f", source="s")
    def bringing(_):
        yield Problem(path, message, expected, patch=patch, safe=True)

    return validate(
        data or {}, model=Model, rules=[bringing], environment="testing", tier=Tier.TESTING
    )


def surfaces(report):
    """Every way in which a report, or a finding of it, is shown."""
    [finding] = report.findings
    yield from (repr(finding), str(finding), f"{report!r}", json.dumps(report.to_data()))
    yield from (json.dumps(report.to_sarif()), report.to_html(), report.to_junit())
    yield from (report.to_markdown(), report.to_github(), report.to_frame().to_csv())
    yield from map(str, report._repr_mimebundle_().values())
    try:
        report.raise_if("error")
    except InvalidConfigurationError as error:
        yield from (repr(error), "".join(traceback.format_exception(error)), repr(vars(error)))


BRINGING = [
    ("/service/password", CANARY),
    ("/service", {"host": "a", "password": CANARY}),
    ("", {"service": {"password": CANARY}}),
    ("/services/0/password", CANARY),
    ("/services/-", {"host": "a", "password": CANARY}),
    ("/services", [{"host": "a"}, {"password": CANARY}]),
    ("/spare/-", {"password": CANARY}),
    ("/spare/0/password", CANARY),
    ("/spare", [{"password": CANARY}]),
    ("/tokens/-", CANARY),
    ("/tokens", (CANARY,)),
    ("/tokens", {"a": [CANARY]}),
    ("/link", URI),
    ("/free/smtp_password", CANARY),
    ("/free", {"deep": [{"api_key": CANARY}]}),
    ("/service/pasword", CANARY),
]


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(("path", "value"), BRINGING)
def test_a_new_secret_is_carried_and_not_shown(op, path, value):
    """However deep in what the patch puts there; who applies it gets it as it was."""
    report = report_of({"op": op, "path": path, "value": value})
    [finding] = report.findings
    [operation] = finding.patch
    shown = report.to_data()["findings"][0]["patch"]

    assert not [text for text in surfaces(report) if CANARY in text]
    assert (path, True) == (operation["path"], finding.safe)
    assert json.loads(json.dumps(value)) == reveal(operation["value"])
    assert [(op, path)] == [(each["op"], each["path"]) for each in shown]
    assert "********" in json.dumps(shown)


def test_what_is_no_secret_is_shown():
    """Beside one that is, too."""
    value = {"host": "a", "password": CANARY}
    report = report_of(replacement("service", value))

    assert {"host": "a", "password": "********"} == (
        report.to_data()["findings"][0]["patch"][0]["value"]
    )


def test_a_new_secret_is_not_quoted_either():
    """A rule that says in words what its patch does says it masked, in every encoding."""
    words = f"take {CANARY} or {CANARY.encode().hex()}"
    report = report_of(*replace_with("service.password", CANARY), message=words, expected=CANARY)
    [finding] = report.findings

    assert ("take ******** or ********", "********") == (finding.message, finding.expected)
    assert not [text for text in surfaces(report) if CANARY in text]


def test_a_present_secret_goes_where_secrets_are():
    """A patch that moves it by value is kept; one that would put it in the open is not."""
    data = {"service": {"password": CANARY}}
    [kept] = report_of(*replace_with("tokens", [CANARY]), data=data).findings
    [dropped] = report_of(*replace_with("link", CANARY), data=data).findings

    assert [CANARY] == reveal(kept.patch[0]["value"])
    assert ((), False) == (dropped.patch, dropped.safe)


def test_a_finding_with_a_secret_is_not_pickled():
    """As no secret is; nor does a problem show one on its way."""
    patch = replace_with("service.password", CANARY)
    [finding] = report_of(*patch).findings

    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(finding)
    assert CANARY not in repr(Problem("service", "is weak", patch=patch))


@pytest.mark.parametrize("password", ["service", "serv", "host", "services"])
def test_a_poor_password_takes_no_name_away(password):
    """A finding keeps its place, and its patch, where the password is a part of a field's name."""
    data = {"service": {"password": password}}
    message = f"service.host and {password} differ"
    patch = replace_with("services[0].host", "db.acme.io")
    [finding] = report_of(*patch, path="services[0].host", message=message, data=data).findings

    assert ("services[0].host", patch) == (finding.path, finding.patch)
    assert "service.host and ******** differ" == finding.message


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "service.password", "value": CANARY},
        {"op": "move", "from": "service", "path": "/link"},
        {"op": "move", "from": 3, "path": "/link"},
        {"op": "replace", "value": CANARY},
        {"op": "test", "path": "/link", "value": CANARY},
    ],
)
def test_what_is_no_operation_is_the_rule_s_fault(operation):
    """It is found when the rule yields it, not when somebody mends."""
    report = report_of(operation)

    assert ["ESC990"] == [finding.code for finding in report.findings]
    assert not [text for text in surfaces(report) if CANARY in text]
