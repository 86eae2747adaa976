"""The folder of a run: its own, private, and complete or visibly not."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import stat

from escai_nb.runbooks.evidence import RunFolder

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def make(parent):
    """Make a folder for a run of encrypt at noon."""
    return RunFolder.create(parent, runbook="encrypt", environment="staging", now=NOON)


def test_each_run_has_its_own_folder(tmp_path):
    """Two runs of one second do not share a folder, and nobody else may look in."""
    one, other = make(tmp_path / "runs"), make(tmp_path / "runs")
    assert one.path != other.path
    assert one.path.name.startswith("20261123T120000Z-encrypt-staging-")
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o700


def test_journal_reads_back_without_a_torn_line(tmp_path):
    """What was added is read in order; a line that power failure cut is left out."""
    folder = make(tmp_path)
    folder.journal.add("cell", title="Plan")
    folder.journal.add("cell", title="Apply")
    with folder.journal.path.open("a") as lines:
        lines.write('{"at": "2026')
    assert [entry["title"] for entry in folder.journal] == ["Plan", "Apply"]


def test_manifest_names_every_other_file_by_content(tmp_path):
    """The digests of the manifest are those of the files."""
    folder = make(tmp_path)
    folder.write_receipt({"status": "planned"})
    folder.seal({"why": "test"})
    manifest = json.loads(folder.manifest.read_text())
    content = folder.receipt.read_bytes()
    assert manifest["files"] == {"receipt.json": hashlib.sha256(content).hexdigest()}
    assert (manifest["why"], folder.read_receipt()["status"]) == ("test", "planned")
