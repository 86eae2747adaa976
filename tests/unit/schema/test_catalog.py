"""The catalogue of a model."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import traceback
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FutureDate,
    IPvAnyNetwork,
    NaiveDatetime,
    SecretStr,
    create_model,
    model_validator,
)
from shop import SHOP, ShopConfig
from tricky import CASES, Case, Numbers, Size, Tree

from escai_nb import keypath
from escai_nb.errors import FieldUnknownError, ValueRefusedError
from escai_nb.escai.models import EscaiConfig
from escai_nb.schema.catalog import MISSING, Catalog, FieldSpec, Kind, catalog_of
from escai_nb.schema.fields import Advanced, Promotion, Sensitive, Unit
from escai_nb.schema.modelling import check, plain
from escai_nb.schema.text import parse_field
from escai_nb.secret import MASK


class Store(BaseModel):
    """A section with one field of each sort."""

    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535, description="Where it listens."), Unit("n")] = 5432
    password: SecretStr = SecretStr("")
    note: Annotated[str, Sensitive(), Advanced()] = ""


class Config(BaseModel):
    """A model with nested, optional and free-form parts."""

    name: str
    main: Store = Store(host="main.example.com", port=1)
    spare: Store | None = None
    stores: list[Store] = []
    by_name: dict[str, Store] = {}
    level: Literal["low", 2] | None = "low"
    ratio: Annotated[Decimal, Field(gt=0, lt=1)] = Decimal("0.5")
    tags: list[str] = Field(default_factory=lambda: ["a"], max_length=3)
    extra: dict[str, Any] = {}
    labels: dict[str, str] = {}
    own: Annotated[Store, Promotion.ENVIRONMENT] = Store()
    when: dt.date | None = None


CATALOG = catalog_of(Config)


def field(path: str, catalog: Catalog = CATALOG) -> FieldSpec:
    spec = catalog.find(keypath.parse(path))
    assert spec is not None
    return spec


def test_leaves_come_in_the_order_of_the_model() -> None:
    """Sections are walked through; lists, mappings and unions count as one field."""
    names = [keypath.render(spec.path) for spec in CATALOG.fields]
    assert names[:6] == [
        "name",
        "main.host",
        "main.port",
        "main.password",
        "main.note",
        "spare.host",
    ]
    assert ["stores", "by_name", "level"] == [
        n for n in names if n in {"stores", "by_name", "level"}
    ]
    assert [("main",), ("spare",), ("own",)] == [spec.path for spec in CATALOG.sections]


def test_a_field_knows_what_the_model_says() -> None:
    """Title, doc, unit, bounds and kind come from the annotation."""
    port = field("main.port")
    assert ("Port", "Where it listens.", "n") == (port.title, port.doc, port.unit)
    assert (Kind.INTEGER, 1, 65535, "1..65535") == (
        port.kind,
        port.minimum,
        port.maximum,
        port.bounds,
    )
    assert "a whole number, 1..65535, in n" == port.expected
    assert "> 0, < 1" == field("ratio").bounds
    assert "≤ 3 items" == field("tags").bounds
    assert ("low", 2) == field("level").choices
    assert field("level").nullable
    assert field("name").required
    assert field("name").default is MISSING


def test_a_default_is_that_of_the_sections_object() -> None:
    """Where a section is given as an object, its values are the defaults."""
    assert ("main.example.com", 1) == (field("main.host").default, field("main.port").default)
    assert "localhost" == field("own.host").default


def test_defaults_are_plain_and_leave_out_what_is_required() -> None:
    """They validate once the required fields are filled in."""
    defaults = CATALOG.defaults()
    assert "name" not in defaults
    assert defaults["spare"] is None
    instance, misfits = check(Config, defaults | {"name": "x"})
    assert () == misfits
    assert Config(name="x") == instance
    assert plain(Config(name="x")) == defaults | {"name": "x"}


def test_markers_of_a_section_hold_for_its_fields() -> None:
    """A promotion class is inherited; a secret is always of its own class."""
    assert Promotion.ENVIRONMENT is field("own.host").promotion
    assert Promotion.SECRET is field("own.password").promotion
    assert Promotion.YES is field("main.host").promotion
    assert field("main.note").advanced


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("main.password", True),
        ("main.note", True),
        ("main.host", False),
        ("stores[7].password", True),
        ("stores[7].port", False),
        ("by_name.any.password", True),
        ("extra.api_key", True),
        ("extra.deep.er[0].client_secret", True),
        ("extra.tokens[1]", True),
        ("extra.monkey", False),
        ("labels.db_password", True),
        ("labels.colour", False),
        ("main.pasword", True),
        ("main.hots", False),
        ("unknown.password", True),
    ],
)
def test_sensitivity_is_declared_or_guessed(path: str, *, expected: bool) -> None:
    """The model decides where it speaks; names decide in free-form places."""
    assert expected is CATALOG.is_sensitive(keypath.parse(path))


def test_a_secret_shape_is_secret_everywhere() -> None:
    """A password in a URI or a private key is secret under any name."""
    assert CATALOG.is_sensitive(("main", "host"), "http://u:pw@h")
    assert CATALOG.is_sensitive(("extra", "a"), "-----BEGIN RSA PRIVATE KEY-----\n")
    assert not CATALOG.is_sensitive(("extra", "password"), value=True)
    assert not CATALOG.is_sensitive(("extra", "password"), {})


def test_secrets_inside_lists_unions_and_mappings_are_found() -> None:
    """Every declared secret of the second spec is listed, and nothing else."""
    data = {
        "session_key": "k" * 16,
        "payments": [
            {"kind": "card", "merchant": "m", "api_key": "k"},
            {"kind": "invoice", "iban": "i"},
            {"kind": "voucher"},
        ],
        "fallback": {"kind": "invoice", "iban": "i"},
        "warehouses": [{"city": "Basel", "login": "l"}, {"city": "Bern", "login": None}],
        "partners": {"p": {"host": "h", "password": "p"}},
        "hooks": {"a": "t"},
        "mail": {"host": "h", "password": "p"},
        "extra": {"api_key": "k", "monkey": "m", "url": "ftp://u:p@h"},
    }
    assert [
        "session_key",
        "payments[0].api_key",
        "payments[1].iban",
        "fallback.iban",
        "warehouses[0].login",
        "partners.p.password",
        "hooks.a",
        "mail.password",
        "extra.api_key",
        "extra.url",
    ] == [keypath.render(path) for path in SHOP.catalog.secret_paths(data)]
    masked = SHOP.catalog.masked(data)
    assert MASK == masked["payments"][0]["api_key"]
    assert masked["warehouses"][1]["login"] is None
    assert f"ftp://u:{MASK}@h" == masked["extra"]["url"]
    assert "m" == masked["extra"]["monkey"]


def test_sensitive_lists_and_unions_are_secret_as_a_whole() -> None:
    """A field all of whose items are secret is promoted as a secret."""
    assert field("hooks", SHOP.catalog).sensitive
    assert Promotion.SECRET is field("hooks", SHOP.catalog).promotion
    assert not field("payments", SHOP.catalog).sensitive


def test_find_resolves_items_keys_unions_and_recursion() -> None:
    """Every place that data may have is found; what the model lacks is not."""
    shop = SHOP.catalog
    assert Kind.CHOICE is field("payments[0].kind", shop).kind
    assert ("card", "invoice", "voucher") == field("payments[0].kind", shop).choices
    assert "d" == field("payments[3].days_to_pay", shop).unit
    assert Kind.INTEGER is field("warehouses[0].shelves[1].size[2]", shop).kind
    assert "EUR" == field("root.inside[0].inside[5].rate", shop).unit
    assert Kind.ANY is field("extra.a.b[3].c", shop).kind
    assert shop.find(("payments", 0, "nothing")) is None
    assert shop.find(("warehouses", "city")) is None
    assert shop.find(("title", "x")) is None


def test_fields_go_by_the_name_that_files_use() -> None:
    """An alias is the name; the field's own name is not known, but suggested."""
    shop = SHOP.catalog
    assert shop.find(("address",)) is None
    assert "http://localhost:8080/" == field("public_address", shop).default


