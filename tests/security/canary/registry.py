"""The surfaces of the program, and how what they say is collected."""

from __future__ import annotations

import io
import json
import logging
import pickle
import traceback
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.errors import EscaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canary.planting import Planted

SURFACES: dict[str, Callable[[Planted, Collector], object]] = {}
"""Name of a surface → what exercises it on a planted workspace."""

FORMS = ("to_data", "to_sheet", "to_frame", "to_html", "model_dump_json", "get_state")
"""Methods by which values of this program, of pydantic and of widgets tell of themselves."""
ERROR_FORMS = ("errors", "json")
"""Methods by which errors do."""

_TESTS = str(Path(__file__).parent.parent)


def surface(*names: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Enter the function below under each of *names*."""

    def enter(function: Callable[..., object]) -> Callable[..., object]:
        for name in names:
            assert name not in SURFACES, name
            SURFACES[name] = function
        return function

    return enter


class Collector:
    """
    Everything that a surface has said.

    Attributes:
        outputs: What was said, by where.

        surprises: Errors that are not the program's own.
    """

    def __init__(self) -> None:
        self.outputs: dict[str, bytes] = {}
        self.surprises: list[str] = []
        self._log = io.StringIO()

    def add(self, where: str, said: object) -> None:
        """Keep *said* under a name of its own."""
        content = said if isinstance(said, bytes) else str(said).encode(errors="replace")
        self.outputs[f"{len(self.outputs)} {where}"] = content

    def value(self, where: str, value: object) -> object:
        """Keep all that *value* tells of itself; return it."""
        self.add(f"str of {where}", value)
        self.add(f"repr of {where}", repr(value))
        for form in FORMS:
            if callable(tell := getattr(value, form, None)):
                said = tell()
                self.add(f"{form} of {where}", said.to_string() if form == "to_frame" else said)
        if callable(bundle := getattr(value, "_repr_mimebundle_", None)):
            self.add(f"bundle of {where}", json.dumps(bundle(), default=str))
        if isinstance(value, list | tuple):
            for item in value:
                self.value(f"item of {where}", item)
        try:
            self.add(f"pickle of {where}", pickle.dumps(value))
        except Exception as error:  # noqa: BLE001  # whatever refuses to be pickled
            self.add(f"refusal to pickle {where}", error)
        return value

    def call(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call *function* and keep what it prints, logs, returns or raises."""
        with self._listening():
            try:
                value = function(*args, **options)
            except (Exception, SystemExit) as error:  # noqa: BLE001  # every error is an output
                self.error(function.__qualname__, error)
                if not isinstance(error, EscaiError | SystemExit):
                    self.surprises.append(f"{function.__qualname__}: {type(error).__name__}")
                return None
        self.value(function.__qualname__, value)
        return value

    def quietly(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call *function*, whose return value may be a secret, and keep all else."""
        with self._listening():
            return function(*args, **options)

    def error(self, where: str, error: BaseException) -> None:
        """Keep what *error*, its causes and its frames tell."""
        seen: list[BaseException] = []
        chain: list[BaseException | None] = [error]
        while chain:
            each = chain.pop()
            if each is None or each in seen:
                continue
            seen.append(each)
            chain += [each.__cause__, each.__context__]
            self.add(f"{type(each).__name__} from {where}", f"{each}\n{each!r}\n{each.args!r}")
            for form in ERROR_FORMS:
                if callable(tell := getattr(each, form, None)):
                    self.add(f"{form} of {type(each).__name__} from {where}", tell())
            self.add(f"attributes of {type(each).__name__}", vars(each))
            self._frames(where, each)
        self.add(f"traceback from {where}", "".join(traceback.format_exception(error)))

    def _frames(self, where: str, error: BaseException) -> None:
        """Keep the local variables of the program's frames; those of the tests hold canaries."""
        for frame, _ in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
            if not code.co_filename.startswith(_TESTS):
                for name, value in frame.f_locals.items():
                    self.add(f"local {name} of {code.co_qualname} under {where}", _shown(value))

    def files(self, base: Path, *, without: tuple[Path, ...] = ()) -> None:
        """Keep the name and content of every file below *base*."""
        for path in sorted(base.rglob("*")):
            if path.is_file() and path not in without:
                self.add(f"file {path.relative_to(base)}", path.read_bytes())

    @contextmanager
    def _listening(self) -> Iterator[None]:
        out, err = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(self._log)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)
            self.add("stdout", out.getvalue())
            self.add("stderr", err.getvalue())
            self.add("log", self._log.getvalue())


def _shown(value: object) -> str:
    """Return the repr of *value*, or what stands against it: it may be half built."""
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001  # as in a traceback with local variables
        return f"{error!r}"
