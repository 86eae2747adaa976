"""Environment variables: which field they mean, and what of it they set."""

from __future__ import annotations

import traceback
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from escai_nb.errors import FileUnavailableError
from escai_nb.schema.catalog import Catalog
from escai_nb.schema.fields import Sensitive
from escai_nb.sources.environment import (
    RESERVED,
    Override,
    UnknownVariable,
    overrides,
    variable_name,
)


class Api(BaseModel):
    """A section."""

    port: int = Field(80, ge=1)
    host: str = "localhost"
    origins: list[str] = []
    cert_file: str = ""
    token: SecretStr | None = None
    token_limit: int = 1


class ApiToken(BaseModel):
    """A section whose name begins like another's field."""

    limit: int = 1


class Application(BaseModel):
    """A model with what variables may stumble over."""

    debug: bool = False
    env: str = ""
    api: Api = Api()
    api_token: ApiToken = ApiToken()
    settings: dict[str, Any] = {}
    codeword: Annotated[str, Sensitive()] = ""


CATALOG = Catalog(Application)


def found(**variables):
    """Return {path: (value, variable)} and {variable: hint} for variables without their prefix."""
    environ = {f"ESCAI_{name}": text for name, text in variables.items()}
    given, unknown = overrides(CATALOG, environ, prefix="ESCAI")
    return (
        {each.path: each.value for each in given},
        {each.name.removeprefix("ESCAI_"): each.hint for each in unknown},
    )


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("API__PORT", "8080", ("api", "port"), 8080),
        ("API_PORT", "8080", ("api", "port"), 8080),
        ("DEBUG", "yes", ("debug",), True),
        ("API__HOST", "8080", ("api", "host"), "8080"),
        ("API__ORIGINS", '["a", "b"]', ("api", "origins"), ["a", "b"]),
        ("API__ORIGINS", "a, b", ("api", "origins"), ["a", "b"]),
        ("API__TOKEN", "null", ("api", "token"), None),
        ("SETTINGS", '{"A": 1}', ("settings",), {"A": 1}),
        ("SETTINGS__FOO__BAR", "5", ("settings", "foo", "bar"), 5),
        ("SETTINGS__FOO", "text", ("settings", "foo"), "text"),
        ("API", '{"port": 1}', ("api",), {"port": 1}),
    ],
)
def test_a_variable_sets_the_field_that_it_names(name, text, path, value):
    """Sections by two underscores, or by one; values by the field's type."""
    assert ({path: value}, {}) == found(**{name: text})


def test_what_does_not_fit_is_left_for_validation():
    """The text stands at its path, so that the finding does too."""
    assert ({("api", "port"): "many"}, {}) == found(API__PORT="many")


def test_a_secret_is_read_from_the_file_that_a_variable_names(tmp_path):
    """One line break at the end is not part of it."""
    file = tmp_path / "token"
    file.write_bytes(b"s3cret\n\r\n")
    assert ({("api", "token"): "s3cret\n"}, {}) == found(API__TOKEN_FILE=str(file))
    assert ({("codeword",): "s3cret\n"}, {}) == found(CODEWORD_FILE=str(file))


def test_an_exact_field_beats_a_file():
    """``CERT_FILE`` is a field of its own, and a given secret wins over its file."""
    assert ({("api", "cert_file"): "/x"}, {}) == found(API__CERT_FILE="/x")
    given, unknown = found(API__TOKEN="a", API__TOKEN_FILE="/nowhere")
    assert {("api", "token"): "a"} == given
    assert ["API__TOKEN_FILE"] == list(unknown)


def test_only_secrets_are_read_from_files():
    """The hint names the variable that would do."""
    given, unknown = found(API__HOST_FILE="/etc/hostname")
    assert {} == given
    assert "ESCAI_API__HOST" in unknown["API__HOST_FILE"]


def test_a_missing_file_is_an_error_that_shows_no_environment(tmp_path):
    """The variable and the path are named; other variables are in no frame."""
    environ = {"ESCAI_API__TOKEN_FILE": str(tmp_path / "gone"), "OTHER": "c4nary"}
    with pytest.raises(FileUnavailableError) as caught:
        overrides(CATALOG, environ, prefix="ESCAI")
    assert "ESCAI_API__TOKEN_FILE" in str(caught.value)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame.locals for frame in shown.stack if "escai_nb" in frame.filename]
    assert "c4nary" not in repr(frames)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """Bytes that are not UTF-8 are no secret that a field can hold."""
    (tmp_path / "token").write_bytes(b"\xff")
    with pytest.raises(FileUnavailableError):
        found(API__TOKEN_FILE=str(tmp_path / "token"))