def test_a_recursive_model_is_cut_where_it_recurs() -> None:
    """The walk ends, and the way down stays open."""
    catalog = catalog_of(Tree)
    assert [("name",), ("kids",)] == [spec.path for spec in catalog.fields]
    assert [("left",)] == [spec.path for spec in catalog.sections]
    assert catalog.find(("left", "left", "kids", 0, "name")) is not None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("main.prot", "main.port"),
        ("mian.port", "main.port"),
        ("port", ""),
        ("ratio", "ratio"),
        ("rato", "ratio"),
        ("stores[0].pasword", "stores[0].password"),
        ("main.tags", "tags"),
        ("main_port", "main.port"),
        ("zzzzzz", ""),
    ],
)
def test_suggestions_name_a_path_that_exists(path: str, expected: str) -> None:
    """The nearest name in the same section comes first, then the same name elsewhere."""
    assert expected == CATALOG.suggest(keypath.parse(path))


def test_one_of_several_names_may_be_meant() -> None:
    """A word that several names of the section end with names them all."""
    with pytest.raises(FieldUnknownError) as caught:
        catalog_of(EscaiConfig).require(("database", "host"))

    assert "did you mean postgres_host, mongodb_host, redis_host or influxdb_host?" == (
        caught.value.hint
    )
    with pytest.raises(FieldUnknownError, match=r"database\.password") as caught:
        catalog_of(EscaiConfig).require(("database", "password"))
    assert "mongodb_password, redis_password or another?" in caught.value.hint


