# Everything that is done with this project; `make` alone lists it.
# A fresh machine needs python3 (3.11 or newer) with venv and pip, make, and apt for the test servers.

VENV := .venv
PYTHON := $(VENV)/bin/python
VERSION ?= 1.13
PYTEST := $(PYTHON) -m pytest -n auto

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast test-long lint format typecheck generate check-generated spec build lock bench ci clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  make %-17s %s\n", $$1, $$2}'

install: $(VENV)/.installed  ## make the environment (.venv), with everything for development

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	test -x $(PYTHON) || python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check uv
	$(VENV)/bin/uv pip install --quiet --python $(VENV) --requirement requirements-dev.txt
	$(VENV)/bin/uv pip install --quiet --python $(VENV) --no-deps --editable .
	touch $@

demo: install  ## start a private Orthanc 1.13, fill it and show the client at work
	$(PYTHON) examples/tour.py

test: install  ## run all tests, on real servers of Orthanc 1.10, 1.12 and 1.13
	$(PYTEST)

test-fast: install  ## run the tests that need no server and build nothing, in seconds
	$(PYTEST) tests/unit tests/models tests/meta tests/recordings -m "not slow"

test-long: install  ## run the tests that take minutes: load, and servers that die; prints the figures for docs/load.md
	$(PYTHON) -m pytest tests/long -m long -rP

lint: install  ## check style and slips
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: install  ## mend what the linter can mend
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

typecheck: install  ## mypy --strict and pyright strict
	$(VENV)/bin/mypy
	$(VENV)/bin/pyright

generate: install  ## write models, routes, stubs and the merged OpenAPI document
	$(PYTHON) -m generator

check-generated: install  ## fail if anything generated differs from what `make generate` writes
	$(PYTHON) -m generator --check

spec: install  ## take the facts of an Orthanc anew: make spec VERSION=1.13
	$(PYTHON) -m generator.spec --version $(VERSION)

build: install  ## build sdist and wheel into dist/
	rm -rf dist
	$(PYTHON) -m build --no-isolation --outdir dist

lock: install  ## pin the newest versions of the development environment
	$(VENV)/bin/uv pip compile --quiet --upgrade --group dev --no-header --no-annotate --no-emit-index-url \
		--output-file requirements-dev.txt pyproject.toml

bench: install  ## measure speed side by side with other clients, into benchmarks/RESULTS.md (20 minutes)
	$(PYTHON) -m benchmarks

ci: lint typecheck check-generated test build  ## everything that has to pass

clean:  ## delete what can be made again
	rm -rf $(VENV) .venv-peers dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
