# Hezhi. Plain `make` prints this help; every target works on a fresh machine by itself.

SHELL := /bin/bash
export PYTHONUTF8 := 1
PYTHON ?= python3
HEZHI := .venv/bin/hezhi
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo loop test real bench run check fix lock docs words reset

help: ## print this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## set up, replay the demo city, serve it on 127.0.0.1 (HEZHI_PORT, default 8000)
	@exec $(HEZHI) up --demo

loop: setup ## set up, replay the demo city, print the life of one record as a story
	@$(HEZHI) setup
	@$(HEZHI) demo story

test: setup-dev ## run every test of the house
	@.venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

real: setup ## run on real data, where they are at hand, and print the figures
	@$(HEZHI) real $(ARGS)

bench: setup-dev ## measure the promises and print each beside its baseline
	@.venv/bin/python -m tests.bench $(ARGS)

run: setup ## serve without replaying the demo city
	@exec $(HEZHI) up

setup: ## make .venv with locked packages and front-end files
	@$(PYTHON) scripts/bootstrap.py

setup-dev: ## the same, with what tests and checks need
	@$(PYTHON) scripts/bootstrap.py --dev
	@.venv/bin/python scripts/browser.py
	@.venv/bin/python scripts/broker.py
	@.venv/bin/python scripts/spark.py

check: setup-dev ## lint, import contracts, packs, generated pages
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@$(HEZHI) pack check packs/
	@$(HEZHI) docs check

fix: setup-dev ## let the tools mend what they can
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

docs: setup ## write the generated pages: MAP.md, docs/reference
	@$(HEZHI) docs write

words: setup ## collect the texts of pages and code into the translation files
	@$(HEZHI) words collect

lock: setup ## lock again after a change of a requirements file
	@for part in "" -uv -node -spark; do .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate requirements$$part.in -o requirements$$part.lock; done
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  -c requirements.lock requirements-dev.in -o requirements-dev.lock

reset: ## stop the database and forget everything that was set up or written here
	@-[ -x $(HEZHI) ] && $(HEZHI) forget --yes
	@rm -rf .venv node_modules src/hezhi/edge/web/static/vendor