def test_unknown_keys_are_listed_at_every_depth() -> None:
    """Also inside list items, mapping values and unions; never in free-form places."""
    data = {
        "nmae": 1,
        "stores": [{"prot": 1}],
        "by_name": {"x": {"y": 1}},
        "extra": {"anything": 1},
    }
    assert [
        (("nmae",), "name"),
        (("stores", 0, "prot"), "stores[0].port"),
        (("by_name", "x", "y"), ""),
    ] == CATALOG.unknown(data)
    assert [(("payments", 0, "days_to_pey"), "payments[0].days_to_pay")] == SHOP.catalog.unknown(
        {"payments": [{"kind": "invoice", "days_to_pey": 3}]}
    )


def test_require_hints_at_the_nearest_field() -> None:
    """An unknown field is an error with the name that was probably meant."""
    with pytest.raises(FieldUnknownError) as caught:
        CATALOG.require(("main", "prot"))
    assert "did you mean main.port?" == caught.value.hint
    with pytest.raises(FieldUnknownError) as caught:
        CATALOG.require(("zzzzzz",))
    assert "did you mean" not in caught.value.hint


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("main.port", "80", 80),
        ("main.port", "+08", 8),
        ("main.port", "1e3", 1000),
        ("main.port", "1_000", 1000),
        ("main.host", "80", "80"),
        ("main.host", "null", "null"),
        ("main.password", " a b ", " a b "),
        ("level", "2", 2),
        ("level", "LOW", "low"),
        ("level", "null", None),
        ("ratio", "0.25", "0.25"),
        ("tags", "a, b", ["a", "b"]),
        ("tags", "", []),
        ("tags", '["a,b"]', ["a,b"]),
        ("extra", '{"a": [1, -2.5, null]}', {"a": [1, -2.5, None]}),
        ("extra.a", "-3", -3),
        ("extra.a", "true", True),
        ("extra.a", "some text", "some text"),
        ("extra.a", "null", None),
        ("when", "2024-02-29", "2024-02-29"),
        ("when", "None", None),
        ("stores[0].port", "9", 9),
        ("spare", '{"port": 3}', {"port": 3}),
        ("labels.x", "5", "5"),
    ],
)
def test_text_is_read_by_the_type_of_its_field(path: str, text: str, expected: object) -> None:
    """Numbers, words, null, JSON and comma lists become plain data."""
    value = CATALOG.parse_text(keypath.parse(path), text)
    assert expected == value
    assert type(expected) is type(value)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("page_size", "12", 12),
        ("page_size", "all", "all"),
        ("theme", "true", True),
        ("theme", "1", 1),
        ("fallback", '{"kind": "voucher"}', {"kind": "voucher"}),
        ("payments[0].worth", "3.50", "3.50"),
        ("warehouses[0].shelves[0].size", "1,2,3", [1, 2, 3]),
        ("mail.timeout", "PT5S", "PT5S"),
        ("mail.timeout", "5", 5),
        ("mail.timeout", "1.5", 1.5),
        ("hooks.partner", "token", "token"),
    ],
)
def test_text_is_read_inside_unions_lists_and_mappings(
    path: str, text: str, expected: object
) -> None:
    """The second spec, whose fields are of every sort."""
    value = SHOP.catalog.parse_text(keypath.parse(path), text)
    assert expected == value
    assert type(expected) is type(value)


def test_a_refusal_names_the_place_inside_the_value() -> None:
    """Where one key of a mapping is wrong, it is that key."""
    with pytest.raises(ValueRefusedError, match=r"^fallback\.kind must be one of card, invoice"):
        SHOP.catalog.parse_text(("fallback",), '{"kind": "cow"}')


