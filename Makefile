# Everything needs Python 3 and make; the rest is fetched. Arguments: make test ARGS="-k handoff"
SYNCED := .venv/.synced

help:               ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 16

run: $(SYNCED)      ## start Svara and the demo shop
	@.venv/bin/svara up $(ARGS)

# One thread each: OpenBLAS's otherwise wait for each other in both workers.
test: $(SYNCED)     ## all tests that need no other service, two files at a time
	@OMP_NUM_THREADS=1 .venv/bin/pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(if $(CI)$(SVARA_TEST_POSTGRES_URL),,-m "not postgres") $(ARGS)

train: $(SYNCED)    ## train a model from the data
	@.venv/bin/svara train $(ARGS)

bench: $(SYNCED)    ## measure speed and memory
	@.venv/bin/python -m tests.bench $(ARGS)

bench-turn: $(SYNCED)  ## the cost of a turn beside stock Rasa
	@.venv/bin/python -m tests.bench.turn $(ARGS)

bench-nlu: $(SYNCED)   ## understanding beside its peers: make bench-nlu DATA=folder
	@.venv/bin/python -m tests.bench.nlu --data $(or $(DATA),$(error say DATA=folder)) $(ARGS)

bench-kb: $(SYNCED)    ## the search beside its peers: make bench-kb DATA=folder
	@.venv/bin/python -m tests.bench.kb --data $(or $(DATA),$(error say DATA=folder)) $(ARGS)

bench-learning: $(SYNCED)  ## labels that the order of teaching saves: make bench-learning DATA=folder
	@.venv/bin/python -m tests.bench.active_learning --data $(or $(DATA),$(error say DATA=folder)) $(ARGS)

bench-discovery: $(SYNCED)  ## topics found without labels: make bench-discovery DATA=folder
	@.venv/bin/python -m tests.bench.discovery --data $(or $(DATA),$(error say DATA=folder)) $(ARGS)

chaos: $(SYNCED)    ## handoffs while everything breaks, counted: make chaos CONVERSATIONS=1000
	@PYTHONPATH=tests/scenario .venv/bin/python -m tests.chaos --conversations $(or $(CONVERSATIONS),1000) $(ARGS)

migration: $(SYNCED)  ## write the next version of the tables: make migration NAME=what_it_does
	@.venv/bin/python -m bot.storage.migrations $(or $(NAME),$(error say NAME=what_it_does))

check: $(SYNCED)    ## format, lint and types
	@.venv/bin/ruff format --check && .venv/bin/ruff check && .venv/bin/mypy

fmt: $(SYNCED)      ## format the code and repair what can be
	@.venv/bin/ruff format && .venv/bin/ruff check --fix

$(SYNCED): pyproject.toml uv.lock .python-version
	@UV_COMPILE_BYTECODE=1 scripts/uv sync --frozen && touch $@

.PHONY: help run test train bench bench-turn bench-nlu bench-kb bench-learning bench-discovery chaos migration check fmt
