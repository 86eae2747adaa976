"""Print the table of `make bench` and keep it in ``.artifacts/bench.json``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from harness import run
from rows import all_rows


def main() -> None:
    """Measure every row whose work has one of the words on the command line, or all."""
    target = Path(__file__).parents[2] / ".artifacts" / "bench.json"
    with tempfile.TemporaryDirectory() as folder:
        rows = all_rows(Path(folder))
        words = sys.argv[1:]
        run([row for row in rows if not words or any(w in row.work for w in words)], target)


if __name__ == "__main__":
    main()
