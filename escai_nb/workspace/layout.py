"""Where the files of a workspace lie, and what it demands of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb.errors import FileUnavailableError, SpecError
from escai_nb.locking import exclusive
from escai_nb.looking import is_there
from escai_nb.origin import Origin, OriginKind
from escai_nb.safefile import read_bytes, storable, write_atomic
from escai_nb.sources.document import parse
from escai_nb.sources.refusal import LIMITS
from escai_nb.spec import load_spec
from escai_nb.validation.policy import Policy
from escai_nb.validation.policy import parse as parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from escai_nb.keypath import Path as KeyPath
    from escai_nb.spec import ConfigSpec

SUFFIXES = (".yaml", ".yml", ".json")
"""What a configuration file may end in; the first is written by default."""
SHARED = "shared"
"""The stream of history that the shared file is recorded in."""
READABLE = 0o644
"""Mode of new files that hold no clear secret and are meant for git."""

_IGNORED = """\
# History, runs and locks stay on this machine; keyrings hold wrapped keys only.
*
!.gitignore
!policy.yaml
!keyring.*.json
"""


def now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Workspace:
    """
    A folder of configuration files with its state folder ``.escai``.

    Attributes:
        root: The folder.

        spec: What is known of the application that it configures.

        environ: Environment variables, which may override values and say where
            keys lie.

        author: Who is named in versions that are made here.

        clock: Tells the time, with a time zone.

        env_file: The dotenv file to read, in place of those beside the
            configuration; ``ESCAI_ENV_FILE`` if it is not given.

        store: The database of versions, in place of the one in the state
            folder; ``ESCAI_HISTORY_FILE`` if it is not given.

        overrides: Values that lie over all others, each secret inside a `Secret`;
            never saved.
    """

    root: Path
    spec: ConfigSpec
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    author: str = ""
    clock: Callable[[], datetime] = now
    env_file: Path | None = None
    store: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def at(
        cls,
        root: str | Path,
        spec: ConfigSpec | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        author: str | None = None,
        clock: Callable[[], datetime] = now,
        env_file: str | Path | None = None,
        store: str | Path | None = None,
    ) -> Workspace:
        """
        Return the workspace at *root*, which need not exist yet.

        The spec is by default ``ESCAI_SPEC`` or the one that the workspace was made
        for, *environ* that of the process, the author ``ESCAI_AUTHOR`` or the login name.

        Raises:
            SpecError: If the workspace was made for another spec than *spec*.
            NewerFormatError: If it was made by a newer version of this package.
        """
        folder = Path(root)
        around = os.environ if environ is None else environ
        policy = _read_policy(folder)
        if spec is None:
            spec = load_spec(around.get("ESCAI_SPEC") or (policy.spec if policy else None))
        if policy is not None and policy.spec != spec.name:
            message = f"{folder} was made for the spec {policy.spec!r}, not for {spec.name!r}"
            raise SpecError(
                message, hint=f"name it with --spec, as in --spec module:{policy.spec.upper()}"
            )
        who = storable(author or around.get("ESCAI_AUTHOR") or _login_name())
        return cls(
            folder,
            spec,
            around,
            who,
            clock,
            env_file=Path(env_file) if env_file else None,
            store=Path(store) if store else None,
        )

    @property
    def state(self) -> Path:
        """Folder of everything that is not configuration itself."""
        return self.root / ".escai"

    @property
    def policy_file(self) -> Path:
        """What the workspace demands; committed to git."""
        return self.state / "policy.yaml"

    @property
    def history_file(self) -> Path:
        """The database of versions of this workspace; it stays on a disk of this machine."""
        named = self.environ.get("ESCAI_HISTORY_FILE")
        return self.store or (Path(named) if named else self.state / "history.db")

    @property
    def runs(self) -> Path:
        """Folder of the evidence of runbooks."""
        return self.state / "runs"

    @property
    def shared_file(self) -> Path:
        """The file under every environment's own; need not exist."""
        return self._existing("config")

    def file(self, environment: str) -> Path:
        """Return the file of *environment*; need not exist."""
        return self._existing(f"config.{environment}")

    def has_file(self, environment: str) -> bool:
        """Tell whether *environment* has a file here; see `safefile.is_there`."""
        return is_there(self.file(environment))

    def keyring_file(self, environment: str) -> Path:
        """Return the wrapped keys of *environment*; committed to git."""
        return self.state / f"keyring.{environment}.json"

    def environments_present(self) -> tuple[str, ...]:
        """List the environments that have a file here, in promotion order."""
        return tuple(name for name in self.spec.environments if self.has_file(name))

    def _has(self, name: str) -> bool:
        return os.access(f"{self.root}/{name}", os.F_OK)  # many are asked for, and few are there

    def _existing(self, stem: str) -> Path:
        names = [f"{stem}{suffix}" for suffix in SUFFIXES]
        return self.root / next((name for name in names if self._has(name)), names[0])

    def _candidates(self, stem: str) -> tuple[Path, ...]:
        return tuple(self.root / f"{stem}{suffix}" for suffix in SUFFIXES)

    def sources(self, environment: str) -> tuple[Path, ...]:
        """List every file here that may decide what *environment* says; need not exist."""
        return (
            *self._candidates(f"config.{environment}"),
            *self._candidates("config"),
            self.keyring_file(environment),
            self.policy_file,
            *self._named_dotenv(environment),
        )

    def dotenv_files(self, environment: str) -> tuple[Path, ...]:
        """
        List the dotenv files of *environment*, the strongest last.

        The one that was named must be there; else these are ``.env`` and
        ``.env.<environment>`` beside the configuration, where they are.
        """
        if self._env_file is not None:
            return self._named_dotenv(environment)
        return tuple(
            self.root / name
            for name in _dotenv_names(environment)
            if is_there(f"{self.root}/{name}")
        )

    def takes_dotenv(self, environment: str) -> bool:
        """
        Tell whether dotenv files may set values of *environment*.

        One that lies there unnamed may not where the seal covers everything: who
        can write to the folder has no key, and could change any value.
        """
        if self._env_file is not None:
            return True
        policy = self.policy()
        return policy is None or policy.scopes.get(environment, "strict") != "strict"

    @property
    def _env_file(self) -> Path | None:
        named = self.environ.get("ESCAI_ENV_FILE")
        return self.env_file or (Path(named) if named else None)

    def _named_dotenv(self, environment: str) -> tuple[Path, ...]:
        if self._env_file is not None:
            return (self._env_file,)
        return tuple(self.root / name for name in _dotenv_names(environment))

    def require_file(self, environment: str) -> Path:
        """
        Return the file of *environment*.

        Raises:
            FileUnavailableError: If there is none.
        """
        path = self.file(environment)
        if not is_there(path):
            others = ", ".join(self.environments_present())
            import shlex

            options = f"-d {shlex.quote(str(self.root))} -e {environment}"
            back = f"escai config rollback HEAD {options} brings back what the last version said"
            message = f"{self.root} has no configuration for {environment}"
            raise FileUnavailableError(
                message,
                code="file-missing",
                where=str(path),
                hint=(f"{back}, or: " if self._is_known(environment) else "")
                + f"escai config init {options}"
                + (f" (there is one for {others})" if others else ""),
            )
        return path

    def _is_known(self, environment: str) -> bool:
        from escai_nb.history.reading import HistoryReader  # where a file is missing

        return HistoryReader(self.history_file).head(environment) is not None

    def policy(self) -> Policy | None:
        """Return what the workspace demands, or nothing where it was never set up."""
        return _read_policy(self.root)

    def set_up(self, name: str = "") -> Policy:
        """
        Make the state folder with its policy where there is none; return the policy.

        A new workspace is called *name*, by which keyrings know it, or anew.
        """
        policy = self.policy()
        if policy is None:
            import secrets

            policy = Policy(
                workspace=name or secrets.token_hex(16),
                spec=self.spec.name,
                scopes={
                    name: "strict" if name in self.spec.strict_environments else "secrets"
                    for name in self.spec.environments
                },
            )
            from escai_nb.sources.writing import render

            text = (
                "# What this workspace demands of its environments. Committed to git; a strict\n"
                "# environment vouches for it, so that a change here is accepted on purpose:\n"
                "# escai config accept\n"
            ) + render(policy.to_data(), "yaml")
            write_atomic(self.policy_file, text.encode(), mode=READABLE)
        if not is_there(ignore := self.state / ".gitignore"):
            write_atomic(ignore, _IGNORED.encode(), mode=READABLE)
        return policy

    def writing(self) -> AbstractContextManager[bool]:
        """
        Hold the one lock that every writer of this workspace takes, and no more.

        Writers take it by `recovery.writing`, which finishes what others left.
        """
        since = self.clock()
        holder = f"{self.author}, process {os.getpid()}, since {since:%Y-%m-%d %H:%M:%S %Z}"
        return exclusive(self.state / "lock", holder=holder)


def _login_name() -> str:
    """Return what `getpass.getuser` does; who has no name is told by number."""
    named = (os.environ.get(name) for name in ("LOGNAME", "USER", "LNAME", "USERNAME"))
    return next(filter(None, named), "") or _name_of(os.getuid())


@cache  # a manager is made more often than people are renamed
def _name_of(uid: int) -> str:
    import pwd  # mostly somebody is named

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # as in a container that runs as any number
        return f"uid {uid}"


def _dotenv_names(environment: str) -> tuple[str, str]:
    return ".env", f".env.{environment}"


def _read_policy(root: Path) -> Policy | None:
    if not is_there(f"{root}/.escai/policy.yaml"):
        return None
    path = root / ".escai" / "policy.yaml"
    return _policy(read_bytes(path, limit=LIMITS.size), path)


@lru_cache(maxsize=8)  # each opening asks several times, and the next one finds the same file
def _policy(content: bytes, path: Path) -> Policy:
    document = parse(content, source=str(path))

    def origin_of(at: KeyPath) -> Origin:
        mark = document.mark_of(at)
        return Origin(OriginKind.FILE, f".escai/{path.name}", mark.line, mark.column)

    return parse_policy(document.data, where=str(path), origin_of=origin_of)
