# `make` builds the book's workbooks into output/; `make test` runs the tests.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

all: $(VENV)/installed
	$(BIN)/sheetnn build --all --force

test: $(VENV)/tested
	$(BIN)/python -m pytest -n 2 $(TESTS)

check: $(VENV)/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed
	$(BIN)/python benchmarks/build.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/diff.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/scale.py

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "sheetnn needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

$(VENV)/developed: $(VENV)/tested
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info output/*.xlsx

.PHONY: all test check bench clean
