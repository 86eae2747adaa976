"""Questions that several runbooks ask of what they have done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escai_nb import keypath
from escai_nb.encryption.seal import sealed_paths
from escai_nb.runbooks.procedure import Check
from escai_nb.views.report_view import counts_text
from escai_nb.views.sheet import counted
from escai_nb.workspace.assessment import assess
from escai_nb.workspace.loading.reading import Reading, Standing, secret_paths

if TYPE_CHECKING:
    from collections.abc import Iterable


def recorded(reading: Reading) -> Check:
    """Check that the file is what the last version says."""
    current = reading.standing is Standing.CURRENT
    return Check("file is the last version", ok=current, detail=reading.standing.value)


def sealed(reading: Reading, planned: Iterable[str]) -> Check:
    """Check that every secret of the file is sealed, the *planned* ones among them."""
    document = reading.files.document
    lie_sealed = set(map(keypath.render, sealed_paths(document.data if document else {})))
    wanted = {*map(keypath.render, secret_paths(reading.own)), *planned}
    clear = sorted(wanted - lie_sealed)
    found = counted(len(lie_sealed), "sealed leaf", "sealed leaves")
    detail = f"in clear: {', '.join(clear)}" if clear else found
    return Check("every secret is sealed", ok=not clear, detail=detail)


def valid(reading: Reading) -> Check:
    """Check that the model takes the configuration; what the rules say is told."""
    report = assess(reading)
    misfits = [finding for finding in report.findings if finding.layer == "schema"]
    detail = str(misfits[0]) if misfits else counts_text(report)
    return Check("the model takes it", ok=not misfits, detail=detail)
