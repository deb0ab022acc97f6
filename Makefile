# Needs only make and Python 3.11, 3.12 or 3.13; everything else goes into .venv, as locked in requirements.lock.
# Another Python: make setup PYTHON=/path/to/python3.12. Arguments for a command: make demo ARGS=--headless.
BIN := .venv/bin

.PHONY: help setup demo test faults bad-requests docs lock

help:
	@echo "make demo    the whole system on this machine, with real ticket data (ARGS=--headless: a table, then ends)"
	@echo "make test    every check there is: lint, format, types, imports, tests"
	@echo "make faults  processes die at the worst moments, many rounds (ARGS=\"--rounds 10 --seed 1 --minutes 20\")"
	@echo "make bad-requests  10,000 requests that a server must refuse (ARGS=\"--count 10000 --seed 1\")"
	@echo "make docs    what of docs/ is made from tables in the code: pictures, metrics"
	@echo "make setup   the environment in .venv; the others call it"
	@echo "make lock    requirements.lock anew from pyproject.toml"

setup:
	@PYTHON='$(PYTHON)' sh scripts/setup

demo: setup
	$(BIN)/service-goals demo $(ARGS)

# Tests mostly wait for sessions and processes: three files at a time, the many short ones last. A file stays together, as
# it shares its system; so do those of the page.
test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@sh scripts/browser
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# First that each protection is missed when it is taken away, then the rounds.
faults: setup
	$(BIN)/pytest -m "dear or not dear" tests/faults
	$(BIN)/python -m tests.faults $(ARGS)

bad-requests: setup
	$(BIN)/python -m tests.bad_requests $(ARGS)

docs: setup
	$(BIN)/python -m docs.draw
	$(BIN)/python -m docs.metrics

# Only here is a version chosen; --universal makes one lock for all platforms and Pythons.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-config --custom-compile-command 'make lock' \
		--quiet --output-file requirements.lock $(ARGS)
