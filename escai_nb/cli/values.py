"""``escai config show`` and ``get``: values in effect, secrets masked."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import click

from escai_nb import keypath
from escai_nb.cli.command import command
from escai_nb.cli.completing import key_paths
from escai_nb.cli.opening import open_reader
from escai_nb.cli.outcome import tell_unverified
from escai_nb.cli.terminal import draw, emit, note, require_reveal, say, say_value
from escai_nb.errors import UsageError
from escai_nb.secret import reveal as opened

if TYPE_CHECKING:
    from escai_nb.cli.command import Call
    from escai_nb.keypath import Path
    from escai_nb.workspace.reader import ConfigReader

instead = click.option(
    "-c",
    "--config-file",
    type=click.Path(path_type=FilePath, dir_okay=False),
    help="Read this file in place of the environment's own.",
)
revealing = click.option("--reveal", is_flag=True, help="Show secrets, on a terminal.")
agreeing = click.option(
    "-y", "--yes", is_flag=True, help="With --reveal: also into a pipe or file."
)


@command(
    "show",
    example="escai config show -e staging\nescai config show -k database --format table",
    formats=("yaml", "json", "table", "env"),
)
@click.option(
    "-k", "--key", metavar="PATH", shell_complete=key_paths, help="Only what lies at this key path."
)
@click.option("--why-secret", is_flag=True, help="List what is secret, and why.")
@instead
@revealing
@agreeing
def show(  # the options of a command, each named
    call: Call,
    *,
    key: str | None,
    why_secret: bool,
    config_file: FilePath | None,
    reveal: bool,
    yes: bool,
) -> None:
    """
    Print the configuration in effect, all layers merged, secrets masked.

    The table also tells where each value comes from; env prints variables that
    would set the same values. With --why-secret, it is listed what makes each
    secret one: the model, its name, or the shape of its value.
    """
    require_reveal(reveal=reveal, yes=yes)
    reader = open_reader(call, config_file)
    at = keypath.parse(key) if key else ()
    if why_secret:
        _show_reasons(call, reader, at)
        return
    if call.format == "table":
        _require_known(reader, at)
        _require_open(call, reader, at)
        _audit(reader, at, "show", reveal=reveal)
        draw(call, reader.values(key or "", reveal=reveal).to_sheet())
        return
    data = _value(call, reader, at, reveal=reveal)
    _audit(reader, at, "show", reveal=reveal)
    if call.format == "json":
        emit(data)
    elif call.format == "env":
        _print_variables(reader, at, data)
    else:
        _print_yaml(data)


@command("get", example="escai config get api.port\nescai config get database --format json")
@click.argument("path", shell_complete=key_paths)
@instead
@revealing
@agreeing
def get(call: Call, *, path: str, config_file: FilePath | None, reveal: bool, yes: bool) -> None:
    """
    Print the value in effect at PATH: a string as it is, all else as JSON.

    A secret is masked unless it is to be revealed.
    """
    require_reveal(reveal=reveal, yes=yes)
    reader = open_reader(call, config_file)
    at = keypath.parse(path)
    value = _value(call, reader, at, reveal=reveal)
    _audit(reader, at, "get", reveal=reveal)
    if not reveal and value is not None and reader.is_secret(path):
        note(call, f"{path} is a secret; --reveal shows it")
    if call.is_json:
        emit(value)
    else:
        say_value(value)


def _show_reasons(call: Call, reader: ConfigReader, at: Path) -> None:
    from escai_nb.workspace.loading.reasons import Reasons

    _require_known(reader, at)
    reasons = Reasons.of(reader.reading, at)
    if call.is_json:
        emit(reasons.to_data())
    else:
        draw(call, reasons.to_sheet())
    tell_unverified(call, reader.reading)


def _audit(reader: ConfigReader, at: Path, how: str, *, reveal: bool) -> None:
    """Write down what is about to be revealed."""
    if reveal:
        from escai_nb.workspace.access.auditing import record_reveal

        record_reveal(reader.reading, how, at)


def _require_known(reader: ConfigReader, at: Path) -> None:
    if at:
        reader.spec.outline.require(at)


def _require_open(call: Call, reader: ConfigReader, at: Path) -> None:
    """
    Let pass what may be shown; what is not sealed needs no key, which is told.

    Raises:
        EscaiError: If the configuration may not be used, or no key is here and
            something at *at* is sealed.
    """
    reader.reading.require_readable(at)
    tell_unverified(call, reader.reading)


def _value(call: Call, reader: ConfigReader, at: Path, *, reveal: bool) -> Any:  # noqa: ANN401
    """
    Return what lies at *at*, secrets masked unless revealed.

    Raises:
        UsageError: If nothing does.
    """
    _require_known(reader, at)
    _require_open(call, reader, at)
    data = opened(reader.copy.values()) if reveal else reader.masked()
    if not keypath.has(data, at):
        name = keypath.render(at)
        message = f"nothing at {name}"
        raise UsageError(message, path=name, hint="see what is there: escai config show")
    return keypath.get(data, at)


def _print_yaml(data: Any) -> None:  # noqa: ANN401
    from escai_nb.sources.document import render

    if isinstance(data, dict):
        say(render(data, "yaml").rstrip("\n"))
    else:
        say_value(data)


def _print_variables(reader: ConfigReader, at: Path, data: Any) -> None:  # noqa: ANN401
    import shlex

    from escai_nb.sources.variables import variables

    whole = keypath.replace({}, at, data) if at else data
    for _, name, text in variables(reader.spec.catalog, whole, prefix=reader.spec.env_prefix):
        say(f"{name}={shlex.quote(text.open())}")
