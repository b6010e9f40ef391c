# Everything a newcomer needs: `make demo` and `make test` install what they use into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-frozen test-long test-faults faults fuzz check format lock bench bench-long clean

$(VENV)/.runtime: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	touch $@

demo: $(VENV)/.runtime
	$(BIN)/duban demo

# Two processes, each with servers of its own; a file's tests stay together, and the longest files begin early.
test: $(VENV)/.development
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not stand" $(PYTEST_ARGS)

# A minute of every kind of fault, planted bugs and harm that the judge must notice; one stand after the other.
test-faults: $(VENV)/.development
	$(BIN)/python -m pytest -m stand tests/faults $(PYTEST_ARGS)

# The same tests as `make test` while their processes are frozen at random: what needs a fast machine is found at home.
test-frozen: $(VENV)/.development
	$(BIN)/python -m tests.frozen --seed $(SEED) --numprocesses 3 --dist loadfile --no-loadscope-reorder -m "not stand" $(PYTEST_ARGS)

# The same rules, tried by several times as many random lives.
test-long: $(VENV)/.development
	DUBAN_LONG_TESTS=1 $(BIN)/python -m pytest tests/domain $(PYTEST_ARGS)

# Everything strikes at random, from a seed that draws the same again; the report lies in .faults/seed-$(SEED).
SEED ?= 1
MINUTES ?= 10
faults: $(VENV)/.development
	$(BIN)/python -m tests.faults.run --seed $(SEED) --minutes $(MINUTES)

# Every operation of the API, asked anything by everybody, for an hour or so instead of a minute.
fuzz: $(VENV)/.development
	DUBAN_LONG_FUZZING=1 $(BIN)/python -m pytest tests/fuzzing $(PYTEST_ARGS)

check: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: $(VENV)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The lock files carry hashes and no download address; the runtime lock follows the versions of the development lock.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml --output-file requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group build pyproject.toml --constraint requirements-dev.lock --output-file requirements.lock

bench: $(VENV)/.development
	$(BIN)/python -m benchmarks bench

# What fills ten million events, or a hundred times as many items: three quarters of an hour, and 30 GB of disk for a while.
bench-long: $(VENV)/.development
	$(BIN)/python -m benchmarks bench-long

clean:
	rm -rf $(VENV) .duban
