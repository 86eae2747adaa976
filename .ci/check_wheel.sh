#!/usr/bin/env bash
# Builds the wheel and uses it in an empty environment, with the source out of reach.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
made=$source/.artifacts/wheel
rm -rf "$made"
mkdir -p "$made"

echo "== build"
.venv/bin/python -m build --wheel --outdir "$made" . >"$made/build.log" 2>&1 || { cat "$made/build.log"; exit 1; }
echo "== install $(basename "$made"/*.whl) into an empty environment"
.venv/bin/python -m venv "$made/venv"
install=("$made/venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off
    --no-compile -qq --constraint .ci/constraints.txt)
"${install[@]}" --upgrade pip  # as in .ci/install
"${install[@]}" "$made"/*.whl

away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
export XDG_DATA_HOME=$away/share PATH=$made/venv/bin:$PATH
unset PYTHONPATH VIRTUAL_ENV
cd "$away"

echo "== escai --help"
escai --help >help.txt
grep -q runbook help.txt
python -c "import escai_nb, sys; sys.exit(escai_nb.__file__.startswith('$source/escai_nb'))"
echo "== escai config init"
escai config init -e development
escai config validate -e development --fail-on error
echo "== escai runbook run encrypt"
escai runbook run encrypt -e development --apply
echo "wheel: ok"
