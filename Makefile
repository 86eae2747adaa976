# Each target makes .venv by itself and installs what it needs, once.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The tests start hundreds of processes; none of them should compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test lab lint bench bench-browser clean

BIN := .venv/bin
INSTALLED := .venv/.installed

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml .ci/constraints.txt
	@.ci/install
	@touch $@

demo: $(INSTALLED)  ## the whole story on a real configuration, headless, in a minute
	@$(BIN)/python binder/demo.py

test: $(INSTALLED)  ## every test, and the guides as they stand (REQUIRE_ALL=1: none may be left out)
	@.ci/system-packages
	@TMPDIR=$$(.ci/memory) $(BIN)/pytest -n logical --dist loadfile --no-loadscope-reorder \
		--nbval --nbval-sanitize-with tests/nbval_sanitize.cfg tests notebooks/guides

lab: $(INSTALLED)  ## JupyterLab on the demo workspace, with the guide open
	@test -e demo/config || $(BIN)/python binder/demo.py
	@XDG_DATA_HOME=$(CURDIR)/demo/keys $(BIN)/jupyter lab \
		$(if $(filter 0,$(shell id -u)),--allow-root) notebooks/guides/getting_started.ipynb

lint: $(INSTALLED)  ## style, types and the layers of the house, and the tests of the JavaScript
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@.ci/check_javascript.sh

bench: $(INSTALLED)  ## ratios against a floor or a peer, as a table and in .artifacts/bench.json
	@$(BIN)/python tests/benchmarks/run.py

bench-browser: $(INSTALLED)  ## forms of 60, 300 and 1,000 fields in Chromium, beside three peers
	@.ci/system-packages
	@$(BIN)/pip install -qq --constraint .ci/constraints.txt --editable ".[bench]"
	@$(BIN)/python tests/benchmarks/browser.py

clean:  ## remove all that the targets above have made
	@rm -rf .venv .artifacts build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@! test -e demo/.made-by-demo || rm -rf demo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
