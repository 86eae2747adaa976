"""What a runbook may be told, and what it is never told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from escai_nb.errors import ParameterError, SpecError, ValueRefusedError
from escai_nb.runbooks.notebook import cell_values
from escai_nb.runbooks.parameters import (
    ParameterModel,
    Parameters,
    cell_of,
    checked,
    model_of_values,
    parsed,
    written,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
).filter(lambda value: "inf" not in repr(value))


class Sample(Parameters):
    """Parameters of a runbook that does not exist."""

    label: str = "none"
    count: int = 1
    ratio: float = 0.5
    names: list[str] = []  # noqa: RUF012  # pydantic copies defaults


@given(st.dictionaries(st.from_regex(r"\A[a-z_]{2,8}_\Z"), PLAIN, max_size=4))
def test_written_values_read_back(values):
    """What is written into a cell is what Python reads there, types included."""
    assert cell_values(written(values)) == values


@pytest.mark.parametrize("name", ["x = 1; import os #", "class", "a.b", "", "1st", "a\nb"])
def test_names_are_identifiers(name):
    """A name that is code is refused, not written."""
    with pytest.raises(ParameterError):
        written({name: 1})


@pytest.mark.parametrize("value", [object(), {1}, b"x", float("nan"), {"a": object()}, (1,)])
def test_only_plain_values_are_written(value):
    """What has no literal is refused."""
    with pytest.raises(ParameterError):
        written({"name": value})


def test_texts_are_read_by_type():
    """The command line's ``007`` and ``no`` stay texts where texts are wanted."""
    texts = {"label": "no", "count": "-7", "names": "007,no", "dry_run": "no", "ratio": "1"}
    assert parsed(Sample, texts) == {
        "label": "no", "count": -7, "names": ["007", "no"], "dry_run": False, "ratio": 1
    }  # fmt: skip


def test_a_text_that_does_not_fit():
    """A text of the wrong type is refused before anything starts."""
    with pytest.raises(ValueRefusedError):
        parsed(Sample, {"count": "many"})


def test_everything_wrong_is_said_at_once():
    """Unknown names come with the nearest one, wrong types with theirs."""
    with pytest.raises(ParameterError) as refused:
        checked(Sample, {"cuont": 1, "label": 7, "names": "a"})
    said = str(refused.value)
    assert "'cuont': count?" in said
    assert "label" in said
    assert "names" in said
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("value", [7, True, None, ["x"]])
def test_types_are_not_guessed(value):
    """A value of another type is refused, not converted."""
    with pytest.raises(ParameterError):
        checked(Sample, {"label": value})


def test_a_secret_value_is_refused_and_not_repeated():
    """A URI with a password is no parameter, and the error does not say it."""
    with pytest.raises(ParameterError) as refused:
        checked(Sample, {"label": "postgres://u:hunter22@db/x"})
    assert "hunter22" not in str(refused.value)


def test_a_secret_field_cannot_be_defined():
    """A model that would carry a secret is refused where it is written."""
    with pytest.raises(SpecError):

        class Bad(ParameterModel):
            value: SecretStr = SecretStr("")


def test_a_secret_name_cannot_be_defined():
    """A text that is called a password is a secret, too."""
    with pytest.raises(SpecError):
        model_of_values({"database_password": ""})


def test_cell_of_a_model():
    """The parameters cell holds every name with its default, as Python."""
    assert cell_of(Sample).splitlines() == [
        'config_dir = "config"',
        'spec = ""',
        'environment = "development"',
        "dry_run = True",
        'reason = ""',
        'label = "none"',
        "count = 1",
        "ratio = 0.5",
        "names = []",
    ]


@pytest.mark.parametrize("source", ["import os", "a = b", "a = f()", "a.b = 1", "a, b = 1, 2", "x"])
def test_a_parameters_cell_holds_values_only(source):
    """A cell that computes is refused without being run."""
    with pytest.raises(ParameterError):
        cell_values(source)
