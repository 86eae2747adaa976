"""The page of the audit log's format says what is written."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path

from escai_nb.audit.log import AuditLog, Deed, Line

PAGE = (Path(__file__).parents[2] / "notebooks" / "guides" / "audit_format.md").read_text()
LINE = re.search(r"```json\n(.*\n)```", PAGE)[1]


def table(heading):
    """Return the words in the first column of a table."""
    body = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return {word for row in body for word in re.findall("`([^`]+)`", row.split("|")[1])}


def test_every_deed_and_entry_is_listed():
    """None is missing, and none is made up."""
    assert {deed.value for deed in Deed} == table("deed")
    assert {field.name for field in fields(Line)} == table("entry")


def test_the_line_is_one_by_the_page_alone():
    """Its hash is what the page says, computed with the standard library."""
    line = json.loads(LINE)
    said = json.dumps(
        {**line, "hash": ""}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )

    assert line["hash"] == hashlib.sha256(said.encode()).hexdigest()


def test_the_line_is_read(tmp_path):
    """By us, as it is."""
    (tmp_path / "audit.jsonl").write_text(LINE)
    (found,) = AuditLog(tmp_path / "audit.jsonl", tmp_path / "history.db").lines()

    assert (Deed.REVEAL, "ada", 1) == (found.what, found.who, found.number)
