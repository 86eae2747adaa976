"""Laws of layers: what is said of a value's origin is where it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from escai_nb import keypath
from escai_nb.sources.document import render
from escai_nb.sources.edit import same
from escai_nb.spec import ConfigSpec
from escai_nb.widgets.form_source import ManagerSource
from escai_nb.workspace.manager import ConfigManager


class Limits(BaseModel):
    """A section inside a section."""

    size: int = 10
    ratio: float | None = None


class Server(BaseModel):
    """A section."""

    port: int = 8000
    hosts: list[str] = Field(default_factory=lambda: ["localhost"])
    limits: Limits = Limits()


class Service(BaseModel):
    """Every kind of value that layers can say."""

    name: str = "service"
    server: Server = Server(limits=Limits(size=20))
    labels: dict[str, int] = Field(default_factory=lambda: {"a": 1})
    settings: dict[str, Any] = Field(default_factory=dict)


SPEC = ConfigSpec(name="layered", model=Service, environments=("dev",), env_prefix="LAY")

keys = st.sampled_from(["a", "b", "c"])
free = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["x", "1", ""]),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(keys, below, max_size=2),
    max_leaves=4,
)
limits = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(),
        "ratio": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    },
)
servers = st.fixed_dictionaries(
    {},
    optional={
        "port": st.integers(),
        "hosts": st.lists(st.sampled_from(["h1", "h2"]), max_size=2),
        "limits": limits,
    },
)
layers = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["one", "two", "null", "1"]),
        "server": servers,
        "labels": st.dictionaries(keys, st.integers(), max_size=2),
        "settings": st.dictionaries(keys, free, max_size=2),
    },
)
cuts = st.integers(0, 3)


def variables(tree, depth, at=()):
    """Write *tree* as variables, mappings below *depth* as JSON."""
    if at and (not isinstance(tree, dict) or not tree or len(at) > depth):
        text = tree if isinstance(tree, str) else json.dumps(tree)
        yield "LAY_" + "__".join(at).upper(), text
        return
    for key, value in tree.items():
        yield from variables(value, depth, (*at, key))


def quoted(text):
    """Write *text* as the value of a dotenv line."""
    return "'" + text + "'" if "'" not in text else json.dumps(text, ensure_ascii=False)


def workspace_of(folder, shared, own, dotenv, environ):
    """Write the layers into *folder*, and open them."""
    (folder / "config.yaml").write_text(render(shared))
    (folder / "config.dev.yaml").write_text(render(own))
    (folder / ".env").write_text("".join(f"{k}={quoted(v)}\n" for k, v in dotenv.items()))
    return ConfigManager(folder, "dev", spec=SPEC, environ=environ, enable_hot_reload=False)


@given(layers, layers, layers, layers, cuts, cuts)
def test_explain_tells_the_truth(shared, own, beside, around, cut, other_cut):
    """At each leaf one layer wins: its value is the one loaded, and none above it speaks."""
    dotenv = dict(variables(beside, cut))
    environ = dict(variables(around, other_cut))
    note(f"{shared}\n{own}\n{dotenv}\n{environ}")
    with TemporaryDirectory() as folder:
        manager = workspace_of(Path(folder), shared, own, dotenv, environ)
        model = manager.load_config().model_dump(mode="json")
        values, origins = manager.values(), manager.origins()
        form = ManagerSource(manager).start()
        leaves = list(keypath.leaves(manager.copy.values()))
        for path, value in leaves:
            name = keypath.render(path)
            told = manager.explain(name)
            (winner,) = [step for step in told.steps if step.won]
            note(f"{name}: {told.steps}")
            assert same(winner.value, value)
            assert winner == told.steps[-1]
            assert winner.origin == origins[name] == form.origins[name]
            assert told.value == value == manager.get_config_value(name)
            assert same(jsonable(value), keypath.get(model, path))
            assert str(winner.origin).startswith(expected(path, shared, own, dotenv, environ))
        assert len(values.rows) == len(leaves)


def jsonable(value):
    """Return *value* as JSON has it."""
    return json.loads(json.dumps(value))


def expected(path, shared, own, dotenv, environ):
    """Work out how the origin at *path* begins: by the highest layer that says it."""
    for set_there, place in ((environ, "env {name}"), (dotenv, ".env:{line}")):
        for line, (name, text) in enumerate(set_there.items(), 1):
            at = tuple(name.lower().split("__"))
            at = (at[0].removeprefix("lay_"), *at[1:])
            if path[: len(at)] == at and (path == at or has(text, path[len(at) :])):
                return place.format(name=name, line=line)
    for tree, place in ((own, "config.dev.yaml:"), (shared, "config.yaml:")):
        if keypath.has(tree, path):
            return place
    return "default"


def has(text, path):
    """Tell whether the JSON *text* has *path*."""
    return keypath.has(json.loads(text), path)


class Endpoint(BaseModel):
    """A section that cannot be made of nothing."""

    port: int
    host: str = "localhost"


class Gateway(BaseModel):
    """A model whose default object says more than its class."""

    inner: Endpoint = Endpoint(port=1, host="inner")
    outer: Endpoint | None = None


def test_a_section_in_part_is_filled_from_the_default_object(tmp_path):
    """What is shown as default holds; an optional section has the defaults of its class."""
    spec = ConfigSpec(name="gateway", model=Gateway, environments=("dev",))
    (tmp_path / "config.dev.yaml").write_text("inner:\n  host: mine\nouter:\n  port: 2\n")
    manager = ConfigManager(tmp_path, "dev", spec=spec, environ={}, enable_hot_reload=False)
    assert manager.load_config() == Gateway(
        inner=Endpoint(port=1, host="mine"), outer=Endpoint(port=2)
    )
    assert {name: str(origin) for name, origin in manager.origins().items()} == {
        "inner.port": "default",
        "inner.host": "config.dev.yaml:2:9",
        "outer.port": "config.dev.yaml:4:9",
        "outer.host": "default",
    }
    assert manager.report().findings == ()


class Disk(BaseModel):
    """An alternative."""

    kind: Literal["disk"] = "disk"
    size: int = 1
    folder: str = "/data"


class Bucket(BaseModel):
    """Another one, in which a name has another type."""

    kind: Literal["bucket"] = "bucket"
    size: str = "small"
    region: str = "eu"


Kept = Annotated[Disk | Bucket, Field(discriminator="kind")]


class Keeping(BaseModel):
    """What is chosen, by default and by name."""

    store: Kept = Field(default_factory=lambda: Disk(size=7, folder="/srv"))
    others: dict[str, Kept] = {}


@pytest.mark.parametrize(
    ("file", "environ", "expected"),
    [
        ("{}", {"K_STORE__SIZE": "4"}, {"kind": "disk", "size": 4, "folder": "/srv"}),
        ("store: {size: 4}", {}, {"kind": "disk", "size": 4, "folder": "/srv"}),
        (
            "store: {kind: bucket}",
            {"K_STORE__SIZE": "4"},
            {"kind": "bucket", "size": "4", "region": "eu"},
        ),
        (
            "{}",
            {"K_STORE__KIND": "bucket", "K_STORE__SIZE": "4"},
            {"kind": "bucket", "size": "4", "region": "eu"},
        ),
        (
            "{}",
            {"K_STORE": '{"kind": "bucket"}', "K_STORE__SIZE": "4"},
            {"kind": "bucket", "size": "4", "region": "eu"},
        ),
        (
            "store: [no mapping]",
            {"K_STORE__KIND": "bucket", "K_STORE__SIZE": "4"},
            {"kind": "bucket", "size": "4", "region": "eu"},
        ),
    ],
)
def test_a_variable_reaches_into_what_a_lower_layer_chose(tmp_path, file, environ, expected):
    """It is typed by the alternative that the default, the file or another variable names."""
    (tmp_path / "config.dev.yaml").write_text(f"{file}\n")
    spec = ConfigSpec("keeping", Keeping, environments=("dev",), env_prefix="K")
    manager = ConfigManager(tmp_path, "dev", spec=spec, environ=environ, enable_hot_reload=False)
    assert expected == manager.load_config().model_dump()["store"]
    assert [] == [each for each in manager.report().findings if each.code == "ESC903"]


@pytest.mark.parametrize("one", ["K_STORE__KIND=bucket", "K_STORE__SIZE=4"])
def test_a_dotenv_file_and_a_variable_choose_for_each_other(tmp_path, one):
    """Whichever of them names the alternative."""
    (other,) = {"K_STORE__KIND=bucket", "K_STORE__SIZE=4"} - {one}
    (tmp_path / "config.dev.yaml").write_text("{}\n")
    (tmp_path / ".env").write_text(f"{one}\n")
    spec = ConfigSpec("keeping", Keeping, environments=("dev",), env_prefix="K")
    environ = dict([other.split("=")])
    manager = ConfigManager(tmp_path, "dev", spec=spec, environ=environ, enable_hot_reload=False)
    assert Bucket(size="4") == manager.load_config().store
    assert [] == [each for each in manager.report().findings if each.code == "ESC903"]


def test_a_variable_for_what_was_not_chosen_has_no_effect(tmp_path):
    """And it is said, also inside a free mapping."""
    (tmp_path / "config.dev.yaml").write_text("others: {a: {kind: bucket}}\n")
    spec = ConfigSpec("keeping", Keeping, environments=("dev",), env_prefix="K")
    environ = {"K_STORE__REGION": "us", "K_OTHERS__A__FOLDER": "/a", "K_OTHERS__A__SIZE": "3"}
    manager = ConfigManager(tmp_path, "dev", spec=spec, environ=environ, enable_hot_reload=False)
    config = manager.load_config().model_dump()
    assert {"kind": "disk", "size": 7, "folder": "/srv"} == config["store"]
    assert {"kind": "bucket", "size": "3", "region": "eu"} == config["others"]["a"]
    unknown = [each for each in manager.report().findings if each.code == "ESC903"]
    assert ["K_OTHERS__A__FOLDER", "K_STORE__REGION"] == sorted(e.origin.source for e in unknown)
