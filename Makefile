# Everything on a machine that has only Python >= 3.11 with venv, git and make:
#   make demo    install and run the quickstart on all of CDNOW
#   make test    install what the tests need and run them
#   make check   lint, types, tests with docs examples, notebooks
#   make mutation   faults put into the source, and which of them no test notices; an hour or more
#   make engines    every kind of frame asked everything, 50,000 customers, Spark too
#   make bench   side by side with lifetimes and hand-written group-bys

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# The library works on blocks of customers at the same time, and threads of matrix products would only wait for each other.
demo test notebooks engines mutation: export OMP_NUM_THREADS ?= 1

.PHONY: demo test check lint types notebooks engines bench mutation clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kundkarriar needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed
	$(BIN)/python docs/quickstart.py

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile

engines: $(VENV)/.installed-test
	ENGINES=all MATRIX_CUSTOMERS=50000 $(BIN)/python -m pytest -n auto --dist loadfile tests/engines

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

notebooks: $(VENV)/.installed-test
	$(BIN)/python notebooks/run.py

check: lint types test notebooks

bench: $(VENV)/.installed-test
	$(BIN)/python benchmarks/run.py

mutation: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[mutation]"
	nice $(BIN)/python benchmarks/mutation/mutation.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
