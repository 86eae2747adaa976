"""The guide to deployment, run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GUIDE = REPOSITORY / "notebooks" / "guides" / "deploy.md"


def test_every_command_of_the_guide_does_what_it_says(tmp_path):
    """Manifests lie where it says, and the Compose file's secret where that looks for it."""
    text = GUIDE.read_text()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "keys"),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    compose = (tmp_path / "deploy" / "compose.development.yaml").read_text()
    secret = "secrets/development/database.postgres_password"
    assert f"file: ./{secret}" in compose
    assert (tmp_path / "deploy" / secret).read_text().strip()
    said = (tmp_path / "deploy" / "k8s" / "01-configmap.yaml").read_text()
    (example,) = re.findall(r"^  (jwt_secret_key: .*)$", text, re.MULTILINE)
    assert example in said
