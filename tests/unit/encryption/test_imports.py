"""What it costs to look at a file that is not sealed."""

from __future__ import annotations

import subprocess
import sys


def test_a_plain_file_is_read_without_cryptography():
    """The one heavy library of the wing is loaded where something is sealed or opened."""
    program = (
        "import sys\n"
        "from escai_nb.encryption import keyring, seal\n"
        "assert seal.read_block({'a': 1}) is None\n"
        "assert seal.sealed_paths({'a': 'escai:1:fernet:x'}) == (('a',),)\n"
        "print('cryptography' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "False" == ran.stdout.strip()
