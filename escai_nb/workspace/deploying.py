"""Manifests of an environment, made of its configuration; no secret is in them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.deploy import compose as of_compose
from escai_nb.deploy import kubernetes as of_kubernetes
from escai_nb.deploy.stack import KEY, Planner
from escai_nb.errors import RefusedError, TargetExistsError, UsageError
from escai_nb.looking import is_there
from escai_nb.safefile import create_exclusive, write_atomic
from escai_nb.secret import MASK, Secret, conceal, reveal
from escai_nb.sources.environment import awaiting, file_variable, variable_name
from escai_nb.sources.variables import NAMEABLE
from escai_nb.sources.writing import render
from escai_nb.workspace.loading.reading import json_like, secret_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from escai_nb.deploy.stack import Deployment
    from escai_nb.spec import ConfigSpec
    from escai_nb.workspace.loading.reading import Reading

BESIDE = "./config"
"""Where the workspace lies, as seen from the files, if nothing is said."""


def preset_deployment(spec: ConfigSpec, environment: str) -> Deployment:
    """Return what *environment* is deployed as if it says what its preset does."""
    tree = spec.preset(environment)
    for path in spec.generated_for(environment):
        tree = keypath.replace(tree, keypath.parse(path), Secret(MASK))
    return _deployment(spec, environment, tree)


def deployment_of(reading: Reading) -> Deployment:
    """
    Return what the environment of *reading* is deployed as; its key is not needed.

    Raises:
        UsageError: If the spec says nothing of deployment.
        InvalidConfigurationError: If the configuration does not fit its model.
        EscaiError: If it may not be used for another reason than that its key is not here.
    """
    from escai_nb.workspace.assessment import assess, require_valid_model

    if not reading.is_only_locked:
        reading.require_usable()
    require_valid_model(assess(reading))
    tree = reading.merged.data
    for path in reading.unreadable:
        tree = keypath.replace(tree, path, Secret(MASK))
    return _deployment(reading.workspace.spec, reading.environment, tree)


def _deployment(spec: ConfigSpec, environment: str, data: dict[str, Any]) -> Deployment:
    stack = spec.deployment_stack
    if stack is None:
        message = f"spec {spec.name} says nothing of how it is deployed"
        raise UsageError(message, hint="give the ConfigSpec a stack (escai_nb.deploy.stack.Stack)")
    tree = json_like(conceal(data, spec.outline.is_sensitive))
    told = [path for path in secret_paths(tree) if keypath.get(tree, path).open() not in ("", None)]
    clear = tree
    for path in secret_paths(tree):
        given = awaiting(path, prefix=spec.env_prefix) if path in told else ""
        clear = keypath.replace(clear, path, given)

    def variable_of(path: keypath.Path) -> str:
        return variable_name(path, prefix=spec.env_prefix)

    def file_of(path: keypath.Path) -> str | None:
        """Name a variable that is read as one of a file; see `sources.environment`."""
        can = spec.outline.is_sensitive(path) and all(
            isinstance(step, str) and NAMEABLE.fullmatch(step) for step in path
        )
        return file_variable(path, prefix=spec.env_prefix) if can else None

    planner = Planner(stack, environment, tree, tuple(told), variable_of, file_of)
    return planner.deployment(render(reveal(clear)))


def compose_files(deployment: Deployment, *, config: str = BESIDE) -> dict[str, str]:
    """Return the name and text of a Compose file from which *config* is the workspace."""
    folder = of_compose.folder(deployment)
    names = [name for each in deployment.backends for name in each.secrets]
    lines = [
        f"{deployment.title}. The master key is {folder}/{KEY}, or what",
        "ESCAI_MASTER_KEY_FILE names.",
    ]
    if names:
        lines += [
            "Passwords are files, made once in the folder of this file:",
            f"  mkdir -p -m 0700 {folder}",
            *(_reveal(deployment, name, f"{folder}/{name}", config) for name in names),
            f"  chmod 0444 {' '.join(f'{folder}/{name}' for name in names)}",
        ]
    data = of_compose.compose(deployment, config=config)
    return {of_compose.file_name(deployment): _text(lines, data)}


def kubernetes_files(deployment: Deployment, *, config: str = BESIDE) -> dict[str, str]:
    """
    Return the name and text of each manifest, of what *config* is the workspace of.

    Raises:
        RefusedError: If a secret cannot be given as a file of its own.
    """
    for name in deployment.unnamed:
        message = f"{name} is a secret that no variable can give the file of"
        hint = "give it a key of its own, in lower case and outside of lists and addresses"
        raise RefusedError(message, path=name, hint=hint)
    secret, names = of_kubernetes.secret_name(deployment), deployment.given.values()
    lines = [
        "Apply 00-namespace.yaml, then make the Secret that no manifest holds, then the rest:",
        "  mkdir -m 0700 secrets",
        *(_reveal(deployment, name, f"secrets/{name}", config) for name in names),
        *(f"  cp {shlex.quote(path)} secrets/{name}" for name, path in deployment.files.items()),
        f"  kubectl create secret generic {secret} -n {deployment.title} --from-file=secrets/",
        "  rm -r secrets",
    ]
    found = of_kubernetes.manifests(deployment)
    return {
        name: _text(lines if name.startswith("00-") else [], data) for name, data in found.items()
    }


FILES = {"docker-compose": compose_files, "kubernetes": kubernetes_files}
"""What makes the files of each kind."""


def write_files(files: Mapping[str, str], folder: Path, *, force: bool) -> list[Path]:
    """
    Write *files* into *folder*, all or, where one is there already, none of them.

    With *force*, those that are there are replaced.

    Raises:
        TargetExistsError: If a file is there and *force* is off.
        WriteFailedError: If the disk refuses.
    """
    targets = {folder / name: text.encode() for name, text in files.items()}
    if not force:
        _require_free(targets)
    for target, content in targets.items():
        if force:
            write_atomic(target, content, mode=0o644)
            continue
        try:
            create_exclusive(target, content, mode=0o644)
        except FileExistsError:
            _require_free([target])
    return list(targets)


def _require_free(targets: Iterable[Path]) -> None:
    for target in targets:
        if is_there(target) or target.is_symlink():
            message = f"{target} is there already"
            raise TargetExistsError(message, hint="name another folder, or replace with --force")


def _reveal(deployment: Deployment, name: str, target: str, config: str) -> str:
    place = "" if config == BESIDE else f" -d {shlex.quote(config)}"
    call = f"escai config get{place} -e {deployment.environment} {name} --reveal --yes"
    return f"  {call} > {target}"


def _text(comments: list[str], data: Mapping[str, Any]) -> str:
    return "".join(f"# {line}\n" for line in comments) + render(data)
