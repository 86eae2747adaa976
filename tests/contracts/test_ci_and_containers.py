"""The guides for pipelines and containers, tried as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
GUIDES = REPOSITORY / "notebooks" / "guides"
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())


def blocks(page, language):
    """The blocks of a page in one language."""
    text = (GUIDES / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


class Checkout:
    """A git checkout with a sealed workspace in it, and a shell."""

    def __init__(self, folder):
        self.folder = folder / "checkout"
        self.environ = {
            "HOME": str(folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "XDG_DATA_HOME": str(folder / "keys"),
            "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
            "ESCAI_AUTHOR": "ada",
        }

    def make(self):
        """Make it, all of it staged."""
        self.folder.mkdir()
        (self.folder.parent / "gitconfig").write_text(
            "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n"
        )
        self("git init -q && escai config init -e production -q && git add -A")

    def __call__(self, script, *, code=0, **environ):
        """Run *script*, which must exit with *code*; return all that it said."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert code == done.returncode, done.stdout
        return done.stdout

    @property
    def file(self):
        """The configuration."""
        return self.folder / "config" / "config.production.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of a checkout that nobody works on."""
    folder = tmp_path_factory.mktemp("made")
    Checkout(folder).make()
    return folder


@pytest.fixture
def checkout(made, tmp_path):
    """A checkout with one workspace, all of it staged."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Checkout(tmp_path)


RUNNER = """\
import re, subprocess, sys

hooks = {hooks!r}
names = ["git", "diff", "--cached", "--name-only", "--diff-filter=d", "-z"]
staged = subprocess.run(names, capture_output=True, text=True, check=True).stdout.split("\\0")[:-1]
for hook in hooks:
    files = [name for name in staged if re.search(hook["files"], name)]
    words = hook["entry"].split() + (files if hook.get("pass_filenames", True) else [])
    if files and subprocess.run(words).returncode:
        sys.exit(hook["id"])
"""


@pytest.fixture(params=["hooks", "guide"])
def guarded(checkout, request):
    """The same with a hook in git: by the published hooks, or by the guide's script."""
    hook = checkout.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    if request.param == "hooks":
        hook.write_text(f"#!{sys.executable}\n{RUNNER.format(hooks=HOOKS)}")
    else:
        (script,) = blocks("ci.md", "sh")
        hook.write_text(script)
    hook.chmod(0o755)
    return checkout


def test_a_sealed_configuration_is_committed(guarded):
    """Also where its key is not."""
    guarded("git commit -q -m one", XDG_DATA_HOME="/nowhere")


def test_a_clear_secret_is_not_committed(guarded):
    """Its place is told, its value is not."""
    said = guarded("escai config init -e testing --clear -q && git add -A && git commit -q", code=1)

    places = re.findall(r"(config/config.testing.yaml:[0-9]+:[0-9]+): (\S+) is in clear", said)
    assert "security.jwt_secret_key" in {path for _, path in places}
    secret = yaml.safe_load((guarded.folder / "config" / "config.testing.yaml").read_text())
    assert secret["security"]["jwt_secret_key"] not in said


def test_a_key_is_not_committed(guarded):
    """Whatever holds it."""
    guarded('cp "$(find "$XDG_DATA_HOME" -name production.key)" spare.key && git add -A')

    assert "spare.key: a master key" in guarded("git commit -q -m one", code=1)


def test_a_broken_configuration_is_not_committed(guarded):
    """A hand edit that no rule lets pass."""
    guarded.file.write_text(guarded.file.read_text().replace("workers: ", "workers: -"))

    assert "api.workers" in guarded("git add -A && git commit -q -m one", code=1)


def test_the_page_names_the_hooks_that_there_are():
    """By their ids."""
    (page, *_) = (yaml.safe_load(block) for block in blocks("ci.md", "yaml"))
    named = [hook["id"] for repo in page["repos"] for hook in repo["hooks"]]
    assert [hook["id"] for hook in HOOKS] == named


def steps():
    """Each shell step of the pipelines on the page, as YAML has them."""
    _, github, gitlab = (yaml.safe_load(block) for block in blocks("ci.md", "yaml"))
    (job,) = github["jobs"].values()
    (other,) = gitlab.values()
    scripts = [step["run"] for step in job["steps"] if "run" in step] + other["script"]
    return [script for script in scripts if not script.startswith("pip install")]


def test_pipelines_pass_what_is_right(checkout):
    """Every step, on a machine without keys."""
    checkout("git commit -q -m one")
    assert 4 == len(steps())
    for script in steps():
        checkout(script, XDG_DATA_HOME="/nowhere")


