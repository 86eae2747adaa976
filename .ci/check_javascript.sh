#!/usr/bin/env bash
# Types, style and unit tests of the form's view; the tools are pinned in javascript.txt.
# Where Node.js cannot be had this is left out, and said; REQUIRE_ALL=1 makes that a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=.venv/node

left_out() {
    echo "The JavaScript is not checked here: $1." >&2
    exit "${REQUIRE_ALL:-0}"
}

command -v node >/dev/null && command -v npm >/dev/null || .ci/apt nodejs npm || left_out "there is no Node.js"
node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || left_out "Node.js is older than 20"
if ! cmp -s .ci/javascript.txt "$tools/installed.txt"; then
    mkdir -p "$tools"
    # shellcheck disable=SC2046  # one word is one package
    npm install --prefix "$tools" --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
        $(cat .ci/javascript.txt) >/dev/null || left_out "npm could not install its tools"
    cp .ci/javascript.txt "$tools/installed.txt"
fi

"$tools/node_modules/.bin/tsc" -p .ci/tsconfig.json
"$tools/node_modules/.bin/biome" lint --config-path=.ci/biome.jsonc --error-on-warnings \
    escai_nb/widgets/static tests/javascript
NODE_PATH="$PWD/$tools/node_modules" node --test tests/javascript/
