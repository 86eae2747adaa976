"""The guide to deployment, run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "notebooks" / "guides" / "deploy.md"


def test_every_command_of_the_guide_does_what_it_says(tmp_path, follow):
    """Manifests lie where it says, and the Compose file's secret where that looks for it."""
    follow(GUIDE)

    compose = (tmp_path / "deploy" / "compose.development.yaml").read_text()
    secret = "secrets/development/database.postgres_password"
    assert f"file: ./{secret}" in compose
    assert (tmp_path / "deploy" / secret).read_text().strip()
    said = (tmp_path / "deploy" / "k8s" / "01-configmap.yaml").read_text()
    (example,) = re.findall(r"^  (jwt_secret_key: .*)$", GUIDE.read_text(), re.MULTILINE)
    assert example in said
