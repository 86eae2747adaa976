"""Every public method of the manager, and the other public classes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from canary.planting import values, write_clear
from canary.registry import surface
from canary.search import canary
from escai_nb.workspace.manager import ConfigManager

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from canary.planting import Planted
    from canary.registry import Collector

SECRET = "database.postgres_password"
TYPED = canary("typed")


def manager_of(planted: Planted, environment: str = "development") -> ConfigManager:
    """Open an environment of the planted workspace."""
    return ConfigManager(planted.root, environment, enable_hot_reload=False)


def changed_export(manager: ConfigManager, planted: Planted) -> Path:
    """Write a masked export in which one value, which is no secret, is another."""
    file = planted.base / f"{manager.environment}.yaml"
    manager.export_config(file)
    file.write_text(file.read_text().replace("workers: ", "workers: 1"))
    return file


METHODS: dict[str, Callable[[ConfigManager, Planted], Any]] = {
    "reload": lambda m, _: m.reload(),
    "catch_up": lambda m, _: m.catch_up(),
    "announce": lambda m, _: m.announce(m.reload_state),
    "copy": lambda m, _: m.copy,
    "reading": lambda m, _: m.reading,
    "masked": lambda m, _: m.masked(),
    "values": lambda m, _: m.values(),
    "origins": lambda m, _: m.origins(),
    "explain": lambda m, _: [m.explain(SECRET), m.explain("custom_settings")],
    "is_secret": lambda m, _: m.is_secret(SECRET),
    "shadowed": lambda m, _: m.shadowed(SECRET),
    "drift": lambda m, _: (m.set_config_value(SECRET, TYPED), m.drift())[1],
    "report": lambda m, _: m.report(),
    "validate_current_config": lambda m, _: m.validate_current_config(),
    "has_unsaved_changes": lambda m, _: m.has_unsaved_changes(),
    "watched_files": lambda m, _: m.watched_files(),
    "reload_state": lambda m, _: m.reload_state,
    "update_config": lambda m, _: (m.update_config({"database": {SECRET[9:]: TYPED}}), m.pending),
    "unset_config_value": lambda m, _: (m.unset_config_value(SECRET), m.pending),
    "discard": lambda m, _: m.discard(),
    "pending": lambda m, _: m.pending,
    "transaction": lambda m, _: m.transaction(),
    "take": lambda m, _: m.take(m.copy.with_value(SECRET, TYPED)),
    "accept": lambda m, _: m.accept(dry_run=True),
    "history": lambda m, _: m.history(),
    "get_config_history": lambda m, _: m.get_config_history(),
    "version": lambda m, _: m.version("HEAD"),
    "diff": lambda m, _: [m.diff("HEAD"), m.diff(other_environment="staging")],
    "tag": lambda m, _: m.tag("HEAD", "good"),
    "untag": lambda m, _: (m.tag("HEAD", "good"), m.untag("HEAD", "good")),
    "preview_rollback": lambda m, _: m.preview_rollback("HEAD", include_secrets=True),
    "rollback_config": lambda m, _: m.rollback_config("HEAD", include_secrets=True),
    "export_config": lambda m, p: m.export_config(p.base / "export.yaml"),
    "preview_import": lambda m, p: m.preview_import(changed_export(m, p)),
    "import_config": lambda m, p: m.import_config(changed_export(m, p)),
    "cleanup": lambda m, _: m.cleanup(),
}
"""Method → a call of it whose value tells what it would show."""


def asked(planted: Planted, say: Collector, *, call: Callable[..., Any]) -> None:
    """Make the call in every environment; look at what it leaves on the disk."""
    for environment in ("development", "staging"):
        manager = manager_of(planted, environment)
        say.call(call, manager, planted)
        say.value("the manager", manager)
    say.files(planted.base)


for _name, _call in METHODS.items():
    surface(f"api ConfigManager.{_name}")(partial(asked, call=_call))


@surface("api ConfigManager.load_config", "api ConfigManager.get_config")
def opened(planted: Planted, say: Collector) -> None:
    """The model object holds the secrets that it was asked for; written out, it masks them."""
    manager = manager_of(planted, "staging")
    for ask in (manager.load_config, manager.get_config):
        model = say.quietly(ask)
        for write in (str, repr, model.__class__.model_dump, model.__class__.model_dump_json):
            say.add(f"{write.__name__} of the model", write(model))
    for write in (str, repr):  # what is guessed to be secret in free settings, too
        say.add(
            f"{write.__name__} of the model", write(say.quietly(manager_of(planted).get_config))
        )
    say.call(manager_of(planted, "testing").load_config)
    say.files(planted.base)


@surface("api ConfigManager.get_config_value")
def get_config_value(planted: Planted, say: Collector) -> None:
    """The value itself is what was asked for; nothing else tells it."""
    manager = manager_of(planted)

    assert say.quietly(manager.get_config_value, SECRET) == canary(SECRET)
    say.call(manager_of(planted, "testing").get_config_value, SECRET)
    say.files(planted.base)


@surface("api ConfigManager.set_config_value", "api ConfigManager.save_config")
def save_config(planted: Planted, say: Collector) -> None:
    """A new secret is set, refused where it does not fit, and saved."""
    for environment in ("development", "staging"):
        manager = manager_of(planted, environment)
        say.call(manager.set_config_value, SECRET, TYPED)
        say.call(manager.set_config_value, SECRET, [TYPED])
        say.call(manager.update_config, {"security": {"jwt_secret_key": {"a": TYPED}}})
        say.value("pending", manager.pending)
        say.call(manager.save_config, message="a new secret")
        say.call(manager.save_config, expected_head="0" * 64)
        say.value("the manager", manager)
    say.files(planted.base)


@surface(
    "api ConfigManager.add_change_callback",
    "api ConfigManager.remove_change_callback",
    "api ConfigManager.add_copy_callback",
    "api ConfigManager.remove_copy_callback",
)
def callbacks(planted: Planted, say: Collector) -> None:
    """What a callback raises is logged by its type; what it was told stays with it."""
    manager = manager_of(planted)

    def fail(old: object, new: object, changes: object) -> None:
        message = f"{old} {new} {changes}"
        raise RuntimeError(message)

    manager.load_config()

    def fail_too(*told: object) -> None:
        raise RuntimeError(repr(told))

    manager.add_change_callback(fail)
    manager.add_copy_callback(fail_too)
    say.call(manager.set_config_value, SECRET, TYPED)
    manager.remove_change_callback(fail)
    manager.remove_copy_callback(fail_too)
    say.value("the manager", manager)


@surface("api ConfigValidator", "api ConfigTemplates", "api ConfigVersioning")
def earlier_classes(planted: Planted, say: Collector) -> None:
    """The earlier system's other classes, given secrets in clear."""
    from escai_nb import ConfigTemplates, ConfigValidator, ConfigVersioning

    data = values(planted.spec)
    source = write_clear(planted, planted.base / "clear.yaml", listed=True)
    validator = ConfigValidator()
    say.call(validator.validate_config, data)
    say.call(validator.generate_validation_report, {"security": {"jwt_secret_key": [TYPED]}})
    say.call(validator.validate_config_file, source)
    say.call(ConfigTemplates().generate_config_template, "nowhere")
    say.call(ConfigTemplates().generate_docker_compose_template, "nowhere")
    say.call(ConfigTemplates().generate_kubernetes_template, "staging")
    store = ConfigVersioning(planted.base / "versions")
    first = say.call(store.save_version, data, "first")
    second = say.call(store.save_version, {**data, "debug": True}, "second")
    for call in (store.get_version_history, store.get_current_version, store.get_statistics):
        say.call(call)
    say.call(store.compare_versions, first, second)
    say.files(planted.base, without=(source,))
