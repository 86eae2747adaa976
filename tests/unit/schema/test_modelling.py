"""Plain data against models, both ways."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, SecretStr, Strict, field_validator, model_validator
from tricky import CASES, Case, Cat, Dog

from escai_nb import keypath
from escai_nb.schema.messages import REFUSED
from escai_nb.schema.modelling import Misfit, check, plain

CANARY = "CANARY-7f3a-whole-secret"


def names(cases: list[Case]) -> list[str]:
    return [case.name for case in cases]


def test_the_matrix_is_wide() -> None:
    """At least forty kinds of fields are tried."""
    assert len(CASES) >= 40
    assert len(set(names(CASES))) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_plain_is_the_inverse_of_check(case: Case) -> None:
    """What an instance is written as validates to an equal instance, and is plain."""
    for value in case.fits:
        instance, misfits = check(case.model, {"field": value})
        assert misfits == ()
        assert instance is not None
        written = plain(instance)
        assert is_plain(written)
        again, misfits = check(case.model, written)
        assert misfits == ()
        assert again == instance
        assert plain(instance) == written


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_every_misfit_lies_at_a_path_of_the_data(case: Case) -> None:
    """No branch of a union is part of a path: what is there, is there in the data."""
    for value in case.misfits:
        data = {"field": value}
        instance, misfits = check(case.model, data)
        assert instance is None
        assert misfits
        for misfit in misfits:
            assert misfit.path[:1] == ("field",)
            missing = misfit.kind == "missing"
            assert keypath.has(data, misfit.path[:-1] if missing else misfit.path)
            assert misfit.message


def is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or type(value) in {str, int, float, bool}


def misfits_of(annotation: Any, value: object) -> list[tuple[str, str, str]]:
    class One(BaseModel, extra="forbid"):
        field: annotation

    _, misfits = check(One, {"field": value})
    return [(keypath.render(m.path), m.kind, m.message) for m in misfits]


def test_an_unknown_key_is_an_unknown_field() -> None:
    """Pydantic's words for an extra key become our own."""

    class Section(BaseModel, extra="forbid"):
        port: int = 1

    _, misfits = check(Section, {"prot": 2})
    assert (Misfit(("prot",), "extra_forbidden", "unknown field"),) == misfits


def test_all_misfits_come_at_once() -> None:
    """The first wrong type does not hide the second, nor a missing key."""

    class Section(BaseModel, extra="forbid"):
        port: int
        name: str
        on: bool

    _, misfits = check(Section, {"port": [], "name": 5, "of": True})
    assert ["port", "name", "on", "of"] == [keypath.render(misfit.path) for misfit in misfits]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"kind": "cat", "lives": "x"}, [("field.lives", "int_parsing", "must be a whole number")]),
        ({"kind": "cow"}, [("field.kind", "literal_error", "must be one of cat, dog, puppy")]),
        ({}, [("field.kind", "missing", "is missing")]),
        (1, [("field", "model_attributes_type", "must be a mapping")]),
    ],
)
def test_discriminated_unions_speak_of_the_chosen_branch(
    value: object, expected: list[tuple[str, str, str]]
) -> None:
    """The key that tells alternatives apart chooses the misfits, or is one itself."""
    assert expected == misfits_of(Cat | Dog if value is None else _animal(), value)


def _animal() -> Any:
    from typing import Annotated

    return Annotated[Cat | Dog, Field(discriminator="kind")]


def test_a_union_of_sections_keeps_the_likeliest_branch() -> None:
    """The branch that lacks the fewest keys is the one that was meant."""

    class Left(BaseModel, extra="forbid"):
        a: int
        b: int = 1

    class Right(BaseModel, extra="forbid"):
        c: int

    found = misfits_of(list[Left | Right], [{"a": 1}, {"a": 1, "b": "x"}, {"c": []}])
    assert [("field[1].b", "int_parsing"), ("field[2].c", "int_type")] == [
        (path, kind) for path, kind, _ in found
    ]


def test_alternatives_that_all_fail_make_one_misfit() -> None:
    """A scalar that fits no alternative is told all of them in one sentence."""
    assert [("field", "int_parsing", "must be a whole number or true or false")] == misfits_of(
        int | bool, "x"
    )


def test_a_branch_named_like_a_key_is_not_taken_for_it() -> None:
    """A tag that is also a key of the data does not lead astray."""

    class Card(BaseModel):
        kind: str = Field("card", pattern="^card$")
        card: dict[str, int] = {}

    class Tagged(BaseModel):
        kind: str = "x"

    found = misfits_of(list[Card] | Tagged, [{"kind": "card", "card": {"kind": "x"}}])
    assert [("field[0].card.kind", "int_parsing", "must be a whole number")] == found


def test_wrong_keys_of_a_mapping_are_told_from_wrong_values() -> None:
    """A key that does not fit is said to be the key."""
    assert [
        ("field.x", "int_parsing", "its key must be a valid integer"),
        ("field.x", "string_type", "must be text; put it in quotes"),
    ] == misfits_of(dict[int, str], {"x": 1})


def test_of_two_keys_that_mean_the_same_neither_is_lost() -> None:
    """Both are told, as a mapping has room for one of them."""
    annotation = Annotated[dict[tuple[float, ...], int], Strict()]
    told = {path for path, _, _ in misfits_of(annotation, {"[1]": 1, "[1.0]": 2})}
    assert {'field["[1]"]', 'field["[1.0]"]'} == told
    assert [] == misfits_of(annotation, {"[1]": 1, "[2]": 2})


