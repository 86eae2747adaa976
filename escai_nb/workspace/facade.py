"""The other public classes of the earlier system, over the rooms that do their work now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from escai_nb import keypath
from escai_nb.errors import DocumentError
from escai_nb.origin import Origin, OriginKind
from escai_nb.secret import reveal
from escai_nb.sources.document import shared_refusals
from escai_nb.sources.environment import awaited
from escai_nb.sources.placing import Placing
from escai_nb.sources.recovery import position, recover
from escai_nb.spec import load_spec
from escai_nb.validation.facts import Surroundings
from escai_nb.validation.live.checking import LiveChecks
from escai_nb.validation.registry import with_installed
from escai_nb.validation.settling import without_suppressed
from escai_nb.validation.state_rules import parse_failed
from escai_nb.validation.suppression import of_comment, speaks_to_us
from escai_nb.validation.validator import validate
from escai_nb.workspace.assessment import assess_unparsed
from escai_nb.workspace.bootstrap import preset_values
from escai_nb.workspace.deploying import compose_files, kubernetes_files, preset_deployment
from escai_nb.workspace.given import taken
from escai_nb.workspace.layout import now
from escai_nb.workspace.loading.reading import json_like, without_block
from escai_nb.workspace.loading.surroundings import comments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from escai_nb.deploy.stack import Deployment
    from escai_nb.sources.document import Document
    from escai_nb.sources.recovery import Recovered
    from escai_nb.spec import ConfigSpec
    from escai_nb.validation.facts import Comment, Facts
    from escai_nb.validation.finding import Finding
    from escai_nb.validation.live.outcome import Outcome
    from escai_nb.validation.report import Report


class ConfigValidator:
    """
    Judges configurations that are at hand as mappings or files.

    Args:
        spec: Whose model and rules hold; those of ESCAI by default.
    """

    def __init__(self, spec: ConfigSpec | None = None) -> None:
        self.spec = spec or load_spec()

    def validate_config(self, config_data: Mapping[str, Any]) -> tuple[bool, list[Finding]]:
        """Return whether *config_data* has no error, and its errors; they read as strings."""
        report = self.generate_validation_report(config_data)
        return report.is_valid, list(report.at_least("error"))

    def validate_config_file(self, path: str | Path) -> tuple[bool, list[Finding]]:
        """
        Judge the file at *path*, with the place of each finding.

        Raises:
            FileUnavailableError: If there is no such file, or it may not be read.
        """
        report = self.report_file(path)
        return report.is_valid, list(report.at_least("error"))

    def report_file(
        self,
        path: str | Path,
        *,
        environment: str | None = None,
        suppressions: bool = True,
        live: bool | LiveChecks = False,
    ) -> Report:
        """
        Return the whole report of the file at *path*, be it broken or not.

        It is judged for *environment*, or for that which it names itself.
        Without *suppressions*, findings that a comment in it puts aside count, too.
        With *live*, the services that it names are asked whether they are there.

        Raises:
            FileUnavailableError: If there is no such file, or it may not be read.
            EnvironmentUnknownError: If the spec has no such environment.
        """
        source = Path(path)
        if environment is not None:
            self.spec.require_environment(environment)
        found = recover(source)
        if found.document is None:
            name = environment or self.spec.environments[0]
            return assess_unparsed(
                found.faults[0], environment=name, source=source, timestamp=now()
            )
        return self._report_of(
            source,
            found,
            found.document,
            environment=environment or self._environment(without_block(found.document.data)),
            asking=self._asking(live),
            suppressions=suppressions,
        )

    def _anchored(self, document: Document) -> Iterator[DocumentError]:
        """Yield why a secret of *document* that stands behind an anchor is not taken."""
        paths = self.spec.catalog.secret_paths(without_block(document.data))
        yield from shared_refusals(document, paths)

    def _report_of(
        self,
        source: Path,
        found: Recovered,
        document: Document,
        *,
        environment: str,
        asking: Callable[[Facts], tuple[Outcome, ...]] | None,
        suppressions: bool,
    ) -> Report:
        places = Placing(
            document, OriginKind.FILE, source.name, hidden=self.spec.catalog.is_sensitive
        )

        def comments(matters: Callable[[str], bool]) -> tuple[Comment, ...]:
            try:
                return tuple(comments_of(document, OriginKind.FILE, source.name, matters))
            except DocumentError:  # what is left of a broken file
                return ()

        data = without_block(document.data)
        report = self._report(
            data,
            environment,
            origin_of=places.of_value,
            key_origin_of=places.of_key,
            around=Surroundings(comments, live=asking),
            lost=found.lost,
            extra=[
                parse_failed(fault, origin=Origin(OriginKind.FILE, source.name, *position(fault)))
                for fault in (*found.faults, *self._anchored(document))
            ],
        )
        report = replace(report, source=str(source), verified=not found.faults)
        if not suppressions:
            return report
        said = (each for comment in comments(speaks_to_us) for each in of_comment(comment))
        tier = self.spec.tier(environment)
        return without_suppressed(
            report,
            said,
            rules=with_installed(self.spec.all_rules).rules,
            tier=tier,
            environments=self.spec.environments,
        )

    def generate_validation_report(
        self, config_data: Mapping[str, Any], *, live: bool | LiveChecks = False
    ) -> Report:
        """
        Return everything that is to be said of *config_data*.

        With *live*, the services that it names are asked whether they are there.
        """
        # a model object, say; what is no mapping is told as a finding
        data = reveal(taken(config_data, lambda _path, _value: False))
        around = Surroundings(live=self._asking(live))
        return self._report(data, self._environment(data), around=around)

    def _asking(
        self,
        live: bool | LiveChecks,  # noqa: FBT001
    ) -> Callable[[Facts], tuple[Outcome, ...]] | None:
        checks = LiveChecks.wished(live)
        return checks.asking(self.spec.live_targets) if checks is not None else None

    def _report(
        self,
        data: Mapping[str, Any],
        environment: str,
        extra: Sequence[Finding] = (),
        **known: Any,  # noqa: ANN401
    ) -> Report:
        judges, tier = with_installed(self.spec.all_rules), self.spec.tier(environment)
        elsewhere = filter(
            self.spec.catalog.is_sensitive, awaited(data, prefix=self.spec.env_prefix)
        )
        return validate(
            json_like(data),
            unreadable=frozenset(elsewhere),
            model=self.spec.model,
            rules=judges.rules,
            environment=environment,
            tier=tier,
            extra=(*judges.findings(tier), *extra),
            **known,
        )

    def _environment(self, data: Mapping[str, Any]) -> str:
        """Return the environment that *data* says it is for, else the first one."""
        field = self.spec.environment_field
        path = keypath.parse(field) if field is not None else ()
        said = keypath.get(data, path) if path and keypath.has(data, path) else None
        said = getattr(said, "value", said)
        return said if said in self.spec.environments else self.spec.environments[0]


class ConfigTemplates:
    """
    Writes out what a new environment begins with, and what it is deployed by.

    Args:
        spec: Whose presets are written; those of ESCAI by default.
    """

    def __init__(self, spec: ConfigSpec | None = None) -> None:
        self.spec = spec or load_spec()

    def generate_config_template(self, environment: str) -> dict[str, Any]:
        """
        Return the preset of *environment* with newly generated secrets, in clear.

        Raises:
            EnvironmentUnknownError: If the spec has no such environment.
        """
        name = self.spec.require_environment(getattr(environment, "value", environment))
        template: dict[str, Any] = reveal(preset_values(self.spec, name))
        return template

    def generate_docker_compose_template(self, environment: str) -> str:
        """
        Return a Compose file that runs the preset of *environment*; no secret is in it.

        Raises:
            EnvironmentUnknownError: If the spec has no such environment.
            UsageError: If the spec says nothing of deployment.
        """
        (text,) = compose_files(self._deployment(environment)).values()
        return text

    def generate_kubernetes_template(self, environment: str) -> dict[str, str]:
        """
        Return file name → manifest, which run the preset of *environment*; no secret is in them.

        Raises:
            EnvironmentUnknownError: If the spec has no such environment.
            UsageError: If the spec says nothing of deployment.
        """
        return kubernetes_files(self._deployment(environment))

    def _deployment(self, environment: str) -> Deployment:
        name = self.spec.require_environment(getattr(environment, "value", environment))
        return preset_deployment(self.spec, name)
