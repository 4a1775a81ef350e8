# Everything that is done with this project; `make` alone lists it.
# A fresh machine needs python3 (3.11 or newer) with venv and pip, make, git for the tests, and apt for their servers.

VENV := .venv
PYTHON := $(VENV)/bin/python
VERSION ?= 1.13
PYTEST := $(PYTHON) -m pytest -n auto
OTHER := $(VENV)/other

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast test-long test-lowest test-python audit lint format typecheck generate check-generated spec build release-check release-notes lock bench ci clean

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
	$(PYTEST) tests/errors tests/files tests/http tests/client tests/models tests/meta tests/recordings -m "not slow"

test-long: install  ## run the tests that take minutes: load, and servers that die; prints the figures for docs/load.md
	$(PYTHON) -m pytest tests/long -m long -rP

test-lowest: install  ## run the tests that need no server with the oldest dependencies that are allowed
	$(call offline_tests,lowest-direct,$(PYTHON),--deselect tests/models/dicom/test_main_tags.py::test_what_is_generated_is_what_is_there)

test-python: install  ## run the same tests on another Python, such as: make test-python FOR=python3.13
	$(call offline_tests,highest,$(FOR),)

# Arguments: which versions of the dependencies, which Python, more arguments of pytest.
define offline_tests
	rm -rf $(OTHER)
	$(VENV)/bin/uv venv --quiet --python $(2) $(OTHER)
	$(VENV)/bin/uv pip install --quiet --python $(OTHER) --resolution $(1) --requirement pyproject.toml --all-extras \
		$$(grep -E '^(pytest|pytest-timeout|pytest-xdist|hypothesis|responses|trustme|jinja2|pyyaml)==' requirements-dev.txt)
	$(VENV)/bin/uv pip install --quiet --python $(OTHER) --no-deps --editable .
	$(OTHER)/bin/python -m pytest -n auto -p no:cacheprovider tests/errors tests/files tests/http tests/client tests/models tests/recordings \
		-m "not slow and not long" $(3)
endef

audit: install  ## ask the public databases for known weaknesses of what is installed; needs their service
	$(VENV)/bin/uv tool run --quiet pip-audit --strict --progress-spinner off --no-deps --disable-pip --requirement requirements-dev.txt

lint: install  ## check style and slips, and which room imports which
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	PYTHONPATH=models $(VENV)/bin/lint-imports --no-cache

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
	$(PYTHON) -m generator.facts.openapi --version $(VERSION)

build: install  ## build sdist and wheel into dist/
	rm -rf dist
	$(PYTHON) -m build --no-isolation --outdir dist

release-check: build  ## check whether this commit can be published: version, changelog, tag, what was built
	$(PYTHON) -m tests.packaging.release_check

release-notes: install  ## print what the changelog says of this version
	@$(PYTHON) -m tests.packaging.release_check --notes

lock: install  ## pin the newest versions of the development environment
	$(VENV)/bin/uv pip compile --quiet --upgrade --group dev --no-header --no-annotate --no-emit-index-url \
		--output-file requirements-dev.txt pyproject.toml

bench: install  ## measure speed side by side with other clients, into benchmarks/RESULTS.md (12 minutes)
	$(PYTHON) -m benchmarks

ci: lint typecheck check-generated test-lowest test build  ## everything that has to pass

clean:  ## delete what can be made again
	rm -rf $(VENV) .venv-peers dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