def test_unknown_names_are_told_with_what_was_meant():
    """A near name is suggested; for none at all that is said."""
    given, unknown = found(API__PROT="1", API__PORT__X="1", NONSENSE_AT_ALL="1", API____PORT="1")
    assert {} == given
    assert "did you mean ESCAI_API__PORT?" == unknown["API__PROT"]
    assert {"API__PROT", "API__PORT__X", "NONSENSE_AT_ALL", "API____PORT"} == set(unknown)


def test_a_name_that_could_mean_two_fields_sets_none():
    """``API_TOKEN_LIMIT`` needs its second underscore."""
    given, unknown = found(API_TOKEN_LIMIT="5")
    assert {} == given
    assert "ESCAI_API__TOKEN_LIMIT or ESCAI_API_TOKEN__LIMIT" in unknown["API_TOKEN_LIMIT"]
    assert ({("api_token", "limit"): 5}, {}) == found(API_TOKEN__LIMIT="5")


def test_the_more_exact_of_two_variables_wins():
    """The other is told to have no effect."""
    given, unknown = found(API_PORT="1", API__PORT="2")
    assert {("api", "port"): 2} == given
    assert {"API_PORT": "ESCAI_API__PORT is set too, and wins"} == unknown


def test_outer_paths_come_first_and_must_leave_room():
    """A mapping is laid first, its keys over it; below a list there is nothing to set."""
    given, _ = found(SETTINGS__A="2", SETTINGS='{"a": 1, "b": 1}')
    assert [("settings",), ("settings", "a")] == list(given)
    given, unknown = found(SETTINGS__A="2", SETTINGS="[1]")
    assert [("settings",)] == list(given)
    assert ["SETTINGS__A"] == list(unknown)


def test_names_of_the_toolkit_are_no_fields():
    """Reserved names are passed over, even where the model has such a field."""
    environ = dict.fromkeys(RESERVED, "x") | {"OTHER": "1", "ESCAIX": "1"}
    assert ([], []) == overrides(CATALOG, environ, prefix="ESCAI")


def test_the_prefix_belongs_to_the_application():
    """Another prefix takes other variables, reserved ones or not."""
    environ = {"SHOP_DEBUG": "1", "SHOP_ENV": "x", "ESCAI_DEBUG": "0"}
    given, unknown = overrides(CATALOG, environ, prefix="SHOP")
    assert [Override(("debug",), True, "SHOP_DEBUG"), Override(("env",), "x", "SHOP_ENV")] == given  # noqa: FBT003
    assert [] == unknown


def test_every_field_has_a_variable_that_sets_it():
    """The name that `variable_name` gives is understood."""
    for spec in CATALOG.fields:
        name = variable_name(spec.path, prefix="APP")
        given, unknown = overrides(CATALOG, {name: "1"}, prefix="APP")
        assert ([spec.path], []) == ([each.path for each in given], unknown)


@pytest.mark.parametrize("word", ["hunter2-ab", "/hunter2", "hunter2/or/path", "hunter2\0"])
def test_a_secret_where_its_file_belongs_is_not_shown(word, tmp_path):
    """It names no place of this system; what lies in a folder that is there, does."""
    with pytest.raises(FileUnavailableError) as caught:
        found(API__TOKEN_FILE=word)
    told = f"{caught.value} {caught.value.where} {caught.value.hint}"
    assert "hunter" not in told
    assert "ESCAI_API__TOKEN " in f"{told} "
    with pytest.raises(FileUnavailableError, match="gone cannot be read: No such file"):
        found(API__TOKEN_FILE=str(tmp_path / "run" / "gone"))


def test_values_are_not_shown():
    """An override may carry a secret."""
    assert "s3cret" not in repr(Override(("a",), "s3cret", "ESCAI_A"))
    assert "hint" in repr(UnknownVariable("ESCAI_X", "hint"))


def test_what_is_nearly_a_variable_is_told_how_it_is_written():
    """Small letters, and items of lists; what belongs to others is left alone."""
    environ = {"escai_api__port": "1", "ESCAI_Api__Port": "1", "escai_home": "/home"}
    given, unknown = overrides(CATALOG, environ, prefix="ESCAI")
    assert [] == given
    assert {
        "escai_api__port": "names are written in capitals: ESCAI_API__PORT",
        "ESCAI_Api__Port": "did you mean ESCAI_API__PORT?",
    } == {each.name: each.hint for each in unknown}

    _, hints = found(API__ORIGINS__0="https://a.example")
    assert {"API__ORIGINS__0": "a list is set as a whole: ESCAI_API__ORIGINS"} == hints
