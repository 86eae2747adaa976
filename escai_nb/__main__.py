"""``python -m escai_nb`` is the command ``escai``."""

from escai_nb.cli.main import main

main(prog_name="escai")
