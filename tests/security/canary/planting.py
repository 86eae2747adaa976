"""A workspace whose every sensitive leaf holds a canary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from canary.search import canary, middle
from escai_nb import keypath
from escai_nb.sources.document import render
from escai_nb.spec import ConfigSpec, load_spec
from escai_nb.workspace.bootstrap import initialise
from escai_nb.workspace.layout import Workspace

if TYPE_CHECKING:
    from pathlib import Path

FREE = {
    "custom_settings.billing.api_key": "{canary}",
    "custom_settings.queue": "amqp://user:{middle}@queue.example.org/main",
}
"""Where the model takes any names and values: a secret by its name, one by its shape."""


@dataclass(frozen=True)
class Planted:
    """
    What surfaces are exercised on.

    Attributes:
        base: Folder of everything that is written; the workspace is ``config`` in it.

        names: Key paths that hold a canary.
    """

    base: Path
    spec: ConfigSpec
    names: tuple[str, ...]

    @property
    def root(self) -> Path:
        """The workspace."""
        return self.base / "config"

    @property
    def workspace(self) -> Workspace:
        """The workspace as the program sees it."""
        return Workspace.at(self.root, self.spec)


NOWHERE = {
    **{f"{name}_host": "127.0.0.1" for name in ("postgres", "mongodb", "redis", "influxdb")},
    "postgres_port": 1,
    "mongodb_port": 2,
    "redis_port": 3,
    "influxdb_port": 4,
    "neo4j_uri": "bolt://127.0.0.1:5",
}
"""Ports on which nothing listens, so that live checks ask nobody's servers."""


def sensitive_leaves(spec: ConfigSpec) -> tuple[str, ...]:
    """List the key paths of every leaf that the model declares a secret."""
    return tuple(keypath.render(field.path) for field in spec.catalog.fields if field.sensitive)


def values(spec: ConfigSpec, environment: str = "development") -> dict[str, Any]:
    """Return a canary for every sensitive leaf, as nested data; free ones where rules let them."""
    tree: dict[str, Any] = {}
    for name in sensitive_leaves(spec):
        tree = keypath.replace(tree, keypath.parse(name), canary(name))
    for name, form in FREE.items() if environment == "development" else ():
        tree = keypath.replace(tree, keypath.parse(name), form.format(**_parts(name)))
    return tree | {"database": tree["database"] | NOWHERE}


def _parts(name: str) -> dict[str, str]:
    return {"canary": canary(name), "middle": middle(name)}


def plant(base: Path) -> Planted:
    """Make a workspace of three environments below *base*; each leaf of each has its canary."""
    spec = load_spec()
    planted = Planted(base, spec, (*sensitive_leaves(spec), *FREE))
    for environment in ("development", "staging", "production"):
        initialise(planted.workspace, environment, values=values(spec, environment))
    return planted


def write_clear(planted: Planted, path: Path, *, listed: bool = False) -> Path:
    """Write all canaries in clear to *path*; *listed*, where no list belongs."""
    tree = values(planted.spec)
    if listed:
        for name in sensitive_leaves(planted.spec):
            tree = keypath.replace(tree, keypath.parse(name), [canary(name)])
    path.write_text(render(tree, "yaml"), encoding="utf-8")
    return path
