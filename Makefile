# Enishi: `make serve` and `make test` are all a newcomer needs; the environment is kept in .venv.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
READY := $(VENV)/.ready
BUNDLE := server/static/bundle/.ready
FRONTEND := package.json package-lock.json $(shell find frontend -type f)

.DEFAULT_GOAL := help
.PHONY: help serve build check report test lint benchmarks clean

help: ## show what make can do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"found Python {sys.version.split()[0]}, expected 3.11 or newer; try: make PYTHON=python3.11")'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) …"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

# Without Node.js, or where npm cannot install, everything goes on; the next make tries again.
$(BUNDLE): $(FRONTEND)
	@if ! { command -v node && command -v npm; } > /dev/null; then \
	  echo "node and npm were not found: the pages work without their interactive parts"; \
	elif npm ci --silent && npm run --silent bundle; then \
	  touch $@; \
	else \
	  echo "npm could not make the bundles: the pages work without their interactive parts"; \
	fi

serve: build ## build the graph if it changed, serve it on http://127.0.0.1:8000 (PORT=…)
	@$(VENV)/bin/python -m server serve --port $(PORT)

build: $(READY) $(BUNDLE) ## build and check the graph into build/current
	@$(VENV)/bin/python -m mappings build --if-changed

check: $(READY) ## map and check, write nothing
	@$(VENV)/bin/python -m mappings check

report: build ## show what the build found in the documents
	@$(VENV)/bin/python -m mappings report

test: $(READY) $(BUNDLE) ## run every test
	@$(VENV)/bin/python -m pytest -q --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: $(READY) $(BUNDLE) ## check style and types
	@$(VENV)/bin/ruff check --quiet . && $(VENV)/bin/ruff format --quiet --check . && $(VENV)/bin/mypy
	@if test -x node_modules/.bin/biome; then npm run --silent lint; else echo "frontend/ was not checked: npm installs what checks it"; fi

benchmarks: build ## measure; see benchmarks/README.md
	@$(VENV)/bin/python -m benchmarks.build && $(VENV)/bin/python -m benchmarks.start
	@$(VENV)/bin/python -m benchmarks.search && $(VENV)/bin/python -m benchmarks.pages
	@$(VENV)/bin/python -m benchmarks.endpoint && $(VENV)/bin/python -m benchmarks.hostile
	@$(VENV)/bin/python -m benchmarks.cut && $(VENV)/bin/python -m benchmarks.federation

clean: ## remove what make made
	rm -rf $(VENV) build node_modules server/static/bundle .pytest_cache .mypy_cache .ruff_cache
