# Each target is one line to call; `make help` lists them.
.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## Start both services, on ports 8080 and 8081; the first time, install what they need
	@exec .venv/bin/python -B tools/run_services.py

.PHONY: setup
setup: ## Install what the services need into .venv and .state, unless it is there
	@./tools/provision.sh service

.PHONY: setup-dev
setup-dev: ## The same, plus the developer tools
	@./tools/provision.sh developer

.PHONY: test
test: setup-dev ## Lint, type-check and run every test suite
	@.venv/bin/python -B tools/run_checks.py

.PHONY: lint
lint: setup-dev ## Linters, formats, types and layering only
	@.venv/bin/python -B tools/run_checks.py lint

.PHONY: format
format: setup-dev ## Bring the sources into the house's format
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format --quiet .

.PHONY: bench
bench: setup-dev ## Measure the service side by side with bare Python and a notebook kernel, in 3 minutes; ARGS="--help"
	@-.venv/bin/python -m pip install --quiet --disable-pip-version-check -r coderunner/benchmarks/requirements.txt
	@.venv/bin/python -B coderunner/benchmarks/run.py $(ARGS)

.PHONY: bench-tables
bench-tables: setup-dev ## Measure the work on tables beside pandas, Polars and DuckDB; ARGS="--help"
	@-.venv/bin/python -m pip install --quiet --disable-pip-version-check -r dataflowtools/benchmarks/requirements.txt
	@.venv/bin/python -B dataflowtools/benchmarks/tables.py $(ARGS)

.PHONY: docs
docs: setup-dev ## Write the settings into the tables of the READMEs and .env.example
	@.venv/bin/python -B tools/document_settings.py

.PHONY: lock
lock: ## Renew the locks of deps/site-packages from their ranges
	@./tools/provision.sh lock

.PHONY: clean
clean: ## Remove everything the targets above made
	rm -rf .venv .state .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis
	find coderunner dataflowtools deps tools -type d \( -name __pycache__ -o -name .mypy_cache -o -name .pytest_cache \
	  -o -name .ruff_cache -o -name .import_linter_cache -o -name .hypothesis -o -name '*.egg-info' \) -prune -exec rm -rf {} +
