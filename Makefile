# OpenAisle. A bare machine needs Python 3.11 or newer, make and git; everything else is installed into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
LOCKS := requirements/installer.txt requirements/runtime.txt requirements/development.txt
INSTALLED := $(VENV)/.installed
EVENTS ?= 1000000
EXISTING = $(wildcard src examples benchmarks)

.PHONY: help setup run test check format bench simulate lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(INSTALLED) ## Make .venv and install the locked packages and the project (instant when up to date)

run: setup ## Show the whole marketplace live on this machine
	$(BIN)/openaisle demo

test: setup ## Run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

check: setup ## Lint, format, types, import contracts, dead code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(EXISTING)
	$(BIN)/lint-imports
	$(BIN)/python -m tests.tidy.dead_code

format: setup ## Mend what can be mended automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## Measure beside the bare limits of this machine
	$(BIN)/python -m benchmarks

simulate: setup ## Live through a million simulated events; SEED=n lives through one world again
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--events $(EVENTS))

# The locks name no registry, no index and no path: they hold only names, versions and hashes.
lock: setup ## Make the lock files anew with the newest versions allowed
	@compile() { $(UV) pip compile --quiet --no-config --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links "$$@"; }; \
	compile pyproject.toml --output-file requirements/runtime.txt; \
	compile pyproject.toml --extra development --constraints requirements/runtime.txt \
		--output-file requirements/development.txt; \
	grep '^uv==' requirements/development.txt | sed 's/ .*//' | compile - --output-file requirements/installer.txt
	@if grep -nE '://|^-' $(LOCKS); then echo "A lock file names a place; it must not." >&2; exit 1; fi
	@$(MAKE) setup

clean: ## Remove everything that make made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "OpenAisle needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
		echo "Name another with: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)

# pip installs the pinned uv, uv installs the rest: about four times quicker than pip, from the same hashes. Where uv
# does not reach the packages and pip does (behind a proxy that only the system's certificates know, say), pip does it.
$(INSTALLED): $(LOCKS) pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.txt
	$(UV) pip sync --quiet --no-config --python $(BIN)/python --require-hashes requirements/development.txt || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	$(UV) pip install --quiet --no-config --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
