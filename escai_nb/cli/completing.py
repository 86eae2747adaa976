"""What a shell is offered while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from escai_nb.spec import ConfigSpec


def environments(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """List the environments that begin like this."""
    spec = _spec(context)
    return [name for name in spec.environments if name.startswith(begun)] if spec else []


def key_paths(context: click.Context, _: click.Parameter, begun: str) -> list[str | CompletionItem]:
    """List the sections and fields that begin like this."""
    from escai_nb.keypath import render

    spec = _spec(context)
    if spec is None:
        return []
    names = [render(field.path) for field in (*spec.catalog.sections, *spec.catalog.fields)]
    return [name for name in names if name and name.startswith(begun)]


def _spec(context: click.Context) -> ConfigSpec | None:
    """Return the spec that the call means; nothing where it cannot be told, as nobody reads why."""
    from pathlib import Path

    from escai_nb.errors import EscaiError
    from escai_nb.spec import load_spec
    from escai_nb.workspace.layout import Workspace

    try:
        named = context.params.get("spec")
        folder = context.params.get("config_dir") or Path("config")
        return Workspace.at(folder, load_spec(named) if named else None).spec
    except EscaiError:
        return None
