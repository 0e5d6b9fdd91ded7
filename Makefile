# Everything that a developer or an operator does often. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run setup train test check bench audit lock format clean

# The first Python on the PATH that is new enough.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
BIN := .venv/bin
RASA_PYTHON := bot/rasa_server/.venv/bin/python

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: setup ## try Balie on this machine: sets up, trains when needed, starts everything, prints addresses and log-ins
	@$(BIN)/balie run --demo

setup: ## make both environments from the lock files; does nothing when they did not change
	@test -n "$(PYTHON)" || { echo "Balie needs Python 3.11 or newer; on Debian: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -m setup

train: setup ## train the language model; does nothing when its sources did not change
	@$(BIN)/balie train

test: check train ## check, train when needed, then run all tests
	@$(BIN)/pytest -m "not benchmark" -n 2 --dist loadgroup

check: setup ## style, types, who imports whom, lock files, answers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file bot/rasa_server/pyproject.toml --python-executable $(RASA_PYTHON)
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m setup.locks
	@$(BIN)/python -m setup.npm run --silent types
	@$(BIN)/balie content check --quiet

bench: train ## measure: turn cost, throughput, sizes
	@$(BIN)/pytest -m benchmark -s

audit: setup ## look for known vulnerabilities in what is locked (needs a network)
	@$(BIN)/python -m setup.audit

lock: setup ## resolve the dependencies anew and write the lock files
	@$(BIN)/python -m setup.lock

format: setup ## put the code in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove both environments and the front end's packages; data and models stay
	rm -rf .venv bot/rasa_server/.venv node_modules
