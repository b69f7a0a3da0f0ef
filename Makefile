# On a fresh machine with Python 3.11 or newer: `make demo` to see it, `make test` to check it.

PYTHON ?= python3
BIN := .venv/bin
SOURCES := bot tests evals

unexport PYTHONDONTWRITEBYTECODE   # or each process that the tests start would compile it all anew

.PHONY: demo test check format test-live test-crash test-soak audit lock clean

demo: .venv/installed
	@$(BIN)/underheard demo

test: .venv/installed-dev
	$(BIN)/pytest -n auto --dist worksteal

check: .venv/installed-dev  ## what CI runs
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist worksteal

format: .venv/installed-dev
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

test-live: .venv/installed-dev  ## the Bluesky stories on the real servers; root installs PostgreSQL and Redis
	$(BIN)/python -m tests.live.install
	$(BIN)/pytest tests/live

test-crash: .venv/installed-dev  ## the long harness: kill it everywhere
	$(BIN)/python -m tests.crash

audit:  ## known holes in the pinned packages
	.ci/audit

lock:  ## pin what the newest allowed versions are now
	rm -rf .lock && $(PYTHON) -m venv .lock && .lock/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	.lock/bin/python -m pip install --quiet --editable . --group dev
	head -1 constraints.txt > .lock/pinned && .lock/bin/python -m pip freeze --exclude-editable >> .lock/pinned
	mv .lock/pinned constraints.txt && rm -rf .lock

test-soak: .venv/installed-dev  ## a quarter in minutes: two networks, faults, memory, requests
	$(BIN)/python -m tests.soak

clean:
	rm -rf .venv .audit .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'   # the first that knows dependency groups

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable . --group dev --constraint constraints.txt
	touch .venv/installed $@
