# Everything happens in a virtual environment of its own, .venv, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: install demo test lint bench docs clean

install: $(INSTALLED)

# Installed again when what is compiled or declared changes; the Python sources are used as they are.
$(INSTALLED): pyproject.toml setup.py engine/mitoyen/allocation/_kernel.pyx
	@$(PYTHON) -c 'import sys; sys.exit("mitoyen needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing mitoyen and what it needs into $(VENV) (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all,test]'
	@$(BIN)/python -c 'from mitoyen.allocation import backend; print("kernel:", "compiled" if backend() == "cython" else "no C compiler here, the numpy twin serves (same results, more slowly)")'
	@touch $@

demo: install
	@BIN=$(CURDIR)/$(BIN) sh docs/demo/demo.sh

test: install
	@$(BIN)/python -m pytest

lint: install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy engine/mitoyen $(wildcard plugins/mitoyen_*)

bench: install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python tests/bench/allocation.py
	$(BIN)/python tests/bench/settle.py
	$(BIN)/python tests/bench/federation.py
	$(BIN)/python tests/bench/invoices.py
	$(BIN)/python tests/bench/enedis.py
	$(BIN)/python tests/bench/report.py

docs: install
	$(BIN)/python docs/errors.py

clean:
	rm -rf $(VENV) build dist *.egg-info engine/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find engine plugins tests -name '*.so' -delete -o -name '_kernel.c' -delete
