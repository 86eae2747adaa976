"""Environment rules, ESC501–ESC514: what belongs into which environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escai_nb.escai.rules.services import DATABASES, database_hosts, is_local
from escai_nb.validation.rule import Facts, Problem, Tier, replace_with, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG_LEVEL = "log_level"
WORKERS = "api.workers"
RELOAD = "api.reload"
SAMPLING = "monitoring.sampling_rate"
_OF_ENVIRONMENT = {
    **dict.fromkeys(("dev", "devel", "development"), Tier.DEVELOPMENT),
    **dict.fromkeys(("test", "testing"), Tier.TESTING),
    **dict.fromkeys(("stage", "staging", "stg", "preprod"), Tier.STAGING),
    **dict.fromkeys(("prod", "production", "prd"), Tier.PRODUCTION),
}
"""Words in names of hosts and databases → the environment that they speak of."""
UNRESOLVED = ("example", "invalid", "local", "test")
"""Last labels that no public server of names answers for (localhost is ESC509's)."""
INSIDE_CLUSTERS = ".cluster.local"
DEVELOPERS_HOST = frozenset(
    {
        "gateway.docker.internal",
        "host.containers.internal",
        "host.docker.internal",
        "host.minikube.internal",
        "kubernetes.docker.internal",
    }
)
"""Names by which containers on a developer's machine call that machine."""


def _foreign_word(name: str, tier: Tier) -> str:
    """Return the word of *name* that speaks of another environment, or an empty string."""
    words = re.split(r"[^a-z]+", name.lower())
    named = [word for word in words if word in _OF_ENVIRONMENT]
    if any(_OF_ENVIRONMENT[word] is tier for word in named):
        return ""
    return named[0] if named else ""


@rule(
    "ESC501",
    title="The file speaks of another environment",
    severities="E/E/E/E",
    why="The application follows the word in the file, with the data of this environment.",
    fix="Correct the word, or load the file under the environment that it is for.",
    source="The Twelve-Factor App, X. Dev/prod parity; NIST SP 800-53 CM-6",
    bad={"environment": "testing"},
    good={"environment": "development"},
)
def contradiction(facts: Facts) -> Iterator[Problem]:
    """The file says what it is loaded as."""
    said = facts["environment"]
    if said != facts.environment:
        patch = replace_with("environment", facts.environment)
        if facts.tier is Tier.PRODUCTION and facts["debug"]:
            # the model refuses the one without the other
            patch = (*replace_with("debug", value=False), *patch)
        yield Problem(
            "environment",
            f"says {said} and is used for {facts.environment}",
            facts.environment,
            patch=patch,
            safe=True,
        )


@rule(
    "ESC502",
    title="Debug is on",
    severities="-/A/E/E",
    why="Error pages show code, values and settings to whoever causes an error.",
    fix="Set debug to false.",
    source="OWASP Top 10 2021, A05 (security misconfiguration); CWE-489",
    bad={"debug": True},
    good={"debug": False},
)
def debug(facts: Facts) -> Iterator[Problem]:
    """Debugging happens in development."""
    if facts["debug"]:
        yield Problem(
            "debug", "is on", "false", patch=replace_with("debug", value=False), safe=True
        )


@rule(
    "ESC503",
    title="Reload is on",
    severities="-/A/E/E",
    why="A watcher restarts the service whenever a file changes, in the middle of requests.",
    fix="Set api.reload to false.",
    source="Uvicorn documentation, “Settings: Development”",
    bad={RELOAD: True},
    good={RELOAD: False},
)
def reload(facts: Facts) -> Iterator[Problem]:
    """Only development restarts on changes."""
    if facts[RELOAD]:
        yield Problem(RELOAD, "is on", "false", patch=replace_with(RELOAD, value=False), safe=True)


@rule(
    "ESC504",
    title="Several workers with reload",
    severities="W/W/-/-",
    why="The server runs one process when it reloads; the number is ignored.",
    fix="Set api.workers to 1, or turn reload off.",
    source="Uvicorn documentation, “Settings: Production” (--workers not valid with --reload)",
    bad={RELOAD: True, WORKERS: 2},
    good={RELOAD: True, WORKERS: 1},
)
def reload_with_workers(facts: Facts) -> Iterator[Problem]:
    """What is written is what runs."""
    workers = facts[WORKERS]
    if facts[RELOAD] and workers > 1:
        yield Problem(
            WORKERS,
            f"{workers} workers are ignored while reload is on",
            "1",
            related=(RELOAD,),
            patch=replace_with(WORKERS, 1),
            safe=True,
        )


@rule(
    "ESC505",
    title="Everything is logged",
    severities="-/-/W/E",
    why="At this level requests, queries and values of users end in the log.",
    fix="Set log_level to INFO or WARNING.",
    source="OWASP Logging Cheat Sheet; CWE-532",
    bad={LOG_LEVEL: "DEBUG"},
    good={LOG_LEVEL: "INFO"},
)
def debug_log(facts: Facts) -> Iterator[Problem]:
    """Staging and production log what happened, not every value."""
    if facts[LOG_LEVEL] == "DEBUG":
        yield Problem(
            LOG_LEVEL, "logs everything", "INFO", patch=replace_with(LOG_LEVEL, "INFO"), safe=True
        )


@rule(
    "ESC506",
    title="Errors are not logged",
    severities="A/A/W/W",
    why="At CRITICAL ordinary errors leave no trace.",
    fix="Set log_level to WARNING or ERROR.",
    source="OWASP Top 10 2021, A09 (logging failures); CWE-778",
    bad={LOG_LEVEL: "CRITICAL"},
    good={LOG_LEVEL: "ERROR"},
)
def silent_log(facts: Facts) -> Iterator[Problem]:
    """Errors leave a trace."""
    if facts[LOG_LEVEL] == "CRITICAL":
        yield Problem(
            LOG_LEVEL, "leaves out errors", "ERROR or lower", patch=replace_with(LOG_LEVEL, "ERROR")
        )


@rule(
    "ESC507",
    title="Everything is sampled",
    severities="-/-/A/W",
    why="Recording each event costs time in every request and fills the store.",
    fix="Sample a tenth to a half.",
    source="OpenTelemetry documentation, “Sampling”",
    bad={SAMPLING: 1.0},
    good={SAMPLING: 0.1},
)
def full_sampling(facts: Facts) -> Iterator[Problem]:
    """Under load a part is enough."""
    if facts[SAMPLING] >= 1:
        yield Problem(SAMPLING, "records every event", "< 1")


@rule(
    "ESC508",
    title="Single worker",
    severities="-/-/A/W",
    why="One stuck request or one crash stops the whole service.",
    fix="Run at least two workers.",
    source="Gunicorn documentation, “Design: How Many Workers?”",
    bad={WORKERS: 1},
    good={WORKERS: 4},
)
def single_worker(facts: Facts) -> Iterator[Problem]:
    """The service survives one crash."""
    if facts[WORKERS] == 1:
        yield Problem(WORKERS, "one worker serves everybody", "≥ 2")


@rule(
    "ESC509",
    title="Database on the machine itself",
    severities="-/-/W/E",
    why="It is the address of a developer's machine; in a container nothing listens there.",
    fix="Name the host of the database.",
    source="The Twelve-Factor App, IV. Backing services",
    bad={"database.redis_host": "localhost"},
    good={"database.redis_host": "redis.internal"},
)
def local_database(facts: Facts) -> Iterator[Problem]:
    """Staging and production have databases on hosts of their own."""
    for path, host in database_hosts(facts):
        if is_local(host):
            yield Problem(path, f"{host} is the machine itself", "the database's host name")


@rule(
    "ESC510",
    title="Database of another environment",
    severities="W/W/E/E",
    why="A test that empties its tables would empty the other one's.",
    fix="Name this environment's own database.",
    source="NIST SP 800-53 CM-4(1) (separate test environments); ISO/IEC 27001:2022, A.8.31",
    bad={"database.postgres_database": "escai_prod"},
    good={"database.postgres_database": "escai_dev"},
)
def foreign_database(facts: Facts) -> Iterator[Problem]:
    """Each environment has databases of its own."""
    for path, name in facts.each(*DATABASES):
        word = _foreign_word(name, facts.tier)
        if word:
            yield Problem(path, f"{name} speaks of {word}", f"one of {facts.environment}")


@rule(
    "ESC511",
    title="Host of another environment",
    severities="W/W/E/E",
    why="Data of one environment would end in the other, or be changed there.",
    fix="Name this environment's own host.",
    source="NIST SP 800-53 CM-4(1) (separate test environments); ISO/IEC 27001:2022, A.8.31",
    bad={"database.postgres_host": "postgres.production.example.com"},
    good={"database.postgres_host": "postgres.dev.example.com"},
    instead_of=("ESC513",),
)
def foreign_host(facts: Facts) -> Iterator[Problem]:
    """Each environment has hosts of its own."""
    for path, host in database_hosts(facts):
        word = _foreign_word(host, facts.tier)
        if word:
            yield Problem(path, f"{host} speaks of {word}", f"one of {facts.environment}")


@rule(
    "ESC512",
    title="No health checks",
    severities="-/-/W/W",
    why="A hung process keeps getting requests, as nothing notices that it hangs.",
    fix="Set monitoring.health_check_enabled.",
    source="Kubernetes documentation, “Liveness, Readiness, and Startup Probes”",
    bad={"monitoring.health_check_enabled": False},
    good={"monitoring.health_check_enabled": True},
)
def no_health_check(facts: Facts) -> Iterator[Problem]:
    """Somebody notices a hung process."""
    if not facts["monitoring.health_check_enabled"]:
        path = "monitoring.health_check_enabled"
        yield Problem(path, "health checks are off", "true", patch=replace_with(path, value=True))


@rule(
    "ESC513",
    title="Host name that nobody resolves",
    severities="-/-/W/E",
    why="The name is kept for tests, examples or one local network; servers of names know it not.",
    fix="Name the host as the servers of names know it.",
    source="RFC 2606 and RFC 6761 (special-use domain names); RFC 6762 (.local)",
    bad={"database.redis_host": "redis.local"},
    good={"database.redis_host": "redis.internal"},
)
def unresolved(facts: Facts) -> Iterator[Problem]:
    """Hosts have names that can be looked up."""
    for path, host in database_hosts(facts):
        name = host.lower()
        label = name.rpartition(".")[2]
        if label in UNRESOLVED and label != name and not name.endswith(INSIDE_CLUSTERS):
            yield Problem(path, f".{label} is resolved by no server of names", "a public name")


@rule(
    "ESC514",
    title="Host of a developer's containers",
    severities="-/-/W/E",
    why="Only Docker Desktop and its likes know this name; it means the developer's own machine.",
    fix="Name the host of the database.",
    source="Docker documentation, “Networking on Docker Desktop” (host.docker.internal)",
    bad={"database.redis_host": "host.docker.internal"},
    good={"database.redis_host": "redis.internal"},
)
def developers_host(facts: Facts) -> Iterator[Problem]:
    """Staging and production reach nobody's desk."""
    for path, host in database_hosts(facts):
        if host.lower() in DEVELOPERS_HOST:
            yield Problem(path, f"{host} is a developer's machine", "the database's host name")


RULES = (
    contradiction,
    debug,
    reload,
    reload_with_workers,
    debug_log,
    silent_log,
    full_sampling,
    single_worker,
    local_database,
    foreign_database,
    foreign_host,
    no_health_check,
    unresolved,
    developers_host,
)
