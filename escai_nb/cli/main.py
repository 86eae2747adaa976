"""The command ``escai``: its tree, loaded no further than it is used."""

from __future__ import annotations

import click

from escai_nb.cli.lazy import LazyGroup, Program

CONFIG = {
    "init": ("escai_nb.cli.init:init", "Make the configuration of an environment."),
    "import": ("escai_nb.cli.exchange:import_", "Take over the values of a file."),
    "export": ("escai_nb.cli.exchange:export", "Write the values in effect to a file."),
    "validate": ("escai_nb.cli.validate:validate", "List what stands against a configuration."),
    "show": ("escai_nb.cli.values:show", "Print the configuration in effect."),
    "get": ("escai_nb.cli.values:get", "Print one value."),
    "set": ("escai_nb.cli.change:set_", "Change values and save them as one version."),
    "unset": ("escai_nb.cli.change:unset", "Take values out of the environment's file."),
    "explain": ("escai_nb.cli.explain:explain", "Tell all about a key path or a rule."),
    "rules": ("escai_nb.cli.rules:rules", "List the rules that it is judged by."),
    "edit": ("escai_nb.cli.edit:edit", "Edit the opened file in an editor."),
    "exec": ("escai_nb.cli.exec:exec_", "Run a program with the settings in its environment."),
    "accept": ("escai_nb.cli.accept:accept", "Take over what was edited by hand."),
    "merge": ("escai_nb.cli.merge:merge", "Merge a file value by value, for git."),
    "textconv": ("escai_nb.cli.merge:textconv", "Print a file masked, for git diff."),
    "encrypt": ("escai_nb.cli.sealing:encrypt", "Seal the secrets of a file."),
    "decrypt": ("escai_nb.cli.sealing:decrypt", "Open the secrets of a file."),
    "audit": ("escai_nb.cli.audit:audit", "Who did what to keys and secrets."),
    "keys": ("escai_nb.cli.keys:keys", "The life of keys: rotation, recipients, backups."),
    "history": ("escai_nb.cli.history:history", "List versions."),
    "diff": ("escai_nb.cli.history:diff", "Compare versions, files and environments."),
    "rollback": ("escai_nb.cli.history:rollback", "Go back to a version, as a new version."),
    "tag": ("escai_nb.cli.history:tag", "Give a version a name."),
    "untag": ("escai_nb.cli.history:untag", "Take a name from a version."),
    "promote": ("escai_nb.cli.promote:promote", "Carry changes to another environment."),
    "approve": ("escai_nb.cli.approve:approve", "Approve a plan that somebody else applies."),
    "drift": ("escai_nb.cli.drift:drift", "Compare the file with its newest version."),
    "doctor": ("escai_nb.cli.doctor:doctor", "Look at everything that it needs to work."),
    "scan": ("escai_nb.cli.scan:scan", "List clear secrets in files, before a commit."),
    "generate-deploy": (
        "escai_nb.cli.generate_deploy:generate_deploy",
        "Write what it is deployed by.",
    ),
    "schema": ("escai_nb.cli.schema:schema", "Print its JSON Schema, or its fields."),
    "completion": ("escai_nb.cli.completion:completion", "Let a shell complete all of this."),
    "lab": ("escai_nb.cli.lab:lab", "Open it in JupyterLab."),
}
"""The commands of ``escai config``."""

config = LazyGroup(
    "config",
    table=CONFIG,
    help="Edit, check, seal, version and promote configuration.",
    epilog="\b\nExample:\n  escai config init -e development\n  escai config validate --all",
    context_settings={"help_option_names": ["-h", "--help"]},
)

main = Program(
    "escai",
    table={
        "config": ("escai_nb.cli.main:config", str(config.help)),
        "runbook": ("escai_nb.cli.runbook:runbook", "Run notebooks that leave evidence."),
    },
    help="The configuration of a system, edited, checked, sealed, versioned and promoted.",
    epilog="\b\nExample:\n  escai config init -e development\n  escai config set api.port 8080",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(package_name="escai-nb", prog_name="escai")(main)
