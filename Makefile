# Thin wrappers: each line also works by hand.
PY ?= python3
BIN := .venv/bin
FLASK := $(BIN)/flask --app app
export HOST PORT DEMO

run: .venv/run  ## database, the South Sumatra example (DEMO=0: empty), server on http://127.0.0.1:5000
	@$(FLASK) serve

test: .venv/dev  ## everything, browser and both databases included
	@sh tests/run.sh

lint: .venv/dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/mypy && $(BIN)/djlint templates --lint --quiet

bench: .venv/dev  ## what it costs, on 1,000, 10,000 and 100,000 commitments (N="1000 10000" for fewer)
	@$(BIN)/python -m bench $(N)

.venv/run: requirements.txt
	@test -x $(BIN)/python || $(PY) -m venv .venv
	@echo "Menyiapkan paket (sekali saja) …" && $(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	@echo "Menyiapkan paket uji (sekali saja) …" && $(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.PHONY: run test lint bench