def test_deep_text_is_refused_like_any_other() -> None:
    """Brackets without end are no crash."""
    with pytest.raises(ValueRefusedError):
        CATALOG.parse_text(("stores",), "[" * 100_000)


def test_models_that_are_no_section_have_a_catalogue_too() -> None:
    """A root model of a list is one field; it has no defaults."""
    catalog = Catalog(Numbers)
    assert [Kind.LIST] == [spec.kind for spec in catalog.fields]
    assert {} == catalog.defaults()


@pytest.mark.parametrize("text", ["true", "Yes", "ON", "1"])
def test_switches_have_many_words(text: str) -> None:
    """Every usual word for yes and no is read."""
    assert catalog_of(EscaiConfig).parse_text(("debug",), text) is True


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.port", "many"),
        ("main.port", "-1"),
        ("main.port", "70000"),
        ("main.port", "true"),
        ("main.port", "null"),
        ("main.port", ""),
        ("level", "other"),
        ("ratio", "1.5"),
        ("tags", "a,b,c,d"),
        ("tags", "[1"),
        ("ratio", "true"),
        ("extra", "text"),
        ("when", "tomorrow"),
        ("spare", '{"port": "x"}'),
        ("spare", "[]"),
    ],
)
def test_text_that_does_not_fit_is_refused_without_being_shown(path: str, text: str) -> None:
    """The message says what is expected; the value is not in it."""
    with pytest.raises(ValueRefusedError) as caught:
        CATALOG.parse_text(keypath.parse(path), text)
    assert str(caught.value).startswith(path)
    assert path == caught.value.path
    assert "expected" in caught.value.hint


def test_a_refused_secret_is_not_in_the_error() -> None:
    """Not in the message, the hint or the chain of causes."""
    with pytest.raises(ValueRefusedError) as caught:
        SHOP.catalog.parse_text(("session_key",), "CANARY")
    assert "CANARY" not in f"{caught.value!r} {caught.value.hint} {caught.value.__context__!r}"
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in told.stack if "escai_nb" in frame.filename]
    assert 2 == len(frames)
    assert "CANARY" not in "".join(traceback.StackSummary.from_list(frames).format())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_any_pydantic_field_can_be_walked(case: Case) -> None:
    """Every case of the matrix has a catalogue that knows every leaf of its data."""
    catalog = Catalog(case.model)
    for value in case.fits:
        data = {"field": value}
        assert [] == catalog.unknown(data)
        for path, leaf in keypath.leaves(data):
            assert catalog.find(path) is not None, path
            assert catalog.is_sensitive(path, leaf) in {True, False}
    assert all(repr(spec) for spec in (*catalog.fields, *catalog.sections))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("secret text", "field"),
        ("secret bytes", "field"),
        ("optional secret", "field"),
        ("secret or number", "field"),
        ("secrets in a list", "field[0]"),
        ("secrets in a mapping", "field.a"),
        ("list of sections", "field[0].secret"),
        ("mapping of sections", "field.k.secret"),
        ("dataclass", "field.secret"),
        ("discriminated", "field.chip"),
        ("told apart by a function", "field.chip"),
        ("generic", "field.content.secret"),
        ("bounded secret", "field"),
    ],
)
def test_secret_types_are_seen_wherever_they_hide(name: str, path: str) -> None:
    """In lists, mappings, unions, dataclasses and generics."""
    case = next(case for case in CASES if case.name == name)
    assert Catalog(case.model).is_sensitive(keypath.parse(path))


def test_kinds_of_the_matrix() -> None:
    """Each annotation is put among the ten kinds as an editor needs it."""
    found = {case.name: field("field", catalog_of(case.model)).kind for case in CASES}
    assert Kind.TEXT is found["date"] is found["decimal"] is found["path"] is found["json text"]
    assert Kind.CHOICE is found["mixed enum"] is found["integer enum"] is found["mixed literal"]
    assert Kind.LIST is found["frozen set"] is found["fixed tuple"] is found["named tuple"]
    assert Kind.LIST is found["root model"] is found["deque"] is found["sequence"]
    assert Kind.MAPPING is found["integer keys"] is found["date keys"]
    assert Kind.SECTION is found["dataclass"] is found["typed dict"] is found["generic"]
    assert Kind.UNION is found["scalars"] is found["discriminated"] is found["recursive alias"]
    assert Kind.INTEGER is found["optional"] is found["new type"] is found["byte size"]
    assert Kind.ANY is found["any"] is found["json value"]