def test_pipelines_stop_what_is_wrong(checkout):
    """All that validate do."""
    checkout.file.write_text(checkout.file.read_text().replace("workers: ", "workers: -"))
    for script in steps():
        if "validate" in script:
            checkout(script, code=1, XDG_DATA_HOME="/nowhere")


def test_what_a_step_finds_keeps_no_other_from_telling():
    """The report is handed on also where findings have stopped a step before."""
    _, github, _ = (yaml.safe_load(block) for block in blocks("ci.md", "yaml"))
    (job,) = github["jobs"].values()
    first = next(n for n, step in enumerate(job["steps"]) if "validate" in step.get("run", ""))
    assert {"always()"} == {step.get("if") for step in job["steps"][first + 1 :]}


def confined(words):
    """Let *words* run without the right to pass by the permissions of files."""
    if os.geteuid() != 0:
        return words
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *words]


@pytest.fixture
def image(checkout):
    """What the recipe puts into an image: no history, no way to write, the key elsewhere."""
    folder = checkout.folder
    (service,) = blocks("containers.md", "python")
    (folder / "service.py").write_text(service)
    (key,) = (folder.parent / "keys").glob("**/production.key")
    shutil.copy(key, folder.parent / "escai.key")
    shutil.rmtree(folder.parent / "keys")
    for name in ("history.db", "lock", "audit.jsonl"):
        (folder / "config" / ".escai" / name).unlink(missing_ok=True)
    (folder.parent / "tmp").mkdir()
    places = [folder.parent, *folder.parent.rglob("*")]
    for place in places:
        place.chmod(place.stat().st_mode & ~0o222)
    yield checkout
    for place in places:
        place.chmod(place.stat().st_mode | 0o200)


def run(image, *words, **environ):
    """Run a program as the recipe does."""
    (dockerfile,) = blocks("containers.md", "dockerfile")
    (line,) = re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE)
    given = dict(word.split("=", 1) for word in line.split(" "))
    given["ESCAI_MASTER_KEY_FILE"] = str(image.folder.parent / "escai.key")
    given["TMPDIR"] = str(image.folder.parent / "tmp")
    return subprocess.run(
        confined([sys.executable, *words]),
        cwd=image.folder,
        env={"HOME": image.environ["HOME"], "PATH": os.environ["PATH"], **given, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_service_starts_on_a_file_system_that_it_cannot_write(image):
    """The key is a mount, and nothing is made anywhere."""
    base = image.folder.parent
    before = sorted(base.rglob("*"))
    refused = run(image, "-c", "open('new', 'w')")
    assert "Permission denied" in refused.stderr

    done = run(image, "service.py")
    assert ("listening on port 8000\n", "") == (done.stdout, done.stderr)
    done = run(image, "service.py", ESCAI_API__PORT="8080")
    assert "listening on port 8080\n" == done.stdout
    assert before == sorted(base.rglob("*"))


@pytest.mark.parametrize(
    "words",
    ["get api.port", "show", "validate", "explain api.port", "doctor", "export"],
)
def test_looking_inside_writes_nothing(image, words):
    """Each command that the page names, and more."""
    before = sorted(image.folder.parent.rglob("*"))

    done = run(image, "-m", "escai_nb", "config", *words.split(" "))
    assert 0 == done.returncode, done.stdout + done.stderr
    assert before == sorted(image.folder.parent.rglob("*"))


def test_a_program_gets_the_settings_where_nothing_can_be_written(image):
    """Secrets opened; that no log could record it is told."""
    before = sorted(image.folder.parent.rglob("*"))
    script = 'test -n "$ESCAI_DATABASE__POSTGRES_PASSWORD" && echo "$ESCAI_API__PORT" && exit 7'

    done = run(image, "-m", "escai_nb", "config", "exec", "--", "sh", "-c", script)
    assert (7, "8000\n") == (done.returncode, done.stdout)
    assert "not in the audit log" in done.stderr
    assert before == sorted(image.folder.parent.rglob("*"))


def test_without_its_key_a_service_does_not_start(image):
    """It says which key it looked for."""
    done = run(
        image,
        "-m",
        "escai_nb",
        "config",
        "get",
        "security.jwt_secret_key",
        ESCAI_MASTER_KEY_FILE="/nowhere/escai.key",
    )
    assert 3 == done.returncode
    assert "master key of production" in done.stderr


def test_the_compose_file_is_read_only():
    """And the key comes as a secret at the place that the image names."""
    (block,) = blocks("containers.md", "yaml")
    (service,) = yaml.safe_load(block)["services"].values()
    assert service["read_only"] is True
    (mounted,) = service["secrets"]
    (dockerfile,) = blocks("containers.md", "dockerfile")
    assert f"ESCAI_MASTER_KEY_FILE=/run/secrets/{mounted['target']}" in dockerfile
