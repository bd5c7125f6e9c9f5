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
bench: setup-dev ## Measure coderunner side by side with bare Python and a notebook kernel, in 3 minutes; ARGS="--help"
	@-.venv/bin/python -m pip install --quiet --disable-pip-version-check -r coderunner/benchmarks/requirements.txt
	@.venv/bin/python -B coderunner/benchmarks/run.py $(ARGS)

.PHONY: bench-tables
bench-tables: setup-dev ## Measure the work on tables beside pandas, Polars and DuckDB; ARGS="--help"
	@-.venv/bin/python -m pip install --quiet --disable-pip-version-check -r dataflowtools/benchmarks/requirements.txt
	@.venv/bin/python -B dataflowtools/benchmarks/tables.py $(ARGS)

.PHONY: bench-ocr
bench-ocr: setup-dev ## Measure OCR and barcodes beside rapidocr, tesseract, zxing-cpp and pyzbar called directly; ARGS="--help"
	@.venv/bin/python -B dataflowtools/benchmarks/recognition.py $(ARGS)

.PHONY: bench-documents
bench-documents: setup-dev ## Measure extraction and conversion beside the libraries and programs called directly
	@.venv/bin/python -B dataflowtools/benchmarks/extraction.py
	@.venv/bin/python -B dataflowtools/benchmarks/conversions.py

.PHONY: bench-files
bench-files: setup-dev ## Measure dataflowtools' uploads and downloads beside the raw disk and a bare handler; ARGS="--help"
	@.venv/bin/python -B dataflowtools/benchmarks/storage.py $(ARGS)

.PHONY: images
images: setup-dev ## Build the images coderunner:latest and dataflowtools:latest, and a slim one, with this machine's Docker
	@.venv/bin/python -B tools/verify_images --build-only

.PHONY: verify-images
verify-images: setup-dev ## Build the images and attack, starve and stop containers of them; starts Debian's Docker where there is none
	@.venv/bin/python -B tools/verify_images $(ARGS)

.PHONY: docs
docs: setup-dev ## Write settings, formats and conversions into the READMEs, .env.example, the chart's schema and CONVERSIONS.md
	@.venv/bin/python -B tools/document_settings.py
	@.venv/bin/python -B tools/document_conversions.py
	@.venv/bin/python -B tools/document_formats.py

.PHONY: licences
licences: setup-dev ## Write the licences of everything shipped into LICENCES.md
	@.venv/bin/python -B tools/supply licences

.PHONY: sbom
sbom: setup-dev ## Write a CycloneDX bill of materials for each image into .state/sbom
	@.venv/bin/python -B tools/supply sbom

.PHONY: audit
audit: setup-dev ## Ask pip-audit's database for known holes in what the images hold
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.9'
	@.venv/bin/python -B tools/supply audit $(ARGS)

.PHONY: lock
lock: ## Renew every lock from its ranges: package sets, services, installers
	@./tools/provision.sh lock

.PHONY: clean
clean: ## Remove everything the targets above made
	rm -rf .venv .state .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis
	find coderunner dataflowtools deps tools -type d \( -name __pycache__ -o -name .mypy_cache -o -name .pytest_cache \
	  -o -name .ruff_cache -o -name .import_linter_cache -o -name .hypothesis -o -name '*.egg-info' \) -prune -exec rm -rf {} +