def test_null_among_the_choices_is_no_choice() -> None:
    """It makes the field one that may be empty."""
    cases = {case.name: catalog_of(case.model) for case in CASES}
    for name in ("mixed enum", "mixed literal"):
        assert field("field", cases[name]).nullable
        assert None not in field("field", cases[name]).choices
        assert cases[name].parse_text(("field",), "null") is None


def test_a_default_that_cannot_be_made_is_missing() -> None:
    """A factory that fails, or needs other fields first, leaves the field without a default."""

    class Needy(BaseModel):
        section: Store
        first: str = Field(default_factory=lambda: str({}["absent"]))
        second: str = Field(default_factory=lambda data: data["first"])

    catalog = catalog_of(Needy)
    assert MISSING is field("first", catalog).default is field("second", catalog).default
    assert ["section"] == list(catalog.defaults())


def test_the_default_of_a_section_is_what_its_class_makes() -> None:
    """With all that the class does beside declaring defaults; pydantic may build it later."""

    class Plain(BaseModel):
        model_config = ConfigDict(defer_build=True)
        size: int = 1

    class Derived(Plain):
        @model_validator(mode="after")
        def _grown(self) -> Self:
            self.size += 1
            return self

    class Hooked(Plain):
        def model_post_init(self, _: object) -> None:
            self.size += 2

    class Own(Plain):
        def __init__(self, **given: int) -> None:
            super().__init__(**{"size": 4} | given)

    class Checked(BaseModel):
        size: Annotated[int, AfterValidator(lambda size: size + 4)] = Field(
            default=1, validate_default=True
        )

    class Whole(BaseModel):
        plain: Plain = Field(default_factory=Plain)
        derived: Derived = Field(default_factory=Derived)
        hooked: Hooked = Field(default_factory=Hooked)
        own: Own = Field(default_factory=Own)
        checked: Checked = Field(default_factory=Checked)

    sizes = [section["size"] for section in catalog_of(Whole).defaults().values()]
    assert [1, 2, 3, 4, 5] == sizes


def test_computed_fields_are_not_configurable() -> None:
    """What follows from other fields is no field of the catalogue."""
    case = next(case for case in CASES if case.name == "computed")
    assert [("field", "one")] == [spec.path for spec in Catalog(case.model).fields]


def test_a_catalogue_is_made_once() -> None:
    """The same model gives the same object."""
    assert catalog_of(ShopConfig) is catalog_of(ShopConfig)
    assert repr(catalog_of(Size)) == "<Catalog of Size: 3 fields>"


def test_importing_the_catalogue_loads_no_screen() -> None:
    """Neither pandas nor widgets nor cryptography comes along."""
    program = "import sys, escai_nb.schema.catalog; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"pandas", "ipywidgets", "anywidget", "cryptography", "yaml", "papermill", "click"}
    assert heavy.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("theValue", "The value"),
        ("max_request-size", "Max request size"),
        ("HTTPPort", "Http port"),
        ("port2Use", "Port2 use"),
        ("_x", "X"),
        ("名前", "名前"),
    ],
)
def test_a_name_is_made_a_title(name, title):
    """Words end where case changes, at underscores and hyphens."""
    model = create_model("M", field=(int, Field(1, alias=name)))
    assert title == catalog_of(model).fields[0].title


@pytest.mark.parametrize(
    ("kind", "expected", "example"),
    [
        (dt.date, "a date such as 2026-01-31", "2026-01-31"),
        (AwareDatetime, "a date and time such as 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        (NaiveDatetime, "a date and time such as 2026-01-31T12:00:00", "2026-01-31T12:00:00"),
        (FutureDate, "a date in the future such as 2126-01-31", "2126-01-31"),
        (dt.timedelta, "a duration such as PT30S", "PT30S"),
        (IPvAnyNetwork, "a network such as 10.0.0.0/8", "10.0.0.0/8"),
        (UUID, "a UUID", ""),
        (str, "text", ""),
    ],
)
def test_a_form_of_text_that_is_not_plain_has_an_example_that_fits(
    kind: object, expected: str, example: str
) -> None:
    """What is said to be expected is taken when typed."""
    (field,) = catalog_of(create_model("Model", value=(kind, ...))).fields
    assert (expected, example) == (field.expected, field.example)
    if example:
        parse_field(field, example, field.path)


def test_a_field_is_looked_up_among_those_of_its_own_model() -> None:
    """However many models a process has seen, such as one for each run of a notebook's cell."""
    roots = [catalog_of(create_model("Model", level=(int, 1))).root for _ in range(20)]

    assert 20 == len({hash(root) for root in roots})
