# chainrule: `make demo` and `make test` set up what they need in .venv and leave the rest of the machine alone.
PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME

.PHONY: setup demo test lint verify fuzz kills hub hub-clean hub-test bench wheel release lock clean

# The demo's course stays in FOLDER, if one is named: make demo FOLDER=/tmp/class
FOLDER :=
demo: setup
	chainrule demo $(if $(FOLDER),--folder $(FOLDER))

test: setup lint
	pytest

lint: setup
	ruff check .
	ruff format --check .
	mypy

# The proof of the graders, and the tests that take long: some minutes. A sample: make verify EVERY=10
EVERY := 1
verify: setup
	CHAINRULE_EVERY=$(EVERY) pytest -m whole --ignore=tests/test_load.py
	CHAINRULE_EVERY=$(EVERY) pytest -m whole --numprocesses=0 tests/test_load.py
	chainrule verify --every $(EVERY) --html verify.html

# Hostile inputs, so many in all: some three minutes. Kills, so many in all, in batches of forty: some ten.
INPUTS := 10000
fuzz: setup
	CHAINRULE_FUZZ=$(INPUTS) pytest --numprocesses=0 tests/test_fuzz.py

KILLS := 50
kills: setup
	CHAINRULE_KILLS=$(KILLS) pytest --numprocesses=0 tests/test_kills.py

# A JupyterHub with a course that is graded on submit, on loopback; as root. make hub FOLDER=/srv/demo PORT=9000 PREFIX=demo_
HUB = $(VENV)/bin/python deploy/jupyterhub/set_up.py $(if $(FOLDER),--folder $(FOLDER))
hub: setup
	$(HUB) $(if $(PORT),--port $(PORT)) $(if $(PREFIX),--prefix $(PREFIX))

hub-clean: setup
	$(HUB) --remove

# Such a Hub in a real browser, and submissions while it is killed: some four minutes. More: make hub-test SUBMISSIONS=100
SUBMISSIONS := 20
hub-test: setup
	CHAINRULE_HUB_SUBMISSIONS=$(SUBMISSIONS) pytest -m hub --numprocesses=0 --timeout=1200 tests/hub

# What others install: dist/chainrule-*.whl, and the source distribution.
wheel: setup
	rm -rf dist && uv build --quiet --no-build-isolation --out-dir dist . && ls dist

bench: setup
	python benchmarks/grading.py

setup: $(VENV)/ready

# pip installs uv, and uv the rest: it takes a fraction of the time. Both check every hash.
$(VENV)/ready: requirements.txt requirements-uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "chainrule needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements-uv.txt
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --require-hashes -r requirements.txt
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation -e .
	PYTHONDONTWRITEBYTECODE= $(VENV)/bin/python -c "$$LOAD"
	touch $@

# All that a grading loads, so that its bytecode is there; for everything that is installed it would take minutes.
define LOAD
import os
from importlib import import_module
from chainrule.engine import assignment
from chainrule.sandbox.preload import KERNEL_MODULES
warm = [module for name in assignment.shipped_names() for module in assignment.named(name, None).warm.modules]
for module in (*KERNEL_MODULES, *warm, "chainrule.inside.fork_server", "chainrule.sandbox.keeper", "chainrule.show"):
    import_module(module)
# At the usual end triton would list what it leaks.
os._exit(0)
endef
export LOAD

# After a change in reference/ or source/: the answer cells, then what students get.
release: setup
	chainrule write-solutions
	rm -rf .release && mkdir .release && cp -r nbgrader_config.py source .release
	for folder in source/*/; do (cd .release && nbgrader generate_assignment --force "$$(basename $$folder)"); done
	rm -rf release && cp -r .release/release release && rm -rf .release

# After a change of dependencies in pyproject.toml.
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock: setup
	uv pip compile $(LOCK) --extra dev pyproject.toml -o requirements.txt

clean:
	rm -rf $(VENV)
