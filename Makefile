# Two commands: `make run` and `make test`. Both do all the set-up (scripts/setup.py); a second start takes seconds.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ifeq ($(strip $(PYTHON)),)
PYTHON := python3
endif

.PHONY: help run test test-quick lint generate messages bench stress clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

run: ## Set up and serve Presence at http://127.0.0.1:8000
	@$(PYTHON) scripts/setup.py run

test: ## Set up and run everything: lint, types, front end, all tests
	@$(PYTHON) scripts/setup.py test

test-quick: ## The pure tests alone
	@$(PYTHON) scripts/setup.py test-quick

lint: ## Ruff, mypy, tsc, biome
	@$(PYTHON) scripts/setup.py lint

generate: ## Write the JSON Schema and the TypeScript types of the wire protocol
	@$(PYTHON) scripts/setup.py generate

messages: ## Collect and compile the translations of the admin
	@$(PYTHON) scripts/setup.py messages

bench: ## Measure Presence beside its peers; BENCH="--scenario fanout" chooses
	@$(PYTHON) scripts/setup.py bench $(BENCH)

stress: ## The seed-replayable stress run; SEED=… repeats one
	@$(PYTHON) scripts/setup.py stress

clean: ## Remove what set-up made, but not the data folder
	rm -rf .venv staticfiles dashboard/static/dashboard dashboard/frontend/node_modules bench/.cache
