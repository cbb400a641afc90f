# Every step a person or CI takes. `make help` lists them; README.md spells out the same steps for machines without make.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(or $(MER_WORKSPACES),workspaces)/demo
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev demo app test check format stress screenshots benchmark lock audit clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# A stamp says which requirements are installed: nothing is done twice, and changed requirements are installed again.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock requirements-nodeps.txt | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --require-hashes -r requirements-nodeps.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/installed ## virtual environment with the pinned requirements

install-dev: $(VENV)/installed-dev ## the same with what testing needs

# The map is the last thing make_demo.py writes; the script itself resumes after an interruption.
$(DEMO)/map/musicnn/map.json: | $(VENV)/installed
	$(BIN)/python scripts/make_demo.py $(DEMO)

demo: $(DEMO)/map/musicnn/map.json ## the synthetic demo workspace, offline

app: $(VENV)/installed $(DEMO)/map/musicnn/map.json ## everything a person needs, ending in the running app
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT)

test: $(VENV)/installed-dev ## all tests (browser tests where Chromium is installed; MER_CHROMIUM names another one)
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/installed-dev ## lint, format and types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/installed-dev ## rewrite the code in the project's format
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

stress: $(VENV)/installed-dev ## load, faults and hostile input, at most 15 minutes
	$(BIN)/python -m tests.stress

screenshots: $(VENV)/installed-dev $(DEMO)/map/musicnn/map.json ## a picture of every page into screenshots/
	$(BIN)/python scripts/screenshots.py

benchmark: $(VENV)/installed-dev ## speed of the encoders
	$(BIN)/python scripts/benchmark.py embeddings

lock: ## solve the requirements anew (needs uv: pip install uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.txt -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock requirements-dev.txt -o requirements-dev.lock

audit: $(VENV)/installed-dev ## known vulnerabilities of the pinned packages (needs the network)
	$(BIN)/python -m pip_audit --strict --disable-pip -r requirements.lock

clean: ## remove what can be made again, but neither workspaces nor the environment
	rm -rf build dist screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
