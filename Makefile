# Everything a developer does here, one target each; `make` alone lists them.
#
#   PYTHON=python3.12   the interpreter that the environment is made from
#   INSTALLER=pip       do without uv
#   ARGS="-k rollout"   handed on to pytest, the demo or the bench
#   UPGRADE=--upgrade   with `make lock`: newest versions instead of the ones locked

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.DELETE_ON_ERROR:
.SUFFIXES:
ifeq ($(filter oneshell,$(.FEATURES)),)
$(error install GNU make 3.82 or newer: this one runs each line of a recipe on its own)
endif

PYTHON ?= python3
INSTALLER ?= uv
ARGS ?=
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
LOCK := deploy/requirements.lock
INSTALLED := $(VENV)/.installed

# Pins of the lock are blocks that begin with a name: these print uv's block, and all the others.
UV_PIN := awk '/^[a-z]/ { keep = /^uv==/ } keep' $(LOCK)
OTHER_PINS := awk '/^[a-z]/ { keep = !/^uv==/ } keep' $(LOCK)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(INSTALLED) ## make .venv from deploy/requirements.lock (the other targets do it when needed)

# Runs when the lock or a pyproject.toml is newer than the last time that it ran to its end.
# uv is quick and needs no ensurepip; where there is none, pip first gets the one that the lock pins. Where
# uv fails, pip has a try: it may be the only one that was told of a mirror or of a certificate.
$(INSTALLED): $(LOCK) pyproject.toml services/sdk/pyproject.toml
	@stop() { echo "setup: $$*" >&2; exit 1; }
	recent() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
	pip="$(BIN)/python -m pip --disable-pip-version-check"
	with_pip() { $$pip install --quiet "$$@"; }
	with_uv() { $$uv pip install --quiet --python $(BIN)/python "$$@"; }
	command -v $(PYTHON) >/dev/null || stop "install $(PYTHON): apt-get install python3 python3-venv"
	recent $(PYTHON) || stop "install Python 3.11 or newer ($(PYTHON) is older), then: make PYTHON=python3.11"
	uv=
	if [ "$(INSTALLER)" = uv ]; then
		if uv --version >/dev/null 2>&1; then uv=uv
		elif recent $(BIN)/python && $(BIN)/uv --version >/dev/null 2>&1; then uv=$(BIN)/uv; fi
	fi
	if ! recent $(BIN)/python || ! { [ -n "$$uv" ] || $$pip --version >/dev/null 2>&1; }; then
		[ -n "$$uv" ] || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
			|| stop "install python3-venv: apt-get install python3-venv"
		echo "setup: $(VENV) with $$($(PYTHON) --version)"
		rm -rf $(VENV)
		if [ -z "$$uv" ]; then $(PYTHON) -m venv $(VENV)
		else uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV); fi
	fi
	if [ "$(INSTALLER)" = uv ] && [ -z "$$uv" ]; then
		echo "setup: uv, with pip"
		if with_pip --require-hashes --no-deps -r <($(UV_PIN)) 2>/dev/null; then uv=$(BIN)/uv
		else echo "setup: uv is not to be had here, pip takes longer"; fi
	fi
	count=$$(grep -c '^[a-z]' $(LOCK))
	install=with_pip
	if [ -n "$$uv" ]; then
		echo "setup: $$count pinned packages, with $$uv"
		if with_uv --require-hashes --no-deps -r $(LOCK); then install=with_uv
		else echo "setup: uv could not, pip takes longer"; fi
	fi
	if [ $$install = with_pip ]; then
		echo "setup: $$count pinned packages, with pip"
		$$pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
		with_pip --require-hashes --no-deps -r <($(OTHER_PINS))
	fi
	echo "setup: loopwright and loopwright-engine, editable"
	$$install --no-deps --no-build-isolation -e services/sdk -e .
	rm -rf *.egg-info services/sdk/*.egg-info
	touch $@

.PHONY: lock
lock: $(INSTALLED) ## pin deploy/requirements.in anew into deploy/requirements.lock
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install --quiet --require-hashes --no-deps -r <($(UV_PIN))
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(UPGRADE) \
		--no-emit-index-url --no-emit-find-links --no-header --output-file $(LOCK) deploy/requirements.in
	git --no-pager diff --stat -- $(LOCK)

.PHONY: demo
demo: $(INSTALLED) ## play the whole loop in memory and write var/demo/report.html
	@$(BIN)/loopwright demo --out var/demo $(ARGS)

.PHONY: topics
topics: $(INSTALLED) ## create and check the topics in the Kafka cluster (ARGS=--check only looks)
	@$(BIN)/loopwright topics $(ARGS)

# Compose 2 is a plugin of docker, Compose 1 a program of its own. Sets `compose`, or says what to install.
define FIND_COMPOSE
	stop() { echo "$@: $$*" >&2; exit 1; }
	if docker compose version >/dev/null 2>&1; then compose="docker compose -p loopwright"
	elif docker-compose version >/dev/null 2>&1; then compose="docker-compose -p loopwright"
	else stop "install Docker and Compose (apt-get install docker.io docker-compose), or do without: make local"; fi
	docker info >/dev/null 2>&1 || stop "no Docker engine answers you: start it (systemctl start docker), or use sudo"
endef

.PHONY: up
up: ## start Kafka, all services, a simulated product and Prometheus in Docker
	@$(FIND_COMPOSE)
	$$compose build || stop "the image cannot be built; PY_BASE= and PY_BUILD_BASE= name others than python:3.11-slim-bookworm and python:3.11-bookworm"
	$$compose up --detach || stop "they do not all start; another port: KAFKA_HOST_PORT=, PROMETHEUS_HOST_PORT="
	echo "up: all have started; waiting until they are ready"
	for _ in {1..120}; do
		health=$$($$compose ps --quiet | xargs docker inspect --format '{{with .State.Health}}{{.Status}}{{end}}')
		[[ $$health == *starting* || $$health == *unhealthy* ]] || break
		sleep 1
	done
	[[ $$health != *starting* && $$health != *unhealthy* ]] || stop "not all are ready; why: $$compose logs --tail 5"
	echo "up: all are ready"
	echo "up: Prometheus http://localhost:$${PROMETHEUS_HOST_PORT:-9090}, Kafka localhost:$${KAFKA_HOST_PORT:-29092}"
	echo "up: how the simulated product's two changes go: $$compose logs --follow simulator"
	echo "up: stop it and forget its data: make down"

.PHONY: down
down: ## stop what `make up` started and forget its data
	@$(FIND_COMPOSE)
	COMPOSE_PROFILES=grafana $$compose down --volumes --remove-orphans

# In place of the shell, so that Ctrl-C and SIGTERM reach it and make waits until all has ended.
.PHONY: local
local: $(INSTALLED) ## run Kafka, all services, a simulated product and Prometheus here, without Docker
	@exec $(BIN)/loopwright local $(ARGS)

# Both cores of a small machine, but never a process for each core of a big one: starting them costs too.
.PHONY: test
test: lint ## everything that must hold before a commit: lint, then every test
	@$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(ARGS)

# One process: with more of them each would start a broker of its own. -rs: why a test was left out, and what to
# install for it.
# Two files at a time, each with a broker and a loop of its own: they wait more than they work.
.PHONY: test-kafka
test-kafka: $(INSTALLED) ## the tests that need a real Kafka (from Docker, else from jars)
	@$(BIN)/pytest -m "kafka and not chaos" -rs --numprocesses 2 --dist loadfile $(ARGS)

# -s: each row of the table is printed as it is done, with its seed.
.PHONY: chaos
chaos: $(INSTALLED) ## hurt the loop on a real Kafka, at length (EVENTS=200000 PER_SECOND=1500 SEED= each)
	@EVENTS=$${EVENTS:-200000} PER_SECOND=$${PER_SECOND:-1500} \
		$(BIN)/pytest -m kafka -rs -s tests/chaos/test_kill.py $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## style, format, types and the rules on who may import whom
	@$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict services tests
	$(BIN)/lint-imports --no-logo

.PHONY: contracts
contracts: $(INSTALLED) ## render the Python types from schemas/*.avsc
	@$(BIN)/python -m services.kernel.contracts
	rm -f services/sdk/loopwright/wire.*.so

.PHONY: compiled
compiled: $(INSTALLED) ## compile the SDK's wire.py with mypyc: needs a C compiler, takes a minute
	@$(BIN)/python -m services.kernel.compiled $(ARGS)

.PHONY: format
format: $(INSTALLED) ## let ruff mend what it can
	@$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(INSTALLED) ## measure events per second through each stage
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: fuzz
fuzz: $(INSTALLED) ## the codec against fastavro on a million damaged messages (ARGS="--messages N --seed N")
	@$(BIN)/python -m tests.bench.fuzz $(ARGS)

.PHONY: clean
clean: ## remove what make made, the environment too
	@rm -rf $(VENV) var build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -f services/sdk/loopwright/wire.*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