def test_strict_models_take_what_json_can_say() -> None:
    """A strict model accepts dates as text and lists as tuples, but no wrong scalars."""
    case = next(case for case in CASES if case.name == "strict")
    instance, misfits = check(case.model, {"field": case.fits[0]})
    assert () == misfits
    assert instance is not None


def test_native_dates_of_yaml_fit_too() -> None:
    """A date that YAML has read as such needs no text."""
    import datetime as dt

    class Section(BaseModel):
        when: dt.date

    instance, _ = check(Section, {"when": dt.date(2024, 1, 1)})
    assert Section(when=dt.date(2024, 1, 1)) == instance


class Telling(BaseModel):
    """A model whose validators tell all they know."""

    token: SecretStr = SecretStr("")
    pin: SecretStr = SecretStr("")
    plain: str = ""
    faulty: str = ""

    @field_validator("token", "pin")
    @classmethod
    def _tell(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text.startswith("CANARY"):
            message = f"the first characters {text[:6]} are not allowed"
            raise ValueError(message)
        if text == "short":
            raise ValueError("tokens need a digit")
        return value

    @field_validator("plain")
    @classmethod
    def _explain(cls, value: str) -> str:
        assert "x" not in value, "no x please"
        return value

    @field_validator("faulty")
    @classmethod
    def _fail(cls, value: str) -> str:
        return str({}[value]) if value else value

    @model_validator(mode="after")
    def _whole(self) -> Telling:
        if self.plain == "all":
            message = f"with {self.token.get_secret_value()} nothing goes"
            raise ValueError(message)
        return self


@pytest.mark.parametrize(
    "data",
    [
        {"token": CANARY},
        {"token": [CANARY]},
        {"token": {"a": CANARY}},
        {"token": 5, "plain": {"password": CANARY}},
        {"plain": "all", "token": f"x{CANARY}"},
        {"faulty": CANARY},
        {CANARY[:0]: CANARY},
        [CANARY],
        CANARY,
        None,
    ],
)
def test_no_secret_leaves_by_a_misfit(data: object) -> None:
    """Whatever a validator says, the words of a misfit carry no piece of a secret."""
    instance, misfits = check(Telling, data)
    shown = repr(misfits) + "".join(map(str, misfits))
    assert "CANARY" not in shown
    assert instance is None or not misfits


def test_of_very_many_secrets_none_leaves_by_a_misfit() -> None:
    """Each is looked for in what is said of each, in time that grows with their number."""

    class Login(BaseModel):
        note: str
        password: SecretStr

        @field_validator("note")
        @classmethod
        def never(cls, value: str) -> str:
            raise ValueError(value)

    class Logins(BaseModel):
        logins: list[Login]

    secrets = [f"kZ{n}qV{n}-w" for n in range(2_000)]
    notes = ["is odd", secrets[1_999], secrets[7][:5], b64encode(secrets[3].encode()).decode()]
    data = [{"note": notes[n % 4], "password": secret} for n, secret in enumerate(secrets)]
    told = [misfit.message for misfit in check(Logins, {"logins": data})[1]]

    assert len(secrets) == len(told)
    assert {"is odd", REFUSED} == set(told)
    assert told[::4] == ["is odd"] * 500


def test_harmless_words_of_a_validator_are_kept() -> None:
    """What the author of a model says is shown when it tells nothing secret."""
    _, misfits = check(Telling, {"token": "short", "plain": "x"})
    assert ["tokens need a digit", "no x please"] == [misfit.message for misfit in misfits]


def test_a_broken_validator_is_a_misfit_and_no_crash() -> None:
    """An error that pydantic lets through is named by its class alone, at its field."""
    _, misfits = check(Telling, {"faulty": "anything"})
    assert [("faulty",)] == [misfit.path for misfit in misfits]
    assert "KeyError" in misfits[0].message


def test_a_misfit_reads_as_a_sentence() -> None:
    """The path comes first; the root is called by name."""
    assert "a.b: is missing" == str(Misfit(("a", "b"), "missing", "is missing"))
    assert "the configuration: must be a mapping" == str(Misfit((), "x", "must be a mapping"))


class Defaulting(BaseModel):
    """A model that has a secret of its own, and tells it."""

    class Inner(BaseModel):
        """Where the secret is."""

        token: SecretStr = SecretStr(CANARY)

    inner: Inner = Inner()
    size: int = 1

    @model_validator(mode="after")
    def _whole(self) -> Defaulting:
        if self.size > 1:
            message = f"{self.size} is too much for {self.inner.token.get_secret_value()}"
            raise ValueError(message)
        return self


def test_a_secret_default_leaves_by_no_misfit() -> None:
    """What the model itself says at a secret field is as secret as what a file says."""
    _, misfits = check(Defaulting, {"size": 2})
    assert len(misfits) == 1
    assert "CANARY" not in repr(misfits)


def test_a_default_that_waits_for_a_wrong_value_is_no_fault_of_its_own() -> None:
    """One wrong value is one misfit."""

    class Following(BaseModel):
        port: int = 80
        url: str = Field(default_factory=lambda data: f"http://localhost:{data['port']}")

    _, misfits = check(Following, {"port": "x"})
    assert [("port",)] == [misfit.path for misfit in misfits]
